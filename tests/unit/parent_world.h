/* parent_world.h - a whole parent, parent_run(), between a nursery, children, a sender, an ingress
 * and a crashd that the test plays. A test is what happens in the place of loop_run(), and turns
 * the loop itself. What is defined here takes the place of health.c.
 *
 * The Makefile links what includes this with --wrap=loop_run, and as turned_loop.h says. */
#ifndef TESTS_UNIT_PARENT_WORLD_H
#define TESTS_UNIT_PARENT_WORLD_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <jansson.h>

#define RUN_LOOP __real_loop_run
struct loop;
void __real_loop_run(struct loop *loop);
void __wrap_loop_run(struct loop *loop);

#include "common/capture.h"
#include "common/health.h"
#include "common/log.h"
#include "tests/unit/ingress_world.h"
#include "tests/unit/memory_directory.h"
#include "tests/unit/nursery_world.h"
#include "tests/unit/turned_loop.h"
#include "workers/parent/parent.h"
#include "workers/wire/answer.h"
#include "workers/wire/bot.h"
#include "workers/wire/call.h"

#define KINDS 5u
#define CHILDREN 2u

/* --- stand-in: health ------------------------------------------------------------------------- */

const struct health_limits health_default_limits = { 0 };
static struct dependency {
	const char *name;
	bool ready;
	char state[64];
} dependencies[8];
static char status_text[4096];

struct health *health_start(const char *process, const char *listen,
			    const struct health_limits *limits, struct why *why)
{
	(void)process;
	(void)listen;
	(void)limits;
	(void)why;
	return (struct health *)dependencies;
}

void health_stop(struct health *health)
{
	(void)health;
}

void health_watch_loop(struct health *health, struct loop *loop)
{
	(void)health;
	(void)loop;
}

void health_dependency(struct health *health, const char *name, bool needed, bool ready,
		       const char *state)
{
	struct dependency *dependency = dependencies;

	(void)health;
	assert_int_equal(needed, strcmp(name, "walls") != 0 && strcmp(name, "fetcher") != 0);
	while (dependency->name && strcmp(dependency->name, name) != 0)
		dependency++;
	dependency->name = name;
	dependency->ready = ready;
	snprintf(dependency->state, sizeof(dependency->state), "%s", state);
}

void health_status(struct health *health, const char *json, size_t size)
{
	(void)health;
	snprintf(status_text, sizeof(status_text), "%.*s", (int)size, json);
}

/* Of the last tick. */
static inline int64_t status_number(const char *name)
{
	json_t *status = json_loads(status_text, 0, NULL);
	int64_t number = json_integer_value(json_object_get(status, name));

	assert_non_null(json_object_get(status, name));
	json_decref(status);
	return number;
}

static inline const struct dependency *dependency_of(const char *name)
{
	const struct dependency *dependency = dependencies;

	while (dependency->name && strcmp(dependency->name, name) != 0)
		dependency++;
	return dependency;
}

/* --- the pool --------------------------------------------------------------------------------- */

static struct settings settings;
static struct loop *loop;

/* What a test does with it. */
struct scene {
	const char *name;
	void (*play)(void);
	unsigned children; /* of the pool; 0: CHILDREN */
	int ends_with;     /* the status with which the pool ends at once; 0: it does not */
};
static const struct scene *scene;

void __wrap_loop_run(struct loop *parents)
{
	loop = parents;
	scene->play();
}

static void start_world(void)
{
	char *locks;

	log_open("test", LOG_FORMAT_LOGFMT, LOG_LEVEL_ERROR);
	memset(dependencies, 0, sizeof(dependencies));
	forget_link(&to_ingress);
	forget_link(&to_crashd);
	forget_processes();
	settings = (struct settings) { .bot_token = "42:token",
				       .api_url = "https://api",
				       .updates_endpoint = "ipc:///updates",
				       .crashes_endpoint = "ipc:///crashes",
				       .curve_dir = "",
				       .health_listen = "",
				       .pool_min = scene->children ? scene->children : CHILDREN,
				       .pool_max = 8,
				       .handler_timeout_ms = 5000,
				       .long_timeout_ms = 60000,
				       .child_max_updates = 1000,
				       .send_inflight = 7,
				       .crash_update = CRASH_UPDATE_FULL,
				       .state_dir = make_memory_directory("korone-parent") };
	assert_non_null(settings.state_dir);
	locks = xasprintf("%s/worker", settings.state_dir); /* main.c makes it */
	assert_int_equal(mkdir(locks, 0700), 0);
	free(locks);
}

static void end_world(void)
{
	static const char *const names[] = { "/worker/files", "/worker/session.0", "/worker", "" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = xasprintf("%s%s", settings.state_dir, names[i]);

		assert_int_equal(remove(path), 0);
		free(path);
	}
	free((char *)(uintptr_t)settings.state_dir);
	forget_processes();
	forget_link(&to_ingress);
	forget_link(&to_crashd);
	arena_finish(&heard);
}

/* In a process of its own, for it ends that. */
static int run_to_its_end(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		close(STDERR_FILENO);
		_exit(parent_run(&settings));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void play_in_a_pool(void **state)
{
	sigset_t mask;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	scene = *state;
	start_world();
	if (scene->ends_with)
		assert_int_equal(run_to_its_end(), scene->ends_with);
	else
		assert_int_equal(parent_run(&settings), EX_OK);
	end_world();
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

#define SCENE(function) .name = #function, .play = function

static inline int run_scenes(const struct scene *scenes, size_t count)
{
	struct CMUnitTest *tests = xcalloc(count, sizeof(*tests));
	int failed;

	for (size_t i = 0; i < count; i++)
		tests[i] = (struct CMUnitTest) { .name = scenes[i].name,
						 .test_func = play_in_a_pool,
						 .initial_state = (void *)(uintptr_t)&scenes[i] };
	failed = _cmocka_run_group_tests("scenes", tests, count, NULL, NULL);
	free(tests);
	return failed;
}

/* --- what crashd is told ---------------------------------------------------------------------- */

static struct capture captures[32];
static size_t captures_count;

static void store_captures(void)
{
	for (; to_crashd.taken < to_crashd.sent_count; to_crashd.taken++) {
		const struct buffer *frame = &to_crashd.sent[to_crashd.taken];
		struct message_capture_stored stored;
		struct message_capture message;
		struct buffer out = { 0 };
		struct why why;

		assert_true(message_decode_capture(buffer_unread(frame), buffer_unread_size(frame),
						   &heard, &message, &why));
		assert_true(capture_decode(message.body.data, message.body.length,
					   &captures[captures_count++], &why));
		stored.id = message.id;
		message_encode_capture_stored(&stored, &out);
		deliver(&to_crashd, &out);
	}
}

/* The one that there is since the last time. */
static inline const struct capture *the_capture(void)
{
	assert_int_equal(captures_count, 1);
	captures_count = 0;
	return &captures[0];
}

static inline void no_capture(void)
{
	assert_int_equal(captures_count, 0);
}

/* --- time ------------------------------------------------------------------------------------- */

static void pass(uint64_t ms)
{
	turn_loop(loop, ms);
	store_captures();
}

static void turn(void)
{
	pass(0);
}

/* --- its processes ---------------------------------------------------------------------------- */

static void nursery_is_ready(struct nursery_link *link, const struct buffer *calls)
{
	static const uint8_t none[] = { 0x90 };
	const struct nursery_ready ready = {
		.kinds = KINDS,
		.version = { "1", 1 },
		.calls = calls ? cursor_make(buffer_unread(calls), buffer_unread_size(calls))
			       : cursor_make(none, sizeof(none)),
	};

	link->events.ready(link->events.owner, link, &ready);
	turn();
}

static void is_forked(struct process *process)
{
	const struct nursery_events *events = &process->nursery->events;

	events->forked(events->owner, process->serial, process->pid, 0);
}

static inline void dies(struct process *process, int status)
{
	const struct nursery_events *events = &process->nursery->events;

	close_socket(process);
	events->died(events->owner, process->pid, status, 0);
	turn();
}

#define BY_SIGNAL(signo) (signo)
#define BY_EXIT(status) ((status) << 8)

static inline void files_change(void)
{
	nurseries[0]->events.changed(nurseries[0]->events.owner, nurseries[0]);
	turn();
}

static inline void nursery_is_gone(struct nursery_link *link)
{
	link->pid = 0;
	link->events.gone(link->events.owner, link, BY_SIGNAL(SIGKILL));
	turn();
}

static void say_bot(struct process *sender, int64_t id)
{
	const struct bot bot = { .id = id, .username = "korone" };

	say(sender, WIRE_BOT_IS, &bot, sizeof(bot));
	turn();
}

static struct process *sender_starts(struct process *sender)
{
	assert_int_equal(sender->role, NURSERY_SENDER);
	is_forked(sender);
	turn();
	hear(sender, WIRE_SENDER);
	return sender;
}

static struct process *child_starts(struct process *child)
{
	assert_int_equal(child->role, NURSERY_CHILD);
	is_forked(child);
	say_ready(child, WALLS_ALL);
	turn();
	hear(child, WIRE_BOT);
	return child;
}

/* --- the session ------------------------------------------------------------------------------ */

static uint64_t session;

static void join(void)
{
	session = hear_pool_hello().session;
	say_welcome(session, WELCOME_ACCEPTED, EPOCH);
	hear_pool_beat();
	turn();
}

/* All is there: a sender, the children, the session. Returns the sender; the children follow. */
static struct process *start_pool(void)
{
	const size_t children = (size_t)settings.pool_min;

	put_clock_on_a_tick();
	turn();
	assert_int_equal(processes_count, 0);
	nursery_is_ready(nurseries[0], NULL);
	assert_int_equal(processes_count, 1);
	sender_starts(&processes[0]);
	say_bot(&processes[0], 42);
	assert_int_equal(processes_count, 1 + children);
	for (size_t i = 1; i <= children; i++)
		child_starts(&processes[i]);
	join();
	stop_listening();
	captures_count = 0;
	return &processes[0];
}

static inline void pass_answered(uint64_t ms)
{
	for (; ms; ms -= ms < 1000 ? ms : 1000) {
		pass(ms < 1000 ? ms : 1000);
		say_beat_answer(session, EPOCH);
	}
}

static inline void give_item(const struct message_item *item)
{
	struct message_item copy = *item;

	say_updates(session, &copy, 1);
	turn();
}

static inline void give(uint64_t seq, uint64_t lane)
{
	const struct message_item item = { .seq = seq,
					   .update_id = (int64_t)seq + 7000,
					   .lane = lane,
					   .kind = KIND_MESSAGE,
					   .attempt = 1,
					   .body = { "body", 4 } };

	give_item(&item);
}

/* --- verdicts ----------------------------------------------------------------------------------
 */

static struct message_verdict verdicts[256];
static size_t verdicts_count, verdicts_taken;

static inline bool is_verdict_left(void)
{
	while (to_ingress.taken < to_ingress.sent_count) {
		enum message_number number = number_of(&to_ingress.sent[to_ingress.taken]);

		if (number == MESSAGE_VERDICTS) {
			const struct message_verdicts message = hear_verdicts();

			for (size_t i = 0; i < message.count; i++)
				verdicts[verdicts_count++] = message.verdicts[i];
		} else {
			hear_message(MESSAGE_POOL_BEAT);
		}
	}
	return verdicts_taken < verdicts_count;
}

/* The next thing that ingress learns of an update. */
static inline struct message_verdict hear_verdict(uint64_t seq, enum verdict_step step)
{
	assert_true(is_verdict_left());
	assert_int_equal(verdicts[verdicts_taken].seq, seq);
	assert_int_equal(verdicts[verdicts_taken].step, step);
	return verdicts[verdicts_taken++];
}

static inline void no_verdict(void)
{
	assert_false(is_verdict_left());
}

/* --- children --------------------------------------------------------------------------------- */

static inline struct wire_item hear_item(struct process *child)
{
	struct frame frame = hear(child, WIRE_ITEM);
	struct wire_item item;

	assert_true(frame_head(&frame, &item, sizeof(item)));
	return item;
}

static inline struct wire_item begin_item(struct process *child, uint64_t seq)
{
	const struct wire_item item = hear_item(child);

	assert_int_equal(item.seq, seq);
	assert_true(claim_begin(child->scoreboard, item.ordinal));
	return item;
}

/* The handler is through, with so many replies. */
static inline void finish_item(struct process *child, const struct wire_item *item, unsigned calls)
{
	const struct wire_verdict verdict = {
		.seq = item->seq, .ordinal = item->ordinal, .duration_us = 1000, .calls = calls
	};
	struct buffer tail = { 0 };

	for (unsigned i = 0; i < calls; i++) {
		/* A child has no say in whether a call is in doubt. */
		const struct wire_call call = { .chat_id = 5,
						.size = 4,
						.flags = WIRE_CALL_IN_DOUBT };

		buffer_append(&tail, &call, sizeof(call));
		buffer_append_text(&tail, "call");
	}
	say_two(child, WIRE_VERDICT, &verdict, sizeof(verdict), buffer_unread(&tail),
		buffer_unread_size(&tail));
	buffer_finish(&tail);
	turn();
}

/* Which of the children has the next item. */
static inline struct process *busy_child(void)
{
	for (size_t i = 1; i < processes_count; i++)
		if (processes[i].role == NURSERY_CHILD && processes[i].socket >= 0 &&
		    (buffer_unread_size(&processes[i].in) ||
		     frame_fill(processes[i].socket, &processes[i].in, 65536, NULL) == FRAME_IO_OK))
			return &processes[i];
	fail_msg("nobody has anything");
	return NULL;
}

/* --- for tests of deaths ------------------------------------------------------------------------
 */

/* Items of these lanes, all to one child: they come in one message. */
static inline struct process *give_batch(uint64_t first, const uint64_t *lanes, size_t count)
{
	struct message_item items[16] = { 0 };

	for (size_t i = 0; i < count; i++)
		items[i] = (struct message_item) { .seq = first + i,
						   .update_id = (int64_t)(first + i) + 7000,
						   .lane = lanes[i],
						   .kind = KIND_MESSAGE,
						   .attempt = 1,
						   .body = { "body", 4 } };
	say_updates(session, items, count);
	turn();
	return busy_child();
}

static inline struct process *give_lanes(uint64_t first, size_t count)
{
	uint64_t lanes[16];

	for (size_t i = 0; i < count; i++)
		lanes[i] = first + i;
	return give_batch(first, lanes, count);
}

/* With so much memory in use. */
static inline void ends(struct process *process, int status, uint32_t max_rss_kib)
{
	const struct nursery_events *events = &process->nursery->events;

	close_socket(process);
	events->died(events->owner, process->pid, status, max_rss_kib);
	turn();
}

/* The process that was asked for last. */
static inline struct process *latest(void)
{
	return &processes[processes_count - 1];
}

/* --- the sender ------------------------------------------------------------------------------- */

/* The next call that it is to make: its number. */
static inline uint64_t hear_call(struct process *sender, uint8_t flags)
{
	struct frame frame = hear(sender, WIRE_SEND);
	struct wire_send head;

	assert_true(frame_head(&frame, &head, sizeof(head)));
	assert_int_equal(head.flags, flags);
	return head.id;
}

static inline void say_sent(struct process *sender, uint64_t id, enum call_outcome outcome,
			    bool final)
{
	const struct wire_sent sent = { .id = id, .outcome = (uint8_t)outcome, .final = final };

	say_two(sender, WIRE_SENT, &sent, sizeof(sent), "result", final ? 6 : 0);
	turn();
}

static inline void say_back(struct process *sender, uint64_t id, uint64_t after_ms)
{
	const struct wire_back back = { id, after_ms };

	say(sender, WIRE_BACK, &back, sizeof(back));
	turn();
}

#endif
