/* locks.c - kinds of messages that a group does not want: /lock, /unlock, /locks, and who is let
 * through, /allow. */
#include <string.h>
#include <strings.h>

#include "workers/module.h"
#include "workers/modules/moderation/rule.h"

#define ALLOWED "allow/"
#define ALLOWED_MAX (STORE_KEY_MAX - (sizeof(ALLOWED) - 1))

/* Each kind: its option, what it is called, and either the bits of enum content that have it, or
 * how it is looked for. */
#define KINDS(KIND)                                                                \
	KIND(added, N_("bots that members add"), 0, is_no_message)                 \
	KIND(albums, N_("albums"), 0, is_of_album)                                 \
	KIND(animations, N_("animations"), CONTENT_ANIMATION, NULL)                \
	KIND(anonymous, N_("messages in the name of channels"), 0, is_of_channel)  \
	KIND(audio, N_("audio"), CONTENT_AUDIO, NULL)                              \
	KIND(buttons, N_("messages with buttons"), 0, has_buttons)                 \
	KIND(bots, N_("messages by inline bots"), 0, is_by_bot)                    \
	KIND(checklists, N_("checklists"), CONTENT_CHECKLIST, NULL)                \
	KIND(commands, N_("commands of members"), 0, is_command)                   \
	KIND(contacts, N_("contacts"), CONTENT_CONTACT, NULL)                      \
	KIND(dice, N_("dice"), CONTENT_DICE, NULL)                                 \
	KIND(documents, N_("files"), CONTENT_DOCUMENT, NULL)                       \
	KIND(emoji, N_("premium emoji"), 0, has_premium_emoji)                     \
	KIND(external, N_("replies to other chats"), 0, replies_elsewhere)         \
	KIND(forwards, N_("forwarded messages"), 0, is_forward)                    \
	KIND(games, N_("games"), CONTENT_GAME, NULL)                               \
	KIND(giveaways, N_("giveaways"), CONTENT_GIVEAWAY, NULL)                   \
	KIND(invites, N_("links to other groups and channels"), 0, has_invite)     \
	KIND(links, N_("links"), 0, has_link)                                      \
	KIND(locations, N_("locations"), CONTENT_LOCATION | CONTENT_VENUE, NULL)   \
	KIND(mail, N_("mail addresses"), 0, has_mail)                              \
	KIND(mentions, N_("mentions of people who are elsewhere"), 0, has_mention) \
	KIND(paid, N_("paid media"), CONTENT_PAID_MEDIA, NULL)                     \
	KIND(phones, N_("phone numbers"), 0, has_phone)                            \
	KIND(photos, N_("photos"), CONTENT_PHOTO, NULL)                            \
	KIND(polls, N_("polls"), CONTENT_POLL, NULL)                               \
	KIND(rtl, N_("text from right to left"), 0, has_right_to_left)             \
	KIND(spoilers, N_("covered text and media"), 0, is_spoiler)                \
	KIND(stickers, N_("stickers"), CONTENT_STICKER, NULL)                      \
	KIND(stories, N_("stories"), CONTENT_STORY, NULL)                          \
	KIND(text, N_("text"), CONTENT_TEXT, NULL)                                 \
	KIND(videos, N_("videos"), CONTENT_VIDEO, NULL)                            \
	KIND(videonotes, N_("video messages"), CONTENT_VIDEO_NOTE, NULL)           \
	KIND(voice, N_("voice messages"), CONTENT_VOICE, NULL)

struct lock_options {
#define MEMBER_OF_OPTIONS(name, label, contents, look) bool name;
	KINDS(MEMBER_OF_OPTIONS)
#undef MEMBER_OF_OPTIONS
	struct action action;
	bool trial;
};

static const struct field options[] = {
#define FIELD_OF_OPTIONS(name, label, contents, look)                    \
	BOOLEAN_FIELD(struct lock_options, name, label, .preset = "off", \
		      .admin = RIGHT_RESTRICT_MEMBERS),
	KINDS(FIELD_OF_OPTIONS)
#undef FIELD_OF_OPTIONS
		ACTION_FIELD(struct lock_options, action, N_("what happens to what is locked"),
			     .preset = "delete", .admin = RIGHT_RESTRICT_MEMBERS),
	BOOLEAN_FIELD(struct lock_options, trial, N_("only tell the log what would happen"),
		      .preset = "off", .admin = RIGHT_RESTRICT_MEMBERS),
	END_OF_FIELDS(struct lock_options),
};

/* --- who is let through ----------------------------------------------------------------------- */

/* "example.org" lets "www.example.org/x" through, "@name" a channel, bot or person. */
static const char *allowed_form(struct ctx *ctx, const char *written)
{
	const char *slashes = strstr(written, "://");
	const char *host = slashes ? slashes + 3 : written;
	char *form;

	if (strncasecmp(host, "www.", 4) == 0)
		host += 4;
	if (strncasecmp(host, "t.me/", 5) == 0)
		host = ctx_printf(ctx, "@%.*s", (int)strcspn(host + 5, "/?#"), host + 5);
	form = ctx_alloc(ctx, ALLOWED_MAX + 1);
	for (size_t i = 0; i < ALLOWED_MAX && host[i] && !strchr("/?# \n", host[i]); i++)
		form[i] = (char)(host[i] >= 'A' && host[i] <= 'Z' ? host[i] + 32 : host[i]);
	return form;
}

static bool list_allowed(struct ctx *ctx, struct holder holder, struct derived *out)
{
	const char *key = NULL, *value;

	while (store_each(ctx, holder, ALLOWED, &key, &value))
		derived_add(out, key + strlen(ALLOWED), strlen(key) - strlen(ALLOWED) + 1);
	return !ctx_has_failed(ctx);
}

static bool is_same_or_below(const char *host, const char *allowed)
{
	size_t length = strlen(host), size = strlen(allowed);

	return length >= size && strcmp(host + length - size, allowed) == 0 &&
	       (length == size || host[length - size - 1] == '.');
}

static bool is_allowed(struct ctx *ctx, const char *written)
{
	const char *form = allowed_form(ctx, written);
	size_t size;
	const char *list = ctx_derived(ctx, THIS_CHAT, "allowed", list_allowed, &size);

	for (size_t at = 0; list && at < size; at += strlen(list + at) + 1)
		if (is_same_or_below(form, list + at))
			return true;
	return false;
}

/* --- what a message has ----------------------------------------------------------------------- */

static bool has_other_than_allowed(struct ctx *ctx, const char *const *words)
{
	for (; *words; words++)
		if (!is_allowed(ctx, *words))
			return true;
	return false;
}

static bool has_link(struct ctx *ctx, const struct message *message)
{
	return has_other_than_allowed(ctx, rule_links(ctx, message));
}

/* Links of Telegram that lead to a chat (core.telegram.org/api/links). */
static bool is_invite(const char *url)
{
	static const char *const beginnings[] = { "t.me/", "telegram.me/", "telegram.dog/",
						  "tg://join", "tg://resolve" };

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		const char *at = strcasestr(url, beginnings[i]);

		if (at && (at == url || strchr("/.", at[-1])))
			return true;
	}
	return false;
}

static bool has_invite_in(struct ctx *ctx, const char *const *links)
{
	for (; *links; links++)
		if (is_invite(*links) && !is_allowed(ctx, *links))
			return true;
	return false;
}

static bool has_invite(struct ctx *ctx, const struct message *message)
{
	return has_invite_in(ctx, rule_links(ctx, message));
}

/* Hebrew, Arabic and their like, and the marks that turn text around. */
static bool is_right_to_left(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	for (; *at; at++) {
		if (at[0] >= 0xd6 && at[0] <= 0xdf && at[1]) {
			unsigned code = (at[0] & 0x1fu) << 6 | (at[1] & 0x3f);

			if (code >= 0x591 && code <= 0x7bf)
				return true;
		}
		if (at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0xae || at[2] == 0x8f))
			return true;
		if (at[0] == 0xe2 && at[1] == 0x81 && at[2] == 0xa7)
			return true;
	}
	return false;
}

static bool has_right_to_left(struct ctx *ctx, const struct message *message)
{
	return is_right_to_left(rule_text(ctx, message));
}

static bool is_spoiler(struct ctx *ctx, const struct message *message)
{
	return (message->media && message->media->spoiler) ||
	       rule_has_entity(ctx, message, "spoiler");
}

/* A channel, bot or person that is let through is as if nobody was there. */
static bool is_let_through(struct ctx *ctx, const char *username)
{
	return username[0] && is_allowed(ctx, ctx_printf(ctx, "@%s", username));
}

/* Of who joins: check_member(). */
static bool is_no_message(struct ctx *ctx, const struct message *message)
{
	(void)ctx, (void)message;
	return false;
}

static bool is_of_album(struct ctx *ctx, const struct message *message)
{
	(void)ctx;
	return message->album[0];
}

static bool is_of_channel(struct ctx *ctx, const struct message *message)
{
	return message->sender_chat && !is_let_through(ctx, message->sender_chat->username);
}

static bool has_buttons(struct ctx *ctx, const struct message *message)
{
	const struct answer *update = ctx_update(ctx);

	return message->links_count > 0 ||
	       answer_count(update, message->edited ? "edited_message.reply_markup.inline_keyboard"
						    : "message.reply_markup.inline_keyboard");
}

static bool is_by_bot(struct ctx *ctx, const struct message *message)
{
	return message->via_bot && !is_let_through(ctx, message->via_bot->username);
}

static bool is_command(struct ctx *ctx, const struct message *message)
{
	(void)ctx;
	return message->entities_count && message->entities[0].start == 0 &&
	       strcmp(message->entities[0].type, "bot_command") == 0;
}

static bool has_premium_emoji(struct ctx *ctx, const struct message *message)
{
	return rule_has_entity(ctx, message, "custom_emoji");
}

static bool replies_elsewhere(struct ctx *ctx, const struct message *message)
{
	(void)ctx;
	return message->reply_elsewhere != NULL;
}

static bool is_forward(struct ctx *ctx, const struct message *message)
{
	const struct chat *from = message->forward ? message->forward->chat : NULL;

	return message->forward && !(from && is_let_through(ctx, from->username));
}

static bool has_mail(struct ctx *ctx, const struct message *message)
{
	return rule_has_entity(ctx, message, "email");
}

static bool has_mention(struct ctx *ctx, const struct message *message)
{
	return has_other_than_allowed(ctx, rule_mentions(ctx, message));
}

static bool has_phone(struct ctx *ctx, const struct message *message)
{
	return rule_has_entity(ctx, message, "phone_number");
}

static const struct lock {
	const char *name, *label;
	size_t offset;
	uint32_t contents;
	bool (*look)(struct ctx *ctx, const struct message *message);
} locks[] = {
#define ROW_OF_LOCKS(name, label, contents, look) \
	{ #name, label, offsetof(struct lock_options, name), contents, look },
	KINDS(ROW_OF_LOCKS)
#undef ROW_OF_LOCKS
};

#define LOCKS_COUNT (sizeof(locks) / sizeof(locks[0]))

static bool is_locked(const struct lock_options *chosen, const struct lock *lock)
{
	return *(const bool *)((const char *)chosen + lock->offset);
}

/* --- the rule --------------------------------------------------------------------------------- */

static const struct lock *find_lock(struct ctx *ctx, const struct message *message,
				    const struct lock_options *chosen, uint32_t contents)
{
	for (size_t i = 0; i < LOCKS_COUNT; i++) {
		const struct lock *lock = &locks[i];

		if (is_locked(chosen, lock) &&
		    (lock->contents ? (contents & lock->contents) != 0 : lock->look(ctx, message)))
			return lock;
	}
	return NULL;
}

static bool is_any_locked(const struct lock_options *chosen)
{
	for (size_t i = 0; i < LOCKS_COUNT; i++)
		if (is_locked(chosen, &locks[i]))
			return true;
	return false;
}

/* A rich message has the media that are in it; Telegram's kinds of them are known by name. */
static uint32_t contents_of(struct ctx *ctx, const struct message *message)
{
	static const struct {
		const char *kind;
		uint32_t content;
	} media_kinds[] = {
		{ "photo", CONTENT_PHOTO },         { "video", CONTENT_VIDEO },
		{ "animation", CONTENT_ANIMATION }, { "audio", CONTENT_AUDIO },
		{ "document", CONTENT_DOCUMENT },   { "voice", CONTENT_VOICE },
	};
	uint32_t contents = ctx_contents(ctx);

	if (!(contents & CONTENT_RICH))
		return contents;
	if (message->text[0])
		contents |= CONTENT_TEXT;
	for (size_t i = 0; message->media && i < sizeof(media_kinds) / sizeof(media_kinds[0]); i++)
		if (strcmp(media_kinds[i].kind, message->media->kind) == 0)
			contents |= media_kinds[i].content;
	return contents;
}

static const char *reason_of(struct ctx *ctx, const char *label)
{
	return ctx_printf(ctx, "%s: %s", _("locked"), ctx_translate(ctx, label));
}

static enum verdict check(struct ctx *ctx, const struct message *message)
{
	const struct lock_options *chosen = ctx_options(ctx);
	struct action action = chosen->action;
	const struct lock *lock;

	if (!is_any_locked(chosen))
		return PASS;
	if (rule_album_goes(ctx, message))
		return DONE;
	lock = find_lock(ctx, message, chosen, contents_of(ctx, message));
	if (!lock)
		return PASS;
	action.delete_message = action.kind > ACTION_DELETE;
	return rule_enforce(ctx, message, action, reason_of(ctx, lock->label), chosen->trial);
}

/* --- who joins -------------------------------------------------------------------------------- */

static const char *find_in_name(struct ctx *ctx, const char *name, struct action *action)
{
	const struct lock_options *chosen = ctx_options(ctx);
	const char *const *links;

	*action = chosen->action;
	if (chosen->rtl && is_right_to_left(name))
		return reason_of(ctx, N_("text from right to left"));
	if (!chosen->links && !chosen->invites && !chosen->mentions)
		return NULL;
	links = rule_links_in(ctx, name);
	if (chosen->links && has_other_than_allowed(ctx, links))
		return reason_of(ctx, N_("links"));
	if (chosen->invites && has_invite_in(ctx, links))
		return reason_of(ctx, N_("links to other groups and channels"));
	if (chosen->mentions && has_other_than_allowed(ctx, rule_mentions_in(ctx, name)))
		return reason_of(ctx, N_("mentions of people who are elsewhere"));
	return NULL;
}

/* It goes again, and may be added by an administrator. */
static enum verdict check_bot(struct ctx *ctx, const struct member_change *change)
{
	const struct lock_options *chosen = ctx_options(ctx);
	const struct action kick = { .kind = ACTION_KICK,
				     .by_rule = true,
				     .dry_run = chosen->trial };

	if (!chosen->added || change->before != MEMBER_OUTSIDE || change->after != MEMBER_PLAIN ||
	    change->by->id == change->member->id ||
	    rule_is_exempt_adder(ctx, change->by, change->member->id))
		return PASS;
	ctx_act(ctx, kick, (struct target) { .user = change->member }, ACT_QUEUED,
		reason_of(ctx, N_("bots that members add")));
	return chosen->trial ? PASS : DONE;
}

static enum verdict check_member(struct ctx *ctx, const struct member_change *change)
{
	const struct lock_options *chosen = ctx_options(ctx);

	if (change->member->is_bot)
		return check_bot(ctx, change);
	return rule_check_name(ctx, change, find_in_name, chosen->trial);
}

static enum verdict check_request(struct ctx *ctx, const struct join_request *request)
{
	const struct lock_options *chosen = ctx_options(ctx);

	return rule_check_request(ctx, request, find_in_name, chosen->trial);
}

static enum verdict check_joined(struct ctx *ctx, const struct service_message *service)
{
	const struct lock_options *chosen = ctx_options(ctx);

	return rule_check_joined(ctx, service, find_in_name, chosen->trial);
}

/* --- commands --------------------------------------------------------------------------------- */

struct lock_values {
	const char *const *kinds;
};

static const struct field which[] = {
	WORDS_FIELD(struct lock_values, kinds, N_("kinds")),
	END_OF_FIELDS(struct lock_values),
};

static const struct lock *lock_by_name(const char *name)
{
	for (size_t i = 0; i < LOCKS_COUNT; i++)
		if (strcasecmp(locks[i].name, name) == 0)
			return &locks[i];
	return NULL;
}

static enum verdict set_all(struct ctx *ctx, const struct command *cmd, const char *value,
			    const char *done)
{
	const struct lock_values *values = cmd->values;
	struct draft *draft = ctx_draft(ctx);

	for (const char *const *kind = values->kinds; *kind; kind++) {
		const struct lock *lock = lock_by_name(*kind);
		const char *why = lock ? ctx_set_option(ctx, lock->name, value)
				       : _("There is no such kind. /locks shows them all.");

		if (why)
			draft_add(draft, "<code>%s</code>: %s\n", *kind, why);
		else
			draft_add(draft, "<b>%s:</b> %s\n", done, ctx_translate(ctx, lock->label));
	}
	return draft_reply(draft);
}

static enum verdict lock(struct ctx *ctx, const struct command *cmd)
{
	return set_all(ctx, cmd, "on", _("Locked"));
}

static enum verdict unlock(struct ctx *ctx, const struct command *cmd)
{
	return set_all(ctx, cmd, "off", _("Unlocked"));
}

static enum verdict list_locks(struct ctx *ctx, const struct command *cmd)
{
	const struct lock_options *chosen = ctx_options(ctx);
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "<b>%s</b>", _("Kinds of messages"));
	for (size_t i = 0; i < LOCKS_COUNT; i++)
		draft_add(draft, "\n%s <code>%s</code> – %s",
			  is_locked(chosen, &locks[i]) ? "🔒" : "▫️", locks[i].name,
			  ctx_translate(ctx, locks[i].label));
	return draft_reply(draft);
}

struct allow_values {
	const char *const *who;
};

static const struct field whom[] = {
	WORDS_FIELD(struct allow_values, who, N_("hosts and @names")),
	END_OF_FIELDS(struct allow_values),
};

static enum verdict set_allowed(struct ctx *ctx, const struct command *cmd, bool allowed)
{
	const struct allow_values *values = cmd->values;
	struct draft *draft = ctx_draft(ctx);

	for (const char *const *who = values->who; *who; who++) {
		const char *form = allowed_form(ctx, *who);

		if (!form[0] || !store_set(ctx, THIS_CHAT, ctx_printf(ctx, ALLOWED "%s", form),
					   allowed ? "yes" : NULL))
			return form[0] ? FAIL
				       : ctx_reply(ctx, _("“%s” is no host and no @name."), *who);
		draft_add(draft, "<b>%s:</b> %s\n",
			  allowed ? _("Let through") : _("Not let through"), form);
	}
	return draft_reply(draft);
}

static enum verdict allow(struct ctx *ctx, const struct command *cmd)
{
	return set_allowed(ctx, cmd, true);
}

static enum verdict disallow(struct ctx *ctx, const struct command *cmd)
{
	return set_allowed(ctx, cmd, false);
}

static enum verdict list_all_allowed(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	const char *key = NULL, *value;
	bool any = false;

	(void)cmd;
	draft_add(draft, "<b>%s</b>", _("Let through"));
	for (; store_each(ctx, THIS_CHAT, ALLOWED, &key, &value); any = true)
		draft_add(draft, "\n• %s", key + strlen(ALLOWED));
	return any ? draft_reply(draft) : ctx_reply(ctx, _("Nobody is let through."));
}

#define LOCKERS .group = true, .admin = RIGHT_RESTRICT_MEMBERS

static const struct route routes[] = {
	MESSAGE(check, .group = true, .first = 44),
	EDITED(check, .group = true, .first = 44),
	MEMBER(check_member, .group = true, .first = 7),
	JOIN_REQUEST(check_request, .first = 7),
	SERVICE("new_chat_members", check_joined, .group = true),
	COMMAND("lock", lock, LOCKERS, .arguments = which,
		.help = N_("want no such messages here")),
	COMMAND("unlock", unlock, LOCKERS, .arguments = which,
		.help = N_("take such messages again")),
	COMMAND("locks locktypes", list_locks, .group = true,
		.help = N_("the kinds that can be locked, and which are")),
	COMMAND("allow allowlist", allow, LOCKERS, .arguments = whom,
		.help = N_("let links to a host, or a channel or bot, through")),
	COMMAND("disallow rmallowlist", disallow, LOCKERS, .arguments = whom, .rare = true,
		.help = N_("let them through no longer")),
	COMMAND("allowed", list_all_allowed, .group = true, .admin = RIGHT_ADMIN, .rare = true,
		.help = N_("show what is let through")),
	END_OF_ROUTES,
};

const struct module locks_module = {
	.name = "locks",
	.title = N_("Locks"),
	.icon = "🔒",
	.about = N_("Example: /lock links forwards, and /allow example.org @mychannel."),
	.options = options,
	.routes = routes,
};
