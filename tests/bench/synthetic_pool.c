/* synthetic_pool.c - see synthetic_pool.h. */
#include "tests/bench/synthetic_pool.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/message.h"
#include "common/random.h"
#include "common/xalloc.h"
#include "common/zlink.h"

#define LOG_SUBSYSTEM "bench"

#define WINDOW 512

/* --- when pool and child got the latest update, in memory that the processes share ------------ */

struct arrival *arrival;

void share_arrival(void)
{
	arrival = mmap(NULL, sizeof(*arrival), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	if (arrival == MAP_FAILED)
		fatal(70, "no memory to share");
}

/* --- the pool --------------------------------------------------------------------------------- */

struct pool {
	int child; /* where updates are passed on, -1: nowhere */
	struct zlink *link;
	struct loop *loop;
	struct loop_timer beat;
	uint64_t session, received, number, beat_us;
	bool open;
	struct message_verdict verdicts[MESSAGE_ITEMS_MAX];
	size_t count;
	struct buffer out;
	struct arena arena;
};

static void pool_send(struct pool *pool)
{
	(void)zlink_send(pool->link, NULL, buffer_unread(&pool->out),
			 buffer_unread_size(&pool->out));
	buffer_clear(&pool->out);
}

static void pool_beat(void *owner)
{
	struct pool *pool = owner;

	loop_timer_set(pool->loop, &pool->beat, BEAT_MS);
	if (pool->open) {
		struct message_pool_beat beat = { .session = pool->session,
						  .credit_limit = pool->received + WINDOW };

		message_encode_pool_beat(&beat, &pool->out);
		pool->beat_us = clock_boot_us();
	} else {
		struct message_pool_hello hello = { .oldest = PROTOCOL_OLDEST,
						    .newest = PROTOCOL_VERSION,
						    .session = pool->session,
						    .pool = { "bench", 5 },
						    .host = { "bench", 5 },
						    .version = { "0", 1 },
						    .kinds = 1u << KIND_MESSAGE };

		message_encode_pool_hello(&hello, &pool->out);
	}
	pool_send(pool);
}

/* As a parent gives a child what came: one write. */
static void pass_on(struct pool *pool, const struct message_item *item)
{
	if (pool->child >= 0 && write(pool->child, item->body.data, item->body.length) < 0)
		fatal(70, "no child");
}

static _Noreturn void be_child(int socket)
{
	static char update[64u << 10];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(socket, update, sizeof(update)) > 0)
		arrival->child_us = clock_boot_us();
	_exit(0);
}

static int start_child(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		fatal(70, "no sockets");
	if (fork() == 0)
		be_child(pair[1]);
	close(pair[1]);
	return pair[0];
}

static bool pool_flush(void *owner)
{
	struct pool *pool = owner;
	struct message_verdicts message = { .session = pool->session,
					    .credit_limit = pool->received + WINDOW,
					    .verdicts = pool->verdicts,
					    .count = pool->count };

	if (pool->count == 0)
		return false;
	message_encode_verdicts(&message, &pool->out);
	pool->count = 0;
	pool_send(pool);
	return false;
}

static void note_answer(struct pool *pool)
{
	uint64_t took_us = clock_boot_us() - pool->beat_us;
	uint64_t slowest_us = arrival->slowest_beat_us;

	if (pool->beat_us == 0)
		return;
	pool->beat_us = 0;
	arrival->beats++;
	arrival->beats_us += took_us;
	while (took_us > slowest_us &&
	       !atomic_compare_exchange_weak(&arrival->slowest_beat_us, &slowest_us, took_us))
		continue;
}

static void pool_take(void *owner, const struct zpeer *from, const uint8_t *data, size_t size)
{
	struct pool *pool = owner;
	enum message_number number;
	struct message_updates updates;
	struct why why;

	(void)from;
	if (!message_number(data, size, &number, &why))
		return;
	if (number == MESSAGE_WELCOME) {
		pool->open = true;
		pool_beat(pool);
	}
	if (number == MESSAGE_BEAT_ANSWER)
		note_answer(pool);
	if (number != MESSAGE_UPDATES ||
	    !message_decode_updates(data, size, &pool->arena, &updates, &why))
		return;
	pool->received += updates.count;
	if (updates.count > 0) {
		arrival->pool_us = clock_boot_us();
		pass_on(pool, &updates.items[updates.count - 1]);
	}
	for (size_t i = 0; i < updates.count; i++) {
		if (pool->count == MESSAGE_ITEMS_MAX)
			pool_flush(pool);
		pool->verdicts[pool->count++] = (struct message_verdict) {
			.number = ++pool->number, .seq = updates.items[i].seq, .step = VERDICT_DONE
		};
	}
	arena_reset(&pool->arena);
}

static void open_pool(struct loop *loop, struct zcontext *context,
		      const struct zlink_options *options, bool with_child, uint64_t first_ms)
{
	struct pool *pool = xmalloc(sizeof(*pool));
	struct why why;

	pool->child = with_child ? start_child() : -1;
	pool->loop = loop;
	pool->session = random_u64() | 1;
	pool->link = zlink_connect(context, options, &why);
	if (!pool->link)
		fatal(70, "cannot start", log_text("error", why.text));
	pool->beat = (struct loop_timer) { .fn = pool_beat, .owner = pool };
	zlink_attach(pool->link, loop, pool_take, pool);
	loop_add_hook(loop, pool_flush, pool);
	loop_timer_set(loop, &pool->beat, first_ms);
}

static pid_t start(const struct zlink_options *options, size_t count, bool with_child)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);

	struct loop *loop = loop_create();
	struct zcontext *context = zcontext_create(1);
	/* The pools of a machine beat together, at ticks of its clock. */
	uint64_t first_ms = 1 + random_u64() % BEAT_MS;
	for (size_t i = 0; i < count; i++)
		open_pool(loop, context, options, with_child, first_ms);
	loop_run(loop);
	_exit(0);
}

pid_t start_pool(const char *endpoint, bool with_child)
{
	return start(
		&(struct zlink_options) { .endpoint = endpoint, .receive_max = MESSAGE_SIZE_MAX },
		1, with_child);
}

pid_t start_pools(const char *endpoint, const char *run_dir, size_t count)
{
	return start(&(struct zlink_options) { .endpoint = endpoint,
					       .receive_max = MESSAGE_SIZE_MAX,
					       .run_dir = run_dir },
		     count, false);
}
