/* ctx.h - the structs behind module.h: the host, and the context of the current update. */
#ifndef WORKERS_HOST_CTX_H
#define WORKERS_HOST_CTX_H

#include "common/arena.h"
#include "common/buffer.h"
#include "common/json.h"
#include "common/message.h"
#include "workers/host/language.h"
#include "workers/host/literal.h"
#include "workers/host/markup.h"
#include "workers/host/routes.h"
#include "workers/host/services.h"
#include "workers/host/slug.h"
#include "workers/host/update.h"
#include "workers/module.h"
#include "workers/storage/derived_cache.h"
#include "workers/storage/settings_cache.h"
#include "workers/storage/settings_presence.h"
#include "workers/wire/bot.h"
#include "workers/wire/call.h"
#include "workers/wire/rights.h"
#include "workers/wire/web_hosts.h"

struct host {
	const struct settings *settings;
	struct loaded_module *modules;
	size_t modules_count;
	const struct module **module_list; /* NULL at the end */
	struct routes *routes;
	struct languages *languages;
	struct arena start_arena;
	struct arena options_arena; /* tables of options */
	struct web_hosts web_hosts; /* of all modules */
	/* in a child */
	struct bot bot;
	struct host_services services;
	struct capture_slot *slot;
	struct rights *rights;                       /* shared by the pool */
	struct settings_cache *settings_cache;       /* shared by the pool */
	struct settings_presence *settings_presence; /* shared by the pool */
	struct derived_cache *derived_cache;         /* shared by the pool */
	struct settings_presence *facts_presence;    /* shared by the pool; fact.c */
	struct settings_presence_build settings_presence_build;
	struct settings_presence_build facts_build;
	struct buffer facts_cursor; /* where the next part of that build begins */
	struct arena arena;         /* of the current update */
	struct file *files;         /* of the current update; file.c */
	struct programs *programs;
	struct buffer scratch; /* where parameters of calls are written */
	struct buffer orders;  /* of the current update; later.c */
};

/* As many settings as an update keeps at a time. */
#define CTX_CHOSEN 4

/* Settings of a chat, a person or the bot, read for the current update: "module\0key\0value\0". */
struct chosen {
	struct holder holder;
	bool was_read;
	struct text settings;
	struct chosen_part {
		const char *module;
		struct text settings; /* all of that module */
	} * parts;                    /* of one module several, if they are not in order */
	size_t parts_count;
};

struct failure {
	const char *file, *function, *reason; /* reason NULL: none */
	unsigned line;
	bool is_reading; /* something stored could not be read, and nothing else is wrong */
};

struct ctx {
	struct host *host;
	struct arena *arena;
	const struct message_item *item;
	const struct language *language; /* NULL: not asked for yet */
	struct update update;
	struct match match;
	const struct row *row;                 /* whose handler runs */
	const struct slug_values *slug_values; /* of the current row; NULL: none */
	const struct chat *chat;               /* here.h; NULL: none, or not read yet */
	const struct chat *entered;            /* in hand instead; NULL: none */
	const struct chat *connection;         /* connection.c; NULL: none, or not read yet */
	bool connected;                        /* that one is in hand */
	bool connection_asked;                 /* this message answers a question of it */
	bool connection_was_read;
	const struct user *user;
	const struct message *message;
	bool chat_was_read, user_was_read, message_was_read;
	int64_t receiver_id; /* of an incident in an ephemeral message; 0: see the update */
	struct call *calls;
	size_t calls_count, calls_capacity;
	size_t calls_size;        /* bytes of all */
	size_t calls_descriptors; /* files of all that are not in those bytes */
	bool query_answered;      /* the press (press.h) or the query (query.h) */
	bool query_called;        /* by a call that was made at once, so it stays answered */
	bool too_late;            /* an answer to a question that has expired */
	struct answer *answers;   /* answer.c: of this update, to be freed */
	const struct answer *whole_update;   /* NULL: not asked for */
	struct literal_value *values;        /* calls.c: what a %s of a literal writes as JSON */
	struct inline_answer *inline_answer; /* inline_answer.c; NULL: none was begun */
	struct acted *acted;                 /* act.h: what was done to somebody */
	bool noted;                          /* brief.c: the message of this update */
	struct failure failure;
	struct chosen chosen[CTX_CHOSEN]; /* of the chat, of the person, of others */
	unsigned next_chosen;
	bool only_looks;    /* the handler in hand: ctx_only_look() */
	bool settings_away; /* settings could not be read, and the log says so */
	int32_t stage;      /* turn.h */
	struct turn_write *writes;
	struct text marks; /* of earlier tries: storage.h */
	bool marks_were_read;
	bool caught_up;                      /* with what other pools have stored: ITEM_MOVED */
	struct fact_listing *fact_listings;  /* fact.c */
	struct option_values *option_values; /* options.c: read for the current update */
	struct kept_option *kept_options;
	uint32_t randoms;        /* numbers that ctx_random() gave */
	int64_t due_s;           /* of the current work, UTC; 0: it is no work */
	uint32_t orders;         /* later.c: so many are in host->orders */
	uint32_t pieces;         /* of them, work that is put off */
	size_t orders_kept;      /* bytes of those that a failure keeps */
	struct job_run *job;     /* job.h; NULL: it is none's */
	struct text proven;      /* proof.h: the message whose author pressed a button; nil: none */
	struct waiting *waiting; /* later.c; NULL: the current item is no work */
	struct text resumed;     /* the update that the current work belongs to */
};

/* Bot API "Message", sender_chat: the accounts in "from" of what was written in the name of a chat.
 * The first is also that of Telegram itself, which is not marked as a bot. */
#define STAND_IN_TELEGRAM 777000
#define STAND_IN_ANONYMOUS_ADMIN 1087968824
#define STAND_IN_CHANNEL 136817688

/* Whether the id is an operator's, whoever wrote the message. */
bool ctx_is_operator_id(const struct ctx *ctx, int64_t id);

/* Starts JSON in the scratch buffer, of which there is one; a copy of it in the arena. */
struct json ctx_scratch(struct ctx *ctx);
struct text ctx_scratch_end(struct ctx *ctx);
/* Starts the parameters of a call in the scratch buffer; ctx_push() ends and queues them. */
struct json ctx_parameters(struct ctx *ctx);
/* Ends the parameters and returns a copy in the arena. */
struct text ctx_parameters_end(struct ctx *ctx, struct json *json);
void ctx_push(struct ctx *ctx, const struct call *call);
/* Whether all other calls go before those into this chat: a job's, but for where it was started. */
enum call_class ctx_call_class(struct ctx *ctx, int64_t chat_id);
/* One that was checked where the handler made it, if calls are checked. */
/* By the clock of ingress, which decides what is due: another with each try, and ctx_now() is that
 * of the first step of long work for ever. */
int64_t ctx_wall_clock(const struct ctx *ctx);
void ctx_push_known(struct ctx *ctx, const struct call *call);

/* JSON of the host's own as a value for the literals of calls: %s writes it as it is when it is
 * given this very pointer. Copied into the arena. */
const char *ctx_json_value(struct ctx *ctx, const char *json, size_t size);

/* As ctx_fail(), for what was to be read of the stores: whoever only looks at an update is passed
 * over then (rows.c). */
void ctx_fail_reading(struct ctx *ctx, const struct why *why);

#endif
