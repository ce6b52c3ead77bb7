/* sender.c - frames from the parent go into the queue, the queue feeds libcurl, the outcome of each
 * call goes back. One loop iteration reads, starts and reports many at once. */
#include "workers/sender/sender.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include <jansson.h>

#include "common/clock.h"
#include "common/loop.h"
#include "common/message.h"
#include "common/pack.h"
#include "common/token_check.h"
#include "common/xalloc.h"
#include "workers/sender/attachments.h"
#include "workers/sender/call_check.h"
#include "workers/sender/download.h"
#include "workers/sender/dress.h"
#include "workers/sender/flood.h"
#include "workers/sender/gather.h"
#include "workers/sender/pace.h"
#include "workers/sender/places.h"
#include "workers/sender/queue.h"
#include "workers/sender/report.h"
#include "workers/sender/retry.h"
#include "workers/sender/said.h"
#include "workers/sender/silenced.h"
#include "workers/sender/telegram.h"
#include "workers/wire/answer.h"
#include "workers/wire/bot.h"
#include "workers/wire/channel.h"
#include "workers/wire/method.h"
#include "workers/wire/scoreboard.h"
#include "workers/wire/wire.h"

#define LOG_SUBSYSTEM "sender"
#include "common/log.h"

/* Over the 3 s for which the server delays an answer before it says 429. */
#define CALL_TIMEOUT_MS 40000u
#define UPLOAD_TIMEOUT_MS 300000u
#define HINT_TIMEOUT_MS 2000u  /* the chat's next call waits for it */
#define UPLOAD_BYTES_PER_MS 64 /* the slowest that is waited for, beyond that time */
#define LATE_MS 2000u          /* replies in a longer cooldown wait at ingress */
#define HELD_MS 250u           /* between two checks whether calls may begin again */
#define IDENTITY_RETRY_MS 1000u
#define IDENTITY_RETRY_CEILING_MS 30000u

struct sender {
	struct loop *loop;
	struct scoreboard *scoreboard;
	struct rights *rights;
	struct channels channels;
	struct channel parent;
	struct telegram *telegram;
	struct said_names *names;
	struct send_queue queue;
	struct flood flood;
	struct pace pace;
	struct silenced silenced;
	int64_t upload_max; /* bytes of a file */
	struct downloads downloads;
	struct call_file files[CALL_FILES_MAX]; /* of the call that is being read */
	struct loop_timer wake, identity_timer;
	struct arena arena; /* of the current answer */
	/* getMe */
	struct send_call *identity;
	uint64_t identity_wait_ms;
	bool asking; /* getMe is in flight */
	bool known;
	bool wonders; /* getMe is asked only for the name: no answer changes nothing */
	struct token_check token;
	bool leaving; /* a new sender takes over */
	struct places places;
};

/* --- who the bot is --- */

static void ask_identity(void *owner)
{
	struct sender *sender = owner;

	sender->asking = true;
	telegram_request(sender->telegram, &sender->identity->call, CALL_TIMEOUT_MS,
			 sender->identity);
}

/* Whether the bot has another name. While the token is checked that is asked anyway. */
static void wonder(struct sender *sender)
{
	if (!sender->known || sender->asking || token_check_is_open(&sender->token))
		return;
	sender->wonders = true;
	ask_identity(sender);
}

static bool read_identity(const struct call_result *result, struct bot *bot)
{
	json_t *me = json_loadb(result->result.data, result->result.length, JSON_ALLOW_NUL, NULL);
	const char *username = json_string_value(json_object_get(me, "username"));

	bot->id = json_integer_value(json_object_get(me, "id"));
	snprintf(bot->username, sizeof(bot->username), "%s", username ? username : "");
	json_decref(me);
	return bot->id != 0;
}

/* A call was refused, or getMe in a check. Calls in flight may finish; no other is begun. */
static void take_refused_token(struct sender *sender)
{
	uint64_t pause_ms;
	char text[128];

	if (!token_check_refused(&sender->token, &pause_ms)) {
		report_text(&sender->parent, WIRE_REFUSED,
			    sender->known ? "Telegram no longer knows the token"
					  : "Telegram does not know the token");
		return;
	}
	token_check_describe(&sender->token, clock_utc_s(), text, sizeof(text));
	report_text(&sender->parent, WIRE_CHECKING, text);
	if (!sender->asking)
		loop_timer_set(sender->loop, &sender->identity_timer, pause_ms);
}

static void take_identity(struct sender *sender, const struct telegram_answer *answer)
{
	struct call_result result;
	struct bot bot = { 0 };
	enum call_outcome outcome = answer_read(answer->http_status, answer->body, answer->size,
						true, &sender->arena, &result);
	char text[160];

	const bool wonders = sender->wonders;

	sender->asking = sender->wonders = false;
	if (outcome == OUTCOME_OK && read_identity(&result, &bot)) {
		sender->known = true;
		sender->identity_wait_ms = IDENTITY_RETRY_MS;
		token_check_close(&sender->token);
		frame_append(channel_out(&sender->parent), WIRE_BOT_IS, &bot, sizeof(bot), NULL, 0);
		return;
	}
	if (answer_refuses_token(&result)) {
		take_refused_token(sender);
		return;
	}
	if (wonders)
		return;
	if (answer->http_status)
		snprintf(text, sizeof(text), "getMe was answered with status %d",
			 answer->http_status);
	else
		snprintf(text, sizeof(text), "%s", answer->error);
	report_text(&sender->parent, WIRE_TROUBLE, text);
	if (sender->identity_wait_ms < result.retry_after_s * 1000ull)
		sender->identity_wait_ms = result.retry_after_s * 1000ull;
	loop_timer_set(sender->loop, &sender->identity_timer, sender->identity_wait_ms);
	sender->identity_wait_ms *= 2;
	if (sender->identity_wait_ms > IDENTITY_RETRY_CEILING_MS)
		sender->identity_wait_ms = IDENTITY_RETRY_CEILING_MS;
}

/* --- calls --- */

static void end_call(struct sender *sender, struct send_call *call)
{
	send_queue_done(&sender->queue, call);
	send_call_free(call);
}

static void cool(struct sender *sender, int64_t chat_id, uint64_t now_ms, uint64_t until_ms)
{
	/* Calls that were in flight report the same cooldown again. */
	if (!chat_id && until_ms <= sender->queue.token_until_ms)
		return;
	send_queue_cool(&sender->queue, chat_id, until_ms);
	report_cooldown(&sender->parent, chat_id, until_ms - now_ms);
}

static void take_refusal(struct sender *sender, struct send_call *call, uint64_t for_ms)
{
	uint64_t now_ms = loop_now_ms(sender->loop), until_ms = now_ms + for_ms;
	uint64_t token_until_ms = until_ms;
	enum flood_scope scope = flood_refused(&sender->flood, &call->call, now_ms,
					       &token_until_ms);

	if (call->call.chat_id)
		cool(sender, call->call.chat_id, now_ms, until_ms);
	if (scope == FLOOD_TOKEN)
		cool(sender, 0, now_ms, token_until_ms);
	call->cooled = scope == FLOOD_CALL;
}

/* A call that cannot be made soon. */
static void on_late(void *owner, struct send_call *call, uint64_t until_ms)
{
	struct sender *sender = owner;
	uint64_t now_ms = loop_now_ms(sender->loop);

	report_late(&sender->parent, call, until_ms > now_ms ? until_ms - now_ms : 0);
	send_call_free(call);
}

/* Of calls that were made together one is counted, unless they failed together. */
static void report_gathered(struct sender *sender, struct send_call *call,
			    enum call_outcome outcome, const struct telegram_answer *answer,
			    const struct call_result *result)
{
	for (struct send_call *other = STAILQ_FIRST(&call->gathered); other;
	     other = STAILQ_NEXT(other, link)) {
		other->method = outcome == OUTCOME_OK ? METHOD_NONE : call->method;
		report_sent(&sender->parent, other, outcome, answer, result, true);
	}
}

static void repeat_call(struct sender *sender, struct send_call *call, bool halve, uint64_t due_ms)
{
	if (halve)
		gather_halve(call);
	else
		gather_undo(call);
	call->method = method_find(call->call.method);
	send_queue_retry(&sender->queue, call, due_ms);
}

static uint32_t timeout_of(const struct call *call)
{
	if (!call->files_count)
		return CALL_TIMEOUT_MS;
	return UPLOAD_TIMEOUT_MS + (uint32_t)(attachments_size(call) / UPLOAD_BYTES_PER_MS);
}

/* In Telegram's place, which has said so a moment ago. */
static void refuse_silenced(struct sender *sender, struct send_call *call)
{
	report_refusal(&sender->parent, call, OUTCOME_NO_RIGHTS, SILENCED_REFUSAL);
	end_call(sender, call);
}

/* For a day nothing could be said there, and now again. */
static void leave_silenced(void *owner, int64_t chat_id, int64_t since_s)
{
	struct sender *sender = owner;

	if (clock_utc_s() < since_s + SILENCED_LEAVE_S)
		return;
	log_notice("leaving a group where the bot may not write for a day");
	send_queue_add(&sender->queue, silenced_leave(chat_id));
	said_names_unsilence(sender->names, chat_id);
}

static void learn_silence(struct sender *sender, const struct send_call *call,
			  const struct call_result *result)
{
	enum silenced_change change = silenced_learn(&sender->silenced, call, result,
						     loop_now_ms(sender->loop));

	if (change == SILENCED_NOW)
		said_names_silence(sender->names, call->call.chat_id, clock_utc_s());
	else if (change == SILENCED_NO_MORE)
		said_names_unsilence(sender->names, call->call.chat_id);
}

static void begin_call(struct sender *sender, struct send_call *call)
{
	if (!said_names_prepare(sender->names, call))
		return;
	call->stamp = rights_stamp(sender->rights, call->call.chat_id);
	send_call_dress(call);
	if (!download_begin(call->download, call))
		telegram_request(sender->telegram, &call->call,
				 call->hint ? HINT_TIMEOUT_MS : timeout_of(&call->call), call);
}

static void begin_named(void *owner, struct send_call *call)
{
	begin_call(owner, call);
}

/* A call about a name: there was nothing to do, or it is done and noted. */
static void finish_named(void *owner, struct send_call *call)
{
	const struct telegram_answer answer = { .duration_us = call->duration_us };
	const struct text none = { NULL, 0 };
	const struct call_result result = { .status = CALL_OK,
					    .result = call->result ? text_of(call->result) : none };
	struct sender *sender = owner;

	if (!call->tries)
		call->method = METHOD_NONE;
	places_forget(&sender->places, call);
	report_sent(&sender->parent, call, OUTCOME_OK, &answer, &result, true);
	end_call(sender, call);
}

static enum call_outcome read_answer(struct sender *sender, struct send_call *call,
				     const struct telegram_answer *answer, struct call_result *out)
{
	if (call->download)
		return download_read(call->download, answer, &sender->arena, out);
	return answer_read(answer->http_status, answer->body, answer->size,
			   call->call.want_result || call->call.name.use, &sender->arena, out);
}

static void after_call(struct sender *sender, struct send_call *call,
		       const struct telegram_answer *answer)
{
	uint64_t now_ms = loop_now_ms(sender->loop);
	struct call_result result;
	enum call_outcome outcome = read_answer(sender, call, answer, &result);
	const bool refused = answer_refuses_token(&result);
	const bool checking = token_check_is_open(&sender->token);

	send_call_undress(call);
	if (outcome == OUTCOME_OK && download_goes_on(call->download)) {
		begin_call(sender, call);
		return;
	}
	/* A refused call was not made; refusals during a check count once. */
	call->tries += !refused;
	call->refusals += refused && (!checking || !call->refusals);
	const struct retry_case it = {
		.outcome = outcome,
		.written = answer->written,
		.harmless = method_is_harmless(call->method, call->call.method) &&
			    !call->call.at_most_once,
		.want_result = call->call.want_result,
		.tries = call->tries,
		.refusals = refused ? call->refusals : 0,
		.not_found = result.error_code == 404,
		.retry_after_s = result.retry_after_s,
	};
	struct retry retry = retry_decide(&it);
	bool halve;

	if (outcome == OUTCOME_TOO_MANY)
		take_refusal(sender, call,
			     result.retry_after_s ? result.retry_after_s * 1000ull : 1000);
	if (outcome == OUTCOME_OK)
		flood_passed(&sender->flood, &call->call, now_ms,
			     now_ms - answer->duration_us / 1000);
	learn_silence(sender, call, &result);
	/* A moved call is no longer about the chat that its head names. */
	if (!call->moved)
		rights_learn(sender->rights, &call->call, &result, call->stamp);
	if (outcome == OUTCOME_MIGRATED)
		report_migrated(&sender->parent, call->call.chat_id, result.migrate_to_chat_id);
	/* Its messages have other numbers there, and what is not meant must not be deleted. */
	if (outcome == OUTCOME_MIGRATED &&
	    (call->line_kind == LINE_DELETION || !send_call_move(call, result.migrate_to_chat_id)))
		retry.again = false;
	if (refused && retry.again && !checking)
		take_refused_token(sender);
	call->duration_us = answer->duration_us;
	if (outcome == OUTCOME_OK && call->call.name.use && call->call.want_result)
		call->result = xstrndup(result.result.data, result.result.length);
	if (outcome == OUTCOME_OK && said_names_note(sender->names, call, result.result))
		return; /* finish_named() */
	places_forget(&sender->places, call);
	if (result.status == CALL_FAILED && answer->written && !it.harmless)
		result.status = CALL_IN_DOUBT;
	halve = call->gathered_count && gather_may_blame_one(outcome);
	report_sent(&sender->parent, call, outcome, answer, &result, !retry.again && !halve);
	if (retry.again || halve) {
		repeat_call(sender, call, halve, retry.after_ms ? now_ms + retry.after_ms : 0);
		return;
	}
	report_gathered(sender, call, outcome, answer, &result);
	end_call(sender, call);
}

/* libcurl itself writes a request again when a kept connection turns out to be dead: Telegram may
 * have received the first one, so the call is in doubt. */
static bool before_write(void *owner, void *tag, unsigned times)
{
	struct sender *sender = owner;
	struct send_call *call = tag;

	if (call == sender->identity)
		return true;
	if (call->hint)
		return times == 1;
	if (times > 1) {
		if (call->call.at_most_once)
			return false;
		call->repeated++;
	}
	places_note(&sender->places, call);
	return true;
}

static void after_write(void *owner, void *tag, const struct telegram_answer *answer)
{
	struct sender *sender = owner;

	if (tag == sender->identity)
		take_identity(sender, answer);
	else if (((struct send_call *)tag)->hint)
		end_call(sender, tag);
	else
		after_call(sender, tag, answer);
	arena_reset(&sender->arena);
}

/* --- frames from the parent --- */

/* A call that cannot be made at all: only a faulty child can have sent it. */
static void refuse(struct sender *sender, struct send_call *call, const struct why *why)
{
	report_refusal(&sender->parent, call, OUTCOME_REFUSED, why->text);
	send_call_free(call);
}

/* CALL_FORGET_RIGHTS. Not queued: what the chat's other calls wait for does not matter here. */
static void forget_rights(struct sender *sender, struct send_call *call)
{
	const struct telegram_answer answer = { 0 };
	const struct call_result result = { .status = CALL_OK };

	rights_forget(sender->rights, call->call.chat_id);
	silenced_forget(&sender->silenced, call->call.chat_id);
	call->method = METHOD_NONE;
	report_sent(&sender->parent, call, OUTCOME_OK, &answer, &result, true);
	send_call_free(call);
}

static bool read_call(struct sender *sender, struct send_call *call, struct cursor *cursor,
		      size_t files, struct why *why)
{
	struct descriptors *came = &sender->parent.came;
	struct call *out = &call->call;

	if (!call_decode(cursor, out, sender->files)) {
		out->files_count = 0;
		descriptors_drop(came, came->count - files);
		return why_set(why, "malformed call");
	}
	call->files = attachments_take(out, came, files);
	if (text_is(out->method, CALL_DOWNLOAD)) {
		call->download = download_create(&sender->downloads, out, call->files, why);
		return call->download && call_check(out, why);
	}
	return text_is(out->method, CALL_FORGET_RIGHTS) ||
	       (call_check(out, why) && attachments_check(out, sender->upload_max, why));
}

static bool take_call(struct sender *sender, struct frame *frame)
{
	struct wire_send head;
	struct send_call *call;
	struct cursor cursor;
	struct why why;

	if (!frame_head(frame, &head, sizeof(head)) || sender->parent.came.count < head.files)
		return false;
	call = xmalloc(sizeof(*call) + frame->size);
	memcpy(call + 1, frame->data, frame->size);
	cursor = cursor_make(call + 1, frame->size);
	call->id = head.id;
	call->flags = head.flags;
	if (!read_call(sender, call, &cursor, head.files, &why)) {
		refuse(sender, call, &why);
	} else if (text_is(call->call.method, CALL_FORGET_RIGHTS)) {
		forget_rights(sender, call);
	} else {
		call->method = method_find(call->call.method);
		call->stays = !(head.flags & WIRE_CALL_MAY_WAIT) && !call->call.want_result;
		gather_read(call);
		send_queue_add(&sender->queue, call);
	}
	return true;
}

/* A chat action, while a handler takes long. It is shown at once or not at all: so it never comes
 * after the answer, which waits for it, and counts in no cooldown. */
static bool take_hint(struct sender *sender, struct frame *frame)
{
	struct send_call *call = xmalloc(sizeof(*call) + frame->size);
	struct cursor cursor;
	struct why why;

	memcpy(call + 1, frame->data, frame->size);
	cursor = cursor_make(call + 1, frame->size);
	call->hint = true;
	if (read_call(sender, call, &cursor, 0, &why) &&
	    text_is(call->call.method, method_names[METHOD_SEND_CHAT_ACTION]) &&
	    !token_check_is_open(&sender->token) &&
	    send_queue_is_free(&sender->queue, call->call.chat_id, loop_now_ms(sender->loop))) {
		call->method = METHOD_SEND_CHAT_ACTION;
		send_queue_add(&sender->queue, call);
	} else {
		send_call_free(call);
	}
	return true;
}

static void make_identity_call(struct sender *sender)
{
	static const struct call get_me = { .want_result = true,
					    .method = { "getMe", 5 },
					    .body = { "{}", 2 } };

	sender->identity = xmalloc(sizeof(*sender->identity));
	sender->identity->call = get_me;
	sender->identity_timer = (struct loop_timer) { .fn = ask_identity, .owner = sender };
	sender->identity_wait_ms = IDENTITY_RETRY_MS;
	ask_identity(sender);
}

/* [token, API URL, calls at once] */
static bool take_start(struct sender *sender, struct frame *frame)
{
	const struct telegram_events events = { .owner = sender,
						.before = before_write,
						.after = after_write };
	struct cursor cursor = cursor_make(frame->data, frame->size);
	struct text token, url;
	char *token_text, *url_text;
	size_t inflight;
	struct why why;

	cursor_expect_array(&cursor, 3);
	token = cursor_text(&cursor);
	url = cursor_text(&cursor);
	inflight = (size_t)cursor_uint(&cursor);
	if (!cursor_end(&cursor, &why) || sender->telegram)
		return false;
	token_text = xstrndup(token.data, token.length);
	url_text = xstrndup(url.data, url.length);
	log_secret(token_text);
	send_queue_init(&sender->queue, inflight);
	sender->telegram = telegram_create(sender->loop, url_text, token_text, &events, &why);
	if (!sender->telegram)
		fatal(EX_UNAVAILABLE, "cannot make calls", log_text("error", why.text));
	sender->downloads.telegram = sender->telegram;
	explicit_bzero(token_text, token.length);
	free(token_text);
	free(url_text);
	make_identity_call(sender);
	return true;
}

static bool take_cooldown(struct sender *sender, struct frame *frame)
{
	uint64_t now_ms = loop_now_ms(sender->loop), until_ms;
	struct wire_cooldown cooldown;

	if (!frame_head(frame, &cooldown, sizeof(cooldown)))
		return false;
	until_ms = now_ms + cooldown.remaining_ms;
	send_queue_cool(&sender->queue, cooldown.chat_id, until_ms);
	if (cooldown.chat_id)
		flood_note(&sender->flood, cooldown.chat_id, now_ms, until_ms);
	return true;
}

static bool on_frame(void *owner, struct frame *frame)
{
	struct sender *sender = owner;

	if (frame->type == WIRE_SENDER)
		return take_start(sender, frame);
	if (!sender->telegram)
		return false;
	if (frame->type == WIRE_SEND)
		return take_call(sender, frame);
	if (frame->type == WIRE_HINT)
		return take_hint(sender, frame);
	if (frame->type == WIRE_COOLDOWN)
		return take_cooldown(sender, frame);
	if (frame->type == WIRE_LEAVE) {
		sender->leaving = true;
		return true;
	}
	if (frame->type == WIRE_WHO) {
		wonder(sender);
		return true;
	}
	if (frame->type == WIRE_CLOSE) {
		send_queue_close_busy(&sender->queue);
		return true;
	}
	if (frame->type != WIRE_RETIRE)
		return false;
	send_queue_close_busy(&sender->queue);
	send_queue_give_back(&sender->queue, loop_now_ms(sender->loop), 0, on_late, sender);
	return true;
}

static void on_end(void *owner, bool protocol_error)
{
	(void)owner;
	if (protocol_error)
		panic("the parent sent malformed data");
	/* The parent has every call that is not finished. */
	_exit(EX_OK);
}

/* --- life --- */

static void on_wake(void *owner)
{
	(void)owner; /* the hook of this iteration does the work */
}

/* The parent has had no answer for so long that its session may be over: the parent is stuck, or
 * this process was suspended. What is queued may belong to another pool by now. */
static bool is_fenced(const struct sender *sender, uint64_t now_ms)
{
	uint64_t answered_ms = atomic_load(&sender->scoreboard->answered_ms);

	return answered_ms && now_ms > answered_ms && now_ms - answered_ms >= BEAT_UNANSWERED_MS;
}

static void set_wake(struct sender *sender, bool held)
{
	uint64_t wake_ms = send_queue_wake_ms(&sender->queue), now_ms = loop_now_ms(sender->loop);

	if (held)
		loop_timer_set(sender->loop, &sender->wake, HELD_MS);
	else if (wake_ms == UINT64_MAX)
		loop_timer_clear(sender->loop, &sender->wake);
	else
		loop_timer_set(sender->loop, &sender->wake,
			       wake_ms > now_ms ? wake_ms - now_ms : 0);
}

/* At the end of each iteration: starts calls, then writes the reports. */
static bool on_turn(void *owner)
{
	struct sender *sender = owner;
	uint64_t now_ms = loop_now_ms(sender->loop);
	struct send_call *call;

	atomic_store(&sender->scoreboard->turned_ms, now_ms);
	if (sender->telegram) {
		send_queue_give_back(&sender->queue, now_ms, now_ms + LATE_MS, on_late, sender);
		bool held = is_fenced(sender, now_ms) || token_check_is_open(&sender->token);

		sender->queue.jobs_due_ms = pace_due_ms(&sender->pace, now_ms);
		while (!sender->leaving && !held &&
		       (call = send_queue_next(&sender->queue, now_ms))) {
			if (silenced_holds(&sender->silenced, call, now_ms))
				refuse_silenced(sender, call);
			else if (pace_admits(&sender->pace, &sender->flood, &sender->queue, call,
					     now_ms))
				begin_call(sender, call);
			sender->queue.jobs_due_ms = pace_due_ms(&sender->pace, now_ms);
		}
		telegram_kick(sender->telegram);
		set_wake(sender, held);
	}
	channels_flush(&sender->channels);
	if (!sender->parent.blocked)
		places_clear(&sender->places);
	if (sender->leaving && !sender->queue.in_flight && !sender->parent.blocked)
		_exit(EX_OK);
	return false;
}

int sender_main(const struct settings *settings, struct rights *rights, int socket, int scoreboard)
{
	struct sender *sender = xmalloc(sizeof(*sender));
	const struct said_events named = { sender, begin_named, finish_named, leave_silenced };
	struct why why;

	prctl(PR_SET_NAME, "korone-sender");
	log_open("sender", settings->log_format, settings->log_level);
	sender->scoreboard = scoreboard_map(scoreboard, &why);
	if (!sender->scoreboard)
		fatal(EX_SOFTWARE, "no shared memory", log_text("error", why.text));
	close(scoreboard);
	atomic_store(&sender->scoreboard->slot.pid, (uint32_t)getpid());
	capture_install(&sender->scoreboard->slot);
	places_init(&sender->places, sender->scoreboard);
	sender->rights = rights;
	sender->upload_max = settings_upload_max(settings);
	pace_init(&sender->pace, (uint32_t)settings->job_rate);
	sender->loop = loop_create();
	sender->downloads = (struct downloads) { .loop = sender->loop,
						 .directory = settings->api_files_dir,
						 .size_max = settings_download_max(settings),
						 .owner = sender,
						 .after = after_write };
	sender->channels.loop = sender->loop;
	sender->wake = (struct loop_timer) { .fn = on_wake, .owner = sender };
	sender->names = said_names_create(sender->loop, settings->redis_url, settings->privacy_key,
					  &named, &why);
	if (!sender->names)
		fatal(EX_CONFIG, "REDIS_URL", log_text("error", why.text));
	channel_open(&sender->parent, &sender->channels, socket, on_frame, on_end, sender);
	loop_add_hook(sender->loop, on_turn, sender);
	loop_run(sender->loop);
	return EX_OK;
}
