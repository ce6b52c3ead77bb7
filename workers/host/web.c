/* web.c - what handlers ask other hosts: makes the request, looks whether Redis has the answer,
 * asks the fetcher, and says in words for people why there is none. An answer is JSON, or a file.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "workers/host/answer.h"
#include "workers/host/ctx.h"
#include "workers/host/file.h"
#include "workers/host/url.h"

#define KEEP_MAX_S 86400
#define TURN_WAIT_MAX_MS 10000
#define NAME_LENGTH_MAX 64
#define FORM_TYPE "application/x-www-form-urlencoded"
#define JSON_TYPE "application/json"

/* --- requests --------------------------------------------------------------------------------- */

static void add_header(struct ctx *ctx, struct fetch_request *request, const char *line)
{
	if (request->headers_count == FETCH_HEADERS_MAX)
		ctx_fail(ctx, "more than %u headers", FETCH_HEADERS_MAX - 2);
	else
		request->headers[request->headers_count++] = text_of(line);
}

static void add_posted(struct ctx *ctx, struct fetch_request *request, const struct fetch *fetch)
{
	const char *type = fetch->form         ? FORM_TYPE
			   : fetch->media_type ? fetch->media_type
					       : JSON_TYPE;
	const char *posted = fetch->form ? fetch->form : fetch->body;

	if (!posted)
		return;
	request->posted = text_of(posted);
	if (request->posted.length > FETCH_POSTED_MAX)
		ctx_fail(ctx, "more than %u KiB to post", FETCH_POSTED_MAX >> 10);
	add_header(ctx, request, arena_printf(ctx->arena, "Content-Type: %s", type));
}

static struct fetch_request make_request(struct ctx *ctx, const struct fetch *fetch,
					 const char *url, const char *accept)
{
	struct fetch_request request = { .module = text_of(ctx->row->module->name),
					 .url = text_of(url) };

	add_header(ctx, &request, accept);
	add_posted(ctx, &request, fetch);
	for (const char *const *line = fetch->headers; line && *line; line++)
		add_header(ctx, &request, *line);
	return request;
}

/* --- what is kept ----------------------------------------------------------------------------- */

/* Everything that the answer depends on. */
static struct text name_request(struct ctx *ctx, const struct fetch_request *request)
{
	struct buffer name = { 0 };
	struct text out;

	fetch_request_encode(request, &name);
	out.length = buffer_unread_size(&name);
	out.data = arena_memdup(ctx->arena, buffer_unread(&name), out.length);
	buffer_finish(&name);
	return out;
}

static bool find_kept(struct ctx *ctx, struct text asked, struct fetch_answer *out)
{
	const struct host_services *services = &ctx->host->services;
	struct buffer kept = { 0 };
	bool found = services->storage->fetched_find(services->storage_owner, asked, &kept);

	if (found)
		*out = (struct fetch_answer) {
			.outcome = FETCH_OK,
			.status = 200,
			.body = { arena_memdup(ctx->arena, buffer_unread(&kept),
					       buffer_unread_size(&kept)),
				  buffer_unread_size(&kept) },
		};
	buffer_finish(&kept);
	return found;
}

static void keep(struct ctx *ctx, struct text asked, struct text body, int64_t keep_s)
{
	const struct host_services *services = &ctx->host->services;

	services->storage->fetched_keep(services->storage_owner, asked, body,
					keep_s < KEEP_MAX_S ? keep_s : KEEP_MAX_S);
}

/* --- answers ---------------------------------------------------------------------------------- */

static const char *explain_status(struct ctx *ctx, int status, const char *host)
{
	if (status == 404 || status == 410)
		return arena_printf(ctx->arena, _("%s does not have that."), host);
	if (status == 429)
		return arena_printf(ctx->arena,
				    _("%s is asked too much right now. Please try again later."),
				    host);
	if (status >= 400 && status < 500)
		return arena_printf(ctx->arena, _("%s refuses to answer that."), host);
	return arena_printf(ctx->arena, _("%s has a problem right now. Please try again later."),
			    host);
}

static const char *explain(struct ctx *ctx, const struct fetch_answer *answer, const char *host)
{
	switch (answer->outcome) {
	case FETCH_STATUS:
		return explain_status(ctx, answer->status, host);
	case FETCH_BUSY:
		return explain_status(ctx, 429, host);
	case FETCH_FORBIDDEN:
	case FETCH_MALFORMED:
		return _("That address cannot be fetched.");
	case FETCH_NO_KEY:
		return arena_printf(ctx->arena,
				    _("Whoever runs this bot has not set it up for %s."), host);
	case FETCH_TOO_LARGE:
		return arena_printf(ctx->arena, _("The answer of %s is too large."), host);
	case FETCH_TIMEOUT:
		return arena_printf(ctx->arena, _("%s takes too long to answer."), host);
	case FETCH_NETWORK:
	case FETCH_LOST:
		return arena_printf(ctx->arena,
				    _("%s cannot be reached right now. Please try again later."),
				    host);
	case FETCH_OK:
	case FETCH_OUTCOME_COUNT:
		break;
	}
	return explain_status(ctx, 500, host); /* a good status, and no JSON */
}

/* It would be the same again: unlike a host that is busy or away. */
static bool is_refusal(const struct fetch_answer *answer)
{
	const int status = answer->status;

	return answer->outcome == FETCH_FORBIDDEN || answer->outcome == FETCH_MALFORMED ||
	       (answer->outcome == FETCH_STATUS && status >= 400 && status < 500 && status != 408 &&
		status != 425 && status != 429);
}

static const char *words_for(struct ctx *ctx, const struct fetch_answer *answer)
{
	const char *host = answer->host.length ? arena_strndup(ctx->arena, answer->host.data,
							       answer->host.length)
					       : _("The host");

	return explain(ctx, answer, host);
}

static const struct answer *take_answer(struct ctx *ctx, const struct fetch_answer *answer)
{
	return answer_from(ctx, answer->outcome == FETCH_OK, is_refusal(answer),
			   words_for(ctx, answer), answer->body);
}

static const struct answer *refuse(struct ctx *ctx, enum fetch_outcome outcome)
{
	return take_answer(ctx, &(const struct fetch_answer) { .outcome = outcome });
}

/* The row of a host that wants to be asked seldom. */
static const struct web_host *find_paced(const struct ctx *ctx, const char *url)
{
	const char *host = strstr(url, "//") + 2;
	size_t length = strcspn(host, ":/?#");

	for (const struct web_host *at = ctx->row->module->hosts; at && at->name; at++)
		if (at->per_second && strcspn(at->name, ":") == length &&
		    strncasecmp(at->name, host, length) == 0)
			return at;
	return NULL;
}

static void sleep_ms(int64_t ms)
{
	struct timespec rest = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
		;
}

/* Asks the fetcher, when it is this handler's turn. */
static void fetch(struct ctx *ctx, const struct fetch_request *request, struct fetch_answer *out)
{
	const struct host_services *services = &ctx->host->services;
	const struct web_host *paced = find_paced(ctx, request->url.data);
	int64_t wait_ms = 0;

	if (paced)
		wait_ms = services->storage->fetch_turn(services->storage_owner, paced->name,
							paced->per_second, TURN_WAIT_MAX_MS);
	if (wait_ms < 0) {
		*out = (struct fetch_answer) { .outcome = FETCH_BUSY,
					       .host = text_of(paced->name) };
		return;
	}
	if (wait_ms > 0)
		sleep_ms(wait_ms);
	services->fetch(services->owner, request, ctx->arena, out);
}

static const struct answer *ask(struct ctx *ctx, const struct fetch_request *request,
				int64_t keep_s)
{
	struct fetch_answer answer = { .outcome = FETCH_LOST };
	const struct answer *taken;
	struct text asked;

	if (keep_s <= 0) {
		fetch(ctx, request, &answer);
		return take_answer(ctx, &answer);
	}
	asked = name_request(ctx, request);
	if (find_kept(ctx, asked, &answer))
		return take_answer(ctx, &answer);
	fetch(ctx, request, &answer);
	taken = take_answer(ctx, &answer);
	if (answer_ok(taken))
		keep(ctx, asked, answer.body, keep_s);
	return taken;
}

/* --- into files ------------------------------------------------------------------------------- */

/* The last part of the path, as far as it is a name that everybody can have. */
static const char *name_of(struct ctx *ctx, const char *url)
{
	const char *path = strstr(url, "//") + 2, *name;
	size_t length = strcspn(path, "?#");

	name = memrchr(path, '/', length);
	if (!name)
		return "file";
	length -= (size_t)(name + 1 - path);
	if (!length || length > NAME_LENGTH_MAX || name[1] == '.' ||
	    strspn(name + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
			     "._-") < length)
		return "file";
	return arena_strndup(ctx->arena, name + 1, length);
}

static const struct file *fail_file(struct ctx *ctx, struct file *file,
				    const struct fetch_answer *answer)
{
	file_fail(file, words_for(ctx, answer));
	return file;
}

static const struct file *ask_for_file(struct ctx *ctx, struct fetch_request *request,
				       const char *name)
{
	struct fetch_answer answer = { .outcome = FETCH_LOST };
	struct file *file = file_received(ctx, name);
	const int sink = file_descriptor(file);

	if (sink < 0)
		return file;
	request->sink = &sink;
	fetch(ctx, request, &answer);
	request->sink = NULL;
	if (answer.outcome != FETCH_OK)
		return fail_file(ctx, file, &answer);
	file_filled(file, name);
	return file;
}

static const struct file *find_kept_file(struct ctx *ctx, struct text asked, const char *name)
{
	struct fetch_answer answer;
	struct file *file;

	if (!find_kept(ctx, asked, &answer))
		return NULL;
	file = file_made(ctx, name);
	file_add_bytes(file, answer.body.data, answer.body.length);
	return file;
}

static const struct file *fetch_file(struct ctx *ctx, int64_t keep_s, const char *url)
{
	const struct fetch fetch = { .keep_s = keep_s };
	struct fetch_request request = make_request(ctx, &fetch, url, "Accept: */*");
	const char *name = name_of(ctx, url);
	const struct file *file;
	struct text asked;

	if (keep_s <= 0)
		return ask_for_file(ctx, &request, name);
	asked = name_request(ctx, &request);
	file = find_kept_file(ctx, asked, name);
	if (file)
		return file;
	file = ask_for_file(ctx, &request, name);
	if (!file_error(file)[0] && file_size(file) <= FETCHED_MAX)
		keep(ctx, asked, (struct text) { file_bytes(file), (size_t)file_size(file) },
		     keep_s);
	return file;
}

/* --- module.h --------------------------------------------------------------------------------- */

/* NULL when a value cannot stand where it is, or the literal is wrong: then the handler has
 * failed. */
static const char *make_url(struct ctx *ctx, const char *format, va_list arguments)
{
	struct why why = { "" };
	const char *url;

	switch (url_make(format, arguments, ctx->arena, &url, &why)) {
	case URL_MADE:
		return url;
	case URL_FAULTY:
		ctx_fail(ctx, "a URL: %s", why.text);
		return NULL;
	case URL_REFUSED:
		return NULL;
	}
	return NULL;
}

static const struct answer *fetch_from(struct ctx *ctx, const struct fetch *fetch,
				       const char *format, va_list arguments)
{
	const char *url = make_url(ctx, format, arguments);
	struct fetch_request request;

	if (!url)
		return refuse(ctx, FETCH_MALFORMED);
	request = make_request(ctx, fetch, url, "Accept: " JSON_TYPE);
	if (ctx->failure.reason)
		return refuse(ctx, FETCH_MALFORMED);
	return ask(ctx, &request, fetch->keep_s);
}

const struct file *ctx_fetch(struct ctx *ctx, int64_t keep_s, const char *format, ...)
{
	static const struct fetch_answer malformed = { .outcome = FETCH_MALFORMED };
	va_list arguments;
	const char *url;

	va_start(arguments, format);
	url = make_url(ctx, format, arguments);
	va_end(arguments);
	return url ? fetch_file(ctx, keep_s, url)
		   : fail_file(ctx, file_made(ctx, "file"), &malformed);
}

const struct answer *ctx_fetch_json(struct ctx *ctx, int64_t keep_s, const char *url, ...)
{
	const struct fetch fetch = { .keep_s = keep_s };
	const struct answer *answer;
	va_list arguments;

	va_start(arguments, url);
	answer = fetch_from(ctx, &fetch, url, arguments);
	va_end(arguments);
	return answer;
}

const struct answer *ctx_fetch_with(struct ctx *ctx, const struct fetch *fetch, const char *url,
				    ...)
{
	const struct answer *answer;
	va_list arguments;

	va_start(arguments, url);
	answer = fetch_from(ctx, fetch, url, arguments);
	va_end(arguments);
	return answer;
}

const char *ctx_form(struct ctx *ctx, const char *format, ...)
{
	struct why why = { "" };
	va_list arguments;
	const char *form;

	va_start(arguments, format);
	if (url_make_form(format, arguments, ctx->arena, &form, &why) != URL_MADE)
		ctx_fail(ctx, "a form: %s", why.text);
	va_end(arguments);
	return form;
}
