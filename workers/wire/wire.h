/* wire.h - what the frames inside a pool carry, between its parent and child, sender or fetcher.
 *
 * The parent reads the fixed structs and passes the rest on unread: a body is the update's msgpack,
 * a call is call.h's, the files of calls come as descriptors beside their frame (descriptors.h).
 * All ends are forked from one program, or checked by POOL_WIRE_VERSION. */
#ifndef WORKERS_WIRE_WIRE_H
#define WORKERS_WIRE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/trace.h"

/* Increased with every change in this file: a parent refuses a nursery of another version. */
#define POOL_WIRE_VERSION 17u

#define CHILD_BATCH_MAX 16u /* items at one child */

/* What an update may leave behind, with DESCRIPTORS_MAX files beside it. A child is killed that
 * says more: it has been taken over. */
#define WIRE_CALLS_MAX 4096u         /* replies */
#define WIRE_REPLIES_MAX (16u << 20) /* bytes of them */
#define WIRE_FAILURE_MAX (64u << 10)

enum wire_type {
	/* parent to child */
	WIRE_BOT = 1, /* struct bot (bot.h): before the first item, and when it has another name */
	WIRE_ITEM,    /* struct wire_item, body */
	WIRE_RESULT,  /* call_result, for the call that the child waits for */
	/* child to parent */
	WIRE_READY,   /* struct wire_ready, text: the host is started; why a wall is missing */
	WIRE_VERDICT, /* struct wire_verdict and what it counts */
	WIRE_CALL,    /* struct wire_call, call: the child waits for the result */
	WIRE_RELEASE, /* nothing: the lane of the current item may go on */
	WIRE_TYPING,  /* call: the chat action to show while the current item's handler runs */
	/* parent to sender */
	WIRE_SENDER, /* msgpack: [token, API URL, calls at once] */
	WIRE_SEND,   /* struct wire_send, call */
	WIRE_LEAVE,  /* nothing: begin no more calls, and exit when those begun are done */
	WIRE_CLOSE,  /* nothing: the pool stops; replies behind a call in flight go back after it */
	WIRE_RETIRE, /* nothing: all replies that wait go back, those behind a call after it */
	WIRE_WHO,    /* nothing: ask getMe again, the bot may have another name */
	WIRE_HINT,   /* call: a chat action, made now or never; nothing is told of it */
	/* parent to keeper: WIRE_CALL, and back WIRE_WEB, WIRE_RESULT */
	/* sender to parent */
	WIRE_BOT_IS,   /* struct bot: getMe was answered, at the start or after WIRE_CHECKING,
			  WIRE_WHO */
	WIRE_TROUBLE,  /* text: why getMe is not answered yet */
	WIRE_REFUSED,  /* text: Telegram refuses the token permanently */
	WIRE_SENT,     /* struct wire_sent, why it failed, call_result when the call wanted it */
	WIRE_COOLDOWN, /* struct wire_cooldown; both ways */
	WIRE_MIGRATED, /* struct wire_migrated: a group is a supergroup now */
	WIRE_BACK,     /* struct wire_back: a call that cannot be made soon, returned */
	WIRE_CHECKING, /* text: Telegram refuses the token; no call until getMe is answered */
	/* child to parent, and parent to fetcher */
	WIRE_FETCH, /* struct wire_fetch, fetch_request (fetch.h): the child waits for the answer */
	/* fetcher to parent, and of it the fetch_answer alone to the child */
	WIRE_FETCHED, /* struct wire_fetched, its texts, fetch_answer */
	/* parent to fetcher; WIRE_LEAVE as to a sender */
	WIRE_FETCHER, /* msgpack: [log format, log level, KORONE_FETCH_ALLOW, hosts (web_hosts.h),
			 [[name of a key, key]…]] */
	/* fetcher to parent */
	WIRE_FETCHER_READY, /* struct wire_ready, text: why a wall is missing */
	/* keeper to parent, and parent to fetcher */
	WIRE_WEB, /* struct wire_web, name of the module; with it comes the listening socket on
		     which a program meets its proxy */
	/* parent to fetcher */
	WIRE_WEB_END, /* struct wire_web: that program has ended */
};

struct wire_ready {
	uint32_t walls; /* bits of enum wall */
};

struct wire_web {
	uint64_t id; /* the parent's number of the program; of a keeper: 0 */
};

/* Of an encoded fetch_request, which may post 256 KiB (fetch.h). */
#define WIRE_FETCH_MAX (288u << 10)

struct wire_fetch {
	uint64_t id;    /* the parent's number: increasing, never 0; of a child: 0 */
	uint8_t posted; /* not to be repeated when it may have been made */
	uint8_t files;  /* 1: a descriptor comes with it, into which a good answer is written */
	uint8_t padding[6];
};

struct wire_fetched {
	uint64_t id;
	uint32_t duration_us;
	uint16_t status;    /* of HTTP; 0: none */
	uint16_t rule_size; /* of the texts that follow, for the log: the row of .hosts … */
	uint16_t why_size;  /* … and why it failed */
	uint8_t outcome;    /* enum fetch_outcome */
	uint8_t padding[5];
};

struct wire_item {
	uint64_t seq;
	int64_t update_id;
	uint64_t age_ms;
	uint64_t received_s;
	struct trace_id trace;
	uint32_t ordinal; /* of this item at this child, from 1: identifies its claim */
	uint32_t kind;
	uint8_t flags;
	uint8_t attempt;
	uint8_t padding[6];
};

/* Followed by `calls` times { struct wire_call, its call }, then `orders_size` bytes of orders
 * about work that waits (common/orders.h), then `failure_size` bytes: msgpack [module, handler,
 * file, function, line, reason]. */
struct wire_verdict {
	uint64_t seq;
	uint32_t ordinal;
	uint32_t duration_us; /* in the handler, without waits for the sender */
	uint32_t calls;
	uint32_t orders_size;
	uint32_t failure_size;
	uint8_t failed;        /* HOST_FAILED */
	uint8_t names_another; /* the update is a command that names a bot, and not this one */
	uint8_t orders_wait;   /* until its calls are made, else for nothing */
	uint8_t padding[1];
};

enum wire_call_flag {
	WIRE_CALL_AT_MOST_ONCE = 1,
	WIRE_CALL_IN_DOUBT = 2, /* a dead sender may have sent it */
	WIRE_CALL_MAY_WAIT = 4, /* a reply: ingress keeps it when it cannot be made soon */
	WIRE_CALL_RUN = 8,      /* CALL_RUN: for a keeper, not for the sender */
};

struct wire_call {
	int64_t chat_id;
	uint32_t size;   /* of the encoded call that follows */
	uint8_t flags;   /* enum wire_call_flag */
	uint8_t files;   /* descriptors that come with it */
	uint8_t at_once; /* WIRE_CALL_RUN: programs of the module, whose number is in chat_id */
	uint8_t padding;
};

struct wire_send {
	uint64_t id; /* the parent's number of the call: increasing, never 0 */
	uint8_t flags;
	uint8_t files; /* descriptors that come with it */
	uint8_t padding[6];
};

struct wire_sent {
	uint64_t id;
	uint32_t duration_us; /* of the last attempt, without waits */
	uint16_t method;      /* enum method_id; METHOD_NONE: Telegram was not called */
	int16_t error_code;   /* Telegram's, 0: none */
	uint8_t outcome;      /* enum call_outcome */
	uint8_t repeated;     /* times it was repeated while in doubt */
	uint8_t final;        /* 0: there will be another attempt */
	uint8_t padding[3];
	uint16_t why_size; /* of the text that follows: Telegram's description, for the log */
};

struct wire_back {
	uint64_t id;
	uint64_t after_ms; /* from now, not before */
};

struct wire_migrated {
	int64_t from, to; /* chats */
};

struct wire_cooldown {
	int64_t chat_id; /* 0: the whole token */
	uint64_t remaining_ms;
};

#endif
