/* filters.c - words to which the bot answers with what administrators wrote: /filter, /filters,
 * /stop. */
#include <string.h>

#include "workers/module.h"
#include "workers/modules/moderation/entries.h"

#define PREFIX "filter/"
#define WORDS_MAX (STORE_KEY_MAX - (sizeof(PREFIX) - 1))
#define FILTERS_MAX 500
#define NOT_AGAIN_S 10

static bool build_matcher(struct ctx *ctx, struct holder holder, struct derived *out)
{
	return entries_build(ctx, holder, PREFIX, out);
}

/* Of everybody: an answer is no punishment. Once in a while, or people make the bot flood. */
static enum verdict look(struct ctx *ctx, const struct text_message *message)
{
	const void *matcher;
	struct match match;
	struct draft *draft;
	const char *kept;
	size_t size;

	ctx_only_look(ctx);
	matcher = ctx_derived(ctx, THIS_CHAT, "matcher", build_matcher, &size);
	if (!matcher)
		return FAIL;
	if (!size)
		return PASS;
	if (!entries_find(ctx, matcher, size, message->text, &match) ||
	    !brief_claim(ctx, THIS_CHAT, ctx_printf(ctx, "said/%.50s", match.name), NOT_AGAIN_S))
		return PASS;
	kept = store_find(ctx, THIS_CHAT, ctx_printf(ctx, PREFIX "%s", match.name));
	if (!kept)
		return ctx_has_failed(ctx) ? FAIL : PASS;
	draft = ctx_draft(ctx);
	draft_kept(draft, kept, message->from);
	return draft_reply(draft);
}

/* --- the list --------------------------------------------------------------------------------- */

struct filter_values {
	const char *words, *answer;
};

static const struct field new_filter[] = {
	WORD_FIELD(struct filter_values, words, N_("words, with _ for spaces")),
	KEPT_FIELD(struct filter_values, answer, N_("answer")),
	END_OF_FIELDS(struct filter_values),
};

static const struct field old_filter[] = {
	WORD_FIELD(struct filter_values, words, N_("words, with _ for spaces")),
	END_OF_FIELDS(struct filter_values),
};

static const char *words_of(struct ctx *ctx, const char *written)
{
	char *words = ctx_alloc(ctx, strlen(written) + 1);

	for (size_t i = 0; written[i]; i++)
		words[i] = written[i] == '_' ? ' ' : written[i];
	return words;
}

static size_t count_filters(struct ctx *ctx)
{
	const char *key = NULL, *value;
	size_t count = 0;

	while (store_each(ctx, THIS_CHAT, PREFIX, &key, &value))
		count++;
	return count;
}

static enum verdict add(struct ctx *ctx, const struct command *cmd)
{
	const struct filter_values *values = cmd->values;
	const char *words = words_of(ctx, values->words);
	const char *key = ctx_printf(ctx, PREFIX "%s", words);

	if (strlen(words) > WORDS_MAX || !matcher_takes(ctx_state(ctx), words))
		return ctx_reply(
			ctx,
			_("“%s” cannot be looked for: it is too long, or has no words; with "
			  "* or ? it needs three letters side by side."),
			words);
	/* What is there already is not overwritten unnoticed. */
	if (store_find(ctx, THIS_CHAT, key))
		return ctx_reply(ctx, _("There is an answer to “%s” already. /stop takes it away."),
				 words);
	if (count_filters(ctx) >= FILTERS_MAX)
		return ctx_reply(ctx, _("A group has at most %d answers."), FILTERS_MAX);
	if (!store_set(ctx, THIS_CHAT, key, values->answer))
		return FAIL;
	return ctx_reply(ctx, _("I will answer that to “%s”."), words);
}

static enum verdict stop(struct ctx *ctx, const struct command *cmd)
{
	const struct filter_values *values = cmd->values;
	const char *words = words_of(ctx, values->words);
	const char *key = ctx_printf(ctx, PREFIX "%.*s", (int)WORDS_MAX, words);

	if (!store_find(ctx, THIS_CHAT, key))
		return ctx_reply(ctx, _("There is no answer to “%s”. /filters lists them."), words);
	if (!store_set(ctx, THIS_CHAT, key, NULL))
		return FAIL;
	return ctx_reply(ctx, _("I answer nothing to “%s” any more."), words);
}

static enum verdict list(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	const char *key = NULL, *value;
	bool any = false;

	(void)cmd;
	draft_add(draft, "<b>%s</b>", _("I answer to"));
	for (; store_each(ctx, THIS_CHAT, PREFIX, &key, &value); any = true)
		draft_add(draft, "\n• <code>%s</code>", key + strlen(PREFIX));
	return any ? draft_reply(draft) : ctx_reply(ctx, _("I answer to no words here."));
}

#define WRITERS .group = true, .admin = RIGHT_CHANGE_INFO

static const struct route routes[] = {
	COMMAND("filter addfilter", add, WRITERS, .arguments = new_filter,
		.help = N_("answer to words: with a text, or with what you reply to")),
	COMMAND("stop stopfilter", stop, WRITERS, .arguments = old_filter,
		.help = N_("answer to words no longer")),
	COMMAND("filters", list, .group = true, .help = N_("list to which words I answer")),
	TEXT(look, .group = true),
	END_OF_ROUTES,
};

const struct module filters_module = {
	.name = "filters",
	.title = N_("Answers to words"),
	.icon = "💬",
	.about = N_("Example: /filter good_night Sleep well, {first}! Words may have * for any "
		    "letters and ? for one. The same answer comes "
		    "once in ten seconds."),
	.open = entries_open,
	.close = entries_close,
	.routes = routes,
};
