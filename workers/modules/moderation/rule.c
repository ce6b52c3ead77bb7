/* rule.c - what the rules of a group do, to messages and to who joins. */
#include "workers/modules/moderation/rule.h"

#include <stdlib.h>
#include <string.h>

#define ALBUM_S 60
#define ALBUM_MOST 10 /* Bot API "sendMediaGroup" */
#define GOES "goes"
/* What rules say of what they do; Telegram takes 20 messages a minute in a group. */
#define SAID_MOST 4
#define SAID_S 60

/* --- albums ----------------------------------------------------------------------------------- */

static const char *album_key(struct ctx *ctx, const struct message *message)
{
	return ctx_printf(ctx, "album/%.40s", message->album);
}

bool rule_album_goes(struct ctx *ctx, const struct message *message)
{
	const char *before;

	if (!message->album[0] || message->edited)
		return false;
	before = brief_find(ctx, THIS_CHAT, album_key(ctx, message));
	if (before && strcmp(before, GOES) == 0) {
		ctx_delete(ctx, message->id);
		return true;
	}
	brief_set(ctx, THIS_CHAT, album_key(ctx, message),
		  ctx_printf(ctx, "%s %lld", before ? before : "", (long long)message->id),
		  ALBUM_S);
	return false;
}

bool rule_counts(struct ctx *ctx, const struct message *message)
{
	return !message->album[0] ||
	       brief_claim(ctx, THIS_CHAT, ctx_printf(ctx, "counted/%.40s", message->album),
			   ALBUM_S);
}

/* Those that came before this one; it goes by the action itself. */
static void take_album(struct ctx *ctx, const struct message *message)
{
	const char *before;
	char *at;

	if (!message->album[0])
		return;
	before = brief_find(ctx, THIS_CHAT, album_key(ctx, message));
	for (size_t i = 0; before && i < ALBUM_MOST; i++) {
		long long id = strtoll(before, &at, 10);

		if (at == before)
			break;
		if (id != message->id)
			ctx_delete(ctx, id);
		before = at;
	}
	brief_set(ctx, THIS_CHAT, album_key(ctx, message), GOES, ALBUM_S);
}

/* --- messages --------------------------------------------------------------------------------- */

/* What people should know of, and administrators take back; of a flood of it the beginning. */
static enum verdict announce(struct ctx *ctx, int64_t topic)
{
	struct draft *draft;

	if (ctx_count_recent(ctx, THIS_CHAT, "said", SAID_S) > SAID_MOST)
		return DONE;
	draft = ctx_draft(ctx);
	draft_acts(draft);
	draft_to(draft, ctx_find_chat(ctx)->id, topic);
	return draft_reply(draft);
}

enum verdict rule_enforce(struct ctx *ctx, const struct message *message, struct action action,
			  const char *reason, bool trial)
{
	struct target author = message_author(message);
	const char *why;

	if (action.kind == ACTION_NONE || ctx_is_exempt(ctx, message))
		return PASS;
	action.by_rule = true;
	action.dry_run = trial;
	/* A channel can only be banned, and not for a while. */
	if (author.channel && action.kind > ACTION_DELETE && action.kind != ACTION_BAN)
		action = (struct action) { .kind = ACTION_DELETE,
					   .by_rule = true,
					   .dry_run = trial };
	if (author.channel)
		action.seconds = 0;
	if (!trial && ctx_is_outdone(ctx, action, author))
		action = (struct action) { .kind = ACTION_DELETE, .by_rule = true };
	why = ctx_act(ctx, action, author, ACT_QUEUED, reason);
	if (why && action.kind > ACTION_DELETE) { /* a basic group, or a right that I lack */
		action.kind = ACTION_DELETE;
		action.seconds = 0;
		why = ctx_act(ctx, action, author, ACT_QUEUED, reason);
	}
	if (why || trial || action.kind == ACTION_LOG)
		return PASS;
	take_album(ctx, message);
	return action.kind > ACTION_DELETE ? announce(ctx, message->topic) : DONE;
}

/* --- who joins -------------------------------------------------------------------------------- */

bool rule_is_exempt_adder(struct ctx *ctx, const struct user *by, int64_t member_id)
{
	return by->id != member_id && by->id != ctx_bot_id(ctx) && ctx_is_exempt_user(ctx, by);
}

static const char *name_of(struct ctx *ctx, const char *first, const char *last,
			   const char *username)
{
	return ctx_printf(ctx, "%s %s\n%s", first, last, username);
}

static bool is_in(enum member_status status)
{
	return status != MEMBER_OUTSIDE && status != MEMBER_BANNED;
}

static enum verdict enforce_name(struct ctx *ctx, const struct user *who, struct action action,
				 const char *reason, bool trial)
{
	const char *why;

	/* What is to be deleted is Telegram's message about it, which may come, and not here. */
	if (action.kind == ACTION_DELETE)
		action = (struct action) { .kind = ACTION_LOG };
	action.by_rule = true;
	action.dry_run = trial;
	action.delete_message = false;
	why = ctx_act(ctx, action, (struct target) { .user = who }, ACT_QUEUED, reason);
	if (why || trial || action.kind == ACTION_LOG)
		return PASS;
	return announce(ctx, 0);
}

enum verdict rule_check_name(struct ctx *ctx, const struct member_change *change,
			     rule_name_fn *find, bool trial)
{
	const struct user *who = change->member;
	struct action action = { .kind = ACTION_NONE };
	const char *reason;

	if (is_in(change->before) || !is_in(change->after) || who->is_bot)
		return PASS;
	reason = find(ctx, name_of(ctx, who->first_name, who->last_name, who->username), &action);
	if (!reason || action.kind == ACTION_NONE || ctx_is_exempt_user(ctx, who) ||
	    rule_is_exempt_adder(ctx, change->by, who->id))
		return PASS;
	return enforce_name(ctx, who, action, reason, trial);
}

enum verdict rule_check_request(struct ctx *ctx, const struct join_request *request,
				rule_name_fn *find, bool trial)
{
	const struct user *who = request->from;
	struct action action = { .kind = ACTION_NONE };
	const char *reason = find(ctx, name_of(ctx, who->first_name, who->last_name, who->username),
				  &action);

	if (!reason || action.kind <= ACTION_DELETE || ctx_is_exempt_user(ctx, who))
		return PASS;
	if (action.kind != ACTION_BAN)
		action = (struct action) { .kind = ACTION_LOG };
	action.by_rule = true;
	action.dry_run = trial;
	action.delete_message = false;
	ctx_act(ctx, action, (struct target) { .user = who }, ACT_QUEUED, reason);
	if (trial)
		return PASS;
	return ctx_queuef(ctx, "declineChatJoinRequest", "{user_id: %lld}", (long long)who->id);
}

static const char *joined(struct ctx *ctx, size_t i, const char *field)
{
	return ctx_printf(ctx, "message.new_chat_members.%zu.%s", i, field);
}

enum verdict rule_check_joined(struct ctx *ctx, const struct service_message *service,
			       rule_name_fn *find, bool trial)
{
	const struct answer *update = ctx_update(ctx);
	size_t count = answer_count(update, "message.new_chat_members");

	for (size_t i = 0; i < count && !trial; i++) {
		int64_t id = answer_integer(update, joined(ctx, i, "id"));
		struct action action = { .kind = ACTION_NONE };

		if (!find(ctx,
			  name_of(ctx, answer_text(update, joined(ctx, i, "first_name")),
				  answer_text(update, joined(ctx, i, "last_name")),
				  answer_text(update, joined(ctx, i, "username"))),
			  &action) ||
		    action.kind < ACTION_DELETE ||
		    ctx_is_exempt_user(ctx, target_of(ctx, id).user) ||
		    rule_is_exempt_adder(ctx, service->from, id))
			continue;
		ctx_delete(ctx, service->message_id);
		return DONE;
	}
	return PASS;
}
