/* examples_read.c - whom a command is about, what a message holds, any field of the update. */
#include "workers/module.h"

#include <string.h>

struct whom_values {
	struct target whom;
	const char *why;
};

static const struct field whom_arguments[] = {
	TARGET_FIELD(struct whom_values, whom, "whom"),
	TEXT_FIELD(struct whom_values, why, "why", .optional = true),
	END_OF_FIELDS(struct whom_values),
};

static enum verdict show_target(struct ctx *ctx, const struct command *cmd)
{
	const struct whom_values *values = cmd->values;
	struct target whom = values->whom;

	if (whom.channel)
		return ctx_reply(ctx, "chat %lld (%s): “%s”", (long long)whom.channel->id,
				 whom.channel->title, values->why);
	return ctx_reply(ctx, "person %lld (%s): “%s”", (long long)whom.user->id,
			 whom.user->first_name, values->why);
}

static void add_entities(struct draft *draft, const struct message *message)
{
	for (size_t i = 0; i < message->entities_count; i++) {
		const struct message_entity *entity = &message->entities[i];

		draft_add(draft, "\n%s “%.*s” %s", entity->type, (int)entity->size,
			  message->text + entity->start, entity->value);
	}
}

static void add_origin(struct draft *draft, const struct origin *origin)
{
	if (origin->user)
		draft_add(draft, "\nfrom person %lld", (long long)origin->user->id);
	else if (origin->chat)
		draft_add(draft, "\nfrom %s, message %lld", origin->chat->title,
			  (long long)origin->message_id);
	else
		draft_add(draft, "\nfrom somebody called %s", origin->name);
}

static enum verdict show_replied(struct ctx *ctx, const struct command *cmd)
{
	const struct message *message = ctx_find_message(ctx)->reply;
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	if (!message)
		return ctx_reply(ctx, "Reply to something.");
	draft_add(draft, "<b>%s</b>: “%s”", message->from ? message->from->first_name : "Nobody",
		  message->text);
	add_entities(draft, message);
	if (message->media)
		draft_add(draft, "\n%s %s, %lld bytes", message->media->kind,
			  message->media->file_id, (long long)message->media->size);
	if (message->forward)
		add_origin(draft, message->forward);
	return draft_reply(draft);
}

static enum verdict show_field(struct ctx *ctx, const struct command *cmd)
{
	if (!answer_has(ctx_update(ctx), cmd->args))
		return ctx_reply(ctx, "There is none.");
	return ctx_reply(ctx, "<pre>%s</pre>", answer_json(ctx, ctx_update(ctx), cmd->args));
}

static const struct route read_routes[] = {
	COMMAND("whom", show_target, .arguments = whom_arguments),
	COMMAND("replied", show_replied),
	COMMAND("field", show_field),
	END_OF_ROUTES,
};

const struct module read_example = { .name = "read", .routes = read_routes };
