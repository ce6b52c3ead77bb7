/* purge.c - /del and /purge: many messages at once, a hundred a call; /purgeuser: those of one
 * person, as far as they are known. */
#include <stdlib.h>
#include <string.h>

#include "workers/module.h"
#include "workers/modules/moderation/words.h"

#define AT_ONCE 100 /* Bot API, deleteMessages */
#define MOST 2000
#define MARKED_S 600
#define GO_ON "purge:%lld:%lld"

struct purge_options {
	bool known;
};

static const struct field options[] = {
	BOOLEAN_FIELD(struct purge_options, known,
		      N_("remember for ten minutes which messages are whose, for /purgeuser"),
		      .preset = "off", .admin = RIGHT_DELETE_MESSAGES),
	END_OF_FIELDS(struct purge_options),
};

/* --- deleting --------------------------------------------------------------------------------- */

struct progress {
	uint64_t gone;
	int64_t left;    /* the newest that is still there for now; 0: none */
	const char *why; /* something was refused */
	bool too_old;    /* for that reason */
};

static bool is_too_old(const struct answer *answer)
{
	return answer_refused(answer) && strstr(answer_error(answer), "can't be deleted");
}

/* Messages that are gone already count as deleted: Telegram passes them over. */
static bool delete_these(struct ctx *ctx, const int64_t *ids, size_t count,
			 struct progress *progress)
{
	struct list *list = ctx_list(ctx, "deleteMessages", "message_ids");
	const struct answer *answer;

	for (size_t i = 0; i < count; i++)
		list_addf(list, "%lld", (long long)ids[i]);
	answer = ctx_callf(ctx, "deleteMessages", "{message_ids: %s}", list_json(list));
	if (answer_ok(answer)) {
		progress->gone += count;
		return true;
	}
	progress->too_old = is_too_old(answer);
	if (!progress->too_old)
		progress->why = explain_refusal(ctx, answer);
	if (!answer_refused(answer))
		progress->left = ids[count - 1];
	return false;
}

/* What is refused because some of it is too old is tried by halves, the newer one first: what is
 * left in the end is too old. */
static bool delete_what_can_be(struct ctx *ctx, const int64_t *ids, size_t count,
			       struct progress *progress)
{
	size_t older = count / 2;

	if (delete_these(ctx, ids, count, progress))
		return true;
	if (progress->too_old && count > 1 &&
	    delete_what_can_be(ctx, ids + older, count - older, progress))
		delete_what_can_be(ctx, ids, older, progress);
	return false;
}

/* Ascending ids, from the newest back. False: it ended early. */
static bool delete_all(struct ctx *ctx, const int64_t *ids, size_t count, struct progress *progress)
{
	while (count > 0) {
		size_t some = count < AT_ONCE ? count : AT_ONCE;

		count -= some;
		if (!delete_what_can_be(ctx, ids + count, some, progress))
			return false;
	}
	return true;
}

static void delete_range(struct ctx *ctx, int64_t first, int64_t last, struct progress *progress)
{
	size_t count = (size_t)(last - first + 1);
	int64_t *ids = ctx_alloc(ctx, count * sizeof(*ids));

	for (size_t i = 0; i < count; i++)
		ids[i] = first + (int64_t)i;
	delete_all(ctx, ids, count, progress);
}

/* With a button that goes on, where Telegram gave no answer: what is deleted again is no mistake.
 */
static void add_progress(struct ctx *ctx, struct draft *draft, const struct progress *progress,
			 int64_t first)
{
	draft_add(
		draft,
		ctx_plural(ctx, "One message is gone.", "%llu messages are gone.", progress->gone),
		(unsigned long long)progress->gone);
	if (progress->too_old)
		draft_add(draft, "\n%s",
			  _("Telegram lets bots delete only what is younger than two days: what is "
			    "left is older."));
	else if (progress->why)
		draft_add(draft, "\n%s", progress->why);
	if (first && progress->left)
		draft_button(draft, _("Go on"), GO_ON, (long long)first, (long long)progress->left);
}

static void log_progress(struct ctx *ctx, const struct progress *progress)
{
	if (progress->gone)
		log_done(ctx, LOG_OTHER,
			 ctx_printf(ctx,
				    ctx_plural(ctx, "One message is gone.",
					       "%llu messages are gone.", progress->gone),
				    (unsigned long long)progress->gone),
			 0);
}

/* --- ranges ----------------------------------------------------------------------------------- */

/* The ids of all topics are one row: which topic a message is in, nobody can ask Telegram. */
static bool is_in_topics(struct ctx *ctx)
{
	return ctx_topic(ctx) || answer_boolean(ctx_update(ctx), "message.chat.is_forum");
}

static enum verdict ask_about_topics(struct ctx *ctx, int64_t first, int64_t last)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%s",
		  _("This group has topics, and I cannot see in which a message is: everything of "
		    "that time would go, in all topics."));
	draft_button(draft, _("Delete in all topics"), GO_ON, (long long)first, (long long)last);
	draft_name(draft, 600, "purged");
	return draft_reply(draft);
}

static enum verdict purge_range(struct ctx *ctx, int64_t first, int64_t last)
{
	struct progress progress = { .gone = 0 };
	struct draft *draft;

	if (last - first > MOST)
		return ctx_reply(ctx, _("Those are more than %d messages."), MOST);
	if (is_in_topics(ctx))
		return ask_about_topics(ctx, first, last);
	ctx_release_lane(ctx);
	delete_range(ctx, first, last, &progress);
	log_progress(ctx, &progress);
	draft = ctx_draft(ctx);
	add_progress(ctx, draft, &progress, first);
	draft_name(draft, 60, "purged");
	return draft_reply(draft);
}

static enum verdict go_on(struct ctx *ctx, const struct button *button)
{
	int64_t first = slug_integer(ctx, 0), last = slug_integer(ctx, 1);
	struct progress progress = { .gone = 0 };
	struct draft *draft;

	ctx_release_lane(ctx);
	delete_range(ctx, first, last, &progress);
	log_progress(ctx, &progress);
	draft = ctx_draft(ctx);
	add_progress(ctx, draft, &progress, first);
	return draft_edit(draft, button);
}

struct purge_values {
	int64_t count;
};

static const struct field how_many[] = {
	INTEGER_FIELD(struct purge_values, count, N_("how many"), .optional = true, .minimum = 1,
		      .maximum = MOST),
	END_OF_FIELDS(struct purge_values),
};

static enum verdict purge(struct ctx *ctx, const struct command *cmd)
{
	const struct purge_values *values = cmd->values;
	const struct message *replied = ctx_find_message(ctx)->reply;

	if (values->count)
		return purge_range(
			ctx, cmd->message_id > values->count ? cmd->message_id - values->count : 1,
			cmd->message_id);
	if (!replied)
		return ctx_reply(ctx,
				 _("Reply to the first message that is to go, or write how many."));
	return purge_range(ctx, replied->id, cmd->message_id);
}

static enum verdict delete_one(struct ctx *ctx, const struct command *cmd)
{
	const struct message *replied = ctx_find_message(ctx)->reply;
	const int64_t id = replied ? replied->id : 0;
	struct progress progress = { .gone = 0 };
	struct draft *draft;

	if (!replied)
		return ctx_reply(ctx, _("Reply to the message that is to go."));
	if (delete_these(ctx, &id, 1, &progress)) {
		log_done(ctx, LOG_OTHER, _("Message deleted"), 0);
		return ctx_delete(ctx, cmd->message_id);
	}
	draft = ctx_draft(ctx);
	add_progress(ctx, draft, &progress, 0);
	return draft_reply(draft);
}

/* The two ends of a range, by two replies of the same person (or of anonymous administrators). */
static const char *mark_of(struct ctx *ctx)
{
	return ctx_printf(ctx, "from/%lld", target_id(message_author(ctx_find_message(ctx))));
}

static enum verdict mark(struct ctx *ctx, const struct command *cmd)
{
	const struct message *replied = ctx_find_message(ctx)->reply;

	(void)cmd;
	if (!replied)
		return ctx_reply(ctx, _("Reply to the first message that is to go."));
	if (!brief_set(ctx, THIS_CHAT, mark_of(ctx),
		       ctx_printf(ctx, "%lld", (long long)replied->id), MARKED_S))
		return ctx_reply(ctx, _("I cannot note that right now. Please try again."));
	return ctx_reply(ctx, _("Now reply to the last one with /purgeto."));
}

static enum verdict purge_to(struct ctx *ctx, const struct command *cmd)
{
	const struct message *replied = ctx_find_message(ctx)->reply;
	const char *from = brief_find(ctx, THIS_CHAT, mark_of(ctx));
	int64_t first, last;

	(void)cmd;
	if (!replied || !from)
		return ctx_reply(
			ctx, _("First reply to the first message with /purgefrom, then to the last "
			       "one with /purgeto."));
	first = strtoll(from, NULL, 10);
	last = replied->id;
	return first <= last ? purge_range(ctx, first, last) : purge_range(ctx, last, first);
}

/* --- of one person ---------------------------------------------------------------------------- */

struct whose_values {
	struct target target;
};

static const struct field whose[] = {
	TARGET_FIELD(struct whose_values, target, N_("who")),
	END_OF_FIELDS(struct whose_values),
};

static enum verdict note(struct ctx *ctx, const struct message *message)
{
	if (!message->automatic && ((const struct purge_options *)ctx_options(ctx))->known)
		ctx_note_message(ctx);
	return PASS;
}

/* What is known, and what is replied to. */
static size_t find_messages(struct ctx *ctx, struct target target, int64_t ids[MOST])
{
	const struct message *replied = ctx_find_message(ctx)->reply;
	size_t count = ctx_noted_messages(ctx, (int64_t)target_id(target), ids, MOST - 1);
	size_t at = 0;

	if (!replied || target_id(message_author(replied)) != target_id(target))
		return count;
	while (at < count && ids[at] < replied->id)
		at++;
	if (at < count && ids[at] == replied->id)
		return count;
	memmove(&ids[at + 1], &ids[at], (count - at) * sizeof(*ids));
	ids[at] = replied->id;
	return count + 1;
}

static const char *take_reactions(struct ctx *ctx, struct target target)
{
	long long id = target_id(target);
	const struct answer *answer = target.channel ? ctx_callf(ctx, "deleteAllMessageReactions",
								 "{actor_chat_id: %lld}", id)
						     : ctx_callf(ctx, "deleteAllMessageReactions",
								 "{user_id: %lld}", id);

	return answer_ok(answer) ? NULL : explain_refusal(ctx, answer);
}

static enum verdict purge_person(struct ctx *ctx, const struct command *cmd)
{
	struct target target = ((const struct whose_values *)cmd->values)->target;
	bool known = ((const struct purge_options *)ctx_options(ctx))->known;
	struct progress progress = { .gone = 0 };
	int64_t *ids = ctx_alloc(ctx, MOST * sizeof(*ids));
	size_t count = find_messages(ctx, target, ids);
	struct draft *draft = ctx_draft(ctx);
	const char *why;

	ctx_release_lane(ctx);
	delete_all(ctx, ids, count, &progress);
	why = take_reactions(ctx, target);
	add_target(ctx, draft, target);
	draft_add(draft, ": ");
	add_progress(ctx, draft, &progress, 0);
	draft_add(draft, "\n%s", why ? why : _("Their reactions are gone."));
	if (!known) {
		draft_add(draft, "\n");
		draft_add(draft, _("Telegram does not tell bots what somebody wrote. With "
				   "<code>/set purge.known on</code> I remember it from then on, "
				   "for ten minutes."));
	}
	log_progress(ctx, &progress);
	return draft_reply(draft);
}

/* --- routes ----------------------------------------------------------------------------------- */

/* What is deleted is here. */
#define DELETERS \
	.group = true, .here = true, .admin = RIGHT_DELETE_MESSAGES, .bot = RIGHT_DELETE_MESSAGES

static const struct route routes[] = {
	MESSAGE(note, .group = true, .first = 92),
	COMMAND("purge", purge, DELETERS, .arguments = how_many,
		.help = N_("delete all messages from the one that you reply to, or so many")),
	BUTTON(GO_ON, go_on, .admin = RIGHT_DELETE_MESSAGES, .bot = RIGHT_DELETE_MESSAGES),
	COMMAND("del", delete_one, DELETERS, .help = N_("delete the message that you reply to")),
	COMMAND("purgefrom", mark, DELETERS, .rare = true,
		.help = N_("begin a range that is to be deleted")),
	COMMAND("purgeto", purge_to, DELETERS, .rare = true,
		.help = N_("delete from there up to here")),
	COMMAND("purgeuser", purge_person, DELETERS, .arguments = whose, .rare = true,
		.help = N_("delete what somebody wrote in the last minutes, and their reactions")),
	END_OF_ROUTES,
};

const struct module purge_module = {
	.name = "purge",
	.title = N_("Deleting"),
	.icon = "🧹",
	.options = options,
	.routes = routes,
};
