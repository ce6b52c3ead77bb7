/* fuzz_fetch.c - what a child asks the fetcher and what comes back, the table of hosts, and where
 * a URL leads. The first byte says which of these the rest is. */
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "tests/fuzz/fuzz.h"
#include "workers/fetcher/headers.h"
#include "workers/fetcher/target.h"

static void read_request(struct cursor cursor)
{
	struct fetch_request request;

	if (!fetch_request_decode(&cursor, &request))
		return;
	PROMISE(request.url.length <= FETCH_URL_MAX);
	PROMISE(request.headers_count <= FETCH_HEADERS_MAX);
	if (headers_are_good(&request))
		for (size_t i = 0; i < request.headers_count; i++)
			PROMISE(!memchr(request.headers[i].data, '\n', request.headers[i].length));
}

static void read_answer(struct cursor cursor)
{
	struct fetch_answer answer;

	if (!fetch_answer_decode(&cursor, &answer))
		return;
	PROMISE(answer.outcome < FETCH_OUTCOME_COUNT);
	PROMISE(answer.body.length <= FETCH_BODY_MAX);
}

/* What was read can be written and read again. */
static void read_hosts(struct cursor cursor)
{
	struct web_hosts hosts = { 0 }, again = { 0 };
	struct buffer packed = { 0 };

	if (web_hosts_decode(&cursor, &hosts)) {
		web_hosts_encode(&hosts, &packed);
		cursor = cursor_make(buffer_unread(&packed), buffer_unread_size(&packed));
		PROMISE(web_hosts_decode(&cursor, &again) && again.count == hosts.count);
	}
	web_hosts_finish(&hosts);
	web_hosts_finish(&again);
	buffer_finish(&packed);
}

static void read_allowed(const char *text)
{
	struct fetch_allow allow;
	struct why why;

	PROMISE(!fetch_allow_parse(text, &allow, &why) || allow.count <= FETCH_ALLOW_MAX);
}

/* --- where a URL leads ------------------------------------------------------------------------ */

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), last = strlen(end);

	return length >= last && strcmp(text + length - last, end) == 0;
}

/* Only where the row of the module says, and with its key at most once. */
static void check_target(const struct target *target)
{
	char *url = target_url_with_key(target), *header = target_key_header(target);
	const char *name = target->row->name;

	PROMISE(name[0] == '*' ? ends_with(target->host, name + 1)
			       : strcmp(name, target->host) == 0);
	PROMISE(target->port == (target->row->port ? target->row->port
				 : target->secure  ? 443
						   : 80));
	PROMISE(!header || strcmp(target->row->header, "X-Key: ") == 0);
	PROMISE(!strchr(url, '@') || strchr(url, '@') > strstr(url, target->host));
	PROMISE(!strpbrk(url, " \r\n"));
	free(url);
	free(header);
}

static void read_url(const char *url)
{
	static struct module_key keys[] = { { "KORONE_A_KEY", "s/cret" } };
	static struct target_rules rules = { .keys = { .all = keys, .count = 1 } };
	struct target target;
	struct why why;

	if (!rules.hosts.count)
		PROMISE(web_hosts_add(&rules.hosts, "m", "a.org", "KORONE_A_KEY", "k", NULL,
				      &why) &&
			web_hosts_add(&rules.hosts, "m", "*.b.org:8443", "KORONE_A_KEY", NULL,
				      "X-Key: ", &why) &&
			web_hosts_add(&rules.hosts, "m", "c.org", NULL, NULL, NULL, &why));
	if (target_read(&rules, text_of("m"), url, &target, &why) == FETCH_OK)
		check_target(&target);
	target_finish(&target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor cursor;
	char *text;

	if (size == 0)
		return 0;
	cursor = cursor_make(data + 1, size - 1);
	text = xstrndup((const char *)data + 1, size - 1);
	switch (data[0] % 5) {
	case 0:
		read_request(cursor);
		break;
	case 1:
		read_answer(cursor);
		break;
	case 2:
		read_hosts(cursor);
		break;
	case 3:
		read_allowed(text);
		break;
	default:
		read_url(text);
		break;
	}
	free(text);
	return 0;
}
