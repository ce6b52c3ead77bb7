/* sender_link.h - the parent's end of its sender: starts it, gives it the token and the calls,
 * replaces it when it dies. */
#ifndef WORKERS_PARENT_SENDER_LINK_H
#define WORKERS_PARENT_SENDER_LINK_H

#include <sys/types.h>

#include "common/settings.h"
#include "workers/parent/cooldown_list.h"
#include "workers/parent/loop_watch.h"
#include "workers/parent/nursery_link.h"
#include "workers/parent/outbox.h"
#include "workers/wire/bot.h"
#include "workers/wire/channel.h"

/* Texts and results are borrowed for the call. */
struct sender_link_events {
	void *owner;
	void (*bot_is)(void *owner, const struct bot *bot);
	void (*trouble)(void *owner, const char *reason); /* getMe has not been answered yet */
	/* Telegram refused the token: no call is made until bot_is() or refused(). */
	void (*checking)(void *owner, const char *state);
	void (*refused)(void *owner, const char *reason); /* the token is refused permanently */
	/* An attempt at a call; when sent->final, `outgoing` is removed afterwards. `why` is empty,
	 * or says why it failed; `result` is an encoded call_result, or size 0. */
	void (*sent)(void *owner, struct outgoing *outgoing, const struct wire_sent *sent,
		     struct text why, const void *result, size_t size);
	/* May have been made by a sender that died, and must not be repeated; freed afterwards. */
	void (*abandoned)(void *owner, struct outgoing *outgoing);
	/* It was in flight when its sender died. */
	outbox_doubt_fn *doubtful;
	/* A reply that cannot be made before `after_ms` have passed; removed afterwards. */
	void (*back)(void *owner, struct outgoing *outgoing, uint64_t after_ms);
	void (*cooldown)(void *owner, const struct wire_cooldown *cooldown);
	void (*migrated)(void *owner, const struct wire_migrated *migrated);
};

struct sender_link {
	const struct settings *settings;
	struct nursery_link *nursery, *home; /* forks the next sender; forked this one */
	struct sender_link_events events;
	struct channels *channels;
	struct outbox outbox;
	struct cooldown_list cooldowns;
	uint64_t serial; /* of the process that the nursery was asked for, 0: none */
	pid_t pid;       /* 0: not forked yet */
	struct channel channel;
	struct scoreboard *scoreboard;
	bool protocol_error; /* killed for sending malformed data */
	bool leaving;        /* told to exit once the calls that it has begun are done */
	bool dismissed;      /* killed because the session is over */
	struct loop_watch watch;
};

void sender_link_init(struct sender_link *sender_link, const struct settings *settings,
		      struct nursery_link *nursery, struct channels *channels,
		      const struct sender_link_events *events);
void sender_link_finish(struct sender_link *sender_link);
/* Asks the nursery for a sender with this serial. */
MUST_CHECK bool sender_link_start(struct sender_link *sender_link, uint64_t serial,
				  struct why *why);
/* The nursery forked it. */
void sender_link_forked(struct sender_link *sender_link, pid_t pid);
/* It is dead, or was never forked: takes in what it had reported; what it had begun is in doubt.
 * Its scoreboard stays until sender_link_clear(). */
void sender_link_died(struct sender_link *sender_link);
void sender_link_clear(struct sender_link *sender_link);
/* It closed its socket, or was never forked: for when its nursery is stuck and reports nothing. */
bool sender_link_has_left(const struct sender_link *sender_link);
void sender_link_kill(struct sender_link *sender_link);
/* Tells the sender when ingress last answered: it begins no call when that is too long ago, so that
 * the sender of a stuck parent does nothing that another pool has been given. */
void sender_link_note_answered(struct sender_link *sender_link, uint64_t answered_ms);
/* The session is over: forgets its replies, and kills a sender that may be making one. */
void sender_link_forget(struct sender_link *sender_link);
/* At each tick of the parent: aborts a sender whose loop is stuck, and kills one that survives
 * that. */
void sender_link_check(struct sender_link *sender_link, uint32_t ticks, uint64_t now_ms);
/* It begins nothing more and exits; the next one makes what is left. */
void sender_link_leave(struct sender_link *sender_link);
/* The replies that are not begun are returned, by back(). */
void sender_link_retire(struct sender_link *sender_link);
/* The pool stops: no reply is begun behind a call in flight; they are told by back(). */
void sender_link_close(struct sender_link *sender_link);
/* Has getMe asked again, whose answer is told by bot_is(). */
void sender_link_ask_bot(struct sender_link *sender_link);
/* A chat action that is made now or never. */
void sender_link_hint(struct sender_link *sender_link, const void *call, size_t size);
/* For how many ms Telegram wants nothing sent to anybody; 0: it does not. */
uint64_t sender_link_paused_ms(const struct sender_link *sender_link);
/* A cooldown that another pool's sender learned of. */
void sender_link_cool(struct sender_link *sender_link, int64_t chat_id, uint64_t remaining_ms);

#endif
