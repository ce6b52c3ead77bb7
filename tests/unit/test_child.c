/* test_child.c - a real child with a stand-in host: items, items taken back, calls with a result,
 * and its end by memory, exit and signal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/walls.h"
#include "common/xalloc.h"
#include "workers/child/child.h"
#include "workers/wire/frame.h"
#include "workers/wire/scoreboard.h"
#include "workers/wire/wire.h"

/* --- the stand-in: its body defines what the handler does ------------------------------------- */

static struct host_services services;
static struct arena arena;
static struct call reply;

uint32_t confinement_apply(const struct confinement *confinement, struct why *why)
{
	(void)confinement;
	why_set(why, "no Landlock");
	return 1u << WALL_CALLS;
}

void host_start(struct host *host, const struct bot *bot, const struct host_services *given,
		struct capture_slot *slot)
{
	(void)host;
	(void)bot;
	(void)slot;
	services = *given;
}

static struct bot renamed;

void host_rename(struct host *host, const struct bot *bot)
{
	(void)host;
	renamed = *bot;
}

/* As the real one: what belongs to an update goes. */
void host_idle(struct host *host)
{
	(void)host;
	arena_reset(&arena);
}

/* A child that waits for the time after which it counts as idle has waited already. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	return timeout_ms == 5000 ? 0 : __real_poll(fds, count, timeout_ms);
}

static int sent_file = -1;

/* Until then it must be open. */
void host_release(struct host *host)
{
	(void)host;
	if (sent_file >= 0 && ftruncate(sent_file, 0) < 0)
		_exit(97);
}

static void leak(void)
{
	for (;;)
		memset(xmalloc(1 << 20), 1, 1 << 20);
}

static void leave_a_copy(void)
{
	if (fork() != 0)
		_exit(0);
	for (;;)
		pause();
}

static void ask(struct host_outcome *out)
{
	const struct call call = { .method = { "getChat", 7 }, .want_result = true };
	int64_t *chat_id = arena_alloc(&arena, sizeof(*chat_id));
	struct call_result result;

	*chat_id = 5;
	services.call(services.owner, &call, &arena, &result);
	reply = (struct call) { .chat_id = *chat_id,
				.method = { "sendMessage", 11 },
				.body = result.result };
	out->calls = &reply;
	out->calls_count = 1;
}

static void send_file(struct host_outcome *out)
{
	static struct call_file files[2] = { { .part = { "file0", 5 }, .bytes = { "x", 1 } },
					     { .part = { "file1", 5 } } };

	files[1].descriptor = sent_file = memfd_create("file", MFD_CLOEXEC);
	if (write(sent_file, "large", 5) != 5)
		_exit(97);
	reply = (struct call) { .method = { "sendDocument", 12 },
				.files = files,
				.files_count = 2 };
	out->calls = &reply;
	out->calls_count = 1;
}

void host_handle(struct host *host, const struct message_item *item, struct host_outcome *out)
{
	(void)host;
	*out = (struct host_outcome) { .end = HOST_DONE };
	if (text_is(item->body, "leak"))
		leak();
	if (text_is(item->body, "exit"))
		exit(3);
	if (text_is(item->body, "segv"))
		raise(SIGSEGV);
	if (text_is(item->body, "stray"))
		leave_a_copy();
	if (text_is(item->body, "ask"))
		ask(out);
	if (text_is(item->body, "send"))
		send_file(out);
	if (text_is(item->body, "other"))
		out->names_another_bot = true;
	if (text_is(item->body, "who")) {
		out->end = HOST_FAILED;
		out->reason = renamed.username;
	}
	if (text_is(item->body, "fail")) {
		out->end = HOST_FAILED;
		out->module = "stand_in";
		out->reason = "because";
	}
}

/* --- the parent's side --- */

struct rig {
	pid_t pid;
	int socket;
	struct scoreboard *scoreboard;
	struct buffer in, out;
};

static void start(struct rig *rig)
{
	const struct settings settings = { .child_memory_max = 64 << 20,
					   .log_level = LOG_LEVEL_ERROR };
	const struct bot bot = { .id = 42 };
	struct why why;
	int pair[2], scoreboard = scoreboard_create(&why);

	*rig = (struct rig) { .scoreboard = scoreboard_map(scoreboard, &why) };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	rig->pid = fork();
	if (rig->pid == 0) {
		close(pair[0]);
		close(STDERR_FILENO);
		_exit(child_main(NULL, NULL, NULL, &settings, pair[1], scoreboard));
	}
	close(pair[1]);
	close(scoreboard);
	rig->socket = pair[0];
	frame_append(&rig->out, WIRE_BOT, &bot, sizeof(bot), NULL, 0);
}

static void give(struct rig *rig, uint32_t ordinal, const char *body)
{
	const struct wire_item item = { .seq = 100 + ordinal, .ordinal = ordinal };

	claim_offer(rig->scoreboard, ordinal);
	frame_append(&rig->out, WIRE_ITEM, &item, sizeof(item), body, strlen(body));
}

/* Descriptors come with the first read that reaches their frame: `came` takes them. */
static struct frame next_beside(struct rig *rig, struct descriptors *came)
{
	struct frame frame;

	assert_int_equal(frame_flush(rig->socket, &rig->out, NULL), FRAME_IO_OK);
	while (frame_take(&rig->in, &frame) == FRAME_PARTIAL)
		assert_int_equal(frame_fill(rig->socket, &rig->in, 65536, came), FRAME_IO_OK);
	return frame;
}

static struct frame next(struct rig *rig)
{
	return next_beside(rig, NULL);
}

static struct wire_verdict next_verdict(struct rig *rig, struct frame *rest)
{
	struct wire_verdict verdict;

	*rest = next(rig);
	assert_int_equal(rest->type, WIRE_VERDICT);
	assert_true(frame_head(rest, &verdict, sizeof(verdict)));
	return verdict;
}

static int finish(struct rig *rig)
{
	int status;

	assert_int_equal(frame_flush(rig->socket, &rig->out, NULL), FRAME_IO_OK);
	shutdown(rig->socket, SHUT_WR);
	assert_int_equal(waitpid(rig->pid, &status, 0), rig->pid);
	close(rig->socket);
	scoreboard_unmap(rig->scoreboard);
	buffer_finish(&rig->in);
	buffer_finish(&rig->out);
	return status;
}

static void it_answers_each_item_and_passes_over_those_taken_back(void **state)
{
	struct frame rest;
	struct rig rig;

	(void)state;
	start(&rig);
	give(&rig, 1, "");
	give(&rig, 2, "exit");
	give(&rig, 3, "");
	assert_true(claim_take_back(rig.scoreboard, 2));
	assert_int_equal(next(&rig).type, WIRE_READY);
	assert_int_equal(next_verdict(&rig, &rest).seq, 101);
	assert_int_equal(next_verdict(&rig, &rest).seq, 103);
	assert_int_equal(claim_state(rig.scoreboard, 3), CLAIM_BEGUN);
	assert_int_equal(finish(&rig), 0);
}

static void another_name_is_told_both_ways(void **state)
{
	const struct bot bot = { .id = 42, .username = "new_name" };
	struct frame rest;
	struct rig rig;

	(void)state;
	start(&rig);
	give(&rig, 1, "other");
	give(&rig, 2, "");
	frame_append(&rig.out, WIRE_BOT, &bot, sizeof(bot), NULL, 0);
	give(&rig, 3, "who");
	assert_int_equal(next(&rig).type, WIRE_READY);
	assert_int_equal(next_verdict(&rig, &rest).names_another, 1);
	assert_int_equal(next_verdict(&rig, &rest).names_another, 0);
	assert_int_equal(next_verdict(&rig, &rest).failed, 1); /* it is ready once */
	assert_non_null(memmem(rest.data, rest.size, "new_name", 8));
	assert_int_equal(finish(&rig), 0);
}

static void it_waits_for_a_result_and_keeps_what_came_meanwhile(void **state)
{
	const struct call_result result = { .result = { "{\"id\":5}", 8 } };
	struct wire_verdict verdict;
	struct wire_call head;
	struct cursor cursor;
	struct frame rest;
	struct call_file files[CALL_FILES_MAX];
	struct call call;
	struct rig rig;
	size_t opened;

	(void)state;
	start(&rig);
	give(&rig, 1, "ask");
	give(&rig, 2, "");
	assert_int_equal(next(&rig).type, WIRE_READY);
	assert_int_equal(next(&rig).type, WIRE_CALL);
	give(&rig, 3, "");
	opened = frame_start(&rig.out, WIRE_RESULT);
	call_result_encode(&result, &rig.out);
	frame_finish(&rig.out, opened);
	give(&rig, 4, "");
	verdict = next_verdict(&rig, &rest);
	assert_int_equal(verdict.seq, 101);
	assert_int_equal(verdict.calls, 1);
	assert_true(frame_head(&rest, &head, sizeof(head)));
	assert_int_equal(head.chat_id, 5);
	assert_int_equal(head.size, rest.size);
	cursor = cursor_make(rest.data, rest.size);
	assert_true(call_decode(&cursor, &call, files));
	assert_true(text_is(call.body, "{\"id\":5}"));
	for (uint64_t seq = 102; seq <= 104; seq++)
		assert_int_equal(next_verdict(&rig, &rest).seq, seq);
	assert_int_equal(finish(&rig), 0);
}

/* The host lets go of its own once the parent can have it. */
static void a_large_file_goes_beside_the_verdict(void **state)
{
	struct descriptors came = { 0 };
	struct wire_verdict verdict;
	struct wire_call head;
	struct frame frame;
	struct rig rig;
	int fd;

	(void)state;
	start(&rig);
	give(&rig, 1, "send");
	assert_int_equal(next_beside(&rig, &came).type, WIRE_READY);
	frame = next_beside(&rig, &came);
	assert_true(frame_head(&frame, &verdict, sizeof(verdict)));
	assert_true(frame_head(&frame, &head, sizeof(head)));
	assert_int_equal(head.files, 1);
	assert_int_equal(came.count, 1);
	fd = descriptors_take(&came);
	give(&rig, 2, "");
	(void)next_verdict(&rig, &frame);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0); /* the host was told, and not before */
	close(fd);
	descriptors_finish(&came);
	assert_int_equal(finish(&rig), 0);
}

static void a_failure_says_where(void **state)
{
	struct wire_verdict verdict;
	struct cursor cursor;
	struct frame rest;
	struct rig rig;

	(void)state;
	start(&rig);
	give(&rig, 1, "fail");
	assert_int_equal(next(&rig).type, WIRE_READY);
	verdict = next_verdict(&rig, &rest);
	assert_true(verdict.failed);
	assert_int_equal(verdict.failure_size, rest.size);
	cursor = cursor_make(rest.data, rest.size);
	cursor_expect_array(&cursor, 6);
	assert_true(text_is(cursor_text(&cursor), "stand_in"));
	assert_int_equal(finish(&rig), 0);
}

static void it_says_which_walls_stand_and_why_others_do_not(void **state)
{
	struct wire_ready ready;
	struct frame frame;
	struct rig rig;

	(void)state;
	start(&rig);
	frame = next(&rig);
	assert_int_equal(frame.type, WIRE_READY);
	assert_true(frame_head(&frame, &ready, sizeof(ready)));
	assert_int_equal(ready.walls, 1u << WALL_CALLS);
	assert_true(text_is((struct text) { (const char *)frame.data, frame.size }, "no Landlock"));
	assert_int_equal(finish(&rig), 0);
}

static int end_by(const char *body)
{
	struct rig rig;

	start(&rig);
	give(&rig, 1, body);
	return finish(&rig);
}

static void each_end_is_seen_by_its_parent(void **state)
{
	int status = end_by("exit");

	(void)state;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
#if !defined(__SANITIZE_ADDRESS__) /* whose own handlers stay, and cmocka's with them */
	status = end_by("segv");
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	/* xmalloc()'s exit status says that memory ran out. */
	status = end_by("leak");
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 71);
#endif
}

/* A copy that is forked while its parent ends, too: it has the socket, so the socket says when it
 * is gone. */
static void what_a_handler_forked_ends_with_it(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		enum frame_io io = FRAME_IO_OK;
		struct pollfd socket;
		struct rig rig;

		start(&rig);
		give(&rig, 1, "stray");
		assert_int_equal(frame_flush(rig.socket, &rig.out, NULL), FRAME_IO_OK);
		socket = (struct pollfd) { .fd = rig.socket, .events = POLLIN };
		while (io == FRAME_IO_OK) {
			assert_int_equal(poll(&socket, 1, 20000), 1);
			io = frame_fill(rig.socket, &rig.in, 65536, NULL);
		}
		assert_int_equal(io, FRAME_IO_END);
		assert_int_equal(finish(&rig), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_answers_each_item_and_passes_over_those_taken_back),
		cmocka_unit_test(another_name_is_told_both_ways),
		cmocka_unit_test(it_waits_for_a_result_and_keeps_what_came_meanwhile),
		cmocka_unit_test(a_failure_says_where),
		cmocka_unit_test(a_large_file_goes_beside_the_verdict),
		cmocka_unit_test(it_says_which_walls_stand_and_why_others_do_not),
		cmocka_unit_test(each_end_is_seen_by_its_parent),
		cmocka_unit_test(what_a_handler_forked_ends_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
