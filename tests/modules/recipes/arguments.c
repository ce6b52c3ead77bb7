/* arguments.c - arguments that the host reads and checks: who, how long, why. */
#include "workers/module.h"

struct mute_values {
	struct target who;
	int64_t for_s;
	const char *why;
};

static const struct field mute_arguments[] = {
	TARGET_FIELD(struct mute_values, who, N_("who")),
	DURATION_FIELD(struct mute_values, for_s, N_("how long"), .minimum = 60,
		       .maximum = 30 * 86400, .optional = true),
	TEXT_FIELD(struct mute_values, why, N_("why"), .optional = true),
	END_OF_FIELDS(struct mute_values),
};

static enum verdict mute(struct ctx *ctx, const struct command *cmd)
{
	const struct mute_values *values = cmd->values;

	if (!values->who.user)
		return ctx_reply(ctx, _("I can mute people only."));
	ctx_queuef(ctx, "restrictChatMember",
		   "{user_id: %lld, permissions: {can_send_messages: false}, until_date: %lld}",
		   (long long)values->who.user->id, (long long)values->for_s);
	return ctx_reply(ctx, _("<b>%s</b> is muted. %s"), values->who.user->first_name,
			 values->why);
}

static const struct route routes[] = {
	COMMAND("mute", mute, .arguments = mute_arguments, .group = true,
		.admin = RIGHT_RESTRICT_MEMBERS, .bot = RIGHT_RESTRICT_MEMBERS),
	END_OF_ROUTES,
};

const struct module arguments_recipe = { .name = "recipe_arguments", .routes = routes };
