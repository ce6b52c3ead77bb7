/* sed.c - "s/old/new/gi" as a reply: what that message says, with the change made; a library that
 * is linked, with limits on what people can make it do. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "workers/module.h"

#define RESULT_MAX 4096 /* bytes */
#define STEPS_MAX 100000
#define FLAGS (PCRE2_SUBSTITUTE_EXTENDED | PCRE2_SUBSTITUTE_UNSET_EMPTY)

/* Takes up to the next slash that has no backslash before it; NULL: there is none. */
static char *take_part(struct ctx *ctx, const char **at)
{
	char *part = ctx_alloc(ctx, strlen(*at) + 1), *end = part;

	for (; **at && **at != '/'; (*at)++) {
		*at += (*at)[0] == '\\' && (*at)[1] == '/';
		*end++ = **at;
	}
	return *(*at)++ == '/' ? part : NULL;
}

/* NULL and what is wrong with the pattern, or with what it does. */
static const char *change(struct ctx *ctx, const char *text, const char *old, const char *new,
			  const char *letters, char fault[128])
{
	uint32_t options = PCRE2_UTF | PCRE2_UCP | (strchr(letters, 'i') ? PCRE2_CASELESS : 0);
	uint32_t how = FLAGS | (strchr(letters, 'g') ? PCRE2_SUBSTITUTE_GLOBAL : 0);
	pcre2_match_context *limits = pcre2_match_context_create(NULL);
	char *result = ctx_alloc(ctx, RESULT_MAX);
	PCRE2_SIZE place, size = RESULT_MAX;
	int status;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)old, PCRE2_ZERO_TERMINATED, options, &status,
					 &place, NULL);

	pcre2_set_match_limit(limits, STEPS_MAX);
	if (code)
		status = pcre2_substitute(code, (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0, how,
					  NULL, limits, (PCRE2_SPTR) new, PCRE2_ZERO_TERMINATED,
					  (PCRE2_UCHAR *)result, &size);
	if (!code || status < 0)
		pcre2_get_error_message(status, (PCRE2_UCHAR *)fault, 128);
	pcre2_code_free(code);
	pcre2_match_context_free(limits);
	return code && status >= 0 ? result : NULL;
}

static enum verdict substitute(struct ctx *ctx, const struct text_message *message)
{
	const struct message *reply = ctx_find_message(ctx)->reply;
	const char *at = message->text + 2, *old, *new, *result;
	struct draft *draft = ctx_draft(ctx);
	char fault[128];

	if (strncmp(message->text, "s/", 2) != 0 || !reply || !reply->text[0])
		return PASS;
	if (!(old = take_part(ctx, &at)) || !(new = take_part(ctx, &at)))
		return ctx_reply(ctx, _("It is <code>s/old/new/</code>."));
	result = change(ctx, reply->text, old, new, at, fault);
	draft_add(draft, "%s", result ? result : fault);
	draft_answers(draft, result ? reply->id : message->message_id);
	return draft_reply(draft);
}

static const struct route routes[] = { TEXT(substitute), END_OF_ROUTES };

const struct module sed_recipe = { .name = "recipe_sed", .routes = routes };
