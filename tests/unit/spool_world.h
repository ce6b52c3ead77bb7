/* spool_world.h - a separate spool for each test, what its replay found, and short names for
 * operations on it. */
#ifndef TESTS_UNIT_SPOOL_WORLD_H
#define TESTS_UNIT_SPOOL_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "common/xalloc.h"
#include "ingress/spool/spool.h"
#include "tests/unit/memory_directory.h"

#define BOT 123456
#define FOUND_MAX 4096

/* --- what a replay found ---------------------------------------------------------------------- */

struct found {
	size_t updates_count, sightings_count, damages;
	struct spool_update updates[FOUND_MAX];
	char sightings[FOUND_MAX][128];
	char metas[1024];
};

static struct found found;

static void on_update(void *owner, const struct spool_update *update)
{
	(void)owner;
	found.updates[found.updates_count++] = *update;
}

static void on_sighting(void *owner, const struct sighting *sighting)
{
	(void)owner;
	snprintf(found.sightings[found.sightings_count++], 128, "%d %lld v%llu at %lld %.*s",
		 sighting->scope, (long long)sighting->id, (unsigned long long)sighting->version,
		 (long long)sighting->seen_at, (int)sighting->first_name.length,
		 sighting->first_name.data ? sighting->first_name.data : "");
}

static void on_meta(void *owner, const char *key, const void *value, size_t size)
{
	size_t used = strlen(found.metas);

	(void)owner;
	snprintf(found.metas + used, sizeof(found.metas) - used, "%s=%.*s;", key, (int)size,
		 (const char *)value);
}

static void on_damage(void *owner, const char *segment, uint64_t offset, uint64_t bytes,
		      const char *what)
{
	(void)owner;
	(void)offset;
	assert_non_null(segment);
	assert_non_null(what);
	assert_true(bytes > 0);
	found.damages++;
}

static const struct spool_replay replay = {
	.update = on_update, .sighting = on_sighting, .meta = on_meta, .damage = on_damage
};

/* --- helpers ---------------------------------------------------------------------------------- */

struct world {
	char *directory;
	struct spool *spool;
	struct spool_options options;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->directory = make_memory_directory("korone-spool");
	assert_non_null(world->directory);
	world->options = (struct spool_options) { .directory = world->directory,
						  .bot_id = BOT,
						  .max_bytes = 64 << 20,
						  .segment_bytes = 1 << 20,
						  .segment_ms = 60000 };
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;
	char *command = xasprintf("rm -rf %s", world->directory);

	spool_close(world->spool);
	assert_int_equal(system(command), 0);
	free(command);
	free(world->directory);
	free(world);
	return 0;
}

static struct spool *open_spool(struct world *world)
{
	struct why why = { "" };

	memset(&found, 0, sizeof(found));
	world->spool = spool_open(&world->options, &replay, &why);
	if (!world->spool)
		fail_msg("%s", why.text);
	return world->spool;
}

/* As after a clean shutdown and a start. */
static inline struct spool *reopen(struct world *world)
{
	spool_close(world->spool);
	return open_spool(world);
}

static inline void commit(struct spool *spool)
{
	spool_commit(spool, true, NULL, NULL);
	assert_true(spool_flush(spool, 5000));
}

static inline uint64_t add(struct spool *spool, int64_t update_id, const char *body)
{
	struct spool_update update = { .update_id = update_id,
				       .kind = KIND_MESSAGE,
				       .lane = (uint64_t)update_id * 3,
				       .trace = { { (uint8_t)update_id, 7 } },
				       .received_ms = 1700000000000 + (uint64_t)update_id };

	spool_append_update(spool, &update, body, strlen(body));
	return update.seq;
}

static inline void has_body(struct spool *spool, uint64_t seq, const char *wanted)
{
	struct buffer body = { 0 };
	struct why why = { "" };

	if (!spool_read(spool, seq, &body, &why))
		fail_msg("%s", why.text);
	assert_int_equal(body.size, strlen(wanted));
	assert_memory_equal(body.data, wanted, body.size);
	buffer_finish(&body);
}

/* Does all the cleaning that is due. */
static inline void tend(struct spool *spool)
{
	for (int i = 0; i < 200; i++) {
		spool_tend(spool);
		assert_true(spool_flush(spool, 5000));
	}
}

static inline void pause_ms(long ms)
{
	nanosleep(&(struct timespec) { ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static inline struct sighting person(int64_t id, uint64_t version, const char *name)
{
	return (struct sighting) { .scope = SIGHTING_USER,
				   .id = id,
				   .version = version,
				   .seen_at = 1700000000 + id,
				   .first_name = { name, strlen(name) } };
}

#endif
