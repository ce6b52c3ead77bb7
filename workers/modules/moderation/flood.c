/* flood.c - too many messages of one person: in a while, in a row, or the same again and again.
 * Counted over all pools. */
#include <string.h>

#include "workers/module.h"
#include "workers/modules/moderation/rule.h"

#define LIMIT_MAX 101 /* as the fields say, and the message itself */

struct flood_options {
	int64_t messages, seconds, row, repeats;
	struct action action;
	bool whole, trial;
};

#define FOR_ADMINS .admin = RIGHT_RESTRICT_MEMBERS

static const struct field options[] = {
	INTEGER_FIELD(struct flood_options, messages, N_("messages of one person in that time"),
		      .minimum = 3, .maximum = 100, .preset = "off", .may_be_off = true,
		      FOR_ADMINS),
	DURATION_FIELD(struct flood_options, seconds, N_("the time"), .minimum = 2, .maximum = 600,
		       .preset = "10s", FOR_ADMINS),
	INTEGER_FIELD(struct flood_options, row,
		      N_("messages in a row in that time, while nobody else writes"), .minimum = 3,
		      .maximum = 100, .preset = "off", .may_be_off = true, FOR_ADMINS),
	INTEGER_FIELD(struct flood_options, repeats, N_("times the same in that time"),
		      .minimum = 2, .maximum = 100, .preset = "off", .may_be_off = true,
		      FOR_ADMINS),
	ACTION_FIELD(struct flood_options, action, N_("what happens then"), .preset = "mute 10m",
		     FOR_ADMINS),
	BOOLEAN_FIELD(struct flood_options, whole,
		      N_("delete the whole flood, and not only what is over the limit"),
		      .preset = "off", FOR_ADMINS),
	BOOLEAN_FIELD(struct flood_options, trial, N_("only tell the log what would happen"),
		      .preset = "off", FOR_ADMINS),
	END_OF_FIELDS(struct flood_options),
};

/* Of what is written in the name of a channel, the channel's. */
static const char *writer_of(struct ctx *ctx, const struct message *message, const char *what)
{
	struct target author = message_author(message);

	return ctx_printf(ctx, "%s/%lld", what,
			  (long long)(author.user ? author.user->id : author.channel->id));
}

/* How far over the limit this message is: 0, it is not; 1, it is the first. */
static int64_t excess_of(int64_t count, int64_t limit)
{
	return limit && count > limit ? count - limit : 0;
}

/* Texts are told apart by a sum of 64 bits (FNV-1a). */
static const char *sum_of(struct ctx *ctx, const char *text)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return ctx_printf(ctx, "%016llx", (unsigned long long)sum);
}

static int64_t check_window(struct ctx *ctx, const struct message *message,
			    const struct flood_options *chosen)
{
	int64_t own, all = 0, excess;

	if (!chosen->messages && !chosen->row)
		return 0;
	own = ctx_count_recent(ctx, THIS_CHAT, writer_of(ctx, message, "of"), chosen->seconds);
	if (chosen->row)
		all = ctx_count_recent(ctx, THIS_CHAT, "all", chosen->seconds);
	excess = excess_of(own, chosen->messages);
	return excess || all > own ? excess : excess_of(own, chosen->row);
}

/* A file is the same whatever its name. */
static int64_t check_repeats(struct ctx *ctx, const struct message *message,
			     const struct flood_options *chosen)
{
	const char *text, *key;

	if (!chosen->repeats)
		return 0;
	text = rule_text(ctx, message);
	if (message->media)
		text = ctx_printf(ctx, "%s\n%s", text, message->media->unique_id);
	if (!text[0])
		return 0;
	key = ctx_printf(ctx, "%s/%s", writer_of(ctx, message, "same"), sum_of(ctx, text));
	return excess_of(ctx_count_recent(ctx, THIS_CHAT, key, chosen->seconds), chosen->repeats);
}

/* As many messages before this one as one may write: /purgeuser has them, too. */
static void delete_before(struct ctx *ctx, const struct message *message,
			  const struct flood_options *chosen)
{
	struct target author = message_author(message);
	int64_t ids[LIMIT_MAX], most = chosen->messages;
	size_t count;

	most = chosen->row > most ? chosen->row : most;
	most = chosen->repeats > most ? chosen->repeats : most;
	count = ctx_noted_messages(ctx, author.user ? author.user->id : author.channel->id, ids,
				   (size_t)most + 1);
	for (size_t i = 0; i < count; i++)
		if (ids[i] != message->id)
			ctx_delete(ctx, ids[i]);
}

/* The first message over the limit has the consequence, those after it only go. An album is one
 * message, and an edit is none: people who mend what they wrote would be silenced. */
static enum verdict check(struct ctx *ctx, const struct message *message)
{
	const struct flood_options *chosen = ctx_options(ctx);
	struct action action = chosen->action;
	enum verdict verdict;
	int64_t excess;

	if (message->automatic || (!chosen->messages && !chosen->row && !chosen->repeats))
		return PASS;
	if (chosen->whole)
		ctx_note_message(ctx);
	if (rule_album_goes(ctx, message))
		return DONE;
	if (!rule_counts(ctx, message))
		return PASS;
	excess = check_window(ctx, message, chosen);
	if (!excess)
		excess = check_repeats(ctx, message, chosen);
	if (!excess)
		return PASS;
	if (excess > 1)
		action = (struct action) { .kind = ACTION_DELETE };
	action.delete_message = action.kind > ACTION_DELETE;
	verdict = rule_enforce(ctx, message, action, _("flood"), chosen->trial);
	if (verdict == DONE && excess == 1 && chosen->whole)
		delete_before(ctx, message, chosen);
	return verdict;
}

static const struct route routes[] = {
	MESSAGE(check, .group = true, .first = 20),
	END_OF_ROUTES,
};

const struct module flood_module = {
	.name = "flood",
	.title = N_("Floods"),
	.icon = "🌊",
	.about = N_("Off until an administrator chooses limits in /settings."),
	.options = options,
	.routes = routes,
};
