/* query.c - answers to queries; a payment that no handler took is refused. */
#include "workers/host/query.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

bool ctx_query_waits(const struct ctx *ctx)
{
	enum update_kind kind = ctx->update.kind;

	return (kind == KIND_INLINE_QUERY || kind == KIND_SHIPPING_QUERY ||
		kind == KIND_PRE_CHECKOUT_QUERY) &&
	       ctx->update.query_id.length && !ctx->query_answered;
}

bool ctx_query_needs_answer(const struct ctx *ctx)
{
	bool was_wanted = ctx->row || ctx->item->flags & ITEM_INCIDENT;

	return ctx_query_waits(ctx) && (was_wanted || ctx->update.kind != KIND_INLINE_QUERY);
}

bool query_note(struct ctx *ctx, struct text method)
{
	static const char *const methods[KIND_COUNT] = {
		[KIND_CALLBACK_QUERY] = "answerCallbackQuery",
		[KIND_INLINE_QUERY] = "answerInlineQuery",
		[KIND_SHIPPING_QUERY] = "answerShippingQuery",
		[KIND_PRE_CHECKOUT_QUERY] = "answerPreCheckoutQuery",
	};
	const char *answers = methods[ctx->update.kind];

	if (!answers || strlen(answers) != method.length ||
	    strncasecmp(answers, method.data, method.length) != 0)
		return false;
	ctx->query_answered = true;
	return true;
}

struct json query_answer_start(struct ctx *ctx, const char *id_name)
{
	struct json json = ctx_parameters(ctx);

	json_key(&json, id_name);
	json_text_n(&json, ctx->update.query_id.data, ctx->update.query_id.length);
	return json;
}

void query_answer_end(struct ctx *ctx, const char *method, struct json *json)
{
	ctx->query_answered = true;
	ctx_push(ctx, &(struct call) { .method = text_of(method),
				       .body = ctx_parameters_end(ctx, json) });
}

/* --- payments --------------------------------------------------------------------------------- */

static bool is_payment(const struct ctx *ctx)
{
	return ctx->update.kind == KIND_PRE_CHECKOUT_QUERY;
}

static struct json payment_start(struct ctx *ctx, bool ok)
{
	struct json json = query_answer_start(ctx, is_payment(ctx) ? "pre_checkout_query_id"
								   : "shipping_query_id");

	json_key_bool(&json, "ok", ok);
	return json;
}

static void payment_end(struct ctx *ctx, struct json *json)
{
	query_answer_end(ctx, is_payment(ctx) ? "answerPreCheckoutQuery" : "answerShippingQuery",
			 json);
}

static void refuse(struct ctx *ctx, const char *text)
{
	struct json json = payment_start(ctx, false);

	json_key_text(&json, "error_message", text);
	payment_end(ctx, &json);
}

enum verdict ctx_accept_payment(struct ctx *ctx)
{
	struct json json;

	if (!is_payment(ctx) || !ctx_query_waits(ctx))
		return ctx_fail(ctx, "there is no payment to accept");
	json = payment_start(ctx, true);
	payment_end(ctx, &json);
	return DONE;
}

enum verdict ctx_refuse_payment(struct ctx *ctx, const char *format, ...)
{
	const char *text;
	va_list arguments;

	if (ctx->update.kind == KIND_INLINE_QUERY || !ctx_query_waits(ctx))
		return ctx_fail(ctx, "there is no payment to refuse");
	va_start(arguments, format);
	text = arena_vprintf(ctx->arena, format, arguments);
	va_end(arguments);
	if (!text[0])
		return ctx_fail(ctx, "a payment is refused without a reason");
	refuse(ctx, text);
	return DONE;
}

/* Bot API "ShippingOption", with one price each. */
static void write_option(const struct shipping_option *option, struct json *json)
{
	json_object_start(json);
	json_key_text(json, "id", option->id);
	json_key_text(json, "title", option->title);
	json_key(json, "prices");
	json_array_start(json);
	json_object_start(json);
	json_key_text(json, "label", option->title);
	json_key_int(json, "amount", option->amount);
	json_object_end(json);
	json_array_end(json);
	json_object_end(json);
}

enum verdict ctx_offer_shipping(struct ctx *ctx, const struct shipping_option *options,
				size_t count)
{
	struct json json;

	if (ctx->update.kind != KIND_SHIPPING_QUERY || !ctx_query_waits(ctx))
		return ctx_fail(ctx, "there is no shipping query to answer");
	if (count == 0)
		return ctx_fail(ctx, "no way of shipping is offered: ctx_refuse_payment() says so");
	json = payment_start(ctx, true);
	json_key(&json, "shipping_options");
	json_array_start(&json);
	for (size_t i = 0; i < count; i++)
		write_option(&options[i], &json);
	json_array_end(&json);
	payment_end(ctx, &json);
	return DONE;
}

/* --- in the place of handlers ----------------------------------------------------------------- */

static const char *why_not_paid(struct ctx *ctx)
{
	char reference[TRACE_ID_HEX];

	if (!ctx->failure.reason && !(ctx->item->flags & ITEM_INCIDENT))
		return _("This cannot be paid now. Nothing was charged.");
	trace_id_hex(&ctx->item->trace, reference);
	return arena_printf(ctx->arena,
			    _("Something went wrong here, and it has been reported. Nothing was "
			      "charged. Reference: %s"),
			    reference);
}

void ctx_answer_query(struct ctx *ctx)
{
	struct json json;

	if (ctx->update.kind != KIND_INLINE_QUERY) {
		refuse(ctx, why_not_paid(ctx));
		return;
	}
	json = query_answer_start(ctx, "inline_query_id");
	json_key(&json, "results");
	json_array_start(&json);
	json_array_end(&json);
	/* The next time a handler may answer. */
	json_key_int(&json, "cache_time", 0);
	json_key_bool(&json, "is_personal", true);
	query_answer_end(ctx, "answerInlineQuery", &json);
}
