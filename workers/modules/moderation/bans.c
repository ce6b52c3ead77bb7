/* bans.c - /ban, /kick, /mute, /restrict and their like: by hand, of one or several, for a while or
 * for good, silently, with the message. */
#include <ctype.h>
#include <string.h>

#include "workers/module.h"

#define NOTED_MOST 200

struct ban_values {
	struct targets targets;
	int64_t seconds;
	const char *reason;
};

#define WHO TARGETS_FIELD(struct ban_values, targets, N_("who"))
/* Bot API, banChatMember: less than 30 s or more than 366 days are for good. */
#define FOR_HOW_LONG(...)                                                         \
	DURATION_FIELD(struct ban_values, seconds, N_("how long"), .minimum = 30, \
		       .maximum = INT64_C(365) * 86400, __VA_ARGS__)
#define WHY TEXT_FIELD(struct ban_values, reason, N_("why"), .optional = true)

static const struct field maybe_for_a_while[] = {
	WHO,
	FOR_HOW_LONG(.optional = true),
	WHY,
	END_OF_FIELDS(struct ban_values),
};

static const struct field for_a_while[] = {
	WHO,
	FOR_HOW_LONG(.optional = false),
	WHY,
	END_OF_FIELDS(struct ban_values),
};

static const struct field at_once[] = {
	WHO,
	WHY,
	END_OF_FIELDS(struct ban_values),
};

static const struct deed {
	const char *command;
	enum action_kind kind;
	bool undo, silent, deletes;
} deeds[] = {
	{ "ban", ACTION_BAN, .silent = false },    { "tban", ACTION_BAN, .silent = false },
	{ "dban", ACTION_BAN, .deletes = true },   { "sban", ACTION_BAN, .silent = true },
	{ "unban", ACTION_BAN, .undo = true },     { "kick", ACTION_KICK, .silent = false },
	{ "dkick", ACTION_KICK, .deletes = true }, { "skick", ACTION_KICK, .silent = true },
	{ "mute", ACTION_MUTE, .silent = false },  { "tmute", ACTION_MUTE, .silent = false },
	{ "dmute", ACTION_MUTE, .deletes = true }, { "smute", ACTION_MUTE, .silent = true },
	{ "unmute", ACTION_MUTE, .undo = true },   { "restrict", ACTION_RESTRICT, .silent = false },
};

static const struct deed *deed_of(const struct command *cmd)
{
	const struct deed *deed = deeds;

	while (strcmp(deed->command, cmd->name) != 0)
		deed++;
	return deed;
}

static const char *name_of(struct ctx *ctx, struct target target)
{
	const char *name = target.user ? target.user->first_name : target.channel->title;

	return name[0] ? name
		       : ctx_printf(
				 ctx, "%lld",
				 (long long)(target.user ? target.user->id : target.channel->id));
}

/* What else they wrote in the last minutes, where the group has that remembered (/purgeuser). */
static void delete_noted(struct ctx *ctx, struct target target)
{
	const struct message *replied = ctx_find_message(ctx)->reply;
	int64_t ids[NOTED_MOST];
	size_t count = ctx_noted_messages(ctx, target.user ? target.user->id : target.channel->id,
					  ids, NOTED_MOST);

	for (size_t i = 0; i < count; i++)
		if (!replied || ids[i] != replied->id)
			ctx_queuef(ctx, "deleteMessage", "{chat_id: %lld, message_id: %lld}",
				   (long long)ctx_find_chat(ctx)->id, (long long)ids[i]);
}

/* Does it to one after the other; returns how many it could not be done to, which the draft tells.
 */
static size_t do_all(struct ctx *ctx, const struct deed *deed, const struct ban_values *values,
		     struct draft *failures)
{
	const struct action action = { .kind = deed->kind,
				       .seconds = values->seconds,
				       .delete_message = deed->deletes,
				       .untold = deed->silent };
	size_t failed = 0;

	for (size_t i = 0; i < values->targets.count; i++) {
		struct target target = values->targets.list[i];
		const char *why = deed->undo
					  ? ctx_undo(ctx, action, target, ACT_NOW)
					  : ctx_act(ctx, action, target, ACT_NOW, values->reason);

		if (!why && deed->deletes)
			delete_noted(ctx, target);
		if (!why)
			continue;
		if (values->targets.count > 1)
			draft_add(failures, "\n<b>%s:</b> %s", name_of(ctx, target), why);
		else
			draft_add(failures, "%s", why);
		failed++;
	}
	return failed;
}

/* Only who asked learns what could not be done. */
static enum verdict end_silently(struct ctx *ctx, const struct command *cmd, size_t failed,
				 struct draft *failures)
{
	ctx_delete(ctx, cmd->message_id);
	if (!failed)
		return DONE;
	draft_flags(failures, DRAFT_ONLY_FOR_THEM);
	return draft_reply(failures);
}

/* "/mute 2x" is not for good, with 2x as the reason. */
static bool is_mistyped_time(const struct deed *deed, const struct ban_values *values)
{
	return !deed->undo && deed->kind != ACTION_KICK && !values->seconds &&
	       isdigit((unsigned char)values->reason[0]);
}

static enum verdict act(struct ctx *ctx, const struct command *cmd)
{
	const struct deed *deed = deed_of(cmd);
	const struct ban_values *values = cmd->values;
	struct draft *failures = ctx_draft(ctx), *draft = ctx_draft(ctx);
	size_t failed;

	if (is_mistyped_time(deed, values))
		return ctx_reply(
			ctx,
			_("“%.20s” is not a time. Write 10m, 2h, 3d or 1w; a reason must not "
			  "begin with a number."),
			values->reason);
	failed = do_all(ctx, deed, values, failures);
	if (deed->silent)
		return end_silently(ctx, cmd, failed, failures);
	if (failed < values->targets.count) {
		draft_acts(draft);
		if (draft_reply(draft) != DONE)
			return FAIL;
	}
	return failed ? draft_reply(failures) : DONE;
}

#define DEED(name, arguments_, help_)                                             \
	COMMAND(name, act, .arguments = arguments_, .help = help_, .group = true, \
		.admin = RIGHT_RESTRICT_MEMBERS, .bot = RIGHT_RESTRICT_MEMBERS)

static const struct route routes[] = {
	DEED("ban", maybe_for_a_while, N_("ban somebody, for a while or for good")),
	DEED("tban", for_a_while, NULL),
	DEED("dban", maybe_for_a_while, NULL),
	DEED("sban", maybe_for_a_while, NULL),
	DEED("unban", at_once, N_("take a ban back")),
	DEED("kick", at_once, N_("remove somebody, who may come back")),
	DEED("dkick", at_once, NULL),
	DEED("skick", at_once, NULL),
	DEED("mute", maybe_for_a_while, N_("let somebody write nothing")),
	DEED("tmute", for_a_while, NULL),
	DEED("dmute", maybe_for_a_while, NULL),
	DEED("smute", maybe_for_a_while, NULL),
	DEED("unmute", at_once, N_("let somebody write again")),
	DEED("restrict", maybe_for_a_while, N_("let somebody write text, and nothing else")),
	END_OF_ROUTES,
};

const struct module bans_module = {
	.name = "bans",
	.title = N_("Bans and mutes"),
	.icon = "🔨",
	.about = N_("Reply to somebody, or write an @name or an id; several have commas between "
		    "them. A time is "
		    "10m, 2h, 3d or 1w; without one it is for good. /tban and /tmute want a time, "
		    "/dban, /dkick and "
		    "/dmute delete the message as well, /sban, /skick and /smute say nothing."),
	.routes = routes,
};
