/* night.c - a time of day at which nobody but administrators writes. */
#include <stdlib.h>
#include <string.h>

#include "workers/module.h"

#define BEFORE "day" /* what members may do by day: a bit for each permission */

struct night_options {
	bool on;
	int64_t begins, ends;
};

static enum verdict follow(struct ctx *ctx);

#define FOR_ADMINS .admin = RIGHT_RESTRICT_MEMBERS, .changed = follow

static const struct field options[] = {
	BOOLEAN_FIELD(struct night_options, on, N_("close the group at night"), .preset = "off",
		      FOR_ADMINS),
	TIME_FIELD(struct night_options, begins, N_("when it closes"), .preset = "23:00",
		   FOR_ADMINS),
	TIME_FIELD(struct night_options, ends, N_("when it opens"), .preset = "07:00", FOR_ADMINS),
	END_OF_FIELDS(struct night_options),
};

/* Bot API "ChatPermissions". */
static const char *const permissions[] = {
	"can_send_messages",         "can_send_audios",   "can_send_documents",
	"can_send_photos",           "can_send_videos",   "can_send_video_notes",
	"can_send_voice_notes",      "can_send_polls",    "can_send_other_messages",
	"can_add_web_page_previews", "can_change_info",   "can_invite_users",
	"can_pin_messages",          "can_manage_topics",
};

#define COUNT (sizeof(permissions) / sizeof(permissions[0]))

static const char *read_permissions(struct ctx *ctx, const struct answer *about)
{
	unsigned bits = 0;

	for (size_t i = 0; i < COUNT; i++)
		if (answer_boolean(about, ctx_printf(ctx, "permissions.%s", permissions[i])))
			bits |= 1u << i;
	return ctx_printf(ctx, "%u", bits);
}

static void set_permissions(struct ctx *ctx, unsigned bits)
{
	bool may[COUNT];

	for (size_t i = 0; i < COUNT; i++)
		may[i] = bits >> i & 1;
	ctx_queuef(ctx, "setChatPermissions",
		   "{use_independent_chat_permissions: true, permissions: {can_send_messages: %d, "
		   "can_send_audios: %d, can_send_documents: %d, can_send_photos: %d, "
		   "can_send_videos: %d, can_send_video_notes: %d, can_send_voice_notes: %d, "
		   "can_send_polls: %d, can_send_other_messages: %d, "
		   "can_add_web_page_previews: %d, can_change_info: %d, can_invite_users: %d, "
		   "can_pin_messages: %d, can_manage_topics: %d}}",
		   may[0], may[1], may[2], may[3], may[4], may[5], may[6], may[7], may[8], may[9],
		   may[10], may[11], may[12], may[13]);
}

/* Opens the group again, if it is closed. */
static enum verdict open_group(struct ctx *ctx)
{
	const char *before = store_find(ctx, THIS_CHAT, BEFORE);

	if (!before)
		return DONE;
	set_permissions(ctx, (unsigned)strtoul(before, NULL, 10));
	if (!store_set(ctx, THIS_CHAT, BEFORE, NULL))
		return FAIL;
	return ctx_reply(ctx, _("Good morning. The group is open."));
}

static enum verdict follow(struct ctx *ctx)
{
	const struct night_options *chosen = ctx_options(ctx);

	ctx_cancel(ctx, "nightbegins");
	ctx_cancel(ctx, "nightends");
	if (!chosen->on || chosen->begins == chosen->ends)
		return open_group(ctx);
	if (ctx_daily(ctx, chosen->begins, "nightbegins") != DONE)
		return FAIL;
	return ctx_daily(ctx, chosen->ends, "nightends");
}

static enum verdict close_group(struct ctx *ctx, const struct work *work)
{
	const struct answer *about;

	(void)work;
	if (store_find(ctx, THIS_CHAT, BEFORE))
		return DONE;
	about = ctx_callf(ctx, "getChat", "{}");
	if (!answer_ok(about))
		return DONE;
	if (!store_set(ctx, THIS_CHAT, BEFORE, read_permissions(ctx, about)))
		return FAIL;
	ctx_queuef(ctx, "setChatPermissions", "{permissions: {can_send_messages: false}}");
	return ctx_reply(ctx, _("Good night. The group is closed until the morning."));
}

static enum verdict morning(struct ctx *ctx, const struct work *work)
{
	(void)work;
	return open_group(ctx);
}

static const struct route routes[] = {
	WORK("nightbegins", close_group),
	WORK("nightends", morning),
	END_OF_ROUTES,
};

const struct module night_module = {
	.name = "night",
	.title = N_("Night"),
	.icon = "🌙",
	.about = N_("By the clocks of the group's time zone, which /timezone sets. What members "
		    "may do by day is as it was before."),
	.options = options,
	.routes = routes,
};
