/* regex.c - "s/old/new/g" as a reply: what that message says, with the change made. */
#include <string.h>

#include "workers/module.h"
#include "workers/modules/tools/substitution.h"

/* What is wrong, for people. */
static void add_problem(struct ctx *ctx, struct draft *draft,
			const struct substitution_problem *problem)
{
	switch (problem->fault) {
	case SUBSTITUTION_FLAG:
		draft_add(draft, _("Flags are i, m, s, x, g and a number, not “%.4s”."),
			  problem->detail);
		break;
	case SUBSTITUTION_NO_END:
		draft_add(draft,
			  _("After a command comes a semicolon and the next one, not “%.40s”."),
			  problem->detail);
		break;
	case SUBSTITUTION_TOO_MANY:
		draft_add(draft, _("At most %d commands in a message."), SUBSTITUTIONS_MAX);
		break;
	case SUBSTITUTION_PATTERN:
		draft_add(draft, _("The pattern is wrong at its character %lld: %s"),
			  (long long)problem->place, problem->detail);
		break;
	case SUBSTITUTION_FAILED:
		draft_add(draft, _("That does not work: %s"), problem->detail);
		break;
	case SUBSTITUTION_TOO_SLOW:
		draft_add(draft, "%s", _("That pattern has too many ways to match."));
		break;
	case SUBSTITUTION_TOO_LONG:
	case SUBSTITUTION_TOO_LARGE:
		draft_add(draft, "%s", _("That is too long."));
		break;
	case SUBSTITUTION_FINE:
	case SUBSTITUTION_NONE:
		break;
	}
}

static enum verdict answer_problem(struct ctx *ctx, const struct substitution_problem *problem)
{
	struct draft *draft = ctx_draft(ctx);

	add_problem(ctx, draft, problem);
	return draft_reply(draft);
}

static enum verdict substitute(struct ctx *ctx, const struct text_message *message)
{
	struct substitution list[SUBSTITUTIONS_MAX];
	struct substitution_problem problem = { 0 };
	size_t count = substitutions_read(ctx, message->text, list, &problem);
	const struct message *reply;
	const char *result;
	struct draft *draft;

	if (count == 0)
		return problem.fault == SUBSTITUTION_NONE ? PASS : answer_problem(ctx, &problem);
	reply = ctx_find_message(ctx)->reply;
	if (!reply || !reply->text[0])
		return ctx_reply(ctx, _("Reply with that to a message that has a text."));
	result = substitutions_apply(ctx, list, count, reply->text, &problem);
	if (!result)
		return answer_problem(ctx, &problem);
	if (strcmp(result, reply->text) == 0)
		return ctx_reply(ctx, _("That changes nothing."));
	if (result[strspn(result, " \t\n")] == '\0')
		return ctx_reply(ctx, _("That leaves nothing."));
	draft = ctx_draft(ctx);
	draft_add(draft, "%s", result);
	draft_answers(draft, reply->id);
	return draft_reply(draft);
}

static const struct route routes[] = {
	TEXT(substitute),
	END_OF_ROUTES,
};

const struct module regex_module = {
	.name = "regex",
	.title = N_("Regular expressions"),
	.icon = "🧪",
	.about = N_(
		"Reply to a message with s/old/new/ and I say it with the change made. After the "
		"last slash may follow g (all of them), a number (that one), i (no matter the "
		"case), m, s or x. In what is new, & is what was found and \\1 its first "
		"group; \\U, \\L and \\u change the case. A semicolon begins the next change."),
	.routes = routes,
};
