/* crash.c - leaves a handler by a jump, as its process would be left by a signal: nothing of it
 * goes on, and what it had is not cleaned up. */
#include "tests/modules/crash.h"

#include <setjmp.h>
#include <string.h>

#include "common/hash_table.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "workers/wire/method.h"

/* What a handler that was left has not freed is no leak of the program. */
void __lsan_disable(void) __attribute__((weak));

static bool everywhere;
static unsigned left; /* until the end; 0: none comes */
static jmp_buf end;

void crash_everywhere(void)
{
	everywhere = true;
	if (__lsan_disable)
		__lsan_disable();
}

/* Harmless calls of the update so far, in order: made again they are shown once, and Telegram says
 * the same again. */
static struct made {
	uint64_t hash;
	struct call_result result;
} calls[64];
static size_t calls_count, calls_of_try;

static void pass(void)
{
	if (left && --left == 0)
		longjmp(end, 1);
}

void crash_handle(struct host *host, struct message_item *item, struct host_outcome *out)
{
	static unsigned tries;

	calls_count = 0;
	for (tries = 1;; tries++) {
		left = everywhere ? tries : 0;
		calls_of_try = 0;
		if (setjmp(end) == 0) {
			host_handle(host, item, out);
			left = 0;
			return;
		}
		item->flags |= ITEM_REPEAT;
		item->attempt++;
	}
}

/* --- calls with results ----------------------------------------------------------------------- */

/* A program changes nothing but its own folder. */
static bool is_harmless(const struct call *call)
{
	if (text_is(call->method, CALL_RUN))
		return true;
	return method_is_harmless(method_find(call->method), call->method) && !call->at_most_once;
}

static uint64_t hash_call(const struct call *call)
{
	uint64_t hash = hash_bytes(call->method.data, call->method.length, 1);

	return hash_bytes(call->body.data, call->body.length, hash);
}

bool crash_find_result(const struct call *call, struct call_result *out)
{
	struct made *made;

	if (!left || !is_harmless(call) || calls_of_try >= calls_count)
		return false;
	made = &calls[calls_of_try];
	if (made->hash != hash_call(call))
		return false;
	calls_of_try++;
	*out = made->result;
	pass();
	return true;
}

static struct text keep(struct text text)
{
	return (struct text) { text.data ? xstrndup(text.data, text.length) : NULL, text.length };
}

void crash_after_call(const struct call *call, const struct call_result *result)
{
	/* One that makes something: its result is kept, which is a write (kept_call.h). */
	if (!left || !is_harmless(call))
		return;
	if (calls_of_try == COUNT_OF(calls))
		panic("more than %zu calls with results in an update", COUNT_OF(calls));
	calls[calls_of_try] = (struct made) { .hash = hash_call(call), .result = *result };
	calls[calls_of_try].result.result = keep(result->result);
	calls[calls_of_try].result.description = keep(result->description);
	calls_count = ++calls_of_try;
	pass();
}

/* --- writes ----------------------------------------------------------------------------------- */

static bool save(void *owner, const struct stored_write *writes, size_t count, struct why *why)
{
	bool good = fake_storage_table.save(owner, writes, count, why);

	pass();
	return good;
}

static bool write_fact(void *owner, const struct mark *mark, const struct fact_key *key,
		       const struct fact_write *write, struct fact_state *before, struct why *why)
{
	bool good = fake_storage_table.fact_write(owner, mark, key, write, before, why);

	pass();
	return good;
}

static bool migrate(void *owner, int64_t from, int64_t to, struct why *why)
{
	bool good = fake_storage_table.migrate(owner, from, to, why);

	pass();
	return good;
}

/* Between the note that a call begins (kept_call.c) and the call nobody can tell whether it was
 * made, and the handler that runs again says so: it is not as if it had not ended. */
static bool is_doubt(const struct brief_key *key, const char *value)
{
	return value && strcmp(key->module, "korone") == 0 && strncmp(value, "!-1", 3) == 0;
}

static bool set_brief(void *owner, const struct mark *mark, const struct brief_key *key,
		      const char *value, int64_t seconds)
{
	bool good = fake_storage_table.brief_set(owner, mark, key, value, seconds);

	if (!is_doubt(key, value))
		pass();
	return good;
}

static bool claim(void *owner, const struct mark *mark, const struct brief_key *key,
		  int64_t seconds)
{
	bool good = fake_storage_table.brief_claim(owner, mark, key, seconds);

	pass();
	return good;
}

static void count_recent(void *owner, const struct recent_key *keys, size_t count, int64_t now_s,
			 int64_t window_s, int64_t *out)
{
	fake_storage_table.count_recent(owner, keys, count, now_s, window_s, out);
	pass();
}

static bool add_number(void *owner, const struct brief_key *key, int64_t number, int64_t seconds)
{
	bool good = fake_storage_table.number_add(owner, key, number, seconds);

	pass();
	return good;
}

static bool forget(void *owner, struct holder holder, struct why *why)
{
	bool good = fake_storage_table.forget(owner, holder, why);

	pass();
	return good;
}

static bool remember(void *owner, const struct mark *mark, struct holder holder, struct why *why)
{
	bool good = fake_storage_table.remember(owner, mark, holder, why);

	pass();
	return good;
}

static bool start_job(void *owner, const struct mark *turn, const char *module, const char *slug,
		      int64_t *id, struct why *why)
{
	bool good = fake_storage_table.job_start(owner, turn, module, slug, id, why);

	pass();
	return good;
}

static bool begin_job(void *owner, int64_t id, int32_t step, int64_t cursor, const char *counts,
		      struct arena *arena, struct job_row *out, struct why *why)
{
	bool good = fake_storage_table.job_begin(owner, id, step, cursor, counts, arena, out, why);

	pass();
	return good;
}

static bool set_job(void *owner, int64_t id, const char *module, enum job_state state,
		    const char *trouble, bool *found, struct why *why)
{
	bool good = fake_storage_table.job_set(owner, id, module, state, trouble, found, why);

	pass();
	return good;
}

static bool remove_job(void *owner, int64_t id, struct why *why)
{
	bool good = fake_storage_table.job_remove(owner, id, why);

	pass();
	return good;
}

struct storage crash_storage(void)
{
	struct storage storage = fake_storage_table;

	storage.save = save;
	storage.fact_write = write_fact;
	storage.migrate = migrate;
	storage.brief_set = set_brief;
	storage.brief_claim = claim;
	storage.count_recent = count_recent;
	storage.number_add = add_number;
	storage.forget = forget;
	storage.remember = remember;
	storage.job_start = start_job;
	storage.job_begin = begin_job;
	storage.job_set = set_job;
	storage.job_remove = remove_job;
	return storage;
}
