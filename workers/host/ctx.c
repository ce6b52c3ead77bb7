/* ctx.c - the context of a handler: who, where, which language. */
#include "workers/host/ctx.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "workers/host/chat_message.h"
#include "workers/host/format.h"

void *ctx_state(const struct ctx *ctx)
{
	return ctx->row->state;
}

const struct settings *ctx_settings(const struct ctx *ctx)
{
	return ctx->host->settings;
}

void *ctx_alloc(struct ctx *ctx, size_t size)
{
	return arena_alloc(ctx->arena, size);
}

const char *ctx_printf(struct ctx *ctx, const char *format, ...)
{
	va_list arguments;
	const char *text;
	struct why why;

	va_start(arguments, format);
	text = format_print(ctx->arena, format, arguments, &why);
	va_end(arguments);
	if (!text)
		ctx_fail(ctx, "\"%s\": %s", format, why.text);
	return text ? text : "";
}

const struct user *ctx_find_user(struct ctx *ctx)
{
	if (!ctx->user_was_read) {
		ctx->user = update_find_user(&ctx->update, ctx->arena);
		ctx->user_was_read = true;
	}
	return ctx->user;
}

int64_t ctx_topic(struct ctx *ctx)
{
	return update_topic(&ctx->update);
}

const struct message *ctx_find_message(struct ctx *ctx)
{
	const struct update *update = &ctx->update;

	if (!ctx->message_was_read) {
		ctx->message = message_read(
			update_is_message(update) ? update->body : update->pressed, ctx->arena);
		ctx->message_was_read = true;
	}
	return ctx->message;
}

bool chat_is_group(const struct chat *chat)
{
	return chat->type == CHAT_GROUP || chat->type == CHAT_SUPERGROUP;
}

bool user_is_stand_in(const struct user *user)
{
	return user->stands_for || user->id == STAND_IN_TELEGRAM ||
	       user->id == STAND_IN_ANONYMOUS_ADMIN || user->id == STAND_IN_CHANNEL;
}

bool ctx_is_operator_id(const struct ctx *ctx, int64_t id)
{
	const struct settings *settings = ctx->host->settings;

	if (settings->owner_id != 0 && id == settings->owner_id)
		return true;
	for (size_t i = 0; i < settings->operators.count; i++)
		if (settings->operators.ids[i] == id)
			return true;
	return false;
}

bool ctx_is_operator(const struct ctx *ctx, const struct user *user)
{
	return ctx_is_operator_id(ctx, user->id) && update_is_written(&ctx->update);
}

bool ctx_admits(const struct ctx *ctx, const struct route *route, const struct chat *chat,
		const struct user *user)
{
	if (route->private && (!chat || chat->type != CHAT_PRIVATE))
		return false;
	if (route->group && (!chat || !chat_is_group(chat)))
		return false;
	return !route->operators || (user && ctx_is_operator(ctx, user));
}

const struct module *const *ctx_modules(const struct ctx *ctx)
{
	return ctx->host->module_list;
}

void ctx_release_lane(struct ctx *ctx)
{
	ctx->host->services.release(ctx->host->services.owner);
}

static bool is_named(const struct route *route, struct text name)
{
	for (const char *at = route->match; *at; at += strspn(at, " ")) {
		size_t word = strcspn(at, " ");

		if (word == name.length && strncasecmp(at, name.data, word) == 0)
			return true;
		at += word;
	}
	return false;
}

const struct route *ctx_find_command(struct ctx *ctx, const char *name)
{
	const char *slashless = name + (*name == '/');
	const char *bot = strchr(slashless, '@');
	struct text wanted = { slashless, strcspn(slashless, "@") };

	if (bot && strcasecmp(bot + 1, ctx->host->bot.username) != 0)
		return NULL;
	for (const struct module *const *module = ctx_modules(ctx); *module; module++)
		for (const struct route *route = (*module)->routes; route->kind != ROUTE_END;
		     route++)
			if (route->kind == ROUTE_COMMAND && is_named(route, wanted) &&
			    ctx_offers(ctx, *module, route))
				return route;
	return NULL;
}

const char *route_command(struct ctx *ctx, const struct route *route)
{
	return arena_strndup(ctx->arena, route->match, strcspn(route->match, " "));
}

const char *ctx_bot_username(const struct ctx *ctx)
{
	return ctx->host->bot.username;
}

void ctx_only_look(struct ctx *ctx)
{
	ctx->only_looks = true;
}

bool ctx_has_failed(const struct ctx *ctx)
{
	return ctx->failure.reason != NULL;
}

unsigned ctx_contents(const struct ctx *ctx)
{
	return ctx->match.contents;
}

int64_t ctx_bot_id(const struct ctx *ctx)
{
	return ctx->host->bot.id;
}

void ctx_fail_reading(struct ctx *ctx, const struct why *why)
{
	const bool is_first = !ctx->failure.reason;

	ctx_fail(ctx, "%s", why->text);
	if (is_first)
		ctx->failure.is_reading = true;
}

enum verdict ctx_fail_at(struct ctx *ctx, const char *file, unsigned line, const char *function,
			 const char *format, ...)
{
	va_list arguments;
	const char *reason;
	struct why why;

	/* The first failure is the cause; later ones are its effects. */
	if (ctx->failure.reason)
		return FAIL;
	va_start(arguments, format);
	reason = format_print(ctx->arena, format, arguments, &why);
	va_end(arguments);
	ctx->failure = (struct failure) {
		.file = file,
		.line = line,
		.function = function,
		.reason = reason ? reason : arena_strdup(ctx->arena, why.text),
	};
	return FAIL;
}
