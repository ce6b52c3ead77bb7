/* settings.c - /set and /reset: the options of a chat (workers/api/options.h), of all modules. */
#include "workers/module.h"

static const struct route routes[] = {
	COMMAND("set", ctx_run_set, .admin = RIGHT_ADMIN, .always = true,
		.usage = N_("<option> [value]"),
		.help = N_("show or change an option of this chat")),
	COMMAND("reset", ctx_run_reset, .admin = RIGHT_ADMIN, .always = true,
		.usage = N_("<option>"), .help = N_("an option as it was at first")),
	END_OF_ROUTES,
};

const struct module settings_module = {
	.name = "settings",
	.title = N_("Settings"),
	.routes = routes,
};
