/* purge.c - /del and /purge: many messages at once, a hundred a call. */
#include <stdlib.h>

#include "workers/module.h"
#include "workers/modules/moderation/words.h"

#define AT_ONCE 100 /* Bot API, deleteMessages */
#define MOST 2000
#define MARKED_S 600

struct purge_values {
	int64_t count;
};

static const struct field how_many[] = {
	INTEGER_FIELD(struct purge_values, count, N_("how many"), .optional = true, .minimum = 1,
		      .maximum = MOST),
	END_OF_FIELDS(struct purge_values),
};

struct progress {
	uint64_t gone, refused;
	const char *why;
};

/* Messages that are gone already count as deleted: Telegram passes them over. */
static void delete_some(struct ctx *ctx, int64_t first, int64_t last, struct progress *progress)
{
	struct list *ids = ctx_list(ctx, "deleteMessages", "message_ids");
	const struct answer *answer;

	for (int64_t id = first; id <= last; id++)
		list_addf(ids, "%lld", (long long)id);
	answer = ctx_callf(ctx, "deleteMessages", "{message_ids: %s}", list_json(ids));
	if (answer_ok(answer)) {
		progress->gone += (uint64_t)(last - first + 1);
		return;
	}
	progress->refused += (uint64_t)(last - first + 1);
	progress->why = explain_refusal(ctx, answer);
}

/* From the newest back: what is too old for Telegram comes last. */
static enum verdict delete_range(struct ctx *ctx, int64_t first, int64_t last)
{
	struct progress progress = { .gone = 0 };
	struct draft *draft;

	if (last - first >= MOST)
		return ctx_reply(ctx, _("Those are more than %d messages."), MOST);
	ctx_release_lane(ctx);
	for (int64_t end = last; end >= first && !progress.refused; end -= AT_ONCE)
		delete_some(ctx, end - AT_ONCE + 1 > first ? end - AT_ONCE + 1 : first, end,
			    &progress);
	draft = ctx_draft(ctx);
	draft_add(draft,
		  ctx_plural(ctx, "One message is gone.", "%llu messages are gone.", progress.gone),
		  (unsigned long long)progress.gone);
	if (progress.refused)
		draft_add(draft, "\n%s\n%s", progress.why,
			  _("Telegram lets bots delete only what is younger than two days."));
	draft_name(draft, 60, "purged");
	return draft_reply(draft);
}

static enum verdict purge(struct ctx *ctx, const struct command *cmd)
{
	const struct purge_values *values = cmd->values;
	const struct message *replied = ctx_find_message(ctx)->reply;

	if (values->count)
		return delete_range(ctx, cmd->message_id - values->count, cmd->message_id);
	if (!replied)
		return ctx_reply(ctx,
				 _("Reply to the first message that is to go, or write how many."));
	return delete_range(ctx, replied->id, cmd->message_id);
}

static enum verdict delete_one(struct ctx *ctx, const struct command *cmd)
{
	const struct message *replied = ctx_find_message(ctx)->reply;

	if (!replied)
		return ctx_reply(ctx, _("Reply to the message that is to go."));
	ctx_delete(ctx, replied->id);
	ctx_delete(ctx, cmd->message_id);
	return DONE;
}

/* The two ends of a range, by two replies. */
static enum verdict mark(struct ctx *ctx, const struct command *cmd)
{
	const struct message *replied = ctx_find_message(ctx)->reply;

	(void)cmd;
	if (!replied)
		return ctx_reply(ctx, _("Reply to the first message that is to go."));
	if (!brief_set(ctx, THIS_MEMBER, "from", ctx_printf(ctx, "%lld", (long long)replied->id),
		       MARKED_S))
		return ctx_reply(ctx, _("I cannot note that right now. Please try again."));
	return ctx_reply(ctx, _("Now reply to the last one with /purgeto."));
}

static enum verdict purge_to(struct ctx *ctx, const struct command *cmd)
{
	const struct message *replied = ctx_find_message(ctx)->reply;
	const char *from = brief_find(ctx, THIS_MEMBER, "from");
	int64_t first, last;

	(void)cmd;
	if (!replied || !from)
		return ctx_reply(
			ctx, _("First reply to the first message with /purgefrom, then to the last "
			       "one with /purgeto."));
	first = strtoll(from, NULL, 10);
	last = replied->id;
	return first <= last ? delete_range(ctx, first, last) : delete_range(ctx, last, first);
}

/* What is deleted is here. */
#define DELETERS \
	.group = true, .here = true, .admin = RIGHT_DELETE_MESSAGES, .bot = RIGHT_DELETE_MESSAGES

static const struct route routes[] = {
	COMMAND("purge", purge, DELETERS, .arguments = how_many,
		.help = N_("delete all messages from the one that you reply to, or so many")),
	COMMAND("del", delete_one, DELETERS, .help = N_("delete the message that you reply to")),
	COMMAND("purgefrom", mark, DELETERS, .rare = true,
		.help = N_("begin a range that is to be deleted")),
	COMMAND("purgeto", purge_to, DELETERS, .rare = true,
		.help = N_("delete from there up to here")),
	END_OF_ROUTES,
};

const struct module purge_module = {
	.name = "purge",
	.title = N_("Deleting"),
	.icon = "🧹",
	.routes = routes,
};
