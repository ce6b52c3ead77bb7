/* options.c - calls an administrator's words back, as the group has chosen: which words, which
 * answer, and how often. People choose with /set, without any more code. */
#include <string.h>

#include "workers/module.h"

struct echo_options {
	const char *const *words;
	const char *answer;
	int64_t pause_s;
};

static const struct field options[] = {
	WORDS_FIELD(struct echo_options, words, N_("words that are answered"), .may_be_off = true),
	KEPT_FIELD(struct echo_options, answer, N_("answer"), .preset = N_("Hear, hear!")),
	DURATION_FIELD(struct echo_options, pause_s, N_("pause"), .preset = "10m", .minimum = 10,
		       .maximum = 3600),
	END_OF_FIELDS(struct echo_options),
};

static enum verdict hear(struct ctx *ctx, const struct text_message *message)
{
	const struct echo_options *values = ctx_options(ctx);
	const char *const *word = values->words;
	struct draft *draft = ctx_draft(ctx);

	while (*word && !strstr(message->text, *word))
		word++;
	if (!*word || !brief_claim(ctx, THIS_CHAT, "said", values->pause_s))
		return PASS;
	draft_kept(draft, values->answer, message->from);
	return draft_reply(draft);
}

static const struct route routes[] = {
	TEXT(hear, .group = true),
	END_OF_ROUTES,
};

const struct module options_recipe = {
	.name = "recipe_options",
	.routes = routes,
	.options = options,
};
