/* remind.c - does something later, whatever is restarted in between. */
#include "workers/module.h"

/* With the message that asked: nobody else's with the same text takes its place. */
#define REMIND "reciperemind:%lld:%.200s"

struct remind_values {
	int64_t after_s;
	const char *text;
};

static const struct field remind_arguments[] = {
	DURATION_FIELD(struct remind_values, after_s, N_("when")),
	TEXT_FIELD(struct remind_values, text, N_("text")),
	END_OF_FIELDS(struct remind_values),
};

static enum verdict put_off(struct ctx *ctx, const struct command *cmd)
{
	const struct remind_values *values = cmd->values;

	ctx_reply(ctx, _("I will."));
	return ctx_laterf(ctx, values->after_s, REMIND, (long long)cmd->message_id, values->text);
}

static enum verdict remind(struct ctx *ctx, const struct work *work)
{
	return ctx_reply(ctx, _("<b>%s</b>, do not forget: %s"), work->from->first_name,
			 slug_text(ctx, 1));
}

static const struct route routes[] = {
	COMMAND("remind", put_off, .arguments = remind_arguments),
	WORK(REMIND, remind),
	END_OF_ROUTES,
};

const struct module remind_recipe = { .name = "recipe_remind", .routes = routes };
