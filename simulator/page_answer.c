#include "simulator/page_answer.h"

#include "common/json.h"

void page_answer_json(struct exchange *exchange, int status, struct buffer *out)
{
	exchange_answer(exchange, &(struct answer) { .status = status,
						     .headers = PAGE_HEADERS,
						     .body = buffer_unread(out),
						     .size = buffer_unread_size(out) });
	buffer_finish(out);
}

void page_refuse(struct exchange *exchange, int status, const char *reason)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);

	json_object_start(&json);
	json_key_text(&json, "error", reason);
	json_object_end(&json);
	page_answer_json(exchange, status, &out);
}
