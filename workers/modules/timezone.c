/* timezone.c - /timezone: by which clock the chat lives. Administrators choose in a group, the
 * person in a private chat. */
#include "workers/module.h"

static enum verdict show(struct ctx *ctx)
{
	int64_t minute = ctx_minute_of_day(ctx, ctx_now(ctx));

	return ctx_reply(ctx, _("Here it is <b>%02d:%02d</b>, in the time zone <b>%s</b>."),
			 (int)(minute / 60), (int)(minute % 60), ctx_zone(ctx));
}

static enum verdict choose(struct ctx *ctx, const struct command *cmd)
{
	const char *zone;

	if (!cmd->args[0])
		return show(ctx);
	zone = ctx_find_zone(ctx, cmd->args);
	if (!zone)
		return ctx_reply(ctx,
				 _("I know no time zone “%.64s”. It is named after a continent and "
				   "a large city: <code>/timezone Europe/Lisbon</code> or "
				   "<code>/timezone America/Sao_Paulo</code>."),
				 cmd->args);
	if (ctx_choose_zone(ctx, zone) != DONE)
		return FAIL;
	return show(ctx);
}

static const struct route routes[] = {
	COMMAND("timezone tz", choose, .usage = N_("[Continent/City]"), .admin = RIGHT_ADMIN,
		.always = true, .help = N_("show or choose the time zone here")),
	END_OF_ROUTES,
};

const struct module timezone_module = {
	.name = "timezone",
	.title = N_("Time zone"),
	.icon = "🕰",
	.routes = routes,
};
