/* fuzz_resp.c - what a Redis answers, or whatever is at its address: to a recorder if the first
 * byte is even, to a pool's child if it is odd. The connection is a socket in which all answers
 * lie.
 *
 * hiredis is found in the executable first, so these take the place of its connecting. */
#include <hiredis/hiredis.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/random.h"
#include "common/xalloc.h"
#include "recorder/redis.h"
#include "tests/fuzz/fuzz.h"
#include "workers/storage/pool_redis.h"

#define ROWS 3
#define ANSWERS_MAX 65536

static struct text answers; /* of the next connection */
static int server = -1;

static void hang_up(void)
{
	if (server >= 0)
		close(server);
	server = -1;
}

redisContext *redisConnectUnixWithTimeout(const char *path, const struct timeval timeout)
{
	int ends[2];

	(void)path;
	(void)timeout;
	hang_up();
	PROMISE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	server = ends[1];
	PROMISE(send(server, answers.data, answers.length, MSG_NOSIGNAL) ==
		(ssize_t)answers.length);
	shutdown(server, SHUT_WR);
	return redisConnectFd(ends[0]);
}

/* --- a recorder ------------------------------------------------------------------------------- */

static void check_outcomes(const struct row *rows, bool asked)
{
	for (size_t i = 0; i < ROWS; i++) {
		PROMISE(asked || (rows[i].outcome == ROW_PENDING && rows[i].kind == ROW_UNSURE));
		PROMISE(rows[i].outcome == ROW_PENDING || rows[i].outcome == ROW_UNCHANGED ||
			rows[i].outcome == ROW_OPTED_OUT);
	}
}

static void be_a_recorder(void)
{
	const struct database_state state = { .incarnation = "0123", .settled = "5", .rows = 100 };
	struct row rows[ROWS] = { { .seen = { .id = 1 } } }, *list[ROWS];
	uint8_t hashes[ROWS][ID_HASH_SIZE] = { { 1 }, { 2 }, { 3 } };
	struct why why;
	struct redis *redis = redis_create("unix:///redis", &why);

	PROMISE(redis);
	for (size_t i = 0; i < ROWS; i++) {
		memcpy(rows[i].id_hash, hashes[i], ID_HASH_SIZE);
		list[i] = &rows[i];
	}
	if (redis_check(redis, &state, "5") == REDIS_READY) {
		bool asked = redis_compare(redis, list, ROWS);

		check_outcomes(rows, asked);
		for (size_t i = 0; i < ROWS; i++)
			rows[i].outcome = ROW_WRITTEN;
		if (redis_store(redis, list, ROWS))
			(void)redis_remove(redis, (const uint8_t(*)[ID_HASH_SIZE])hashes, ROWS);
		redis_note(redis, REDIS_WRITING);
	} else {
		redis_probe(redis);
	}
	PROMISE(redis_state(redis)[0] != '\0');
	PROMISE(!strpbrk(redis_state(redis), "\r\n"));
	redis_destroy(redis);
}

/* --- a child ---------------------------------------------------------------------------------- */

static void be_a_child(void)
{
	static struct settings_cache *cache;
	const struct redis_mark mark = { .marks = "marks", .field = "field", .before = "before" };
	struct buffer found = { 0 };
	struct why why;
	struct pool_redis *redis = pool_redis_create("unix:///redis", &why);

	PROMISE(redis);
	if (!cache)
		cache = settings_cache_create();
	pool_redis_follow(redis, cache);
	(void)pool_redis_find(redis, "key", &found);
	PROMISE(pool_redis_claim(redis, "key", "claim", 5) <= 1);
	PROMISE(pool_redis_count_keys(redis) >= -1);
	(void)pool_redis_has_mark(redis, &mark);
	(void)pool_redis_set(redis, "key", "value", 5, &mark);
	(void)pool_redis_set(redis, "key", NULL, 0, &mark);
	(void)pool_redis_announce(redis, (const bool[SETTINGS_CACHE_BUCKETS]) { [7] = true });
	pool_redis_follow(redis, cache);
	buffer_finish(&found);
	pool_redis_destroy(redis);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > ANSWERS_MAX)
		return 0;
	answers = (struct text) { (const char *)data + 1, size - 1 };
	if (data[0] % 2)
		be_a_child();
	else
		be_a_recorder();
	hang_up();
	return 0;
}
