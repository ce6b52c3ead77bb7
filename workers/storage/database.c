/* database.c - one connection per child, a limited number per pool, by slots that are record
 * locks. */
#include "workers/storage/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/xalloc.h"

#define WAIT_STEP_US 2000

/* Shared by all children of the nursery that created it. */
struct shared {
	_Atomic int waiting;
	_Atomic uint64_t away_until_ms; /* do not try to connect before */
	/* Why; children may write it at the same time, and only its last byte stays 0. */
	char away_why[256];
};

struct database {
	const char *url;
	int slots; /* a file with a byte for each connection: locking the byte takes the slot */
	int slot;  /* -1: none */
	struct shared *shared;
	struct postgres *connection;
	uint64_t opened_ms;
};

struct database *database_create(const char *url, struct why *why)
{
	struct database *database = xcalloc(1, sizeof(*database));

	*database = (struct database) { .url = url, .slot = -1 };
	database->slots = memfd_create("korone-connections", MFD_CLOEXEC);
	if (database->slots < 0) {
		why_set(why, "memfd_create: %s", strerror(errno));
		free(database);
		return NULL;
	}
	database->shared = mmap(NULL, sizeof(*database->shared), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (database->shared == MAP_FAILED) {
		why_set(why, "mmap: %s", strerror(errno));
		close(database->slots);
		free(database);
		return NULL;
	}
	return database;
}

void database_destroy(struct database *database)
{
	if (!database)
		return;
	database_close(database);
	close(database->slots);
	munmap(database->shared, sizeof(*database->shared));
	free(database);
}

/* --- slots ------------------------------------------------------------------------------------ */

/* POSIX record locks: they belong to a process and end with it. */
static bool lock_slot(const struct database *database, int slot, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = slot, .l_len = 1 };

	return fcntl(database->slots, F_SETLK, &lock) == 0;
}

static bool take_slot(struct database *database)
{
	int first = (int)getpid() % DATABASE_SLOTS;

	for (int i = 0; i < DATABASE_SLOTS && database->slot < 0; i++)
		if (lock_slot(database, (first + i) % DATABASE_SLOTS, F_WRLCK))
			database->slot = (first + i) % DATABASE_SLOTS;
	return database->slot >= 0;
}

static void wait_for_slot(struct database *database)
{
	uint64_t until_ms = clock_boot_ms() + DATABASE_WAIT_MS;

	if (take_slot(database))
		return;
	atomic_fetch_add(&database->shared->waiting, 1);
	while (!take_slot(database) && clock_boot_ms() < until_ms)
		usleep(WAIT_STEP_US);
	atomic_fetch_sub(&database->shared->waiting, 1);
}

static void release_slot(struct database *database)
{
	if (database->slot >= 0)
		(void)lock_slot(database, database->slot, F_UNLCK);
	database->slot = -1;
}

/* --- the connection --------------------------------------------------------------------------- */

static bool open_connection(struct database *database, struct why *why)
{
	struct postgres_error error;
	_Atomic uint64_t *away = &database->shared->away_until_ms;

	if (database->connection)
		return true;
	if (clock_boot_ms() < atomic_load(away))
		return why_set(why, "the database was unreachable a moment ago: %s",
			       database->shared->away_why);
	wait_for_slot(database);
	database->connection = postgres_connect(database->url, "korone-worker", -1, &error);
	if (database->connection) {
		database->opened_ms = clock_boot_ms();
		postgres_set_patience(database->connection, DATABASE_PATIENCE_MS);
		return true;
	}
	release_slot(database);
	snprintf(database->shared->away_why, sizeof(database->shared->away_why), "%s", error.text);
	atomic_store(away, clock_boot_ms() + DATABASE_RETRY_MS);
	return why_set(why, "no connection to the database: %s", error.text);
}

void database_close(struct database *database)
{
	postgres_close(database->connection);
	database->connection = NULL;
	release_slot(database);
}

/* A child that is killed while it waits leaves the count too high: then connections are closed
 * earlier than necessary, until the next nursery. */
static bool is_wanted_elsewhere(const struct database *database)
{
	return atomic_load(&database->shared->waiting) > 0 &&
	       clock_boot_ms() - database->opened_ms >= DATABASE_HOLD_MS;
}

void database_yield(struct database *database)
{
	if (database->connection && (database->slot < 0 || is_wanted_elsewhere(database)))
		database_close(database);
}

struct postgres_result *database_query(struct database *database, const char *sql,
				       const struct postgres_value *values, int values_count,
				       struct why *why)
{
	for (int attempt = 1; open_connection(database, why); attempt++) {
		struct postgres_error error;
		struct postgres_result *result = postgres_query(database->connection, sql, values,
								values_count, &error);

		if (result)
			return result;
		why_set(why, "the database: %s", error.text);
		/* Whatever the fault, the next statement starts with a new connection. */
		database_close(database);
		if (error.fault != POSTGRES_LOST || attempt == 2)
			return NULL;
	}
	return NULL;
}
