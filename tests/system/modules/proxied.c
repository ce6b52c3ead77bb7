/* proxied.c - the modules of a test build of korone-worker: /near SCRIPT and /far SCRIPT run a
 * script of bash with a proxy to the hosts of one module or the other, /alone SCRIPT without one.
 * Linked instead of workers/modules/modules.c. */
#include "workers/module.h"
#include "workers/modules/modules.h"

static enum verdict run(struct ctx *ctx, bool web, const char *script)
{
	const struct file *output = ctx_run(ctx, &(struct program) { .seconds = 60, .web = web },
					    "bash -c %s", script);

	if (file_error(output)[0])
		return ctx_reply(ctx, "failed: %s", file_error(output));
	return ctx_reply(ctx, "said: %s", (const char *)file_bytes(output));
}

static enum verdict run_with_web(struct ctx *ctx, const struct command *cmd)
{
	return run(ctx, true, cmd->args);
}

static enum verdict run_alone(struct ctx *ctx, const struct command *cmd)
{
	return run(ctx, false, cmd->args);
}

static const struct route near_routes[] = {
	COMMAND("near", run_with_web),
	COMMAND("alone", run_alone),
	END_OF_ROUTES,
};

static const struct module near_module = {
	.name = "near",
	.title = "Near",
	.routes = near_routes,
	.hosts = HOSTS(HOST("good.test"), HOST("private.test"), HOST("both.test"),
		       HOST("keyed.test", .key = "KORONE_QUERY_KEY", .query = "key")),
	.programs = PROGRAMS("bash", "curl", "sleep"),
};

static const struct route far_routes[] = {
	COMMAND("far", run_with_web),
	END_OF_ROUTES,
};

static const struct module far_module = {
	.name = "far",
	.title = "Far",
	.routes = far_routes,
	.hosts = HOSTS(HOST("far.test")),
	.programs = PROGRAMS("bash", "curl", "sleep"),
};

const struct module *const compiled_modules[] = { &near_module, &far_module, NULL };
