/* fuzz_proxy.c - what a program asks its proxy for, and where that leads. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "workers/fetcher/proxy_request.h"

/* One request, for the host that was judged: no line of the program's is another's. */
static void check_passed_on(const struct proxy_request *request, const struct target *target)
{
	struct buffer out = { 0 };
	struct proxy_request again;
	const char *text;

	proxy_request_pass_on(request, target, &out);
	text = buffer_text(&out);
	PROMISE(strlen(text) == buffer_unread_size(&out));
	PROMISE(strstr(text, "\r\n\r\n") == text + strlen(text) - 4);
	PROMISE(strstr(text, "\r\nHost: a.org\r\n") || strstr(text, "\r\nHost: a.org:80\r\n"));
	PROMISE(!strcasestr(strstr(text, "\r\nHost:") + 2, "\nhost:"));
	PROMISE(!strcasestr(text, "\nproxy-"));
	/* It is in origin form, which a proxy would not take. */
	PROMISE(proxy_request_read(text, strlen(text), &again) == PROXY_MALFORMED);
	buffer_finish(&out);
}

static void judge(const struct proxy_request *request)
{
	static struct target_rules rules;
	char *url = proxy_request_url(request);
	struct target target;
	struct why why;

	if (!rules.hosts.count)
		PROMISE(web_hosts_add(&rules.hosts, "m", "a.org", NULL, NULL, NULL, &why));
	if (target_judge(&rules, text_of("m"), url, &target, &why) == FETCH_OK) {
		PROMISE(strcmp(target.host, "a.org") == 0 && !target.key);
		PROMISE(target.port == (request->tunnels ? 443 : 80));
		if (!request->tunnels)
			check_passed_on(request, &target);
	}
	target_finish(&target);
	free(url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxy_request request;

	if (proxy_request_read(data, size, &request) != PROXY_READ)
		return 0;
	PROMISE(request.size <= size && request.size <= PROXY_HEAD_MAX);
	judge(&request);
	return 0;
}
