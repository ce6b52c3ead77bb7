/* sim.h - the state that all parts of the simulator share. */
#ifndef SIMULATOR_SIM_H
#define SIMULATOR_SIM_H

#include "common/arena.h"
#include "common/loop.h"
#include "simulator/business.h"
#include "simulator/callback_queries.h"
#include "simulator/delayed_answers.h"
#include "simulator/faults.h"
#include "simulator/files.h"
#include "simulator/invites.h"
#include "simulator/journal.h"
#include "simulator/ledger.h"
#include "simulator/limits.h"
#include "simulator/messages.h"
#include "simulator/options.h"
#include "simulator/payments.h"
#include "simulator/queries.h"
#include "simulator/queue.h"
#include "common/web/server.h"
#include "simulator/sticker_sets.h"
#include "simulator/update_log.h"
#include "simulator/world.h"

#define METHODS_MAX 256 /* at least those of botapi_methods */

struct call_waiters;
struct commands; /* set by setMyCommands, by scope and language */
struct crowd;
struct feed;
struct long_poll;
struct migration; /* see migrations.h */
struct methods;
struct page_streams;
struct webhook;

struct sim {
	struct options options;
	uint64_t unauthorized; /* calls with a token that is not the bot's */
	uint64_t foreign;      /* requests that came from a web page: see origin.h */
	struct methods *methods;
	struct loop *loop;
	struct server *server;
	struct world world;
	struct migration *migration; /* that is planned; NULL: none */
	struct queue queue;
	struct messages messages;
	struct files files;
	struct business business;
	struct invites invites;
	struct payments payments;
	struct sticker_sets sticker_sets;
	struct queries queries;
	int64_t albums, polls, ephemeral; /* sent so far */
	char *local_folder;               /* what files.local is; NULL: none */
	struct journal journal;
	struct update_log update_log;
	struct ledger ledger;
	struct feed *feed;
	struct long_poll *long_poll;
	struct webhook *webhook;
	struct faults faults;
	struct limits limits;
	struct crowd *crowd;
	struct delayed_answers delayed;
	struct call_waiters *call_waiters;
	struct page_streams *page_streams;
	uint64_t restarts; /* how often everything began anew: control_reset() */
	struct commands *commands;
	struct callback_queries callback_queries;
	uint64_t calls[METHODS_MAX], errors[METHODS_MAX]; /* by index in botapi_methods */
	uint64_t random;                                  /* of what people do: --seed */
	struct arena arena;                               /* of the current request */
	struct arena action_arena;                        /* of what a person does */
	struct buffer answer;                             /* of the current request */
	struct buffer scratch;                            /* of the update that is being written */
};

/* UTC as the simulated Telegram has it. */
int64_t sim_now_s(const struct sim *sim);

#endif
