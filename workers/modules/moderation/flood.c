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

/* How far over the limit this message is: 0, it is not; 1, it is the first. */
static int64_t excess_of(int64_t count, int64_t limit)
{
	return limit && count > limit ? count - limit : 0;
}

/* Texts are told apart by a sum of 64 bits (FNV-1a). */
static unsigned long long sum_of(const char *text)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return sum;
}

/* A file is the same whatever its name. */
static const char *said_in(struct ctx *ctx, const struct message *message)
{
	const char *text = rule_text(ctx, message);

	return message->media ? ctx_printf(ctx, "%s\n%s", text, message->media->unique_id) : text;
}

/* What a message is counted under, in one trip. */
enum counted { OWN, ALL, SAME, COUNTED };

/* What is not asked for is not counted. Of what is written in the name of a channel, the
 * channel's. */
static void count_message(struct ctx *ctx, const struct message *message,
			  const struct flood_options *chosen, int64_t counts[COUNTED])
{
	struct target author = message_author(message);
	long long writer = (long long)(author.user ? author.user->id : author.channel->id);
	const char *keys[COUNTED + 1] = { NULL };
	enum counted asked[COUNTED];
	int64_t got[COUNTED] = { 0 };
	const char *text;
	size_t count = 0;

	if (chosen->messages || chosen->row) {
		asked[count] = OWN;
		keys[count++] = ctx_printf(ctx, "of/%lld", writer);
	}
	if (chosen->row) {
		asked[count] = ALL;
		keys[count++] = "all";
	}
	text = chosen->repeats ? said_in(ctx, message) : "";
	if (text[0]) {
		asked[count] = SAME;
		keys[count++] = ctx_printf(ctx, "same/%lld/%016llx", writer, sum_of(text));
	}
	ctx_count_all_recent(ctx, THIS_CHAT, keys, chosen->seconds, got);
	for (size_t i = 0; i < count; i++)
		counts[asked[i]] = got[i];
}

/* In a row: all that was written in that time is theirs. */
static int64_t excess_in(const int64_t counts[COUNTED], const struct flood_options *chosen)
{
	int64_t excess = excess_of(counts[OWN], chosen->messages);

	if (!excess && counts[ALL] <= counts[OWN])
		excess = excess_of(counts[OWN], chosen->row);
	return excess ? excess : excess_of(counts[SAME], chosen->repeats);
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
	int64_t counts[COUNTED] = { 0 }, excess;
	enum verdict verdict;

	if (message->automatic || (!chosen->messages && !chosen->row && !chosen->repeats))
		return PASS;
	if (chosen->whole)
		ctx_note_message(ctx);
	if (rule_album_goes(ctx, message))
		return DONE;
	if (!rule_counts(ctx, message))
		return PASS;
	count_message(ctx, message, chosen, counts);
	excess = excess_in(counts, chosen);
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
