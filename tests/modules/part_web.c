/* part_web.c - the lines that say what other hosts answer:
 *
 *     fetch https://api.example.org/x?q=a%20b answers {"found": 1}
 *     fetch https://api.example.org/x?q=a%20b answers 404 {"error": "no such thing"}
 *     fetch https://api.example.org/translate with text=hello&to=de answers {"text": "hallo"}
 *     fetch https://api.example.org/x is too slow
 *
 * What is said counts from there on, until a later line says something else about the same. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/modules/conversation.h"
#include "tests/modules/hostile.h"
#include "tests/modules/part.h"
#include "tests/modules/script.h"
#include "tests/modules/web.h"
#include "workers/wire/web_hosts.h"

#define TOLD_MAX 64

struct told_web {
	struct told {
		const char *url, *posted; /* posted NULL: GET */
		struct fetch_answer answer;
	} all[TOLD_MAX];
	size_t count;
};

/* --- lines ------------------------------------------------------------------------------------ */

static const struct {
	const char *words;
	struct fetch_answer answer;
} troubles[] = {
	{ "is too slow", { .outcome = FETCH_TIMEOUT } },
	{ "is away", { .outcome = FETCH_NETWORK } },
	{ "wants silence", { .outcome = FETCH_BUSY } },
	{ "answers too much", { .outcome = FETCH_TOO_LARGE } },
	{ "leads elsewhere", { .outcome = FETCH_FORBIDDEN } },
	{ "lacks its key", { .outcome = FETCH_NO_KEY } },
};

/* "404 {…}", "{…}" or "404". */
static struct fetch_answer read_answer(const char *text)
{
	char *rest = NULL;
	long status = strtol(text, &rest, 10);

	if (status < 100 || status > 599 || (*rest != ' ' && *rest != '\0')) {
		status = 200;
		rest = (char *)(uintptr_t)text;
	}
	rest += strspn(rest, " ");
	return (struct fetch_answer) {
		.outcome = status >= 200 && status <= 299 ? FETCH_OK : FETCH_STATUS,
		.status = (int)status,
		.body = { rest, strlen(rest) },
	};
}

static bool take_answer(struct world *world, const char **at, struct fetch_answer *out,
			struct why *why)
{
	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++)
		if (strcmp(*at, troubles[i].words) == 0) {
			*out = troubles[i].answer;
			return true;
		}
	if (!take(at, "answers "))
		return why_set(why, "after the URL comes \"answers …\", \"is too slow\", …");
	*out = read_answer(arena_strdup(&world->arena, *at));
	return true;
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static struct told *find(struct told_web *web, const char *url, const char *posted)
{
	for (size_t i = 0; web && i < web->count; i++)
		if (strcmp(web->all[i].url, url) == 0 && is_same(web->all[i].posted, posted))
			return &web->all[i];
	return NULL;
}

static struct told *require(struct conversation *conversation, const char *url, const char *posted,
			    struct why *why)
{
	struct told *told = find(conversation->web, url, posted);

	if (told)
		return told;
	if (!conversation->web)
		conversation->web = arena_alloc(&conversation->world.arena,
						sizeof(*conversation->web));
	if (conversation->web->count == TOLD_MAX) {
		why_set(why, "more than %d answers of hosts", TOLD_MAX);
		return NULL;
	}
	told = &conversation->web->all[conversation->web->count++];
	told->url = url;
	told->posted = posted;
	return told;
}

static bool tell(struct conversation *conversation, const char *rest, struct why *why)
{
	struct world *world = &conversation->world;
	const char *url = take_word(world, &rest, " "), *posted = NULL;
	struct fetch_answer answer;
	struct told *told;

	rest += strspn(rest, " ");
	if (take(&rest, "with "))
		posted = take_word(world, &rest, " ");
	rest += strspn(rest, " ");
	if (!take_answer(world, &rest, &answer, why))
		return false;
	told = require(conversation, url, posted, why);
	if (told)
		told->answer = answer;
	return told != NULL;
}

/* --- answers ---------------------------------------------------------------------------------- */

static bool may_reach(const struct conversation *conversation, const struct fetch_request *request,
		      const char *url, struct arena *arena, struct text *host)
{
	const bool secure = strncmp(url, "https:", 6) == 0;
	const char *start = strstr(url, "//") + 2;
	size_t length = strcspn(start, "/?#"), name = strcspn(start, ":/?#");
	long port = name < length ? strtol(start + name + 1, NULL, 10) : secure ? 443 : 80;

	*host = (struct text) { start, name };
	return web_hosts_find(host_web_hosts(conversation->host), request->module,
			      arena_strndup(arena, start, name), (uint16_t)port,
			      secure ? 443 : 80) != NULL;
}

void web_fetch(void *owner, const struct fetch_request *request, struct arena *arena,
	       struct fetch_answer *out)
{
	struct conversation *conversation = owner;
	const char *url = arena_strndup(arena, request->url.data, request->url.length);
	const char *posted = request->posted.data ? arena_strndup(arena, request->posted.data,
								  request->posted.length)
						  : NULL;
	const struct told *told = find(conversation->web, url, posted);
	struct text host;

	*out = (struct fetch_answer) { .outcome = FETCH_NETWORK };
	if (!may_reach(conversation, request, url, arena, &host))
		conversation_fault(conversation, "%s is not among the module's .hosts", url);
	else if (conversation->hostile)
		hostile_answer(conversation->hostile, told ? &told->answer : NULL, arena, out);
	else if (!told)
		conversation_fault(conversation, "no \"fetch\" line says what %s answers%s%s", url,
				   posted ? " with " : "", posted ? posted : "");
	else
		*out = told->answer;
	if (request->sink && out->outcome == FETCH_OK &&
	    pwrite(*request->sink, out->body.data, out->body.length, 0) !=
		    (ssize_t)out->body.length)
		conversation_fault(conversation, "a file cannot be written");
	out->host = host;
}

static const struct line lines[] = { { "fetch ", tell }, { 0 } };

extern const struct part web_part;
const struct part web_part = { .lines = lines };
