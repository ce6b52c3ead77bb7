/* test_job.c - jobs: what waits between two steps, and how one goes on after failures, incidents
 * and while the database is away. */
#include "tests/unit/host_world.h"

#include "common/message.h"
#include "workers/host/job.h"
#include "workers/wire/wire.h"

#define START                                                                                    \
	"{\"update_id\":1,\"message\":{\"message_id\":5,\"date\":1767225600,\"from\":{\"id\":7," \
	"\"is_bot\":false,\"first_name\":\"Anna\"},\"chat\":{\"id\":7,\"type\":\"private\","     \
	"\"first_name\":\"Anna\"},\"text\":\"go\"}}"

static struct {
	int steps, stops;
	int64_t id, cursor, counted, started, value, now;
	enum job_state state;
	bool had_plus; /* when the step began */
} seen;

static bool fails, ends, puts_off_more;

static enum verdict start(struct ctx *ctx, const struct text_message *message)
{
	(void)message;
	seen.started = ctx_jobf(ctx, "walk:%lld", 77LL);
	return seen.started ? DONE : FAIL;
}

static enum verdict walk(struct ctx *ctx, const struct job *job)
{
	const char *plus = store_find(ctx, THIS_BOT, "plus");

	seen.steps++;
	seen.id = job->id;
	seen.cursor = job->cursor;
	seen.state = job->state;
	seen.counted = job_counted(ctx, "walked");
	seen.value = slug_integer(ctx, 0);
	seen.now = ctx_now(ctx);
	seen.had_plus = plus != NULL;
	store_set(ctx, THIS_BOT, "plus", plus ? ctx_printf(ctx, "%s+", plus) : "+");
	if (puts_off_more)
		ctx_laterf(ctx, 1, "more");
	if (fails)
		return ctx_fail(ctx, "it fails");
	ctx_queuef(ctx, "sendMessage", "{chat_id: -100, text: 'far'}");
	ctx_queuef(ctx, "sendMessage", "{chat_id: 7, text: 'here'}");
	ctx_queuef(ctx, "banChatMember", "{chat_id: -100, user_id: 9}");
	job_count(ctx, "walked", 5);
	return ends ? DONE : job_next(ctx, job->cursor - 10, 30);
}

static enum verdict stop(struct ctx *ctx, const struct job *job)
{
	seen.stops++;
	seen.state = job->state;
	seen.counted = job_counted(ctx, "walked");
	return ctx_reply(ctx, "stopped");
}

static enum verdict more(struct ctx *ctx, const struct work *work)
{
	(void)ctx;
	(void)work;
	return DONE;
}

static enum verdict wrong(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return job_next(ctx, 1, 0);
}

static const struct route routes[] = {
	COMMAND("wrong", wrong),        TEXT(start),        JOB("walk:%lld", walk),
	JOB_STOPPED("walk:%lld", stop), WORK("more", more), END_OF_ROUTES,
};

static const struct module module = { .name = "walker", .routes = routes };
static const struct module *const modules[] = { &module, NULL };

static char waiting[ORDER_BODY_MAX];
static size_t waiting_size;

static int open_world(void **state)
{
	*state = world_open(modules);
	memset(&seen, 0, sizeof(seen));
	fails = ends = puts_off_more = false;
	return 0;
}

static int close_world(void **state)
{
	world_close(*state);
	return 0;
}

static void keep(const struct host_world *world)
{
	waiting_size = world_put(world).length;
	assert_in_range(waiting_size, 1, sizeof(waiting));
	memcpy(waiting, world_put(world).data, waiting_size);
}

static void begin(struct host_world *world)
{
	world_handle(world, KIND_MESSAGE, START);
	assert_int_not_equal(world->outcome.end, HOST_FAILED);
	keep(world);
}

/* What waits is due; `attempt` over 1 is a repeat. Leaves it waiting. */
static void try_turn(struct host_world *world, uint8_t attempt)
{
	struct message_item item = { .seq = 1,
				     .update_id = 1,
				     .flags = ITEM_WORK | (attempt > 1 ? ITEM_REPEAT : 0),
				     .attempt = attempt,
				     .received_s = 1767225600,
				     .age_ms = 90000,
				     .body = { waiting, waiting_size } };

	host_handle(world->host, &item, &world->outcome);
}

static void turn(struct host_world *world)
{
	try_turn(world, 1);
	if (world_put(world).data)
		keep(world);
	else
		waiting_size = 0;
}

static struct job_row row_of(struct host_world *world)
{
	struct job_row row;
	struct why why;

	assert_true(world->storage.job_find(world->memory, seen.started, "", &row, &why));
	return row;
}

static void set_state(struct host_world *world, enum job_state job_state)
{
	bool found;
	struct why why;

	assert_true(world->storage.job_set(world->memory, seen.started, "", job_state, "", &found,
					   &why));
	assert_true(found);
}

static size_t count_puts(const struct host_world *world)
{
	struct text rest = world->outcome.orders;
	struct order order;
	size_t count = 0;

	while (orders_next(&rest, &order))
		count += order.kind == ORDER_PUT;
	return count;
}

/* --- turns ------------------------------------------------------------------------------------ */

static void it_goes_from_step_to_step_and_leaves_nothing(void **state)
{
	struct host_world *world = *state;

	begin(world);
	turn(world);
	assert_int_equal(seen.steps, 1);
	assert_true(seen.id == seen.started);
	assert_int_equal(seen.cursor, 0);
	assert_int_equal(seen.value, 77);
	assert_int_equal(world_put_order(world).after_ms, 30000);
	turn(world);
	assert_int_equal(seen.cursor, -10);
	assert_int_equal(seen.counted, 5);
	/* The clock of ingress, and the wait. */
	assert_int_equal(seen.now, 1767225600 + 90 + 30);
	assert_int_equal(row_of(world).cursor, -10);
	ends = true;
	turn(world);
	assert_int_equal(world_put_order(world).after_ms, 0);
	assert_true(row_of(world).id);
	turn(world);
	assert_false(row_of(world).id);
	assert_int_equal(waiting_size, 0);
	assert_int_equal(seen.steps, 3);
}

static void a_repeated_update_starts_the_same(void **state)
{
	struct host_world *world = *state;
	int64_t first;

	begin(world);
	first = seen.started;
	world_repeat(world, KIND_MESSAGE);
	assert_true(seen.started == first);
	begin(world);
	assert_true(seen.started != first);
}

static void a_step_that_runs_again_writes_nothing_twice(void **state)
{
	struct host_world *world = *state;
	static const struct holder bot = { .scope = OF_BOT };
	struct buffer out = { 0 };
	struct why why;

	begin(world);
	try_turn(world, 1);
	try_turn(world, 2);
	assert_int_equal(seen.cursor, 0);
	assert_int_equal(seen.counted, 0);
	keep(world);
	turn(world);
	assert_true(world->storage.load(world->memory, bot, &out, &why));
	assert_memory_equal(buffer_unread(&out), "walker\0plus\0++\0", buffer_unread_size(&out));
	buffer_finish(&out);
}

static void its_calls_elsewhere_wait_for_all_others(void **state)
{
	struct host_world *world = *state;

	begin(world);
	turn(world);
	assert_int_equal(world->outcome.calls_count, 3);
	assert_int_equal(world->outcome.calls[0].class, CALL_BULK);
	assert_int_equal(world->outcome.calls[1].class, CALL_ANSWER);
	assert_int_equal(world->outcome.calls[2].class, CALL_BULK);
}

static void a_pause_is_told_once_and_ends(void **state)
{
	struct host_world *world = *state;

	begin(world);
	turn(world);
	set_state(world, JOB_PAUSED);
	turn(world);
	assert_int_equal(seen.stops, 1);
	assert_int_equal(seen.state, JOB_PAUSED);
	assert_int_equal(seen.counted, 5);
	assert_int_equal(world->outcome.calls_count, 1);
	for (int i = 0; i < 3; i++) {
		turn(world);
		assert_int_equal(world->outcome.calls_count, 0);
		assert_int_equal(world_put_order(world).after_ms, 1000 * JOB_PAUSED_S);
	}
	set_state(world, JOB_RUNNING);
	turn(world);
	assert_int_equal(seen.steps, 2);
	assert_int_equal(seen.cursor, -10);
	assert_int_equal(seen.stops, 1);
}

static void what_is_cancelled_is_told_and_removed(void **state)
{
	struct host_world *world = *state;

	begin(world);
	set_state(world, JOB_CANCELLED);
	set_state(world, JOB_RUNNING); /* too late */
	turn(world);
	assert_int_equal(seen.stops, 1);
	assert_int_equal(seen.state, JOB_CANCELLED);
	assert_int_equal(seen.steps, 0);
	turn(world);
	assert_false(row_of(world).id);
	assert_int_equal(waiting_size, 0);
}

/* --- trouble ---------------------------------------------------------------------------------- */

static void a_step_that_fails_is_tried_again_and_then_pauses_it(void **state)
{
	struct host_world *world = *state;

	begin(world);
	fails = true;
	for (unsigned i = 0; i < JOB_TRIES_MAX; i++) {
		turn(world);
		assert_int_equal(world->outcome.end, HOST_FAILED);
		assert_int_equal(world_put_order(world).after_ms, (1000ull * JOB_RETRY_S) << i);
		assert_int_equal(world->outcome.calls_count, 0); /* nobody needs to know */
	}
	turn(world);
	assert_int_equal(world->outcome.calls_count, 1);
	assert_int_equal(row_of(world).state, JOB_RUNNING);
	turn(world);
	assert_int_equal(row_of(world).state, JOB_PAUSED);
	assert_int_equal(seen.stops, 1);
	fails = false;
	set_state(world, JOB_RUNNING);
	turn(world);
	assert_int_equal(seen.steps, 2 + JOB_TRIES_MAX);
	assert_int_equal(seen.cursor, 0);
	assert_int_equal(world->outcome.end, HOST_DONE);
}

/* What ingress makes of a turn whose attempts are used up. */
static void become_incident(struct host_world *world)
{
	const struct incident incident = { .work = { waiting, waiting_size } };
	struct message_item item = { .seq = 1, .update_id = 1, .flags = ITEM_INCIDENT };
	struct buffer body = { 0 };

	incident_encode(&incident, &body);
	item.body = (struct text) { (const char *)buffer_unread(&body), buffer_unread_size(&body) };
	host_handle(world->host, &item, &world->outcome);
	keep(world);
	buffer_finish(&body);
}

static void incidents_have_it_run_again_and_then_pause_it(void **state)
{
	struct host_world *world = *state;

	begin(world);
	for (unsigned i = 0; i < JOB_TRIES_MAX; i++) {
		become_incident(world);
		assert_int_equal(world_put_order(world).after_ms, (1000ull * JOB_RETRY_S) << i);
		assert_int_equal(row_of(world).state, JOB_RUNNING);
	}
	become_incident(world);
	assert_int_equal(world_put_order(world).after_ms, 0);
	turn(world);
	assert_int_equal(row_of(world).state, JOB_PAUSED);
	assert_int_equal(seen.steps, 0);
	set_state(world, JOB_RUNNING);
	turn(world);
	assert_int_equal(seen.steps, 1);
}

static void an_incident_of_other_work_is_given_up(void **state)
{
	static const char junk[] = "\x93\x01\x02\x03";
	const struct incident incidents[] = { { .work = { junk, sizeof(junk) - 1 } },
					      { .work = { NULL, 0 } } };
	struct host_world *world = *state;

	for (size_t i = 0; i < COUNT_OF(incidents); i++) {
		struct message_item item = { .seq = 1, .flags = ITEM_INCIDENT };
		struct buffer body = { 0 };

		incident_encode(&incidents[i], &body);
		item.body = (struct text) { (const char *)buffer_unread(&body),
					    buffer_unread_size(&body) };
		host_handle(world->host, &item, &world->outcome);
		assert_null(world_put(world).data);
		buffer_finish(&body);
	}
}

/* The next step and what it puts off itself; of a step that fails only that the job pauses. */
static void a_step_puts_off_work_beside_the_next(void **state)
{
	struct host_world *world = *state;

	begin(world);
	puts_off_more = true;
	turn(world);
	assert_int_equal(count_puts(world), 2);
	assert_true(world->outcome.orders_wait);
	fails = true;
	turn(world);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_int_equal(count_puts(world), 1);
}

static bool is_away(void *owner, int64_t id, int32_t step, int64_t cursor, const char *counts,
		    struct arena *arena, struct job_row *out, struct why *why)
{
	(void)owner, (void)id, (void)step, (void)cursor, (void)counts, (void)arena, (void)out;
	return why_set(why, "away");
}

static bool cannot_remove(void *owner, int64_t id, struct why *why)
{
	(void)owner, (void)id;
	return why_set(why, "away");
}

static void it_waits_for_the_database(void **state)
{
	struct host_world *world = *state;

	begin(world);
	world->storage.job_begin = is_away;
	turn(world);
	assert_int_equal(seen.steps, 0);
	assert_int_equal(world_put_order(world).after_ms, 1000 * JOB_AWAY_S);
	world->storage.job_begin = fake_storage_table.job_begin;
	ends = true;
	turn(world);
	assert_int_equal(seen.steps, 1);
	world->storage.job_remove = cannot_remove;
	turn(world);
	assert_int_equal(world_put_order(world).after_ms, 1000 * JOB_AWAY_S);
	world->storage.job_remove = fake_storage_table.job_remove;
	turn(world);
	assert_false(row_of(world).id);
}

static void a_step_that_had_begun_is_a_repeat_after_that_wait(void **state)
{
	struct host_world *world = *state;
	static const struct holder bot = { .scope = OF_BOT };
	struct buffer out = { 0 };
	struct why why;

	begin(world);
	try_turn(world, 1); /* its child is killed at the end … */
	world->storage.job_begin = is_away;
	try_turn(world, 2); /* … and then the database is away */
	keep(world);
	world->storage.job_begin = fake_storage_table.job_begin;
	turn(world);
	assert_int_equal(seen.steps, 2);
	assert_false(seen.had_plus); /* it decides as it did before */
	assert_true(world->storage.load(world->memory, bot, &out, &why));
	assert_memory_equal(buffer_unread(&out), "walker\0plus\0+\0", buffer_unread_size(&out));
	buffer_finish(&out);
}

static void it_ends_when_its_row_is_gone(void **state)
{
	struct host_world *world = *state;
	struct why why;

	begin(world);
	assert_true(world->storage.job_remove(world->memory, seen.started, &why));
	turn(world);
	assert_int_equal(seen.steps, 0);
	assert_int_equal(waiting_size, 0);
}

static void without_its_module_it_pauses(void **state)
{
	static const struct route others[] = { TEXT(start), END_OF_ROUTES };
	static const struct module other = { .name = "other", .routes = others };
	static const struct module *const without[] = { &other, NULL };
	struct host_world *world = *state, *later;
	bool found;
	struct why why;
	int64_t id;

	begin(world);
	later = world_open(without);
	assert_true(later->storage.job_start(later->memory, &(struct mark) { .update_id = 1 },
					     "walker", "walk:77", &id, &why));
	assert_true(id == seen.started);
	turn(later);
	assert_int_equal(row_of(later).state, JOB_RUNNING);
	turn(later);
	assert_int_equal(row_of(later).state, JOB_PAUSED);
	turn(later);
	assert_int_equal(world_put_order(later).after_ms, 1000 * JOB_PAUSED_S);
	assert_true(later->storage.job_set(later->memory, id, "walker", JOB_CANCELLED, "", &found,
					   &why));
	turn(later);
	turn(later);
	assert_false(row_of(later).id);
	world_close(later);
}

static void outside_of_a_step_nothing_goes_on(void **state)
{
	struct host_world *world = *state;

	world_handle(
		world, KIND_MESSAGE,
		"{\"update_id\":1,\"message\":{\"message_id\":5,\"date\":1767225600,\"from\":"
		"{\"id\":7,\"is_bot\":false,\"first_name\":\"Anna\"},\"chat\":{\"id\":7,"
		"\"type\":\"private\",\"first_name\":\"Anna\"},\"text\":\"/wrong\",\"entities\":"
		"[{\"type\":\"bot_command\",\"offset\":0,\"length\":6}]}}");
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_string_equal(world->outcome.reason, "job_next() outside of a step");
}

/* --- what waits ------------------------------------------------------------------------------- */

static void what_waits_is_read_as_it_was_written(void **state)
{
	struct job_place place = { .id = INT64_MAX,
				   .cursor = INT64_MIN,
				   .now_s = INT64_MAX,
				   .step = JOB_STEP_MAX,
				   .notices = JOB_STEP_MAX,
				   .tries = JOB_TRIES_MAX,
				   .trouble = JOB_ENDED,
				   .told = true,
				   .over = true };
	struct job_place read;
	struct arena arena = { 0 };
	const char *text;
	size_t head;

	(void)state;
	for (size_t i = 0; i < JOB_COUNTS_MAX; i++) {
		snprintf(place.numbers[i].name, sizeof(place.numbers[i].name),
			 "name_of_23_characters%02zu", i);
		place.numbers[i].value = INT64_MIN;
	}
	place.numbers_count = JOB_COUNTS_MAX;
	text = job_place_write(&place, &arena);
	assert_in_range(strlen(text), 1, JOB_TEXT_MAX);
	assert_true(job_place_read(text_of(text), &read));
	assert_memory_equal(&read, &place, sizeof(place));
	head = (size_t)(strrchr(text, ':') + 1 - text);
	for (size_t cut = 0; cut < strlen(text); cut++) {
		bool is_whole = cut == head || (cut > head && text[cut - 1] == ',');

		assert_int_equal(job_place_read((struct text) { text, cut }, &read), is_whole);
	}
	arena_finish(&arena);
}

static void what_is_no_job_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"/job",
		"/job:",
		"walk:77",
		"/job:1:1:0:0:0:0:0",
		"/job:0:1:0:0:0:0:0:0:",
		"/job:-1:1:0:0:0:0:0:0:",
		"/job:1:0:0:0:0:0:0:0:",
		"/job:1:1073741824:0:0:0:0:0:0:",
		"/job:1:1:-1:0:0:0:0:0:",
		"/job:1:1:0:6:0:0:0:0:",
		"/job:1:1:0:0:4:0:0:0:",
		"/job:1:1:0:0:0:8:0:0:",
		"/job:99999999999999999999:1:0:0:0:0:0:0:",
		"/job:1:1:0:0:0:0:0:0:a",
		"/job:1:1:0:0:0:0:0:0:a=",
		"/job:1:1:0:0:0:0:0:0:=1,",
		"/job:1:1:0:0:0:0:0:0:a=1",
		"/job:1:1:0:0:0:0:0:0:name_of_24_characters_123=1,",
		"/job:1:1:0:0:0:0:0:0:a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,"
		"a=1,a=1,",
	};
	struct job_place read;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_false(job_place_read(text_of(texts[i]), &read));
	assert_true(job_place_read(text_of("/job:1:1:0:0:0:0:0:0:"), &read));
	assert_true(job_place_read(text_of("/job:1:1:0:0:0:0:0:0:a=1,b=-2,"), &read));
	assert_int_equal(read.numbers[1].value, -2);
}

int main(void)
{
#define JOB_TEST(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)
	const struct CMUnitTest tests[] = {
		JOB_TEST(it_goes_from_step_to_step_and_leaves_nothing),
		JOB_TEST(a_repeated_update_starts_the_same),
		JOB_TEST(a_step_that_runs_again_writes_nothing_twice),
		JOB_TEST(its_calls_elsewhere_wait_for_all_others),
		JOB_TEST(a_pause_is_told_once_and_ends),
		JOB_TEST(what_is_cancelled_is_told_and_removed),
		JOB_TEST(a_step_that_fails_is_tried_again_and_then_pauses_it),
		JOB_TEST(incidents_have_it_run_again_and_then_pause_it),
		JOB_TEST(an_incident_of_other_work_is_given_up),
		JOB_TEST(it_waits_for_the_database),
		JOB_TEST(a_step_that_had_begun_is_a_repeat_after_that_wait),
		JOB_TEST(it_ends_when_its_row_is_gone),
		JOB_TEST(without_its_module_it_pauses),
		JOB_TEST(a_step_puts_off_work_beside_the_next),
		JOB_TEST(outside_of_a_step_nothing_goes_on),
		cmocka_unit_test(what_waits_is_read_as_it_was_written),
		cmocka_unit_test(what_is_no_job_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
