/* staff.c - /promote, /demote, /title and /tag: who administers a group, and under what words.
 * Nobody gives a right that they lack. */
#include <string.h>

#include "common/utf8.h"
#include "workers/module.h"
#include "workers/modules/moderation/words.h"

#define TITLE_UNITS_MAX 16 /* Bot API, setChatAdministratorCustomTitle and setChatMemberTag */

/* What a promotion can give; to promote others is for the owner to give, in Telegram. */
#define GIVEN                                                                               \
	(1u << RIGHT_CHANGE_INFO | 1u << RIGHT_DELETE_MESSAGES | 1u << RIGHT_INVITE_USERS | \
	 1u << RIGHT_MANAGE_TAGS | 1u << RIGHT_MANAGE_TOPICS | 1u << RIGHT_PIN_MESSAGES |   \
	 1u << RIGHT_RESTRICT_MEMBERS)

struct staff_values {
	const struct user *who;
	const char *words;
};

static const struct field who_and_words[] = {
	USER_FIELD(struct staff_values, who, N_("who")),
	TEXT_FIELD(struct staff_values, words, N_("title"), .optional = true),
	END_OF_FIELDS(struct staff_values),
};

static const struct field who_alone[] = {
	USER_FIELD(struct staff_values, who, N_("who")),
	END_OF_FIELDS(struct staff_values),
};

/* In the answer and in the log channel. */
static void add_deed(struct ctx *ctx, struct draft *draft, const char *deed,
		     const struct user *user, const char *words)
{
	draft_add(draft, "<b>%s:</b> ", deed);
	add_person(ctx, draft, user);
	if (words[0])
		draft_add(draft, ", “%s”", words);
}

static void log_deed(struct ctx *ctx, const char *deed, const struct user *user, const char *words)
{
	struct draft *log = ctx_find_log(ctx, LOG_ACTIONS);

	if (!log)
		return;
	add_deed(ctx, log, deed, user, words);
	add_doer(ctx, log, ctx_find_user(ctx));
	draft_reply(log);
}

/* NULL, or why it cannot be done at all. */
static const char *check(struct ctx *ctx, const struct user *who)
{
	if (who->is_bot && strcmp(who->username, ctx_bot_username(ctx)) == 0)
		return _("I do not do that to myself.");
	return check_supergroup(ctx);
}

static bool is_too_long(const char *words)
{
	return utf8_units(words, strlen(words)) > TITLE_UNITS_MAX;
}

/* --- what stands beside a name ---------------------------------------------------------------- */

static const char *set_title(struct ctx *ctx, const struct user *who, const char *title)
{
	const struct answer *answer = ctx_callf(ctx, "setChatAdministratorCustomTitle",
						"{user_id: %lld, custom_title: %s}",
						(long long)who->id, title);

	return answer_ok(answer) ? NULL : explain_refusal(ctx, answer);
}

static const char *set_tag(struct ctx *ctx, const struct user *who, const char *tag)
{
	const struct answer *answer = ctx_callf(ctx, "setChatMemberTag", "{user_id: %lld, tag: %s}",
						(long long)who->id, tag);

	return answer_ok(answer) ? NULL : explain_refusal(ctx, answer);
}

/* What stands beside the name of an administrator, or of a member. */
static const struct badge {
	const char *deed;
	const char *field; /* Bot API "ChatMember" */
	const char *(*set)(struct ctx *ctx, const struct user *who, const char *words);
} title_badge = { N_("Title"), "custom_title", set_title },
  tag_badge = { N_("Tag"), "tag", set_tag };

/* NULL: Telegram does not tell. */
static const char *find_words(struct ctx *ctx, const struct badge *badge, const struct user *who)
{
	const struct answer *member = ctx_callf(ctx, "getChatMember", "{user_id: %lld}",
						(long long)who->id);

	return answer_ok(member) ? answer_text(member, badge->field) : NULL;
}

/* What it was, for read_former(). */
static void add_former(struct ctx *ctx, struct draft *draft, const char *former)
{
	if (former && former[0])
		draft_add(draft, "\n<b>%s</b> <code>%s</code>", _("Before:"), former);
}

/* From the message with the pressed button, as its only code; NULL: none. A button itself has no
 * room for it. */
static const char *read_former(struct ctx *ctx)
{
	const struct message *message = ctx_find_message(ctx);

	for (size_t i = 0; message && i < message->entities_count; i++)
		if (strcmp(message->entities[i].type, "code") == 0)
			return ctx_printf(ctx, "%.*s", (int)message->entities[i].size,
					  message->text + message->entities[i].start);
	return NULL;
}

/* --- /promote, /demote ------------------------------------------------------------------------ */

static const struct answer *set_rights(struct ctx *ctx, int64_t user_id, unsigned rights)
{
	return ctx_callf(
		ctx, "promoteChatMember",
		"{user_id: %lld, can_change_info: %d, can_delete_messages: %d, "
		"can_invite_users: %d, can_manage_tags: %d, can_manage_topics: %d, "
		"can_pin_messages: %d, can_restrict_members: %d}",
		(long long)user_id, !!(rights & 1u << RIGHT_CHANGE_INFO),
		!!(rights & 1u << RIGHT_DELETE_MESSAGES), !!(rights & 1u << RIGHT_INVITE_USERS),
		!!(rights & 1u << RIGHT_MANAGE_TAGS), !!(rights & 1u << RIGHT_MANAGE_TOPICS),
		!!(rights & 1u << RIGHT_PIN_MESSAGES), !!(rights & 1u << RIGHT_RESTRICT_MEMBERS));
}

static const char *const right_names[] = {
	[RIGHT_CHANGE_INFO] = N_("change the group's info"),
	[RIGHT_DELETE_MESSAGES] = N_("delete messages"),
	[RIGHT_INVITE_USERS] = N_("invite people"),
	[RIGHT_MANAGE_TAGS] = N_("change tags"),
	[RIGHT_MANAGE_TOPICS] = N_("manage topics"),
	[RIGHT_PIN_MESSAGES] = N_("pin messages"),
	[RIGHT_RESTRICT_MEMBERS] = N_("ban and mute"),
};

static void add_rights(struct ctx *ctx, struct draft *draft, unsigned rights)
{
	const char *comma = "";

	draft_add(draft, "\n<b>%s</b> ", _("May:"));
	for (size_t i = 0; i < sizeof(right_names) / sizeof(right_names[0]); i++) {
		if (!right_names[i] || !(rights & 1u << i))
			continue;
		draft_add(draft, "%s%s", comma, ctx_translate(ctx, right_names[i]));
		comma = ", ";
	}
}

/* `title`: that they are to have; "": none. */
static void add_promotion(struct ctx *ctx, struct draft *draft, const struct user *who,
			  unsigned rights, const char *title)
{
	const char *why_no_title = title[0] ? set_title(ctx, who, title) : NULL;

	if (why_no_title)
		title = "";
	add_deed(ctx, draft, _("Promoted"), who, title);
	add_rights(ctx, draft, rights);
	if (why_no_title)
		draft_add(draft, "\n%s", why_no_title);
	draft_button(draft, _("Demote"), "demote:%lld", (long long)who->id);
	log_deed(ctx, _("Promoted"), who, title);
}

static unsigned common_rights(struct ctx *ctx, const struct user *giver)
{
	return ctx_rights(ctx, giver->id) & ctx_rights(ctx, ctx_bot_id(ctx)) & GIVEN;
}

static enum verdict promote(struct ctx *ctx, const struct command *cmd)
{
	const struct staff_values *values = cmd->values;
	unsigned rights = common_rights(ctx, cmd->from);
	const char *why = check(ctx, values->who);
	const struct answer *answer;
	struct draft *draft;

	if (why)
		return ctx_reply(ctx, "%s", why);
	if (is_too_long(values->words))
		return ctx_reply(ctx, _("A title has at most %d characters."), TITLE_UNITS_MAX);
	if (!rights)
		return ctx_reply(ctx, _("You and I have no right in common that could be given."));
	answer = set_rights(ctx, values->who->id, rights);
	if (!answer_ok(answer))
		return ctx_reply(ctx, "%s", explain_refusal(ctx, answer));
	ctx_forget_admins(ctx);
	draft = ctx_draft(ctx);
	add_promotion(ctx, draft, values->who, rights, values->words);
	return draft_reply(draft);
}

static const char *take_rights(struct ctx *ctx, const struct user *who)
{
	const char *why = check(ctx, who);
	const struct answer *answer;

	if (why)
		return why;
	answer = set_rights(ctx, who->id, 0);
	if (!answer_ok(answer))
		return explain_refusal(ctx, answer);
	ctx_forget_admins(ctx);
	log_deed(ctx, _("Demoted"), who, "");
	return NULL;
}

/* With a button that gives back what they had, as far as a promotion can. */
static const char *take_and_tell(struct ctx *ctx, struct draft *draft, const struct user *who)
{
	unsigned rights = ctx_rights(ctx, who->id) & GIVEN;
	const char *title = rights ? find_words(ctx, &title_badge, who) : NULL;
	const char *why = take_rights(ctx, who);

	if (why)
		return why;
	add_deed(ctx, draft, _("Demoted"), who, "");
	add_former(ctx, draft, title);
	if (rights)
		draft_button(draft, _("Promote again"), "promote:%lld:%d", (long long)who->id,
			     (int)rights);
	return NULL;
}

static enum verdict demote(struct ctx *ctx, const struct command *cmd)
{
	const struct staff_values *values = cmd->values;
	struct draft *draft = ctx_draft(ctx);
	const char *why = take_and_tell(ctx, draft, values->who);

	return why ? ctx_reply(ctx, "%s", why) : draft_reply(draft);
}

static enum verdict demote_again(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);
	const char *why = take_and_tell(ctx, draft, recorded_person(ctx, slug_integer(ctx, 0)));

	if (why)
		return ctx_alert(ctx, "%s", why);
	add_doer(ctx, draft, button->from);
	return draft_edit(draft, button);
}

static enum verdict promote_again(struct ctx *ctx, const struct button *button)
{
	const struct user *who = recorded_person(ctx, slug_integer(ctx, 0));
	unsigned rights = (unsigned)slug_integer(ctx, 1) & common_rights(ctx, button->from);
	const char *title = read_former(ctx);
	const struct answer *answer;
	struct draft *draft;

	if (!rights)
		return ctx_alert(ctx, _("You and I have no right in common that could be given."));
	answer = set_rights(ctx, who->id, rights);
	if (!answer_ok(answer))
		return ctx_alert(ctx, "%s", explain_refusal(ctx, answer));
	ctx_forget_admins(ctx);
	draft = ctx_draft(ctx);
	add_promotion(ctx, draft, who, rights, title ? title : "");
	add_doer(ctx, draft, button->from);
	return draft_edit(draft, button);
}

/* --- /title, /tag ----------------------------------------------------------------------------- */

#define TITLE_BACK "title:%lld:%d" /* whom, whether anything stood there before */
#define TAG_BACK "tag:%lld:%d"
#define PRESSES_TOGETHER_SECONDS 60 /* the second of them changes nothing */

/* With a button that puts back what stood there. */
static void add_badge(struct ctx *ctx, struct draft *draft, const struct badge *badge,
		      const struct user *who, const char *words, const char *former)
{
	add_deed(ctx, draft, ctx_translate(ctx, badge->deed), who, words);
	if (!former || strcmp(former, words) == 0)
		return;
	add_former(ctx, draft, former);
	draft_button(draft, former[0] ? ctx_printf(ctx, _("Back to “%s”"), former) : _("Remove"),
		     badge == &title_badge ? TITLE_BACK : TAG_BACK, (long long)who->id,
		     former[0] != '\0');
}

static enum verdict set_badge(struct ctx *ctx, const struct command *cmd, const struct badge *badge)
{
	const struct staff_values *values = cmd->values;
	const char *why = check(ctx, values->who);
	struct draft *draft = ctx_draft(ctx);
	const char *former;

	if (!why && is_too_long(values->words))
		why = ctx_printf(ctx, _("A title has at most %d characters."), TITLE_UNITS_MAX);
	if (why)
		return ctx_reply(ctx, "%s", why);
	former = find_words(ctx, badge, values->who);
	why = badge->set(ctx, values->who, values->words);
	if (why)
		return ctx_reply(ctx, "%s", why);
	add_badge(ctx, draft, badge, values->who, values->words, former);
	log_deed(ctx, ctx_translate(ctx, badge->deed), values->who, values->words);
	return draft_reply(draft);
}

static enum verdict put_back(struct ctx *ctx, const struct button *button,
			     const struct badge *badge)
{
	const struct user *who = recorded_person(ctx, slug_integer(ctx, 0));
	const char *words = slug_integer(ctx, 1) ? read_former(ctx) : "";
	const char *why = check(ctx, who), *former;
	struct draft *draft = ctx_draft(ctx);
	bool first;

	if (why || !words)
		return ctx_alert(ctx, "%s", why ? why : _("I can no longer read what it was."));
	first = brief_claim(ctx, THIS_CHAT,
			    ctx_printf(ctx, "back/%lld", (long long)button->message_id),
			    PRESSES_TOGETHER_SECONDS);
	former = find_words(ctx, badge, who);
	if (!first && former && strcmp(former, words) == 0)
		return ctx_toast(ctx, _("Somebody was faster."));
	why = badge->set(ctx, who, words);
	if (why)
		return ctx_alert(ctx, "%s", why);
	add_badge(ctx, draft, badge, who, words, former);
	add_doer(ctx, draft, button->from);
	log_deed(ctx, ctx_translate(ctx, badge->deed), who, words);
	return draft_edit(draft, button);
}

static enum verdict change_title(struct ctx *ctx, const struct command *cmd)
{
	return set_badge(ctx, cmd, &title_badge);
}

static enum verdict change_tag(struct ctx *ctx, const struct command *cmd)
{
	return set_badge(ctx, cmd, &tag_badge);
}

static enum verdict title_back(struct ctx *ctx, const struct button *button)
{
	return put_back(ctx, button, &title_badge);
}

static enum verdict tag_back(struct ctx *ctx, const struct button *button)
{
	return put_back(ctx, button, &tag_badge);
}

#define PROMOTERS .group = true, .admin = RIGHT_PROMOTE_MEMBERS, .bot = RIGHT_PROMOTE_MEMBERS
#define TAGGERS .group = true, .admin = RIGHT_MANAGE_TAGS, .bot = RIGHT_MANAGE_TAGS

static const struct route routes[] = {
	COMMAND("promote", promote, PROMOTERS, .arguments = who_and_words,
		.help = N_("make somebody an administrator, with the rights that you and I have")),
	COMMAND("demote", demote, PROMOTERS, .arguments = who_alone,
		.help = N_("make an administrator a member again")),
	BUTTON("demote:%lld", demote_again, PROMOTERS),
	BUTTON("promote:%lld:%d", promote_again, PROMOTERS),
	COMMAND("title", change_title, PROMOTERS, .arguments = who_and_words, .rare = true,
		.help = N_("what stands beside an administrator's name")),
	BUTTON(TITLE_BACK, title_back, PROMOTERS),
	COMMAND("tag", change_tag, TAGGERS, .arguments = who_and_words, .rare = true,
		.help = N_("what stands beside a member's name")),
	BUTTON(TAG_BACK, tag_back, TAGGERS),
	END_OF_ROUTES,
};

const struct module staff_module = {
	.name = "staff",
	.title = N_("Administrators"),
	.icon = "👮",
	.about = N_("I can change only those whom I promoted myself. Without words /title and /tag "
		    "take what "
		    "stands there away."),
	.routes = routes,
};
