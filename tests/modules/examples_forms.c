/* examples_forms.c - a form with a field of each type, and one for administrators. */
#include "workers/module.h"

struct report_values {
	const struct user *about;
	struct target target;
	int64_t copies, wait_s, begins, chat;
	bool urgent;
	const char *kind, *word, *text, *proof;
	const char *const *words;
	struct action action;
};

static const char *const report_kinds[] = { "spam", "abuse", NULL };
static const char *const kind_labels[] = { N_("short"), N_("long") };

static const struct field report_fields[] = {
	USER_FIELD(struct report_values, about, "who", .question = "Whom is it about?"),
	CHOICE_FIELD(struct report_values, kind, "kind", .choices = report_kinds,
		     .labels = kind_labels),
	BOOLEAN_FIELD(struct report_values, urgent, "urgent"),
	INTEGER_FIELD(struct report_values, copies, "copies", .minimum = 1, .maximum = 9,
		      .optional = true, .preset = "3"),
	ACTION_FIELD(struct report_values, action, "what happens"),
	WORDS_FIELD(struct report_values, words, "words", .optional = true),
	KEPT_FIELD(struct report_values, proof, "proof"),
	END_OF_FIELDS(struct report_values),
};

static const struct field rest_fields[] = {
	DURATION_FIELD(struct report_values, wait_s, "wait"),
	TIME_FIELD(struct report_values, begins, "begins"),
	CHAT_FIELD(struct report_values, chat, "chat", .may_be_off = true),
	WORD_FIELD(struct report_values, word, "word"),
	TEXT_FIELD(struct report_values, text, "text"),
	TARGET_FIELD(struct report_values, target, "target"),
	END_OF_FIELDS(struct report_values),
};

/* Writes, so that a second time would be seen. */
static bool count(struct ctx *ctx)
{
	const char *before = store_find(ctx, THIS_CHAT, "reports");

	return store_set(ctx, THIS_CHAT, "reports", ctx_printf(ctx, "%s+", before ? before : ""));
}

static enum verdict report(struct ctx *ctx, const void *given)
{
	const struct report_values *values = given;
	struct draft *draft = ctx_draft(ctx);

	if (!count(ctx))
		return FAIL;
	draft_add(draft, "%s: about %lld, %s, urgent %d, copies %lld, action %d for %lld s",
		  store_find(ctx, THIS_CHAT, "reports"), (long long)values->about->id, values->kind,
		  values->urgent, (long long)values->copies, values->action.kind,
		  (long long)values->action.seconds);
	for (const char *const *word = values->words; *word; word++)
		draft_add(draft, " %s", *word);
	draft_add(draft, "\n");
	draft_kept(draft, values->proof, NULL);
	return draft_reply(draft);
}

static enum verdict report_rest(struct ctx *ctx, const void *given)
{
	const struct report_values *values = given;
	const struct target *target = &values->target;

	return ctx_reply(ctx, "wait %lld s, begins %lld, chat %lld, %s, %s, target %lld",
			 (long long)values->wait_s, (long long)values->begins,
			 (long long)values->chat, values->word, values->text,
			 (long long)(target->user ? target->user->id : target->channel->id));
}

static enum verdict ask(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_ask_form(ctx, "report");
}

static enum verdict ask_rest(struct ctx *ctx, const struct command *cmd)
{
	return ctx_ask_form(ctx, cmd->args[0] ? cmd->args : "rest");
}

static const struct route routes[] = {
	COMMAND("formreport", ask),
	COMMAND("formrest", ask_rest),
	END_OF_ROUTES,
};

const struct module forms_example = {
	.name = "example_forms",
	.routes = routes,
	.forms = FORMS(
		FORM("report", report_fields, report, "A report"),
		FORM("rest", rest_fields, report_rest, "The rest", .admin = RIGHT_CHANGE_INFO)),
};
