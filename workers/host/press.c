/* press.c - answers a press of a button: until then Telegram shows it as loading. */
#include "workers/host/press.h"

#include <string.h>

#include "workers/host/markup_parts.h"

bool ctx_press_waits(const struct ctx *ctx)
{
	return ctx->update.query_id.length && ctx->update.kind == KIND_CALLBACK_QUERY &&
	       !ctx->query_answered && !(ctx->item->flags & ITEM_LATE);
}

static void push_press_answer(struct ctx *ctx, const struct markup *shown, bool alert)
{
	struct json json = ctx_parameters(ctx);

	json_key(&json, "callback_query_id");
	json_text_n(&json, ctx->update.query_id.data, ctx->update.query_id.length);
	if (shown) {
		json_key(&json, "text");
		json_text_n(&json, shown->text, markup_prefix(shown, MARKUP_TOAST_UNITS));
		json_key_bool(&json, "show_alert", alert);
	}
	ctx->query_answered = true;
	ctx_push(ctx, &(struct call) {
			      .method = { "answerCallbackQuery", strlen("answerCallbackQuery") },
			      .body = ctx_parameters_end(ctx, &json),
		      });
}

void ctx_answer_press(struct ctx *ctx)
{
	push_press_answer(ctx, NULL, false);
}

static enum verdict show(struct ctx *ctx, bool alert, const char *format, va_list arguments)
{
	struct markup markup;

	markup_init(&markup, ctx->arena);
	markup_add(&markup, format, arguments);
	if (!markup_end(&markup, false))
		return ctx_fail(ctx, "the text of a toast: %s", markup.fault);
	if (ctx_press_waits(ctx))
		push_press_answer(ctx, &markup, alert);
	return DONE;
}

enum verdict ctx_toast(struct ctx *ctx, const char *format, ...)
{
	va_list arguments;
	enum verdict verdict;

	va_start(arguments, format);
	verdict = show(ctx, false, format, arguments);
	va_end(arguments);
	return verdict;
}

enum verdict ctx_alert(struct ctx *ctx, const char *format, ...)
{
	va_list arguments;
	enum verdict verdict;

	va_start(arguments, format);
	verdict = show(ctx, true, format, arguments);
	va_end(arguments);
	return verdict;
}
