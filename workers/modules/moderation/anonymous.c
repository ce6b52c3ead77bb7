/* anonymous.c - /anonadmin: whether this group lets its anonymous administrators do, without a
 * proof of who they are, what others of them may (workers/host/proof.h). Its owner chooses: whoever
 * lacks a right would have it as soon as they are anonymous. */
#include "workers/module.h"

static const struct field options[] = {
	BOOLEAN_FIELD(struct anonymous_options, trusted, N_("trust anonymous administrators"),
		      .preset = "off", .admin = RIGHT_OWNER),
	END_OF_FIELDS(struct anonymous_options),
};

static const struct route routes[] = {
	SETTER("anonadmin", "trusted", .group = true, .always = true,
	       .help = N_("let anonymous administrators do what others may")),
	END_OF_ROUTES,
};

const struct module anonymous_module = {
	.name = ANONYMOUS_MODULE,
	.title = N_("Anonymous administrators"),
	.icon = "🎭",
	.routes = routes,
	.options = options,
};
