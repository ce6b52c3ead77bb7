/* place.c - taken from the update, written as parameters of a call. */
#include "workers/host/place.h"

#include "common/clock.h"
#include "workers/host/here.h"
#include "workers/host/quote.h"

/* Telegram takes a reply to an ephemeral message for 15 s (Bot API, "ReplyParameters"); the call
 * may wait for a while before it is made. */
#define EPHEMERAL_REPLY_S 10

/* Who sees what answers an ephemeral message: the person who wrote it, or who pressed its button.
 */
static int64_t receiver_of(struct ctx *ctx)
{
	const struct user *user = ctx_find_user(ctx);

	if (ctx->receiver_id)
		return ctx->receiver_id;
	return ctx->update.message.ephemeral_id && user ? user->id : 0;
}

/* The bot's own message under a button is not one that came in. */
static int64_t ephemeral_to_answer(const struct ctx *ctx)
{
	const struct message_view *message = &ctx->update.message;
	bool is_fresh = clock_utc_s() - message->date < EPHEMERAL_REPLY_S;

	return ctx->update.kind == KIND_MESSAGE && is_fresh ? message->ephemeral_id : 0;
}

static bool is_fresh_press(const struct ctx *ctx)
{
	return ctx->update.kind == KIND_CALLBACK_QUERY &&
	       !(ctx->item->flags & (ITEM_WORK | ITEM_LATE));
}

struct place place_of_chat(struct ctx *ctx, int64_t chat_id)
{
	const struct chat *here = ctx_find_here(ctx);
	struct place place = { .chat_id = chat_id };

	if (!here || here->id != chat_id)
		return place;
	place.topic = ctx_topic(ctx);
	place.direct_topic = update_direct_topic(&ctx->update);
	place.business_connection = update_business_connection(&ctx->update);
	place.receiver_id = receiver_of(ctx);
	if (place.receiver_id && is_fresh_press(ctx))
		place.query_id = ctx->update.query_id;
	return place;
}

struct place place_here(struct ctx *ctx)
{
	struct place place = place_of_chat(ctx, ctx_find_here(ctx)->id);

	place.reply_is_ephemeral = place.receiver_id != 0;
	if (place.reply_is_ephemeral)
		place.reply_to = ephemeral_to_answer(ctx);
	else if (ctx->update.kind == KIND_MESSAGE_REACTION)
		place.reply_to = ctx->update.message_id;
	else
		place.reply_to = ctx->update.message.message_id;
	return place;
}

bool place_hide(struct place *place, struct ctx *ctx)
{
	const struct chat *here = ctx_find_here(ctx);
	const struct user *user = ctx_find_user(ctx);

	if (!here || here->id != place->chat_id || here->type == CHAT_CHANNEL)
		return false;
	if (here->type == CHAT_PRIVATE || place->receiver_id)
		return true;
	if (!user || user_is_stand_in(user))
		return false;
	place->receiver_id = user->id;
	if (is_fresh_press(ctx))
		place->query_id = ctx->update.query_id;
	return true;
}

void place_fit(struct place *place, const struct botapi_method *method)
{
	if (!botapi_has_parameter(method, "message_thread_id"))
		place->topic = 0;
	if (!botapi_has_parameter(method, "direct_messages_topic_id"))
		place->direct_topic = 0;
	if (!botapi_has_parameter(method, "business_connection_id"))
		place->business_connection = (struct text) { NULL, 0 };
	if (!botapi_has_parameter(method, "ephemeral_message_parameters"))
		place->receiver_id = 0;
	if (!botapi_has_parameter(method, "reply_parameters"))
		place->reply_to = 0;
}

bool place_is_private(const struct place *place, struct ctx *ctx)
{
	const struct chat *here = ctx_find_here(ctx);

	/* Bot API, "Chat": only the ids of people are positive. */
	return here && here->id == place->chat_id ? here->type == CHAT_PRIVATE : place->chat_id > 0;
}

int64_t place_person(const struct place *place, struct ctx *ctx)
{
	const struct chat *here = ctx_find_here(ctx);
	const struct user *user = ctx_find_user(ctx);

	if ((!here || here->id != place->chat_id) && place->chat_id > 0)
		return place->chat_id;
	return user ? user->id : 0;
}

static void write_receiver(const struct place *place, struct json *json)
{
	json_key(json, "ephemeral_message_parameters");
	json_object_start(json);
	json_key_int(json, "receiver_user_id", place->receiver_id);
	if (place->query_id.length) {
		json_key(json, "callback_query_id");
		json_text_n(json, place->query_id.data, place->query_id.length);
	}
	json_object_end(json);
}

void place_write(const struct place *place, struct json *json)
{
	json_key_int(json, "chat_id", place->chat_id);
	if (place->topic)
		json_key_int(json, "message_thread_id", place->topic);
	if (place->direct_topic)
		json_key_int(json, "direct_messages_topic_id", place->direct_topic);
	if (place->business_connection.length) {
		json_key(json, "business_connection_id");
		json_text_n(json, place->business_connection.data,
			    place->business_connection.length);
	}
	if (place->receiver_id)
		write_receiver(place, json);
}

/* The message may have been deleted; the answer is still worth sending. */
void place_write_quote(const struct place *place, struct ctx *ctx, const char *quote,
		       struct json *json)
{
	if (!place->reply_to)
		return;
	json_key(json, "reply_parameters");
	json_object_start(json);
	json_key_int(json, place->reply_is_ephemeral ? "ephemeral_message_id" : "message_id",
		     place->reply_to);
	if (!place->reply_is_ephemeral)
		json_key_bool(json, "allow_sending_without_reply", true);
	if (quote && !place->reply_is_ephemeral)
		quote_write(ctx, place->reply_to, quote, json);
	json_object_end(json);
}

void place_write_reply(const struct place *place, struct json *json)
{
	place_write_quote(place, NULL, NULL, json);
}
