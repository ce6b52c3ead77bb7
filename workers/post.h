/* post.h - the parent's side of the sender: starts it, gives it the token and the calls, replaces
 * it when it dies. */
#ifndef WORKERS_POST_H
#define WORKERS_POST_H

#include <sys/types.h>

#include "common/settings.h"
#include "workers/channel.h"
#include "workers/cooled.h"
#include "workers/host.h"
#include "workers/nursery_link.h"
#include "workers/outbox.h"

/* Texts and results are borrowed for the call. */
struct post_events {
	void *owner;
	void (*bot_is)(void *owner, const struct bot *bot);
	void (*trouble)(void *owner, const char *reason); /* getMe is not answered yet */
	/* Telegram refuses the token: no call is made until bot_is() or refused(). */
	void (*checking)(void *owner, const char *state);
	void (*refused)(void *owner, const char *reason); /* the token is refused for good */
	/* A try of a call; when sent->final, `outgoing` is removed after the call. `result` is an
	 * encoded call_result, or size 0. */
	void (*sent)(void *owner, struct outgoing *outgoing, const struct wire_sent *sent,
		     const void *result, size_t size);
	/* May have been made by a sender that died, and may not be repeated; freed after the call.
	 */
	void (*abandoned)(void *owner, struct outgoing *outgoing);
	/* It was in flight when its sender died. */
	outbox_doubt_fn *doubtful;
	/* A reply that cannot be made before `after_ms` have passed; removed after the call. */
	void (*back)(void *owner, struct outgoing *outgoing, uint64_t after_ms);
	void (*cooldown)(void *owner, const struct wire_cooldown *cooldown);
	void (*migrated)(void *owner, const struct wire_migrated *migrated);
};

struct post {
	const struct settings *settings;
	struct nursery_link *nursery, *home; /* of the next sender, and of this one */
	struct post_events events;
	struct channels *channels;
	struct outbox outbox;
	struct cooled cooled;
	uint64_t serial; /* of the process that was asked for, 0: none */
	pid_t pid;       /* 0: not forked yet */
	struct channel channel;
	struct desk *desk;
	bool nonsense;         /* it wrote what no sender writes, and was killed for it */
	bool leaving;          /* told to end once what it has begun is over */
	bool dismissed;        /* killed because the session is over */
	uint64_t turned_ms;    /* what its desk said at the last check */
	uint32_t still_checks; /* in a row that found it the same */
	uint64_t abort_ms;     /* it was sent SIGABRT for a loop that stood still; 0: no */
};

void post_init(struct post *post, const struct settings *settings, struct nursery_link *nursery,
	       struct channels *channels, const struct post_events *events);
void post_finish(struct post *post);
/* Asks the nursery for a sender under this serial. */
MUST_CHECK bool post_start(struct post *post, uint64_t serial, struct why *why);
/* The nursery forked it. */
void post_forked(struct post *post, pid_t pid);
/* It is dead, or was never forked: what it had reported is taken in, what it had begun is in doubt.
 * Its desk is still there until post_clear(). */
void post_died(struct post *post);
void post_clear(struct post *post);
/* It closed its socket, or was never forked: for when its nursery reports nothing. */
bool post_has_left(const struct post *post);
void post_kill(struct post *post);
/* Tells the sender how fresh the session is: it begins no call when that is too long ago, so that
 * the sender of a parent that stands still does nothing that another pool has been given. */
void post_note_answered(struct post *post, uint64_t answered_ms);
/* The session is over: its replies are forgotten, and a sender that may be at one is killed. */
void post_forget(struct post *post);
/* At each tick of the parent: aborts a sender whose loop stands still, and kills one that survives
 * that. */
void post_check(struct post *post, uint64_t now_ms);
/* It begins nothing more and ends; the next one goes on with what is left. */
void post_leave(struct post *post);
/* The replies that are not begun come back. */
void post_retire(struct post *post);
/* What other pools' senders learned. */
void post_cool(struct post *post, int64_t chat_id, uint64_t remaining_ms);

#endif
