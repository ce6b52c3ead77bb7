/* draft_keys.c - the buttons that modules give a draft (workers/api/keyboards.h). */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "workers/host/choice.h"
#include "workers/host/deep_link.h"
#include "workers/host/draft.h"
#include "workers/wire/rights.h"

#define COPIED_UNITS_MAX 256 /* Bot API, CopyTextButton */
#define CHOSEN_USERS_MAX 10  /* Bot API, KeyboardButtonRequestUsers */

static void set_fault(struct draft *draft, const char *fault)
{
	if (!draft->keyboard.fault)
		draft->keyboard.fault = fault;
}

void draft_row(struct draft *draft)
{
	draft->keyboard.row++;
}

void draft_button(struct draft *draft, const char *label, const char *slug, ...)
{
	struct ctx *ctx = draft->ctx;
	const struct row *row = routes_find_slug(ctx->host->routes, ROUTE_BUTTON, slug);
	struct text written;
	struct why why;
	va_list arguments;
	struct key *key;
	bool ok;

	if (!row) {
		set_fault(draft,
			  arena_printf(ctx->arena, "a button: no BUTTON() route has \"%s\"", slug));
		return;
	}
	va_start(arguments, slug);
	ok = slug_write(row->slug, arguments, ctx->arena, &written, &why);
	va_end(arguments);
	if (!ok) {
		set_fault(draft, arena_printf(ctx->arena, "a button: %s", why.text));
		return;
	}
	key = keyboard_add(&draft->keyboard, label, KEY_INLINE, "callback_data");
	key->slug = written;
	key->asker = row->route->asker;
}

static bool begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

void draft_link(struct draft *draft, const char *label, const char *url)
{
	keyboard_add(&draft->keyboard, label, KEY_INLINE, "url")->text = url;
	if (!*url)
		set_fault(draft, "a button: a link without a URL");
}

void draft_deep_link(struct draft *draft, const char *label, const char *slug, ...)
{
	va_list arguments;

	va_start(arguments, slug);
	keyboard_add(&draft->keyboard, label, KEY_INLINE, "url")->text = deep_link(draft->ctx, slug,
										   arguments);
	va_end(arguments);
}

/* Ends the parameters that were begun for it: the JSON of a button's field. */
static struct text end_value(struct draft *draft, struct json *json)
{
	return ctx_parameters_end(draft->ctx, json);
}

void draft_copy(struct draft *draft, const char *label, const char *text)
{
	struct key *key = keyboard_add(&draft->keyboard, label, KEY_INLINE, "copy_text");
	struct json json = ctx_parameters(draft->ctx);
	size_t units = utf8_units(text, strlen(text));

	json_key_text(&json, "text", text);
	key->json = end_value(draft, &json);
	if (units < 1 || units > COPIED_UNITS_MAX)
		set_fault(draft, arena_printf(draft->ctx->arena,
					      "a button: it copies %zu characters; Telegram takes "
					      "1 to %d",
					      units, COPIED_UNITS_MAX));
}

void draft_disabled(struct draft *draft, const char *label)
{
	keyboard_add(&draft->keyboard, label, KEY_INLINE, "disabled")->json = text_of("{}");
}

void draft_pay(struct draft *draft, const char *label)
{
	keyboard_add(&draft->keyboard, label, KEY_INLINE, "pay")->json = text_of("true");
}

static struct text inline_chats(struct draft *draft, unsigned chats, const char *query)
{
	struct json json = ctx_parameters(draft->ctx);

	json_key_text(&json, "query", query);
	json_key_bool(&json, "allow_user_chats", chats & INLINE_PEOPLE);
	json_key_bool(&json, "allow_bot_chats", chats & INLINE_BOTS);
	json_key_bool(&json, "allow_group_chats", chats & INLINE_GROUPS);
	json_key_bool(&json, "allow_channel_chats", chats & INLINE_CHANNELS);
	return end_value(draft, &json);
}

void draft_inline_query(struct draft *draft, const char *label, unsigned chats, const char *query)
{
	struct keyboard *keyboard = &draft->keyboard;

	if (chats == INLINE_HERE)
		keyboard_add(keyboard, label, KEY_INLINE, "switch_inline_query_current_chat")
			->text = query;
	else if (chats == INLINE_ANYWHERE)
		keyboard_add(keyboard, label, KEY_INLINE, "switch_inline_query")->text = query;
	else
		keyboard_add(keyboard, label, KEY_INLINE, "switch_inline_query_chosen_chat")
			->json = inline_chats(draft, chats, query);
}

void draft_web_app(struct draft *draft, const char *label, const char *url)
{
	struct key *key = keyboard_add(&draft->keyboard, label, KEY_ANYWHERE, "web_app");
	struct json json = ctx_parameters(draft->ctx);

	json_key_text(&json, "url", url);
	key->json = end_value(draft, &json);
	key->private = true;
	if (!begins_with(url, "https://"))
		set_fault(draft, "a button: a web app by a URL that is not https");
}

void draft_style(struct draft *draft, enum button_style style)
{
	static const char *const names[] = {
		[STYLE_PLAIN] = NULL,
		[STYLE_PRIMARY] = "primary",
		[STYLE_SUCCESS] = "success",
		[STYLE_DANGER] = "danger",
	};

	if (!draft->keyboard.last)
		set_fault(draft, "a button: a style before the first one");
	else
		draft->keyboard.last->style = names[style];
}

void draft_icon(struct draft *draft, const char *custom_emoji_id)
{
	if (!draft->keyboard.last)
		set_fault(draft, "a button: an icon before the first one");
	else
		draft->keyboard.last->icon = custom_emoji_id;
}

/* --- keys ------------------------------------------------------------------------------------- */

void draft_key(struct draft *draft, const char *label)
{
	keyboard_add(&draft->keyboard, label, KEY_REPLY, NULL);
}

void draft_share(struct draft *draft, const char *label, enum shared what)
{
	static const struct {
		const char *field, *json;
	} rows[] = {
		[SHARE_CONTACT] = { "request_contact", "true" },
		[SHARE_LOCATION] = { "request_location", "true" },
		[SHARE_POLL] = { "request_poll", "{\"type\":\"regular\"}" },
		[SHARE_QUIZ] = { "request_poll", "{\"type\":\"quiz\"}" },
	};
	struct key *key = keyboard_add(&draft->keyboard, label, KEY_REPLY, rows[what].field);

	key->json = text_of(rows[what].json);
	key->private = true;
}

static void check_step(struct draft *draft, const char *event, const char *step)
{
	if (!choice_is_taken(draft->ctx, event, step))
		set_fault(draft, arena_printf(draft->ctx->arena,
					      "a button: no SERVICE(\"%s\") route has the step "
					      "\"%s\"",
					      event, step));
}

void draft_choose_users(struct draft *draft, const char *label, unsigned most, const char *step)
{
	struct key *key = keyboard_add(&draft->keyboard, label, KEY_REPLY, "request_users");
	struct json json = ctx_parameters(draft->ctx);

	json_key_int(&json, "request_id", choice_request_id(step));
	json_key_bool(&json, "user_is_bot", false);
	json_key_int(&json, "max_quantity", most);
	json_key_bool(&json, "request_name", true);
	json_key_bool(&json, "request_username", true);
	key->json = end_value(draft, &json);
	key->private = true;
	check_step(draft, "users_shared", step);
	if (most < 1 || most > CHOSEN_USERS_MAX)
		set_fault(draft, arena_printf(draft->ctx->arena,
					      "a button: %u people to choose; Telegram takes 1 to "
					      "%d",
					      most, CHOSEN_USERS_MAX));
}

/* Bot API, "ChatAdministratorRights": all that are required, one of them true. */
static void write_rights(const char *name, enum right right, struct json *json)
{
	static const char *const others[] = {
		"is_anonymous",     "can_manage_video_chats", "can_post_stories",
		"can_edit_stories", "can_delete_stories",     "can_send_welcome_messages",
	};
#define RIGHT_FIELD(id, field) { RIGHT_##id, field },
	static const struct {
		enum right right;
		const char *field;
	} rows[] = { MEMBER_RIGHTS(RIGHT_FIELD) };
#undef RIGHT_FIELD

	json_key(json, name);
	json_object_start(json);
	json_key_bool(json, "can_manage_chat", true);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].right != RIGHT_POST_MESSAGES || rows[i].right == right)
			json_key_bool(json, rows[i].field, rows[i].right == right);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		json_key_bool(json, others[i], false);
	json_object_end(json);
}

void draft_choose_chat(struct draft *draft, const char *label, enum right right, const char *step)
{
	struct key *key = keyboard_add(&draft->keyboard, label, KEY_REPLY, "request_chat");
	struct json json = ctx_parameters(draft->ctx);

	json_key_int(&json, "request_id", choice_request_id(step));
	json_key_bool(&json, "chat_is_channel", false);
	if (right == RIGHT_OWNER)
		json_key_bool(&json, "chat_is_created", true);
	else if (right != RIGHT_NONE)
		write_rights("user_administrator_rights", right, &json);
	json_key_bool(&json, "bot_is_member", true);
	json_key_bool(&json, "request_title", true);
	key->json = end_value(draft, &json);
	key->private = true;
	check_step(draft, "chat_shared", step);
}

/* Whoever chooses one in which the bot is not, is asked by Telegram to make it an administrator. */
void draft_choose_channel(struct draft *draft, const char *label, const char *step)
{
	struct key *key = keyboard_add(&draft->keyboard, label, KEY_REPLY, "request_chat");
	struct json json = ctx_parameters(draft->ctx);

	json_key_int(&json, "request_id", choice_channel_id(step));
	json_key_bool(&json, "chat_is_channel", true);
	write_rights("user_administrator_rights", RIGHT_POST_MESSAGES, &json);
	write_rights("bot_administrator_rights", RIGHT_POST_MESSAGES, &json);
	json_key_bool(&json, "request_title", true);
	key->json = end_value(draft, &json);
	key->private = true;
	check_step(draft, "chat_shared", step);
}

void draft_placeholder(struct draft *draft, const char *text)
{
	draft->keyboard.placeholder = text;
}
