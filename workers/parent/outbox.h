/* outbox.h - the calls that a pool has accepted and Telegram has not finished. Each is kept, in
 * order and with its files, until the sender reports it done, so that a new sender can take over
 * from a dead one. A call with files in descriptors never waits at ingress: its update is done once
 * it was made, so a pool that ends before has the update handled again. */
#ifndef WORKERS_PARENT_OUTBOX_H
#define WORKERS_PARENT_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/id_map.h"
#include "workers/wire/channel.h"
#include "workers/wire/scoreboard.h"
#include "workers/wire/wire.h"

struct item;

struct outgoing {
	uint64_t id;
	struct item *item; /* whose reply it is, or NULL */
	uint64_t waiter;   /* serial of the child waiting for the result, or 0 */
	uint8_t flags;     /* enum wire_call_flag */
	uint8_t files_count;
	int *files; /* descriptors, owned and never read here */
	TAILQ_ENTRY(outgoing) link;
	size_t size;
	uint8_t call[]; /* encoded, never read here */
};

TAILQ_HEAD(outgoing_list, outgoing);

/* With more than that in its calls a pool takes no update until some are made. */
#define OUTBOX_BYTES_MAX (128u << 20)
#define OUTBOX_FILES_MAX 256u

struct outbox {
	struct id_map by_id;
	size_t bytes;              /* of all calls */
	size_t files;              /* descriptors of all calls */
	struct outgoing_list list; /* in the order to make them */
	uint64_t last_id;
	struct channel *sender; /* NULL: no sender */
};

void outbox_init(struct outbox *outbox);
/* Frees all; it is empty and ready again. */
void outbox_finish(struct outbox *outbox);
/* Copies the call, takes head->files descriptors from `files`, which has them (NULL: none), and
 * writes it to the sender if there is one. */
void outbox_add(struct outbox *outbox, struct item *item, uint64_t waiter,
		const struct wire_call *head, const void *call, struct descriptors *files);
struct outgoing *outbox_find(const struct outbox *outbox, uint64_t id);
void outbox_remove(struct outbox *outbox, struct outgoing *outgoing);
size_t outbox_count(const struct outbox *outbox);
bool outbox_is_full(const struct outbox *outbox);

/* A new sender: it gets every call that is kept. */
void outbox_attach(struct outbox *outbox, struct channel *sender);
typedef void outbox_doubt_fn(void *owner, const struct outgoing *outgoing);
/* The sender died; `scoreboard` tells which calls it had in flight. Those are in doubt: `doubt` is
 * called for each, and they are repeated once. Those that must not be repeated (at most once, or in
 * doubt for the second time) move to the list `abandoned`, which the caller frees one by one. */
void outbox_detach(struct outbox *outbox, const struct scoreboard *scoreboard,
		   outbox_doubt_fn *doubt, void *owner, struct outgoing_list *abandoned);
void outgoing_free(struct outgoing *outgoing);

#endif
