/* night.c - a time of day at which nobody but administrators writes. */
#include <stdlib.h>
#include <string.h>

#include "workers/module.h"
#include "workers/modules/moderation/words.h"

#define BEFORE "day" /* what members may do by day: a bit for each permission */

struct night_options {
	bool on;
	int64_t begins, ends;
	bool trial;
};

static enum verdict follow(struct ctx *ctx);

#define FOR_ADMINS .admin = RIGHT_RESTRICT_MEMBERS, .changed = follow

static const struct field options[] = {
	BOOLEAN_FIELD(struct night_options, on, N_("close the group at night"), .preset = "off",
		      FOR_ADMINS),
	TIME_FIELD(struct night_options, begins, N_("when it closes"), .preset = "23:00",
		   FOR_ADMINS),
	TIME_FIELD(struct night_options, ends, N_("when it opens"), .preset = "07:00", FOR_ADMINS),
	BOOLEAN_FIELD(struct night_options, trial, N_("only tell the log what would happen"),
		      .preset = "off", FOR_ADMINS),
	END_OF_FIELDS(struct night_options),
};

/* Bot API "ChatPermissions". */
static const char *const permissions[] = {
	"can_send_messages",         "can_send_audios",   "can_send_documents",
	"can_send_photos",           "can_send_videos",   "can_send_video_notes",
	"can_send_voice_notes",      "can_send_polls",    "can_send_other_messages",
	"can_add_web_page_previews", "can_change_info",   "can_invite_users",
	"can_pin_messages",          "can_manage_topics", "can_edit_tag",
	"can_react_to_messages",
};

#define COUNT (sizeof(permissions) / sizeof(permissions[0]))
#define WRITING ((1u << 10) - 1) /* the first of them: what they write with */

static unsigned read_permissions(struct ctx *ctx, const struct answer *about)
{
	unsigned bits = 0;

	for (size_t i = 0; i < COUNT; i++)
		if (answer_boolean(about, ctx_printf(ctx, "permissions.%s", permissions[i])))
			bits |= 1u << i;
	return bits;
}

static const struct answer *set_permissions(struct ctx *ctx, unsigned bits)
{
	bool may[COUNT];

	for (size_t i = 0; i < COUNT; i++)
		may[i] = bits >> i & 1;
	return ctx_callf(
		ctx, "setChatPermissions",
		"{use_independent_chat_permissions: true, permissions: {can_send_messages: %d, "
		"can_send_audios: %d, can_send_documents: %d, can_send_photos: %d, "
		"can_send_videos: %d, can_send_video_notes: %d, can_send_voice_notes: %d, "
		"can_send_polls: %d, can_send_other_messages: %d, "
		"can_add_web_page_previews: %d, can_change_info: %d, can_invite_users: %d, "
		"can_pin_messages: %d, can_manage_topics: %d, can_edit_tag: %d, "
		"can_react_to_messages: %d}}",
		may[0], may[1], may[2], may[3], may[4], may[5], may[6], may[7], may[8], may[9],
		may[10], may[11], may[12], may[13], may[14], may[15]);
}

/* In the group, wherever an administrator chose it. */
static struct draft *draft_for_group(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);

	draft_to(draft, ctx_find_chat(ctx)->id, 0);
	return draft;
}

/* --- closing and opening ---------------------------------------------------------------------- */

static bool is_closed(struct ctx *ctx)
{
	return store_find(ctx, THIS_CHAT, BEFORE);
}

/* Lets members do again what they did before. NULL, or why not, for people. */
static const char *give_back(struct ctx *ctx)
{
	const char *before = store_find(ctx, THIS_CHAT, BEFORE);
	const struct answer *opened = before ? set_permissions(ctx,
							       (unsigned)strtoul(before, NULL, 10))
					     : NULL;

	if (opened && !answer_ok(opened))
		return explain_refusal(ctx, opened);
	store_set(ctx, THIS_CHAT, BEFORE, NULL);
	return NULL;
}

static enum verdict open_group(struct ctx *ctx)
{
	struct draft *draft = draft_for_group(ctx);
	const char *why;

	if (!is_closed(ctx))
		return ctx_has_failed(ctx) ? FAIL : DONE;
	why = give_back(ctx);
	if (why)
		draft_add(draft, _("I cannot open the group again. %s"), why);
	else
		draft_add(draft, "%s", _("Good morning. The group is open."));
	return draft_reply(draft);
}

static enum verdict tell_log(struct ctx *ctx)
{
	struct draft *log = ctx_find_log(ctx, LOG_RULES);

	if (!log)
		return DONE;
	draft_add(log, "%s", _("The group would be closed now. This is a trial."));
	return draft_reply(log);
}

/* What was is noted first: whoever handles this again finds the group closed. */
static enum verdict close_group(struct ctx *ctx)
{
	const struct answer *about = ctx_callf(ctx, "getChat", "{}"), *closed = about;
	unsigned bits = read_permissions(ctx, about);
	struct draft *draft = draft_for_group(ctx);

	if (answer_ok(about)) {
		if (!store_set(ctx, THIS_CHAT, BEFORE, ctx_printf(ctx, "%u", bits)))
			return FAIL;
		closed = set_permissions(ctx, bits & ~WRITING);
	}
	if (!answer_ok(closed)) {
		if (!store_set(ctx, THIS_CHAT, BEFORE, NULL))
			return FAIL;
		draft_add(draft, _("I cannot close the group for the night. %s"),
			  explain_refusal(ctx, closed));
		return draft_reply(draft);
	}
	draft_add(draft, "%s", _("Good night. The group is closed until the morning."));
	draft_button(draft, _("Open it for this night"), "nightopen");
	return draft_reply(draft);
}

static enum verdict begin_night(struct ctx *ctx)
{
	const struct night_options *chosen = ctx_options(ctx);

	if (is_closed(ctx))
		return DONE;
	return chosen->trial ? tell_log(ctx) : close_group(ctx);
}

static enum verdict open_by_button(struct ctx *ctx, const struct button *button)
{
	const char *why = give_back(ctx);
	struct draft *draft = ctx_draft(ctx);

	if (why)
		return ctx_alert(ctx, "%s", why);
	draft_add(draft, "%s", _("The group is open."));
	add_doer(ctx, draft, button->from);
	return draft_edit(draft, button);
}

/* --- when ------------------------------------------------------------------------------------- */

static bool is_night(struct ctx *ctx, const struct night_options *chosen)
{
	int64_t now = ctx_minute_of_day(ctx, ctx_now(ctx));

	if (chosen->begins < chosen->ends)
		return now >= chosen->begins && now < chosen->ends;
	return now >= chosen->begins || now < chosen->ends;
}

static enum verdict follow(struct ctx *ctx)
{
	const struct night_options *chosen = ctx_options(ctx);

	ctx_cancel(ctx, "nightbegins");
	ctx_cancel(ctx, "nightends");
	if (!chosen->on || chosen->begins == chosen->ends)
		return open_group(ctx);
	if (ctx_daily(ctx, chosen->begins, "nightbegins") != DONE ||
	    ctx_daily(ctx, chosen->ends, "nightends") != DONE)
		return FAIL;
	return is_night(ctx, chosen) && !chosen->trial ? begin_night(ctx) : open_group(ctx);
}

static enum verdict evening(struct ctx *ctx, const struct work *work)
{
	(void)work;
	return begin_night(ctx);
}

static enum verdict morning(struct ctx *ctx, const struct work *work)
{
	(void)work;
	return open_group(ctx);
}

static const struct route routes[] = {
	WORK("nightbegins", evening),
	WORK("nightends", morning),
	BUTTON("nightopen", open_by_button, .admin = RIGHT_RESTRICT_MEMBERS),
	END_OF_ROUTES,
};

const struct module night_module = {
	.name = "night",
	.title = N_("Night"),
	.icon = "🌙",
	.about = N_("By the clocks of the group's time zone, which /timezone sets. What members "
		    "may do by day is as it was before. At night only administrators write: "
		    "Telegram knows no approved people."),
	.options = options,
	.routes = routes,
};
