/* fuzz_web.c - what a browser, or a page of others in it, sends to a page of ours. */
#include <string.h>

#include "common/web/http.h"
#include "common/web/origin.h"
#include "koronectl/page_deed.h"
#include "tests/fuzz/fuzz.h"

static void is_within(struct text text, const uint8_t *data, size_t size)
{
	const char *start = (const char *)data;

	PROMISE(!text.data || (text.data >= start && text.data + text.length <= start + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct host_names hosts = { .names = { "simulator" }, .count = 1 };
	struct http_request request;
	const char *reason = NULL;
	struct why why;
	int status;

	if (http_parse((const char *)data, size, &request) != HTTP_READY)
		return 0;
	PROMISE(request.size <= size);
	is_within(request.path, data, size);
	is_within(request.query, data, size);
	is_within(request.body, data, size);
	status = origin_check(&request, &hosts, &reason);
	PROMISE(status == 0 || (reason && (status == 403 || status == 421)));
	/* Nobody reads there, so that no deed is ever done. */
	PROMISE(!page_deed("/nonexistent", request.body.data ? request.body.data : "",
			   request.body.length, &why));
	return 0;
}
