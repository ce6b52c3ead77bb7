/* examples_rights.c - what administrators may do: as columns of rows, and as a handler sees it. */
#include "workers/module.h"

struct rights_values {
	const struct user *who;
};

static const struct field rights_arguments[] = {
	USER_FIELD(struct rights_values, who, "who", .shown = true),
	END_OF_FIELDS(struct rights_values),
};

static const struct {
	enum right right;
	const char *name;
} names[] = {
	{ RIGHT_ADMIN, "administrator" },     { RIGHT_OWNER, "owner" },
	{ RIGHT_DELETE_MESSAGES, "deletes" }, { RIGHT_MANAGE_TAGS, "tags" },
	{ RIGHT_MANAGE_TOPICS, "topics" },    { RIGHT_PIN_MESSAGES, "pins" },
};

static enum verdict may(struct ctx *ctx, const struct command *cmd)
{
	const struct rights_values *values = cmd->values;
	unsigned rights = ctx_rights(ctx, values->who->id);
	struct draft *draft = ctx_draft(ctx);

	if (!rights)
		return ctx_reply(ctx, "No administrator.");
	draft_add(draft, "Is or may:");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (rights & 1u << names[i].right)
			draft_add(draft, " %s", names[i].name);
	return draft_reply(draft);
}

static enum verdict done(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_reply(ctx, "Done.");
}

static const struct route rights_routes[] = {
	COMMAND("may", may, .arguments = rights_arguments),
	COMMAND("own", done, .group = true, .admin = RIGHT_OWNER),
	COMMAND("topics", done, .group = true, .admin = RIGHT_MANAGE_TOPICS,
		.bot = RIGHT_MANAGE_TOPICS),
	COMMAND("tags", done, .group = true, .admin = RIGHT_MANAGE_TAGS),
	END_OF_ROUTES,
};

const struct module rights_example = { .name = "rightsexample", .routes = rights_routes };
