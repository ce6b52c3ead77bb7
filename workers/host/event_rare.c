/* event_rare.c - the kinds of updates that few modules want: read from the update when a handler is
 * about to get them. */
#include "workers/host/event_rare.h"

#include <string.h>

#include "common/xalloc.h"
#include "workers/host/packed_fields.h"

static struct text text_at(struct cursor map, const char *key)
{
	struct cursor found = cursor_find(map, key);

	return cursor_type(&found) == PACK_TEXT ? cursor_text(&found) : (struct text) { 0 };
}

static int64_t integer_at(struct cursor map, const char *key)
{
	struct cursor found = cursor_find(map, key);

	return cursor_type(&found) == PACK_INT ? cursor_int(&found) : 0;
}

static const char *copy_at(struct ctx *ctx, struct cursor map, const char *key)
{
	return text_copy(text_at(map, key), ctx->arena);
}

/* The elements of a list; 0 for what is none. */
static size_t open_list(struct cursor map, const char *key, struct cursor *out)
{
	*out = cursor_find(map, key);
	return cursor_type(out) == PACK_ARRAY ? cursor_array(out) : 0;
}

/* What is no integer is left out. */
static const int64_t *read_integers(struct ctx *ctx, const char *key, size_t *count)
{
	struct cursor list;
	size_t length = open_list(ctx->update.body, key, &list);
	int64_t *out = arena_alloc(ctx->arena, (length + 1) * sizeof(*out));

	*count = 0;
	while (length-- && cursor_ok(&list)) {
		if (cursor_type(&list) == PACK_INT)
			out[(*count)++] = cursor_int(&list);
		else
			cursor_skip(&list);
	}
	return out;
}

/* --- inline queries --------------------------------------------------------------------------- */

static enum verdict deliver_inline(struct ctx *ctx, const struct row *row)
{
	struct cursor body = ctx->update.body;
	struct inline_query query = {
		.from = ctx_find_user(ctx),
		.query = copy_at(ctx, body, "query"),
		.offset = copy_at(ctx, body, "offset"),
		.chat_type = copy_at(ctx, body, "chat_type"),
	};

	return query.from ? row->route->on.inline_query(ctx, &query) : PASS;
}

static enum verdict deliver_chosen(struct ctx *ctx, const struct row *row)
{
	struct cursor body = ctx->update.body;
	struct chosen_result result = {
		.from = ctx_find_user(ctx),
		.result_id = copy_at(ctx, body, "result_id"),
		.query = copy_at(ctx, body, "query"),
	};

	return result.from ? row->route->on.chosen_result(ctx, &result) : PASS;
}

/* --- payments --------------------------------------------------------------------------------- */

static enum verdict deliver_shipping(struct ctx *ctx, const struct row *row)
{
	struct cursor body = ctx->update.body, address = cursor_find(body, "shipping_address");
	struct shipping_query query = {
		.from = ctx_find_user(ctx),
		.payload = copy_at(ctx, body, "invoice_payload"),
		.country = copy_at(ctx, address, "country_code"),
		.state = copy_at(ctx, address, "state"),
		.city = copy_at(ctx, address, "city"),
		.street = copy_at(ctx, address, "street_line1"),
		.street2 = copy_at(ctx, address, "street_line2"),
		.postcode = copy_at(ctx, address, "post_code"),
	};

	return query.from ? row->route->on.shipping_query(ctx, &query) : PASS;
}

static enum verdict deliver_payment(struct ctx *ctx, const struct row *row)
{
	struct cursor body = ctx->update.body;
	struct payment payment = {
		.from = ctx_find_user(ctx),
		.payload = copy_at(ctx, body, "invoice_payload"),
		.currency = copy_at(ctx, body, "currency"),
		.amount = integer_at(body, "total_amount"),
		.shipping = copy_at(ctx, body, "shipping_option_id"),
	};

	return payment.from ? row->route->on.payment(ctx, &payment) : PASS;
}

static enum verdict deliver_paid_media(struct ctx *ctx, const struct row *row)
{
	struct paid_media media = {
		.from = ctx_find_user(ctx),
		.payload = copy_at(ctx, ctx->update.body, "paid_media_payload"),
	};

	return media.from ? row->route->on.paid_media(ctx, &media) : PASS;
}

static enum verdict deliver_subscription(struct ctx *ctx, const struct row *row)
{
	struct subscription subscription = {
		.from = ctx_find_user(ctx),
		.payload = copy_at(ctx, ctx->update.body, "invoice_payload"),
		.state = copy_at(ctx, ctx->update.body, "state"),
	};

	return subscription.from ? row->route->on.subscription(ctx, &subscription) : PASS;
}

/* --- polls ------------------------------------------------------------------------------------ */

static void read_options(struct ctx *ctx, struct poll *poll)
{
	struct cursor list;
	size_t length = open_list(ctx->update.body, "options", &list);
	struct poll_option *options = arena_alloc(ctx->arena, (length + 1) * sizeof(*options));

	poll->options = options;
	while (length-- && cursor_ok(&list)) {
		options[poll->options_count++] = (struct poll_option) {
			.text = copy_at(ctx, list, "text"),
			.votes = integer_at(list, "voter_count"),
		};
		cursor_skip(&list);
	}
}

static enum verdict deliver_poll(struct ctx *ctx, const struct row *row)
{
	struct cursor body = ctx->update.body, closed = cursor_find(body, "is_closed");
	struct poll poll = {
		.id = copy_at(ctx, body, "id"),
		.question = copy_at(ctx, body, "question"),
		.voters = integer_at(body, "total_voter_count"),
		.closed = cursor_type(&closed) == PACK_BOOL && cursor_bool(&closed),
	};

	read_options(ctx, &poll);
	return poll.id[0] ? row->route->on.poll(ctx, &poll) : PASS;
}

static enum verdict deliver_poll_answer(struct ctx *ctx, const struct row *row)
{
	struct poll_answer answer = {
		.poll_id = copy_at(ctx, ctx->update.body, "poll_id"),
		.from = ctx_find_user(ctx),
		.sender_chat = chat_read(cursor_find(ctx->update.body, "voter_chat"), ctx->arena),
	};

	answer.options = read_integers(ctx, "option_ids", &answer.options_count);
	return answer.from && answer.poll_id[0] ? row->route->on.poll_answer(ctx, &answer) : PASS;
}

/* --- chats ------------------------------------------------------------------------------------ */

static void read_counts(struct ctx *ctx, struct reaction_count *out)
{
	struct cursor list;
	size_t length = open_list(ctx->update.body, "reactions", &list);
	struct counted_reaction *counts = arena_alloc(ctx->arena, (length + 1) * sizeof(*counts));

	out->reactions = counts;
	while (length-- && cursor_ok(&list)) {
		counts[out->reactions_count++] = (struct counted_reaction) {
			.emoji = copy_at(ctx, cursor_find(list, "type"), "emoji"),
			.count = integer_at(list, "total_count"),
		};
		cursor_skip(&list);
	}
}

static enum verdict deliver_reaction_count(struct ctx *ctx, const struct row *row)
{
	struct reaction_count count = {
		.chat = ctx_find_chat(ctx),
		.message_id = ctx->update.message_id,
	};

	read_counts(ctx, &count);
	return count.chat ? row->route->on.reaction_count(ctx, &count) : PASS;
}

static enum verdict deliver_boost(struct ctx *ctx, const struct row *row)
{
	struct cursor body = cursor_find(ctx->update.body, "boost");
	struct boost boost = {
		.chat = ctx_find_chat(ctx),
		.id = copy_at(ctx, body, "boost_id"),
		.source = copy_at(ctx, cursor_find(body, "source"), "source"),
		.ends = integer_at(body, "expiration_date"),
	};

	return boost.chat ? row->route->on.boost(ctx, &boost) : PASS;
}

static enum verdict deliver_removed_boost(struct ctx *ctx, const struct row *row)
{
	struct cursor body = ctx->update.body;
	struct removed_boost boost = {
		.chat = ctx_find_chat(ctx),
		.id = copy_at(ctx, body, "boost_id"),
		.source = copy_at(ctx, cursor_find(body, "source"), "source"),
	};

	return boost.chat ? row->route->on.removed_boost(ctx, &boost) : PASS;
}

static enum verdict deliver_stopped(struct ctx *ctx, const struct row *row)
{
	struct stopped_generation stopped = {
		.chat = ctx_find_chat(ctx),
		.draft_id = integer_at(ctx->update.body, "draft_id"),
	};

	return stopped.chat ? row->route->on.stopped_generation(ctx, &stopped) : PASS;
}

/* --- accounts and bots ------------------------------------------------------------------------ */

static enum verdict deliver_connection(struct ctx *ctx, const struct row *row)
{
	struct cursor enabled = cursor_find(ctx->update.body, "is_enabled");
	struct business_connection connection = {
		.id = text_copy(ctx->update.query_id, ctx->arena),
		.from = ctx_find_user(ctx),
		.user_chat_id = ctx->update.user_chat_id,
		.enabled = cursor_type(&enabled) == PACK_BOOL && cursor_bool(&enabled),
	};

	return connection.from ? row->route->on.business_connection(ctx, &connection) : PASS;
}

static enum verdict deliver_deletion(struct ctx *ctx, const struct row *row)
{
	struct business_deletion deletion = {
		.chat = ctx_find_chat(ctx),
		.connection = text_copy(update_business_connection(&ctx->update), ctx->arena),
	};

	deletion.message_ids = read_integers(ctx, "message_ids", &deletion.message_ids_count);
	return deletion.chat ? row->route->on.business_deletion(ctx, &deletion) : PASS;
}

static enum verdict deliver_managed_bot(struct ctx *ctx, const struct row *row)
{
	struct managed_bot managed = {
		.from = ctx_find_user(ctx),
		.bot = user_read(cursor_find(ctx->update.body, "bot"), ctx->arena),
	};

	return managed.from && managed.bot ? row->route->on.managed_bot(ctx, &managed) : PASS;
}

enum verdict event_deliver_rare(struct ctx *ctx, const struct row *row)
{
	static enum verdict (*const deliver[])(struct ctx * ctx, const struct row *row) = {
		[ROUTE_INLINE] = deliver_inline,
		[ROUTE_CHOSEN] = deliver_chosen,
		[ROUTE_SHIPPING] = deliver_shipping,
		[ROUTE_PAYMENT] = deliver_payment,
		[ROUTE_PAID_MEDIA] = deliver_paid_media,
		[ROUTE_SUBSCRIPTION] = deliver_subscription,
		[ROUTE_POLL] = deliver_poll,
		[ROUTE_POLL_ANSWER] = deliver_poll_answer,
		[ROUTE_REACTION_COUNT] = deliver_reaction_count,
		[ROUTE_BOOST] = deliver_boost,
		[ROUTE_REMOVED_BOOST] = deliver_removed_boost,
		[ROUTE_STOPPED] = deliver_stopped,
		[ROUTE_BUSINESS_CONNECTION] = deliver_connection,
		[ROUTE_DELETED_BUSINESS] = deliver_deletion,
		[ROUTE_MANAGED_BOT] = deliver_managed_bot,
	};

	return deliver[row->route->kind](ctx, row);
}
