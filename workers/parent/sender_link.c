/* sender_link.c - writes calls to the sender, reads what became of them, watches its event loop. */
#include "workers/parent/sender_link.h"

#include <signal.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/pack.h"
#include "workers/parent/process_fork.h"

void sender_link_init(struct sender_link *sender_link, const struct settings *settings,
		      struct nursery_link *nursery, struct channels *channels,
		      const struct sender_link_events *events)
{
	*sender_link = (struct sender_link) { .settings = settings,
					      .nursery = nursery,
					      .channels = channels,
					      .events = *events,
					      .channel = { .fd = -1 } };
	outbox_init(&sender_link->outbox);
}

void sender_link_finish(struct sender_link *sender_link)
{
	sender_link_clear(sender_link);
	outbox_finish(&sender_link->outbox);
	cooldown_list_finish(&sender_link->cooldowns);
}

/* --- frames --- */

static void take_text(struct sender_link *sender_link, const struct frame *frame,
		      void (*event)(void *owner, const char *reason))
{
	char text[256];

	snprintf(text, sizeof(text), "%.*s", (int)frame->size, (const char *)frame->data);
	event(sender_link->events.owner, text);
}

static bool take_bot(struct sender_link *sender_link, struct frame *frame)
{
	struct bot bot;

	if (!frame_head(frame, &bot, sizeof(bot)))
		return false;
	bot.username[sizeof(bot.username) - 1] = '\0';
	sender_link->events.bot_is(sender_link->events.owner, &bot);
	return true;
}

static bool take_sent(struct sender_link *sender_link, struct frame *frame)
{
	struct wire_sent sent;
	struct outgoing *outgoing;
	struct text why;

	if (!frame_head(frame, &sent, sizeof(sent)) || sent.why_size > frame->size)
		return false;
	outgoing = outbox_find(&sender_link->outbox, sent.id);
	if (!outgoing)
		return false;
	why = (struct text) { (const char *)frame->data, sent.why_size };
	sender_link->events.sent(sender_link->events.owner, outgoing, &sent, why,
				 (const uint8_t *)frame->data + sent.why_size,
				 frame->size - sent.why_size);
	if (sent.final)
		outbox_remove(&sender_link->outbox, outgoing);
	return true;
}

static void note_cooldown(struct sender_link *sender_link, int64_t chat_id, uint64_t remaining_ms)
{
	uint64_t now_ms = clock_boot_ms();

	cooldown_list_note(&sender_link->cooldowns, chat_id, now_ms, now_ms + remaining_ms);
}

static bool take_cooldown(struct sender_link *sender_link, struct frame *frame)
{
	struct wire_cooldown cooldown;

	if (!frame_head(frame, &cooldown, sizeof(cooldown)))
		return false;
	note_cooldown(sender_link, cooldown.chat_id, cooldown.remaining_ms);
	sender_link->events.cooldown(sender_link->events.owner, &cooldown);
	return true;
}

static bool take_back(struct sender_link *sender_link, struct frame *frame)
{
	struct wire_back back;
	struct outgoing *outgoing;

	if (!frame_head(frame, &back, sizeof(back)))
		return false;
	outgoing = outbox_find(&sender_link->outbox, back.id);
	if (!outgoing || !(outgoing->flags & WIRE_CALL_MAY_WAIT))
		return false;
	sender_link->events.back(sender_link->events.owner, outgoing, back.after_ms);
	outbox_remove(&sender_link->outbox, outgoing);
	return true;
}

static bool take_migrated(struct sender_link *sender_link, struct frame *frame)
{
	struct wire_migrated migrated;

	if (!frame_head(frame, &migrated, sizeof(migrated)))
		return false;
	sender_link->events.migrated(sender_link->events.owner, &migrated);
	return true;
}

static bool on_frame(void *owner, struct frame *frame)
{
	struct sender_link *sender_link = owner;

	if (sender_link->dismissed)
		return true;
	switch (frame->type) {
	case WIRE_BOT_IS:
		return take_bot(sender_link, frame);
	case WIRE_TROUBLE:
		take_text(sender_link, frame, sender_link->events.trouble);
		return true;
	case WIRE_CHECKING:
		take_text(sender_link, frame, sender_link->events.checking);
		return true;
	case WIRE_REFUSED:
		take_text(sender_link, frame, sender_link->events.refused);
		return true;
	case WIRE_SENT:
		return take_sent(sender_link, frame);
	case WIRE_COOLDOWN:
		return take_cooldown(sender_link, frame);
	case WIRE_MIGRATED:
		return take_migrated(sender_link, frame);
	case WIRE_BACK:
		return take_back(sender_link, frame);
	default:
		return false;
	}
}

/* The nursery reports the death; a sender without a socket is useless until then. */
static void on_end(void *owner, bool protocol_error)
{
	struct sender_link *sender_link = owner;

	sender_link->protocol_error = protocol_error;
	if (protocol_error || !sender_link->leaving)
		sender_link_kill(sender_link);
}

/* --- life --- */

static void write_start(struct sender_link *sender_link)
{
	struct buffer *out = channel_out(&sender_link->channel);
	size_t opened = frame_start(out, WIRE_SENDER);

	pack_array(out, 3);
	pack_text(out, sender_link->settings->bot_token);
	pack_text(out, sender_link->settings->api_url);
	pack_uint(out, (uint64_t)sender_link->settings->send_inflight);
	frame_finish(out, opened);
}

static void write_cooldown(struct sender_link *sender_link, int64_t chat_id, uint64_t remaining_ms)
{
	const struct wire_cooldown cooldown = { .chat_id = chat_id, .remaining_ms = remaining_ms };

	frame_append(channel_out(&sender_link->channel), WIRE_COOLDOWN, &cooldown, sizeof(cooldown),
		     NULL, 0);
}

/* What its predecessors learned. */
static void write_cooldowns(struct sender_link *sender_link)
{
	uint64_t now_ms = clock_boot_ms();

	for (size_t i = 0; i < sender_link->cooldowns.count; i++) {
		const struct cooldown_scope *scope = &sender_link->cooldowns.scopes[i];

		if (scope->until_ms > now_ms)
			write_cooldown(sender_link, scope->chat_id, scope->until_ms - now_ms);
	}
}

bool sender_link_start(struct sender_link *sender_link, uint64_t serial, struct why *why)
{
	int fd = process_fork(sender_link->nursery, NURSERY_SENDER, serial,
			      &sender_link->scoreboard, why);

	if (fd < 0)
		return false;
	sender_link->serial = serial;
	sender_link->home = sender_link->nursery;
	sender_link->protocol_error = sender_link->leaving = sender_link->dismissed = false;
	sender_link->watch = (struct loop_watch) { 0 };
	channel_open(&sender_link->channel, sender_link->channels, fd, on_frame, on_end,
		     sender_link);
	write_start(sender_link);
	write_cooldowns(sender_link);
	outbox_attach(&sender_link->outbox, &sender_link->channel);
	return true;
}

void sender_link_forked(struct sender_link *sender_link, pid_t pid)
{
	sender_link->pid = pid;
}

void sender_link_died(struct sender_link *sender_link)
{
	struct outgoing_list abandoned;
	struct outgoing *outgoing;

	channel_drain(&sender_link->channel);
	outbox_detach(&sender_link->outbox, sender_link->scoreboard, sender_link->events.doubtful,
		      sender_link->events.owner, &abandoned);
	while ((outgoing = TAILQ_FIRST(&abandoned))) {
		TAILQ_REMOVE(&abandoned, outgoing, link);
		sender_link->events.abandoned(sender_link->events.owner, outgoing);
		outgoing_free(outgoing);
	}
}

void sender_link_clear(struct sender_link *sender_link)
{
	channel_close(&sender_link->channel);
	scoreboard_unmap(sender_link->scoreboard);
	sender_link->scoreboard = NULL;
	sender_link->serial = 0;
	sender_link->pid = 0;
	sender_link->outbox.sender = NULL;
}

bool sender_link_has_left(const struct sender_link *sender_link)
{
	return sender_link->serial && (!sender_link->pid || sender_link->channel.ended);
}

void sender_link_kill(struct sender_link *sender_link)
{
	if (sender_link->pid)
		nursery_link_kill(sender_link->home, sender_link->pid, SIGKILL);
}

void sender_link_check(struct sender_link *sender_link, uint32_t ticks, uint64_t now_ms)
{
	enum loop_state state;

	if (!sender_link->pid)
		return;
	state = loop_watch_check(&sender_link->watch, sender_link->scoreboard, ticks, now_ms);
	if (state != LOOP_TURNS)
		nursery_link_kill(sender_link->home, sender_link->pid,
				  state == LOOP_STUCK ? SIGABRT : SIGKILL);
}

void sender_link_note_answered(struct sender_link *sender_link, uint64_t answered_ms)
{
	/* A dismissed sender must not start calls while it is being killed. */
	if (sender_link->scoreboard && !sender_link->dismissed)
		atomic_store(&sender_link->scoreboard->answered_ms, answered_ms);
}

void sender_link_forget(struct sender_link *sender_link)
{
	struct outgoing *outgoing = TAILQ_FIRST(&sender_link->outbox.list), *next;
	bool any = false;

	for (; outgoing; outgoing = next) {
		next = TAILQ_NEXT(outgoing, link);
		/* The modules' start-up calls belong to no session. */
		if (!outgoing->item && !outgoing->waiter)
			continue;
		outbox_remove(&sender_link->outbox, outgoing);
		any = true;
	}
	if (!any || !sender_link->serial)
		return;
	sender_link->dismissed = true;
	sender_link_kill(sender_link);
}

void sender_link_cool(struct sender_link *sender_link, int64_t chat_id, uint64_t remaining_ms)
{
	note_cooldown(sender_link, chat_id, remaining_ms);
	if (sender_link->serial && !sender_link->dismissed)
		write_cooldown(sender_link, chat_id, remaining_ms);
}

uint64_t sender_link_paused_ms(const struct sender_link *sender_link)
{
	return cooldown_list_token_ms(&sender_link->cooldowns, clock_boot_ms());
}

void sender_link_ask_bot(struct sender_link *sender_link)
{
	if (sender_link->serial && !sender_link->dismissed)
		frame_append(channel_out(&sender_link->channel), WIRE_WHO, NULL, 0, NULL, 0);
}

void sender_link_hint(struct sender_link *sender_link, const void *call, size_t size)
{
	if (sender_link->serial && !sender_link->dismissed && !sender_link->leaving)
		frame_append(channel_out(&sender_link->channel), WIRE_HINT, call, size, NULL, 0);
}

void sender_link_close(struct sender_link *sender_link)
{
	if (sender_link->serial && !sender_link->dismissed)
		frame_append(channel_out(&sender_link->channel), WIRE_CLOSE, NULL, 0, NULL, 0);
}

void sender_link_retire(struct sender_link *sender_link)
{
	if (sender_link->serial && !sender_link->dismissed)
		frame_append(channel_out(&sender_link->channel), WIRE_RETIRE, NULL, 0, NULL, 0);
}

void sender_link_leave(struct sender_link *sender_link)
{
	if (!sender_link->serial || sender_link->leaving)
		return;
	sender_link->leaving = true;
	frame_append(channel_out(&sender_link->channel), WIRE_LEAVE, NULL, 0, NULL, 0);
}
