/* event.c - one function for each kind of route. */
#include "workers/host/event.h"

#include "workers/host/arguments.h"
#include "workers/host/ask.h"
#include "workers/host/button.h"
#include "workers/host/choice.h"
#include "workers/host/here.h"
#include "workers/host/event_rare.h"
#include "workers/host/job.h"
#include "workers/host/link.h"
#include "workers/host/place.h"

static const char *copy(struct ctx *ctx, struct text text)
{
	return text.length ? arena_strndup(ctx->arena, text.data, text.length) : "";
}

/* The values of the written slug of an answer or of work. */
static bool read_slug(struct ctx *ctx, const struct row *row)
{
	struct slug_values *values = arena_alloc(ctx->arena, sizeof(*values));

	if (!slug_read(row->slug, ctx->match.slug, ctx->arena, values))
		return false;
	ctx->slug_values = values;
	return true;
}

/* Where everybody would see what only one is answered, and where Telegram has none (sendChatAction:
 * channels and their direct messages), nothing is shown. */
static void show_typing(struct ctx *ctx, const char *action)
{
	const struct host_services *services = &ctx->host->services;
	struct place here = place_here(ctx);
	struct call call = { .chat_id = here.chat_id, .method = text_of("sendChatAction") };
	struct json json;

	if (!services->typing || here.receiver_id || here.direct_topic ||
	    ctx_find_here(ctx)->type == CHAT_CHANNEL)
		return;
	json = ctx_parameters(ctx);
	place_write(&here, &json);
	json_key_text(&json, "action", action);
	call.body = ctx_parameters_end(ctx, &json);
	services->typing(services->owner, &call);
}

static enum verdict deliver_command(struct ctx *ctx, const struct row *row)
{
	struct command command = {
		.chat = ctx_find_chat(ctx),
		.from = ctx_find_user(ctx),
		.message_id = ctx->update.message.message_id,
		.name = row->name,
		.args = copy(ctx, ctx->match.args),
	};

	if (!command.chat || !command.from)
		return PASS;
	if (row->route->arguments) {
		command.values = arguments_read(ctx, row->route);
		if (!command.values)
			return DONE;
	}
	if (row->route->typing)
		show_typing(ctx, row->route->typing);
	return row->route->on.command(ctx, &command);
}

/* What was made by another bot, or for another person, is no link of ours. */
static enum verdict deliver_link(struct ctx *ctx, const struct row *row)
{
	struct slug_values *values = arena_alloc(ctx->arena, sizeof(*values));
	struct link link = {
		.chat = ctx_find_chat(ctx),
		.from = ctx_find_user(ctx),
		.message_id = ctx->update.message.message_id,
	};

	if (!link.chat || !link.from ||
	    !link_unpack(ctx->match.slug, row->slug, ctx->host->settings->privacy_key,
			 row->route->asker ? link.from->id : 0, ctx->arena, values))
		return PASS;
	ctx->slug_values = values;
	return row->route->on.link(ctx, &link);
}

/* Whether the message answers this row's question, or the row wants no answer. */
static bool answers_step(struct ctx *ctx, const struct row *row)
{
	return !row->route->step || (!ctx->too_late && read_slug(ctx, row));
}

static enum verdict deliver_text(struct ctx *ctx, const struct row *row)
{
	const struct message_view *view = &ctx->update.message;
	struct text_message message = {
		.chat = ctx_find_chat(ctx),
		.from = ctx_find_user(ctx),
		.message_id = ctx->update.message.message_id,
		.text = copy(ctx, view->text.data ? view->text : view->caption),
	};

	if (!message.chat || !message.from)
		return PASS;
	if (!answers_step(ctx, row))
		return ask_tell_closed(ctx);
	return row->route->on.text_message(ctx, &message);
}

static bool is_post(const struct route *route)
{
	return route->kind == ROUTE_POST || route->kind == ROUTE_EDITED_POST;
}

/* Bot API "Message": only in channels may nobody have written it. */
static enum verdict deliver_message(struct ctx *ctx, const struct row *row)
{
	const struct message *message = ctx_find_message(ctx);

	if (!message || (!message->from && !is_post(row->route)))
		return PASS;
	if (!answers_step(ctx, row))
		return ask_tell_closed(ctx);
	return row->route->on.message(ctx, message);
}

/* Data that was not made here, or for another chat or person, is not a press of this button. */
static enum verdict deliver_button(struct ctx *ctx, const struct row *row)
{
	const struct chat *chat = ctx_find_chat(ctx);
	const struct user *user = ctx_find_user(ctx);
	struct button_owner owner = { .key = ctx->host->settings->privacy_key };
	struct slug_values *values = arena_alloc(ctx->arena, sizeof(*values));
	const struct button button = {
		.chat = chat,
		.from = user,
		.message_id = ctx->update.message.message_id,
		.late = ctx->item->flags & ITEM_LATE,
	};

	if ((!chat && !ctx->update.inline_message_id.length) || !user)
		return PASS;
	owner.chat_id = chat ? chat->id : 0;
	owner.user_id = row->route->asker ? user->id : 0;
	if (!button_unpack(ctx->update.data, row->slug, &owner, ctx->arena, values))
		return PASS;
	ctx->slug_values = values;
	return row->route->on.button(ctx, &button);
}

static enum verdict deliver_member(struct ctx *ctx, const struct row *row)
{
	struct member_change change = {
		.chat = ctx_find_chat(ctx),
		.by = ctx_find_user(ctx),
	};

	if (!change.chat || !change.by || !update_read_members(&ctx->update, ctx->arena, &change))
		return PASS;
	return row->route->on.member_change(ctx, &change);
}

/* Bot API "ChatJoinRequest", query_id and user_chat_id: seconds since it was made, however long it
 * waited at Telegram. */
#define QUERY_S 10
#define PRIVATE_CHAT_S 300

static enum verdict deliver_join_request(struct ctx *ctx, const struct row *row)
{
	int64_t age_s = ctx_wall_clock(ctx) - ctx_now(ctx);
	struct join_request request = {
		.chat = ctx_find_chat(ctx),
		.from = ctx_find_user(ctx),
		.user_chat_id = age_s < PRIVATE_CHAT_S ? ctx->update.user_chat_id : 0,
		.late = (ctx->item->flags & ITEM_LATE) || age_s > QUERY_S,
	};

	if (!request.chat || !request.from)
		return PASS;
	return row->route->on.join_request(ctx, &request);
}

static enum verdict deliver_reaction(struct ctx *ctx, const struct row *row)
{
	struct reaction reaction = {
		.chat = ctx_find_chat(ctx),
		.from = ctx_find_user(ctx),
		.message_id = ctx->update.message_id,
		.before = reaction_read(ctx->update.reaction_before, ctx->arena),
		.after = reaction_read(ctx->update.reaction_after, ctx->arena),
	};

	if (!reaction.chat || !reaction.from)
		return PASS;
	return row->route->on.reaction(ctx, &reaction);
}

static enum verdict deliver_service(struct ctx *ctx, const struct row *row)
{
	struct service_message message = {
		.chat = ctx_find_chat(ctx),
		.from = ctx_find_user(ctx),
		.message_id = ctx->update.message.message_id,
		.event = row->route->match,
	};

	if (!message.chat || !message.from || !choice_is_for(ctx, row->route))
		return PASS;
	return row->route->on.service_message(ctx, &message);
}

static enum verdict deliver_work(struct ctx *ctx, const struct row *row)
{
	struct work work = {
		.chat = ctx_find_chat(ctx),
		.from = ctx_find_user(ctx),
	};

	if (!work.chat)
		return PASS;
	if (!read_slug(ctx, row))
		return ctx_fail(ctx, "work was put off with other values than those of \"%s\"",
				row->slug->literal);
	return row->route->on.work(ctx, &work);
}

static enum verdict deliver_job(struct ctx *ctx, const struct row *row)
{
	if (!read_slug(ctx, row))
		return ctx_fail(ctx, "a job was started with other values than those of \"%s\"",
				row->slug->literal);
	return row->route->on.job(ctx, &ctx->job->shown);
}

static enum verdict deliver_any(struct ctx *ctx, const struct row *row)
{
	struct any_update update = {
		.kind = ctx->update.kind,
		.update_id = ctx->update.update_id,
	};

	return row->route->on.any_update(ctx, &update);
}

enum verdict event_deliver(struct ctx *ctx, const struct row *row)
{
	ctx->slug_values = NULL;
	switch (row->route->kind) {
	case ROUTE_COMMAND:
		return deliver_command(ctx, row);
	case ROUTE_LINK:
		return deliver_link(ctx, row);
	case ROUTE_TEXT:
		return deliver_text(ctx, row);
	case ROUTE_MESSAGE:
	case ROUTE_EDITED:
	case ROUTE_POST:
	case ROUTE_EDITED_POST:
	case ROUTE_GUEST:
	case ROUTE_BUSINESS:
	case ROUTE_EDITED_BUSINESS:
		return deliver_message(ctx, row);
	case ROUTE_BUTTON:
		return deliver_button(ctx, row);
	case ROUTE_MEMBER:
	case ROUTE_OWN_MEMBER:
		return deliver_member(ctx, row);
	case ROUTE_JOIN_REQUEST:
		return deliver_join_request(ctx, row);
	case ROUTE_REACTION:
		return deliver_reaction(ctx, row);
	case ROUTE_SERVICE:
		return deliver_service(ctx, row);
	case ROUTE_WORK:
		return deliver_work(ctx, row);
	case ROUTE_JOB:
	case ROUTE_JOB_STOPPED:
		return deliver_job(ctx, row);
	case ROUTE_INLINE:
	case ROUTE_CHOSEN:
	case ROUTE_SHIPPING:
	case ROUTE_PAYMENT:
	case ROUTE_PAID_MEDIA:
	case ROUTE_SUBSCRIPTION:
	case ROUTE_POLL:
	case ROUTE_POLL_ANSWER:
	case ROUTE_REACTION_COUNT:
	case ROUTE_BOOST:
	case ROUTE_REMOVED_BOOST:
	case ROUTE_STOPPED:
	case ROUTE_BUSINESS_CONNECTION:
	case ROUTE_DELETED_BUSINESS:
	case ROUTE_MANAGED_BOT:
		return event_deliver_rare(ctx, row);
	case ROUTE_ANY:
		return deliver_any(ctx, row);
	case ROUTE_END:
		break;
	}
	return PASS;
}
