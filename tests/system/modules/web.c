/* web.c - the modules of a test build of korone-worker: /get URL and the like fetch from any host,
 * /narrow URL from one, and /ask from one that wants a key. They answer with the JSON's "value", or
 * with what people are told. Linked instead of workers/modules/modules.c. */
#include "workers/module.h"
#include "workers/modules/modules.h"

#include <string.h>

static enum verdict tell(struct ctx *ctx, const struct answer *answer)
{
	if (answer_ok(answer))
		return ctx_reply(ctx, "value: %s", answer_text(answer, "value"));
	return ctx_reply(ctx, "%s: %s", answer_refused(answer) ? "refused" : "failed",
			 answer_error(answer));
}

static enum verdict get(struct ctx *ctx, const struct command *cmd)
{
	return tell(ctx, ctx_fetch_json(ctx, 0, "%s", cmd->args));
}

static enum verdict get_kept(struct ctx *ctx, const struct command *cmd)
{
	return tell(ctx, ctx_fetch_json(ctx, 3600, "%s", cmd->args));
}

static enum verdict post(struct ctx *ctx, const struct command *cmd)
{
	const struct fetch fetch = { .form = ctx_form(ctx, "text=%s", "a & b"),
				     .headers = HEADERS("X-Test: yes") };

	return tell(ctx, ctx_fetch_with(ctx, &fetch, "%s", cmd->args));
}

static enum verdict get_file(struct ctx *ctx, const struct command *cmd)
{
	const struct file *file = ctx_fetch(ctx, 60, "%s", cmd->args);
	const unsigned char *bytes = file_bytes(file);
	unsigned sum = 0;

	if (file_error(file)[0])
		return ctx_reply(ctx, "failed: %s", file_error(file));
	for (int64_t i = 0; i < file_size(file); i++)
		sum += bytes[i];
	return ctx_reply(ctx, "file %s: %lld bytes, sum %u", file_name(file),
			 (long long)file_size(file), sum);
}

static const struct route wide_routes[] = {
	COMMAND("get", get),   COMMAND("kept", get_kept),
	COMMAND("post", post), COMMAND("file", get_file),
	END_OF_ROUTES,
};

static const struct module wide_module = {
	.name = "wide",
	.routes = wide_routes,
	.hosts = HOSTS(HOST("any")),
};

static enum verdict get_narrow(struct ctx *ctx, const struct command *cmd)
{
	return tell(ctx, ctx_fetch_json(ctx, 0, "%s", cmd->args));
}

/* Where the key is in a file. */
static enum verdict find_key(struct ctx *ctx, const struct command *cmd)
{
	const struct file *file = ctx_fetch(ctx, 0, "%s", cmd->args);
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "file:");
	for (const char *at = file_bytes(file); (at = strstr(at, "key=")); at++)
		draft_add(draft, " %.20s", at);
	return draft_reply(draft);
}

static const struct route narrow_routes[] = {
	COMMAND("narrow", get_narrow),
	COMMAND("findkey", find_key),
	END_OF_ROUTES,
};

static const struct module narrow_module = {
	.name = "narrow",
	.routes = narrow_routes,
	.hosts = HOSTS(
		HOST("good.test"), HOST("keyed.test", .key = "KORONE_QUERY_KEY", .query = "key"),
		HOST("header.test", .key = "KORONE_HEADER_KEY", .header = "Authorization: Bearer "),
		HOST("unset.test", .key = "KORONE_UNSET_KEY", .query = "key"),
		HOST("paced.test", .per_second = 2)),
};

static enum verdict never(struct ctx *ctx, const struct command *cmd)
{
	return ctx_reply(ctx, "%s", cmd->args);
}

static const struct route keyless_routes[] = {
	COMMAND("keyless", never),
	END_OF_ROUTES,
};

static const struct module keyless_module = {
	.name = "keyless",
	.routes = keyless_routes,
	.hosts = HOSTS(HOST("x.test", .key = "KORONE_LACKING_KEY", .query = "key", .needed = true)),
};

const struct module *const compiled_modules[] = { &keyless_module, &narrow_module, &wide_module,
						  NULL };
