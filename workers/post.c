/* post.c - see post.h. */
#include "workers/post.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/pack.h"

/* Ticks of the parent, 10 s: a loop turns once a second at least. No clock, for a parent that stood
 * still itself blames nobody. */
#define STUCK_CHECKS 40u
#define ABORT_GRACE_MS 1000u

void post_init(struct post *post, const struct settings *settings, struct nursery_link *nursery,
	       struct channels *channels, const struct post_events *events)
{
	*post = (struct post) { .settings = settings,
				.nursery = nursery,
				.channels = channels,
				.events = *events,
				.channel = { .fd = -1 } };
}

void post_finish(struct post *post)
{
	post_clear(post);
	outbox_finish(&post->outbox);
	cooled_finish(&post->cooled);
}

/* --- frames --- */

static void take_text(struct post *post, const struct frame *frame,
		      void (*event)(void *owner, const char *reason))
{
	char text[256];

	snprintf(text, sizeof(text), "%.*s", (int)frame->size, (const char *)frame->data);
	event(post->events.owner, text);
}

static bool take_bot(struct post *post, struct frame *frame)
{
	struct bot bot;

	if (!frame_head(frame, &bot, sizeof(bot)))
		return false;
	bot.username[sizeof(bot.username) - 1] = '\0';
	post->events.bot_is(post->events.owner, &bot);
	return true;
}

static bool take_sent(struct post *post, struct frame *frame)
{
	struct wire_sent sent;
	struct outgoing *outgoing;

	if (!frame_head(frame, &sent, sizeof(sent)))
		return false;
	outgoing = outbox_find(&post->outbox, sent.id);
	if (!outgoing)
		return false;
	post->events.sent(post->events.owner, outgoing, &sent, frame->data, frame->size);
	if (sent.final)
		outbox_remove(&post->outbox, outgoing);
	return true;
}

static void note_cooldown(struct post *post, int64_t chat_id, uint64_t remaining_ms)
{
	uint64_t now_ms = clock_boot_ms();

	cooled_note(&post->cooled, chat_id, now_ms, now_ms + remaining_ms);
}

static bool take_cooldown(struct post *post, struct frame *frame)
{
	struct wire_cooldown cooldown;

	if (!frame_head(frame, &cooldown, sizeof(cooldown)))
		return false;
	note_cooldown(post, cooldown.chat_id, cooldown.remaining_ms);
	post->events.cooldown(post->events.owner, &cooldown);
	return true;
}

static bool take_back(struct post *post, struct frame *frame)
{
	struct wire_back back;
	struct outgoing *outgoing;

	if (!frame_head(frame, &back, sizeof(back)))
		return false;
	outgoing = outbox_find(&post->outbox, back.id);
	if (!outgoing || !(outgoing->flags & WIRE_CALL_MAY_WAIT))
		return false;
	post->events.back(post->events.owner, outgoing, back.after_ms);
	outbox_remove(&post->outbox, outgoing);
	return true;
}

static bool take_migrated(struct post *post, struct frame *frame)
{
	struct wire_migrated migrated;

	if (!frame_head(frame, &migrated, sizeof(migrated)))
		return false;
	post->events.migrated(post->events.owner, &migrated);
	return true;
}

static bool on_frame(void *owner, struct frame *frame)
{
	struct post *post = owner;

	if (post->dismissed)
		return true;
	switch (frame->type) {
	case WIRE_BOT_IS:
		return take_bot(post, frame);
	case WIRE_TROUBLE:
		take_text(post, frame, post->events.trouble);
		return true;
	case WIRE_CHECKING:
		take_text(post, frame, post->events.checking);
		return true;
	case WIRE_REFUSED:
		take_text(post, frame, post->events.refused);
		return true;
	case WIRE_SENT:
		return take_sent(post, frame);
	case WIRE_COOLDOWN:
		return take_cooldown(post, frame);
	case WIRE_MIGRATED:
		return take_migrated(post, frame);
	case WIRE_BACK:
		return take_back(post, frame);
	default:
		return false;
	}
}

/* Its death is reported by the nursery; a sender without a socket is of no use until then. */
static void on_end(void *owner, bool nonsense)
{
	struct post *post = owner;

	post->nonsense = nonsense;
	if (nonsense || !post->leaving)
		post_kill(post);
}

/* --- life --- */

static void write_start(struct post *post)
{
	struct buffer *out = channel_out(&post->channel);
	size_t opened = frame_start(out, WIRE_SENDER);

	pack_array(out, 3);
	pack_text(out, post->settings->bot_token);
	pack_text(out, post->settings->api_url);
	pack_uint(out, (uint64_t)post->settings->send_inflight);
	frame_finish(out, opened);
}

static void write_cooldown(struct post *post, int64_t chat_id, uint64_t remaining_ms)
{
	const struct wire_cooldown cooldown = { .chat_id = chat_id, .remaining_ms = remaining_ms };

	frame_append(channel_out(&post->channel), WIRE_COOLDOWN, &cooldown, sizeof(cooldown), NULL,
		     0);
}

/* What its predecessor knew. */
static void write_cooldowns(struct post *post)
{
	uint64_t now_ms = clock_boot_ms();

	for (size_t i = 0; i < post->cooled.count; i++) {
		const struct cooled_scope *scope = &post->cooled.scopes[i];

		if (scope->until_ms > now_ms)
			write_cooldown(post, scope->chat_id, scope->until_ms - now_ms);
	}
}

bool post_start(struct post *post, uint64_t serial, struct why *why)
{
	int pair[2] = { -1, -1 }, desk = desk_create(why);
	bool ok = false;

	if (desk < 0)
		return false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		why_set(why, "socketpair: %s", strerror(errno));
		goto out;
	}
	post->desk = desk_map(desk, why);
	if (!post->desk)
		goto out;
	ok = nursery_link_fork(post->nursery, NURSERY_SENDER, serial, pair[1], desk);
	if (!ok) {
		why_set(why, "the nursery takes no wishes");
		goto out;
	}
	post->serial = serial;
	post->home = post->nursery;
	post->nonsense = post->leaving = post->dismissed = false;
	post->abort_ms = post->turned_ms = post->still_checks = 0;
	channel_open(&post->channel, post->channels, pair[0], on_frame, on_end, post);
	pair[0] = -1;
	write_start(post);
	write_cooldowns(post);
	outbox_attach(&post->outbox, &post->channel);
out:
	if (pair[0] >= 0)
		close(pair[0]);
	if (pair[1] >= 0)
		close(pair[1]);
	close(desk);
	if (!ok) {
		desk_unmap(post->desk);
		post->desk = NULL;
	}
	return ok;
}

void post_forked(struct post *post, pid_t pid)
{
	post->pid = pid;
}

void post_died(struct post *post)
{
	struct outgoing *abandoned;

	channel_drain(&post->channel);
	abandoned = outbox_detach(&post->outbox, post->desk, post->events.doubtful,
				  post->events.owner);
	while (abandoned) {
		struct outgoing *next = abandoned->next;

		post->events.abandoned(post->events.owner, abandoned);
		free(abandoned);
		abandoned = next;
	}
}

void post_clear(struct post *post)
{
	channel_close(&post->channel);
	desk_unmap(post->desk);
	post->desk = NULL;
	post->serial = 0;
	post->pid = 0;
	post->outbox.sender = NULL;
}

bool post_has_left(const struct post *post)
{
	return post->serial && (!post->pid || post->channel.ended);
}

void post_kill(struct post *post)
{
	if (post->pid)
		nursery_link_kill(post->home, post->pid, SIGKILL);
}

void post_check(struct post *post, uint64_t now_ms)
{
	uint64_t turned_ms;

	if (!post->pid)
		return;
	turned_ms = atomic_load(&post->desk->turned_ms);
	post->still_checks = turned_ms == post->turned_ms ? post->still_checks + 1 : 0;
	post->turned_ms = turned_ms;
	if (post->abort_ms) {
		if (now_ms - post->abort_ms >= ABORT_GRACE_MS)
			post_kill(post);
	} else if (post->still_checks >= STUCK_CHECKS) {
		atomic_store(&post->desk->slot.hang, 1);
		post->abort_ms = now_ms;
		nursery_link_kill(post->home, post->pid, SIGABRT);
	}
}

void post_note_answered(struct post *post, uint64_t answered_ms)
{
	/* One that is dismissed must not take heart before its end. */
	if (post->desk && !post->dismissed)
		atomic_store(&post->desk->answered_ms, answered_ms);
}

void post_forget(struct post *post)
{
	struct outgoing *outgoing = post->outbox.first, *next;
	bool any = false;

	for (; outgoing; outgoing = next) {
		next = outgoing->next;
		/* The modules' calls at the start are of no session. */
		if (!outgoing->item && !outgoing->waiter)
			continue;
		outbox_remove(&post->outbox, outgoing);
		any = true;
	}
	if (!any || !post->serial)
		return;
	post->dismissed = true;
	post_kill(post);
}

void post_cool(struct post *post, int64_t chat_id, uint64_t remaining_ms)
{
	note_cooldown(post, chat_id, remaining_ms);
	if (post->serial && !post->dismissed)
		write_cooldown(post, chat_id, remaining_ms);
}

void post_retire(struct post *post)
{
	if (post->serial && !post->dismissed)
		frame_append(channel_out(&post->channel), WIRE_RETIRE, NULL, 0, NULL, 0);
}

void post_leave(struct post *post)
{
	if (!post->serial || post->leaving)
		return;
	post->leaving = true;
	frame_append(channel_out(&post->channel), WIRE_LEAVE, NULL, 0, NULL, 0);
}
