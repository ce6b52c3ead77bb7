#include "simulator/page.h"

#include <string.h>

#include "common/xalloc.h"
#include "simulator/page_answer.h"
#include "simulator/page_assets.h"
#include "simulator/page_files.h"
#include "simulator/page_plain.h"
#include "simulator/page_stream.h"
#include "simulator/page_trace.h"
#include "simulator/page_view.h"
#include "simulator/parameters.h"
#include "simulator/sim.h"

#define HISTORY_MAX 200

static void answer_stream(struct sim *sim, struct exchange *exchange,
			  const struct parameters *query)
{
	page_stream_open(sim, exchange, parameters_id(query, "chat"));
}

static void answer_history(struct sim *sim, struct exchange *exchange,
			   const struct parameters *query)
{
	const struct chat *chat = world_chat(&sim->world, parameters_id(query, "chat"));
	int64_t before = parameters_id(query, "before");
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	bool more;

	if (!chat) {
		page_refuse(exchange, 404, "there is no such chat");
		return;
	}
	json_object_start(&json);
	json_key(&json, "messages");
	more = page_write_history(&json, sim, chat, before > 0 ? (size_t)before : SIZE_MAX,
				  (size_t)parameters_int(query, "count", 80, 1, HISTORY_MAX));
	json_key_bool(&json, "more", more);
	json_object_end(&json);
	page_answer_json(exchange, 200, &out);
}

static void answer_trace(struct sim *sim, struct exchange *exchange, const struct parameters *query)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);

	page_trace_write(&json, sim, parameters_id(query, "chat"),
			 parameters_id(query, "message_id"));
	page_answer_json(exchange, 200, &out);
}

static const struct page {
	const char *path;
	void (*fn)(struct sim *sim, struct exchange *exchange, const struct parameters *query);
} pages[] = {
	{ "/page/stream", answer_stream },    { "/page/history", answer_history },
	{ "/page/trace", answer_trace },      { "/page/file", page_answer_file },
	{ "/page/plain", page_answer_plain },
};

bool page_has(const char *path)
{
	return !strcmp(path, "/") || !strncmp(path, "/page/", 6);
}

static const struct page *find(const char *path)
{
	for (size_t i = 0; i < COUNT_OF(pages); i++) {
		if (!strcmp(pages[i].path, path))
			return &pages[i];
	}
	return NULL;
}

static void answer_asset(struct exchange *exchange, const struct page_asset *asset)
{
	exchange_answer(exchange, &(struct answer) { .status = 200,
						     .content_type = asset->content_type,
						     .headers = PAGE_HEADERS PAGE_POLICY,
						     .body = asset->bytes,
						     .size = asset->size });
}

void page_handle(struct sim *sim, struct exchange *exchange, const struct http_request *http,
		 const char *path)
{
	const struct page_asset *asset = page_asset_find(path);
	const struct page *page = find(path);
	struct http_request url = { .query = http->query };
	struct parameters query;
	struct why why;

	arena_reset(&sim->arena);
	if (!parameters_parse(&url, &sim->arena, &query, &why)) {
		page_refuse(exchange, 400, why.text);
	} else if (!strcmp(path, "/page/upload")) {
		if (text_is(http->method, "POST"))
			page_take_upload(sim, exchange, &query, http->body);
		else
			page_refuse(exchange, 405, "only POST");
	} else if (!asset && !page) {
		page_refuse(exchange, 404, "there is no such page");
	} else if (!text_is(http->method, "GET")) {
		page_refuse(exchange, 405, "only GET");
	} else if (asset) {
		answer_asset(exchange, asset);
	} else {
		page->fn(sim, exchange, &query);
	}
}
