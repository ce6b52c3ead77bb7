/* test_pool_view.c - what operators see of a pool: its log, and its metrics. */
#include "tests/unit/parent_world.h"

#include <sys/mman.h>

#include "common/metric.h"
#include "common/walls.h"
#include "workers/wire/method.h"

/* --- the log ---------------------------------------------------------------------------------- */

static int log_file = -1, stderr_before = -1;
static off_t log_read;

static void end_log(void)
{
	log_open("test", LOG_FORMAT_LOGFMT, LOG_LEVEL_ERROR);
	assert_true(dup2(stderr_before, STDERR_FILENO) >= 0);
	close(stderr_before);
	close(log_file);
	log_file = -1;
}

/* Of a test that failed, and said so there. */
static void show_log(void)
{
	static char text[1 << 16];
	ssize_t size;

	if (log_file < 0)
		return;
	size = pread(log_file, text, sizeof(text), 0);
	end_log();
	fprintf(stderr, "%.*s", (int)size, text);
}

static void begin_log(void)
{
	show_log();
	stderr_before = dup(STDERR_FILENO);
	log_file = memfd_create("log", MFD_CLOEXEC);
	assert_true(dup2(log_file, STDERR_FILENO) >= 0);
	log_read = 0;
	log_open("test", LOG_FORMAT_LOGFMT, LOG_LEVEL_DEBUG);
}

/* What was logged since the last time. */
static const char *logged(void)
{
	static char text[1 << 16];
	const ssize_t size = pread(log_file, text, sizeof(text) - 1, log_read);

	assert_true(size >= 0);
	text[size] = '\0';
	log_read += size;
	return text;
}

/* Whether there is one such line, with both words in it. */
static bool has_line(const char *text, const char *first, const char *second)
{
	for (const char *line = text, *end; *line; line = end) {
		size_t length;

		end = strchr(line, '\n');
		end = end ? end + 1 : line + strlen(line);
		length = (size_t)(end - line);
		if (memmem(line, length, first, strlen(first)) &&
		    memmem(line, length, second, strlen(second)))
			return true;
	}
	return false;
}

static void assert_logged(const char *message, const char *level)
{
	const char *text = logged();

	if (!has_line(text, message, level))
		fail_msg("no line \"%s\" with \"%s\": %s", message, level, text);
}

static void assert_not_logged(const char *message)
{
	const char *text = logged();

	if (strstr(text, message))
		fail_msg("\"%s\" is in: %s", message, text);
}

/* --- metrics ---------------------------------------------------------------------------------- */

/* Of the sample whose line begins so. */
static double metric_of(const char *sample)
{
	struct buffer out = { 0 };
	const char *at;
	double value;

	metrics_print("worker", &out);
	at = strstr(buffer_text(&out), sample);
	if (!at)
		fail_msg("no %s in %s", sample, buffer_text(&out));
	value = strtod(at + strlen(sample), NULL);
	buffer_finish(&out);
	return value;
}

/* --- calls ------------------------------------------------------------------------------------ */

static struct process *sender;

static const struct trace_id trace = { .bytes = { 0xab, 0xcd } };
#define TRACE "trace_id=abcd"

/* A call of an update whose handler is through. Returns its number. */
static uint64_t make_call(uint64_t seq)
{
	const struct message_item from = { .seq = seq,
					   .lane = seq,
					   .kind = KIND_MESSAGE,
					   .attempt = 1,
					   .trace = trace,
					   .body = { "body", 4 } };
	struct process *child;
	struct wire_item item;

	give_item(&from);
	child = busy_child();
	item = begin_item(child, seq);
	finish_item(child, &item, 1);
	return hear_call(sender, WIRE_CALL_MAY_WAIT);
}

static void say_outcome(struct wire_sent sent, const char *why)
{
	sent.why_size = (uint16_t)strlen(why);
	say_two(sender, WIRE_SENT, &sent, sizeof(sent), why, sent.why_size);
	turn();
}

static void what_was_to_be_expected_is_no_warning(void)
{
	uint64_t call;

	sender = start_pool();
	begin_log();
	call = make_call(1);
	logged();
	say_outcome((struct wire_sent) { .id = call, .outcome = OUTCOME_BLOCKED, .final = 1 },
		    "Forbidden: bot was blocked");
	assert_logged("call failed", "level=debug");
	call = make_call(2);
	say_outcome((struct wire_sent) { .id = call, .outcome = OUTCOME_OK, .final = 1 }, "");
	assert_not_logged("call failed");
	end_log();
}

static void a_call_that_failed_is_named_with_its_update_and_its_reason(void)
{
	static const char *const words[] = { "level=warn", "method=sendMessage", "outcome=refused",
					     "code=400",   "Bad Request: chat",  TRACE };
	const char *text;
	uint64_t call;

	sender = start_pool();
	begin_log();
	call = make_call(1);
	logged();
	say_outcome((struct wire_sent) { .id = call,
					 .method = METHOD_SEND_MESSAGE,
					 .outcome = OUTCOME_REFUSED,
					 .error_code = 400,
					 .final = 1 },
		    "Bad Request: chat");
	text = logged();
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (!has_line(text, "call failed", words[i]))
			fail_msg("no %s in %s", words[i], text);
	/* What follows has nothing to do with that update. */
	log_write(LOG_LEVEL_WARN, "test", "another", (struct log_field[]) { { .key = NULL } });
	assert_false(has_line(logged(), "another", "trace_id="));
	/* Each failure is told, however soon the next one comes. */
	call = make_call(2);
	logged();
	say_outcome((struct wire_sent) { .id = call, .outcome = OUTCOME_REFUSED, .final = 1 }, "");
	assert_logged("call failed", "level=warn");
	end_log();
}

/* When Telegram is away all of them are. */
static void of_calls_that_are_made_again_one_a_minute_is_a_warning(void)
{
	struct wire_sent sent = { .outcome = OUTCOME_NETWORK, .method = UINT16_MAX };

	sender = start_pool();
	begin_log();
	sent.id = make_call(1);
	logged();
	say_outcome(sent, "");
	assert_logged("retrying a call", "level=warn");
	say_outcome(sent, "");
	assert_logged("retrying a call", "level=debug");
	pass_answered(59999);
	logged();
	say_outcome(sent, "");
	assert_logged("retrying a call", "level=debug");
	pass_answered(1);
	logged();
	say_outcome(sent, "");
	assert_logged("retrying a call", "level=warn");
	say_outcome(sent, "");
	assert_logged("retrying a call", TRACE);
	end_log();
}

/* A handler waits for its answer; the update that it is at is meant. */
static void a_call_that_a_handler_waits_for_is_of_its_update(void)
{
	const struct message_item from = {
		.seq = 1, .lane = 1, .kind = KIND_MESSAGE, .attempt = 1, .trace = trace
	};
	const struct wire_call head = { .size = 4 };
	struct wire_sent sent = { .outcome = OUTCOME_REFUSED };
	struct process *child;
	const char *text;

	sender = start_pool();
	begin_log();
	give_item(&from);
	child = busy_child();
	begin_item(child, 1);
	say_two(child, WIRE_CALL, &head, sizeof(head), "call", 4);
	turn();
	logged();
	sent.id = hear_call(sender, 0);
	say_outcome(sent, "");
	assert_logged("retrying a call", TRACE);
	/* Nobody waits any more. */
	dies(child, BY_SIGNAL(SIGSEGV));
	logged();
	sent.final = 1;
	say_outcome(sent, "");
	text = logged();
	assert_true(has_line(text, "call failed", "level=warn"));
	assert_false(has_line(text, "call failed", "trace_id="));
	end_log();
}

static void calls_are_counted_by_method_and_outcome(void)
{
	static const char ok[] =
		"\nkorone_worker_api_calls_total{method=\"sendMessage\",status=\"ok\"} ";
	static const char other[] =
		"\nkorone_worker_api_calls_total{method=\"other\",status=\"network\"} ";
	static const char answers[] = "\nkorone_worker_api_seconds_count ";
	static const char seconds[] = "\nkorone_worker_api_seconds_sum ";
	struct wire_sent sent = { .outcome = OUTCOME_OK,
				  .method = METHOD_SEND_MESSAGE,
				  .duration_us = 2500000 };
	double before[4];

	sender = start_pool();
	sent.id = make_call(1);
	before[0] = metric_of(ok);
	before[1] = metric_of(other);
	before[2] = metric_of(answers);
	before[3] = metric_of(seconds);
	say_outcome(sent, "");
	assert_int_equal(metric_of(ok) - before[0], 1);
	assert_int_equal(metric_of(answers) - before[2], 1);
	assert_float_equal(metric_of(seconds) - before[3], 2.5, 0.001);
	sent.method = METHOD_NONE + 1; /* as of a sender that is newer */
	sent.outcome = OUTCOME_NETWORK;
	say_outcome(sent, "");
	assert_int_equal(metric_of(other) - before[1], 1);
	sent.method = METHOD_NONE; /* Telegram was not called */
	sent.final = 1;
	say_outcome(sent, "");
	assert_int_equal(metric_of(answers) - before[2], 2);
}

static void calls_in_doubt_are_counted(void)
{
	static const char doubt[] = "\nkorone_worker_calls_in_doubt_total ";
	struct wire_sent sent = { .outcome = OUTCOME_OK,
				  .method = METHOD_SEND_MESSAGE,
				  .repeated = 3 };
	double before;

	sender = start_pool();
	sent.id = make_call(1);
	before = metric_of(doubt);
	say_outcome(sent, "");
	assert_int_equal(metric_of(doubt) - before, 0); /* it is tried again */
	sent.final = 1;
	say_outcome(sent, "");
	assert_int_equal(metric_of(doubt) - before, 3);
	begin_log();
	sender->scoreboard->calls[0] = make_call(2);
	dies(sender, BY_SIGNAL(SIGSEGV));
	sender_starts(latest());
	assert_int_equal(metric_of(doubt) - before, 4);
	assert_logged("call in doubt", TRACE);
	end_log();
}

/* --- Telegram --------------------------------------------------------------------------------- */

static void cooldowns_are_counted_and_that_of_the_whole_bot_is_told(void)
{
	static const char of_chat[] = "\nkorone_worker_cooldowns_total{scope=\"chat\"} ";
	static const char of_all[] = "\nkorone_worker_cooldowns_total{scope=\"token\"} ";
	struct wire_cooldown cooldown = { 5, 9000 };
	double chats, all;

	sender = start_pool();
	chats = metric_of(of_chat);
	all = metric_of(of_all);
	begin_log();
	say(sender, WIRE_COOLDOWN, &cooldown, sizeof(cooldown));
	turn();
	assert_not_logged("whole bot");
	assert_int_equal(metric_of(of_chat) - chats, 1);
	assert_int_equal(metric_of(of_all) - all, 0);
	cooldown.chat_id = 0;
	say(sender, WIRE_COOLDOWN, &cooldown, sizeof(cooldown));
	turn();
	assert_logged("whole bot", "for_ms=9000");
	assert_int_equal(metric_of(of_chat) - chats, 1);
	assert_int_equal(metric_of(of_all) - all, 1);
	pass(250);
	assert_true(dependency_of("telegram")->ready);
	assert_non_null(strstr(dependency_of("telegram")->state, "no calls for another 9 s"));
	pass_answered(8000);
	pass(250);
	assert_non_null(strstr(dependency_of("telegram")->state, "no calls for another 1 s"));
	pass_answered(1000);
	pass(250);
	assert_string_equal(dependency_of("telegram")->state, "ready");
	end_log();
}

static void check_token(void)
{
	say(sender, WIRE_CHECKING, "checking", 8);
	turn();
}

/* A method that Telegram does not know starts a check with each call. */
static void of_checks_of_the_token_one_a_minute_is_told(void)
{
	static const char refused[] = "\nkorone_worker_token_refused ";

	sender = start_pool();
	begin_log();
	assert_int_equal(metric_of(refused), 0);
	check_token();
	assert_logged("checking the bot token", "state=checking");
	assert_int_equal(metric_of(refused), 1);
	check_token(); /* the same check goes on */
	assert_not_logged("checking the bot token");
	say_bot(sender, 42);
	assert_logged("Telegram knows the bot token", "level=notice");
	assert_int_equal(metric_of(refused), 0);
	pass_answered(59999);
	check_token();
	say_bot(sender, 42);
	assert_not_logged("the bot token");
	pass_answered(1);
	check_token();
	assert_logged("checking the bot token", "level=warn");
	say_bot(sender, 42);
	assert_logged("Telegram knows the bot token", "level=notice");
	say_bot(sender, 42); /* nothing new */
	assert_not_logged("the bot");
	end_log();
}

static void another_name_of_the_bot_is_told(void)
{
	const struct bot renamed = { .id = 42, .username = "renamed" };

	sender = start_pool();
	begin_log();
	say(sender, WIRE_BOT_IS, &renamed, sizeof(renamed));
	turn();
	assert_logged("the bot has another name", "username=renamed before=korone");
	say(sender, WIRE_BOT_IS, &renamed, sizeof(renamed));
	turn();
	assert_not_logged("another name");
	end_log();
}

/* --- children --------------------------------------------------------------------------------- */

static void start_with_walls(uint32_t walls)
{
	struct process *child;

	dies(latest(), BY_SIGNAL(SIGKILL));
	child = latest();
	is_forked(child);
	say_ready(child, walls);
	turn();
}

static void a_missing_wall_is_told_once_and_what_it_means(void)
{
	static const char files[] = "\nkorone_worker_walls{wall=\"files\"} ";
	static const char calls[] = "\nkorone_worker_walls{wall=\"calls\"} ";
	const char *text;

	start_pool();
	begin_log();
	start_with_walls(WALLS_ALL);
	assert_not_logged("without a wall");
	start_with_walls(1u << WALL_CALLS);
	text = logged();
	assert_true(has_line(text, "without a wall", "read every file"));
	assert_false(has_line(text, "without a wall", "signal this"));
	pass(250);
	assert_int_equal(metric_of(files), 0);
	assert_int_equal(metric_of(calls), 1);
	start_with_walls(1u << WALL_FILES);
	assert_not_logged("without a wall");
	pass(250);
	assert_int_equal(metric_of(files), 1);
	assert_int_equal(metric_of(calls), 0);
	end_log();
}

static void ingress_is_told_of_walls(void)
{
	start_pool();
	start_with_walls(1u << WALL_FILES);
	stop_listening();
	pass_answered(BEAT_MS);
	assert_int_equal(hear_pool_beat().walls, 1u << WALL_FILES);
}

static void a_missing_wall_around_programs_is_told(void)
{
	const char *text;

	start_pool();
	begin_log();
	start_with_walls(1u << WALL_FILES);
	text = logged();
	assert_true(has_line(text, "without a wall", "signal this"));
	assert_false(has_line(text, "without a wall", "read every file"));
	end_log();
}

static void children_and_what_they_have_in_hand_are_shown(void)
{
	static const char idle[] = "\nkorone_worker_children{state=\"idle\"} ";
	static const char busy[] = "\nkorone_worker_children{state=\"busy\"} ";
	static const char starting[] = "\nkorone_worker_children{state=\"starting\"} ";
	static const char in_hand[] = "\nkorone_worker_in_hand_updates ";
	static const char unsent[] = "\nkorone_worker_unsent_calls ";
	struct process *child;
	struct wire_item item;

	sender = start_pool();
	for (uint64_t seq = 1; seq <= 3; seq++)
		give(seq, 7);
	child = busy_child();
	item = begin_item(child, 1);
	pass(250);
	assert_int_equal(metric_of(idle) + metric_of(busy), CHILDREN);
	assert_int_equal(metric_of(starting), 0);
	assert_true(metric_of(busy) >= 1);
	assert_int_equal(metric_of(in_hand), 3);
	assert_int_equal(status_number("in_hand"), 3);
	assert_int_equal(metric_of(unsent), 0);
	assert_string_equal(dependency_of("children")->state, "2 of 2");
	finish_item(child, &item, 2);
	pass(250);
	assert_int_equal(metric_of(in_hand), 2);
	assert_int_equal(metric_of(unsent), 2);
	assert_int_equal(status_number("unsent"), 1);
	assert_int_equal(status_number("unsent_calls"), 2);
	assert_int_equal(status_number("handled"), 1);
}

static const struct message_child *row_of(const struct message_pool_beat *beat,
					  const struct process *process)
{
	for (size_t i = 0; i < beat->children_count; i++)
		if (beat->children[i].pid == (uint32_t)process->pid)
			return &beat->children[i];
	fail_msg("no child %d", (int)process->pid);
	return NULL;
}

/* For `koronectl`, which asks ingress. */
static void a_beat_has_a_row_of_each_child(void)
{
	struct message_pool_beat beat;
	struct process *child;
	struct wire_item item;

	sender = start_pool();
	child = give_lanes(1, 1);
	item = begin_item(child, 1);
	finish_item(child, &item, 1);
	for (uint64_t seq = 2; seq <= 4; seq++)
		give(seq, 7);
	child = busy_child();
	begin_item(child, 2);
	dies(child == &processes[1] ? &processes[2] : &processes[1], BY_SIGNAL(SIGSEGV));
	is_forked(latest());
	stop_listening();
	pass_answered(BEAT_MS);
	beat = hear_pool_beat();
	assert_int_equal(beat.in_hand, 3);
	assert_int_equal(beat.unsent, 1);
	assert_int_equal(beat.handled, 1);
	assert_int_equal(beat.crashed, 1);
	assert_int_equal(beat.sender_pid, sender->pid);
	assert_int_equal(beat.children_count, CHILDREN);
	assert_int_equal(row_of(&beat, child)->state, CHILD_BUSY);
	assert_true(row_of(&beat, child)->in_hand > 0);
	assert_int_equal(row_of(&beat, latest())->state, CHILD_STARTING);
	assert_int_equal(row_of(&beat, latest())->in_hand, 0);
	assert_int_equal(row_of(&beat, latest())->handled, 0);
	assert_int_equal(row_of(&beat, latest())->since_ms, BEAT_MS);
}

static json_int_t number_in(const json_t *object, const char *name)
{
	assert_true(json_is_integer(json_object_get(object, name)));
	return json_integer_value(json_object_get(object, name));
}

static void the_status_says_who_does_what(void)
{
	json_t *status, *children, *row;
	struct process *child;

	sender = start_pool();
	child = give_lanes(1, 1);
	begin_item(child, 1);
	pass_answered(1000);
	status = json_loads(status_text, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(status, "process")), "worker");
	assert_string_equal(json_string_value(json_object_get(status, "version")), KORONE_VERSION);
	assert_string_equal(json_string_value(json_object_get(status, "bot")), "korone");
	assert_true(json_is_true(json_object_get(status, "ready")));
	assert_true(json_is_false(json_object_get(status, "draining")));
	assert_true(json_is_false(json_object_get(status, "token_refused")));
	assert_int_equal(number_in(status, "pid"), getpid());
	assert_int_equal(number_in(status, "up_ms"), 1000);
	assert_int_equal(number_in(status, "token_pause_ms"), 0);
	assert_int_equal(number_in(status, "nursery_pid"), nurseries[0]->pid);
	assert_int_equal(number_in(status, "sender_pid"), sender->pid);
	assert_int_equal(number_in(status, "unstored_verdicts"), 0);
	assert_int_equal(number_in(status, "captures_pending"), 0);
	children = json_object_get(status, "children");
	assert_int_equal(json_array_size(children), CHILDREN);
	for (size_t i = 0; i < CHILDREN; i++) {
		const bool is_busy = number_in(json_array_get(children, i), "pid") == child->pid;

		row = json_array_get(children, i);
		assert_string_equal(json_string_value(json_object_get(row, "state")),
				    is_busy ? "busy" : "idle");
		assert_int_equal(number_in(row, "in_hand"), is_busy);
		assert_int_equal(number_in(row, "handled"), 0);
		assert_int_equal(number_in(row, "since_ms"), 1000);
	}
	json_decref(status);
}

static void without_a_child_the_pool_is_not_ready(void)
{
	static const char crashes[] = "\nkorone_worker_crashes_total{signal=\"SEGV\"} ";
	double before;

	start_pool();
	before = metric_of(crashes);
	for (size_t i = 1; i <= CHILDREN; i++)
		dies(&processes[i], BY_SIGNAL(SIGSEGV));
	pass(250);
	assert_int_equal(metric_of(crashes) - before, CHILDREN);
	assert_false(dependency_of("children")->ready);
	assert_string_equal(dependency_of("children")->state, "0 of 2");
	assert_non_null(strstr(status_text, "\"ready\":false"));
	assert_int_equal(metric_of("\nkorone_worker_children{state=\"starting\"} "), CHILDREN);
}

static void handled_updates_are_counted_and_timed(void)
{
	static const char ok[] = "\nkorone_worker_updates_total{result=\"ok\"} ";
	static const char crash[] = "\nkorone_worker_updates_total{result=\"crash\"} ";
	static const char count[] = "\nkorone_worker_handle_seconds_count ";
	static const char sum[] = "\nkorone_worker_handle_seconds_sum ";
	double before[4];
	struct process *child;
	struct wire_item item;

	start_pool();
	before[0] = metric_of(ok);
	before[1] = metric_of(crash);
	before[2] = metric_of(count);
	before[3] = metric_of(sum);
	child = give_lanes(1, 1);
	item = begin_item(child, 1);
	finish_item(child, &item, 0);
	assert_int_equal(metric_of(ok) - before[0], 1);
	assert_int_equal(metric_of(count) - before[2], 1);
	assert_float_equal(metric_of(sum) - before[3], 0.001, 0.00001);
	child = give_lanes(2, 1);
	begin_item(child, 2);
	dies(child, BY_SIGNAL(SIGSEGV));
	assert_int_equal(metric_of(ok) - before[0], 1);
	assert_int_equal(metric_of(crash) - before[1], 1);
}

int main(void)
{
	static const struct scene scenes[] = {
		{ SCENE(what_was_to_be_expected_is_no_warning) },
		{ SCENE(a_call_that_failed_is_named_with_its_update_and_its_reason) },
		{ SCENE(of_calls_that_are_made_again_one_a_minute_is_a_warning) },
		{ SCENE(a_call_that_a_handler_waits_for_is_of_its_update) },
		{ SCENE(calls_are_counted_by_method_and_outcome) },
		{ SCENE(calls_in_doubt_are_counted) },
		{ SCENE(cooldowns_are_counted_and_that_of_the_whole_bot_is_told) },
		{ SCENE(of_checks_of_the_token_one_a_minute_is_told) },
		{ SCENE(another_name_of_the_bot_is_told) },
		{ SCENE(a_missing_wall_is_told_once_and_what_it_means) },
		{ SCENE(a_missing_wall_around_programs_is_told) },
		{ SCENE(ingress_is_told_of_walls) },
		{ SCENE(children_and_what_they_have_in_hand_are_shown) },
		{ SCENE(a_beat_has_a_row_of_each_child) },
		{ SCENE(the_status_says_who_does_what) },
		{ SCENE(without_a_child_the_pool_is_not_ready) },
		{ SCENE(handled_updates_are_counted_and_timed) },
	};

	const int failed = run_scenes(scenes, COUNT_OF(scenes));

	show_log();
	return failed;
}
