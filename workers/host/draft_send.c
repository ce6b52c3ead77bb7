/* draft_send.c - a draft as calls: what it holds first, then its text in as many messages as it
 * needs. The first is the reply, the last has the buttons. */
#include <string.h>

#include "botapi/botapi.h"
#include "common/clock.h"
#include "workers/host/answer.h"
#include "workers/host/ask.h"
#include "workers/host/draft.h"
#include "workers/host/file.h"
#include "workers/host/here.h"
#include "workers/host/inline_answer.h"
#include "workers/host/kept_call.h"
#include "workers/host/known_call.h"
#include "workers/host/name.h"

/* A draft on its way. */
struct sending {
	struct draft *draft;
	struct place to;
	struct markup_part at; /* of the text that is still to be said */
	bool more;             /* there is a part left, which is `next` */
	struct markup_part next;
	bool begun;                  /* something was sent: what follows is no reply */
	struct call_name name;       /* of the next message */
	bool now;                    /* draft_call(): the first message is said at once … */
	const struct answer *answer; /* … and this is what came of it */
};

/* NULL, and the handler has failed, when it is wrong. */
static const struct answer *say_now(struct ctx *ctx, const struct call *call)
{
	struct call_result result = { .status = CALL_FAILED };
	struct call own = *call;
	struct why why;

	if (ctx->host->services.checks_calls && !known_call(ctx->host->settings, call, &why)) {
		ctx_fail(ctx, "%s", why.text);
		return NULL;
	}
	if (!files_attach(ctx, &own))
		return NULL;
	own.class = ctx_call_class(ctx, call->chat_id);
	own.want_result = own.at_most_once = true;
	kept_call(ctx, &own, &result);
	return answer_of_call(ctx, &result);
}

static void make(struct sending *sending, const struct call *call)
{
	if (!sending->now || (sending->answer && answer_ok(sending->answer)))
		ctx_push(sending->draft->ctx, call);
	else if (!call->name.part && !sending->answer)
		sending->answer = say_now(sending->draft->ctx, call);
}

static void push(struct sending *sending, const char *method, struct json *json, bool marked)
{
	struct draft *draft = sending->draft;
	bool has_end = draft->has_end && !sending->begun;

	draft_write_flags(draft, method, &sending->to, json);
	if (!sending->begun && draft->more.length)
		json_raw(json, draft->more.data, draft->more.length);
	if (!sending->begun)
		place_write_quote(&sending->to, draft->ctx, draft->quote, json);
	if (marked)
		keyboard_write(&draft->keyboard, draft->ctx, &sending->to, json);
	sending->begun = true;
	make(sending, &(struct call) {
			      .chat_id = sending->to.chat_id,
			      .class = draft->bulk ? CALL_BULK : CALL_ANSWER,
			      .method = text_of(method),
			      .body = ctx_parameters_end(draft->ctx, json),
			      .said_s = has_end ? clock_utc_s() : 0,
			      .name = sending->name,
		      });
	sending->name.part++;
}

static struct json begin(const struct sending *sending)
{
	struct json json = ctx_parameters(sending->draft->ctx);

	place_write(&sending->to, &json);
	return json;
}

static void next_part(struct sending *sending, size_t units)
{
	sending->more = markup_next_part(&sending->draft->markup, units, &sending->at,
					 &sending->next);
}

static void send_text(struct sending *sending)
{
	while (sending->more) {
		struct json json = begin(sending);
		struct markup_part part = sending->next;

		next_part(sending, MARKUP_TEXT_UNITS);
		markup_write_part(&sending->draft->markup, &part, "text", &json);
		draft_write_preview(sending->draft, &json);
		push(sending, "sendMessage", &json, !sending->more);
	}
}

/* --- media and polls -------------------------------------------------------------------------- */

/* Takes the part of the text that goes along; nothing when none can. */
static struct caption take_caption(struct sending *sending, bool can, struct markup_part *part)
{
	const struct draft *draft = sending->draft;
	struct caption caption = {
		.markup = &draft->markup,
		.part = part,
		.above = draft->flags & DRAFT_TEXT_ABOVE,
		.spoiler = draft->flags & DRAFT_SPOILER,
	};

	*part = (struct markup_part) { 0 };
	if (can) {
		next_part(sending, MARKUP_CAPTION_UNITS);
		if (sending->more)
			*part = sending->next;
	}
	next_part(sending, MARKUP_TEXT_UNITS);
	caption.above = caption.above && part->size;
	return caption;
}

static void send_medium(struct sending *sending, const struct medium *medium, bool captioned)
{
	struct markup_part part;
	struct caption caption = take_caption(sending, captioned, &part);
	struct json json = begin(sending);

	medium_write(medium, &caption, &json);
	push(sending, medium->kind->method, &json, !sending->more);
}

static void send_album(struct sending *sending)
{
	struct draft *draft = sending->draft;
	struct markup_part part;
	struct caption caption = take_caption(sending, keyboard_is_empty(&draft->keyboard), &part);
	struct json json = begin(sending);

	draft_media_write_album(&draft->media, &caption, &json);
	push(sending, "sendMediaGroup", &json, false);
}

/* There are no albums that only one person sees: they get one after the other. */
static void send_apart(struct sending *sending)
{
	const struct draft_media *media = &sending->draft->media;
	struct caption caption = { .spoiler = sending->draft->flags & DRAFT_SPOILER };

	for (size_t i = 0; i + 1 < media->count; i++) {
		struct json json = begin(sending);

		medium_write(&media->list[i], &caption, &json);
		push(sending, media->list[i].kind->method, &json, false);
	}
	send_medium(sending, &media->list[media->count - 1], true);
}

static void send_paid(struct sending *sending)
{
	struct markup_part part;
	struct caption caption = take_caption(sending, true, &part);
	struct json json = begin(sending);

	draft_media_write_paid(&sending->draft->media, &json);
	if (part.size)
		markup_write_part(caption.markup, &part, "caption", &json);
	if (caption.above)
		json_key_bool(&json, "show_caption_above_media", true);
	push(sending, "sendPaidMedia", &json, !sending->more);
}

static void send_poll(struct sending *sending)
{
	struct markup_part part;
	struct caption caption = take_caption(sending, true, &part);
	struct json json = begin(sending);

	draft_poll_write(sending->draft->poll, &json);
	if (part.size)
		markup_write_part(caption.markup, &part, "description", &json);
	push(sending, "sendPoll", &json, !sending->more);
}

/* By a method that has not all that the others have. */
static void send_other(struct sending *sending)
{
	const char *method = sending->draft->content;
	const struct botapi_method *known = botapi_find_method(method, strlen(method));
	bool captioned = botapi_has_parameter(known, "caption");
	struct place whole = sending->to;
	struct markup_part part;
	struct caption caption = take_caption(sending, captioned, &part);
	struct json json;

	place_fit(&sending->to, known);
	json = begin(sending);
	if (part.size)
		markup_write_part(caption.markup, &part, "caption", &json);
	push(sending, method, &json, !sending->more);
	sending->to = whole;
}

static void send_content(struct sending *sending)
{
	const struct draft *draft = sending->draft;
	const struct draft_media *media = &draft->media;

	if (draft->content)
		send_other(sending);
	else if (draft->poll)
		send_poll(sending);
	else if (media->priced)
		send_paid(sending);
	else if (media->count > 1 && sending->to.receiver_id)
		send_apart(sending);
	else if (media->count > 1)
		send_album(sending);
	else if (media->count)
		send_medium(sending, &media->list[0], draft_media_is_captioned(media));
	else
		next_part(sending, MARKUP_TEXT_UNITS);
}

/* --- where ------------------------------------------------------------------------------------ */

static bool find_place(struct draft *draft, struct place *out)
{
	struct ctx *ctx = draft->ctx;

	if (draft->elsewhere) {
		*out = place_of_chat(ctx, draft->chat_id);
		out->topic = draft->topic;
	} else if (ctx_find_here(ctx)) {
		*out = place_here(ctx);
	} else {
		ctx_fail(ctx, "a reply to an update that has no chat");
		return false;
	}
	if (draft->answers_other) {
		out->reply_to = draft->answers;
		out->reply_is_ephemeral = false;
	}
	return true;
}

/* NULL, or why not there. */
static const char *fault_at(struct draft *draft, struct place *to)
{
	if (draft->flags & DRAFT_ONLY_FOR_THEM && !place_hide(to, draft->ctx))
		return "a message for one person, where or to whom there is none";
	if (to->direct_topic && draft->poll)
		return "a poll: in the direct messages of a channel, which have none";
	if (to->receiver_id && draft->poll)
		return "a poll: only one person would see it, which Telegram does not have";
	if (to->receiver_id && draft->content &&
	    !botapi_has_parameter(botapi_find_method(draft->content, strlen(draft->content)),
				  "ephemeral_message_parameters"))
		return arena_printf(draft->ctx->arena,
				    "%s: only one person would see it, which Telegram does not "
				    "have",
				    draft->content);
	if (to->receiver_id && draft->media.priced)
		return "media: a price where only one person sees it, which Telegram does not have";
	return keyboard_fault_at(&draft->keyboard, draft->ctx, to);
}

/* Behind U+200C, an invisible character. */
static void add_question(struct draft *draft, const struct place *to)
{
	if (draft->question.data)
		draft_add(draft, "<a href=\"%s\">\xe2\x80\x8c</a>",
			  ask_link(draft->ctx, to, draft->question));
}

/* What only one person sees has no id by which others could be deleted. */
static void begin_name(struct sending *sending)
{
	struct draft *draft = sending->draft;

	if (!draft->name || sending->to.receiver_id)
		return;
	sending->name = name_use(draft->ctx, sending->to.chat_id, draft->name, NAME_SAYS);
	sending->name.seconds = (uint32_t)draft->name_s;
}

static void end_name(struct sending *sending)
{
	struct call_name name = { .use = NAME_CLEARS, .key = sending->name.key };

	if (sending->name.use != NAME_NONE)
		name_push_deletion(sending->draft->ctx, sending->to.chat_id,
				   sending->to.business_connection, &name);
}

static enum verdict send_all(struct sending *sending)
{
	struct draft *draft = sending->draft;
	const char *fault;

	if (!find_place(draft, &sending->to))
		return FAIL;
	if (!draft->elsewhere)
		draft_sign(draft);
	add_question(draft, &sending->to);
	if (draft_check(draft, false) != DONE)
		return FAIL;
	fault = fault_at(draft, &sending->to);
	if (fault)
		return ctx_fail(draft->ctx, "%s", fault);
	begin_name(sending);
	send_content(sending);
	send_text(sending);
	if (!sending->now)
		end_name(sending);
	return DONE;
}

enum verdict draft_reply(struct draft *draft)
{
	struct sending sending = { .draft = draft };

	if (!draft->elsewhere && inline_answer_is_for_guest(draft->ctx))
		return inline_answer_guest(draft);
	return send_all(&sending);
}

const struct answer *draft_call(struct draft *draft)
{
	struct sending sending = { .draft = draft, .now = true };

	return send_all(&sending) == DONE ? sending.answer : NULL;
}
