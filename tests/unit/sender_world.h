/* sender_world.h - a real sender in a process of its own, between a parent and a Telegram that the
 * test plays, under the test's clock. What is defined here takes the place of telegram.c: requests
 * come to the test, which says what became of each.
 *
 * The test goes step by step: after turn() the sender has done all that there was to do, and has
 * written it. */
#ifndef TESTS_UNIT_SENDER_WORLD_H
#define TESTS_UNIT_SENDER_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/standing_clock.h"
#include "workers/sender/sender.h"
#include "workers/sender/telegram.h"
#include "workers/wire/answer.h"
#include "workers/wire/bot.h"
#include "workers/wire/frame.h"
#include "workers/wire/scoreboard.h"
#include "workers/wire/wire.h"

/* --- between the test and the stand-in -------------------------------------------------------- */

/* The sender began a request. */
struct request {
	void *tag;
	int64_t chat_id;
	uint32_t timeout_ms;
	char method[32];
	char body[64];
};

enum step {
	STEP_TURN,
	STEP_WRITE,  /* the request is about to be written, for the `times`th time */
	STEP_FILE,   /* these are bytes of a download */
	STEP_ANSWER, /* it is over */
};

struct order {
	enum step step;
	void *tag;
	unsigned times;
	int http_status; /* 0: no answer */
	bool written;
	char body[192];
	/* After the body; to make it longer than a packet is. */
	size_t spaces;
	char tail[8];
};

static int telegram_socket[2]; /* the test's end and the stand-in's: packets */

/* --- stand-in: Telegram, in the sender -------------------------------------------------------- */

struct telegram {
	struct telegram_events events;
	bool may_write; /* what the sender said of the last STEP_WRITE */
	bool is_asked;  /* the test waits for the end of this turn */
};

/* The bytes of a file are those that the test puts into the answer. */
static telegram_write_fn *write_download;
static void *download_owner;

static void answer_request(struct telegram *telegram, const struct order *order)
{
	char *body = xasprintf("%s%*s%s", order->body, (int)order->spaces, "", order->tail);
	const struct telegram_answer answer = { .http_status = order->http_status,
						.body = body,
						.size = strlen(body),
						.written = order->written,
						.error = order->http_status ? "" : "no network" };

	telegram->events.after(telegram->events.owner, order->tag, &answer);
	free(body);
}

static void on_order(void *owner, int fd, uint32_t events)
{
	struct telegram *telegram = owner;
	struct order order;

	(void)events;
	if (recv(fd, &order, sizeof(order), 0) != (ssize_t)sizeof(order))
		_exit(99); /* the test is gone */
	if (order.step == STEP_WRITE)
		telegram->may_write = telegram->events.before(telegram->events.owner, order.tag,
							      order.times);
	if (order.step == STEP_FILE)
		telegram->may_write = write_download(download_owner, order.body,
						     strlen(order.body));
	if (order.step == STEP_ANSWER)
		answer_request(telegram, &order);
	telegram->is_asked = true;
}

static bool on_turned(void *owner)
{
	struct telegram *telegram = owner;

	if (telegram->is_asked)
		(void)!send(telegram_socket[1], &telegram->may_write, sizeof(bool), MSG_NOSIGNAL);
	telegram->is_asked = false;
	return false;
}

struct telegram *telegram_create(struct loop *loop, const char *api_url, const char *token,
				 const struct telegram_events *events, struct why *why)
{
	struct telegram *telegram = xmalloc(sizeof(*telegram));

	(void)why;
	if (strcmp(api_url, "https://api") != 0 || strcmp(token, "42:token") != 0)
		_exit(98);
	telegram->events = *events;
	loop_watch(loop, telegram_socket[1], EPOLLIN, on_order, telegram);
	loop_add_last_hook(loop, on_turned, telegram);
	return telegram;
}

void telegram_destroy(struct telegram *telegram)
{
	free(telegram);
}

void telegram_request(struct telegram *telegram, const struct call *call, uint32_t timeout_ms,
		      void *tag)
{
	struct request request = { .tag = tag, .chat_id = call->chat_id, .timeout_ms = timeout_ms };

	(void)telegram;
	snprintf(request.method, sizeof(request.method), "%.*s", (int)call->method.length,
		 call->method.data);
	snprintf(request.body, sizeof(request.body), "%.*s", (int)call->body.length,
		 call->body.data ? call->body.data : "");
	(void)!send(telegram_socket[1], &request, sizeof(request), MSG_NOSIGNAL);
}

void telegram_download(struct telegram *telegram, const char *path, telegram_write_fn *fn,
		       void *owner, uint32_t timeout_ms, void *tag)
{
	struct request request = { .tag = tag, .timeout_ms = timeout_ms, .method = "download" };

	(void)telegram;
	write_download = fn;
	download_owner = owner;
	snprintf(request.body, sizeof(request.body), "%s", path);
	(void)!send(telegram_socket[1], &request, sizeof(request), MSG_NOSIGNAL);
}

void telegram_kick(struct telegram *telegram)
{
	(void)telegram;
}

/* --- the sender ------------------------------------------------------------------------------- */

#define OPEN_FILES_MAX 128

static pid_t sender_pid; /* 0: none runs */
static int to_sender;
static struct scoreboard *scoreboard;
static struct rights *rights;       /* that the sender writes */
static struct buffer said;          /* frames of the sender */
static struct request requests[64]; /* that it began and that the test has not taken yet */
static size_t requests_count;

static void run_sender(int socket, int memory)
{
	const struct settings settings = { .api_url = "https://api",
					   .api_files_dir = "/tmp",
					   .redis_url = "unix:///nowhere",
					   .log_level = LOG_LEVEL_ERROR };

	(void)!setrlimit(RLIMIT_NOFILE, &(struct rlimit) { OPEN_FILES_MAX, OPEN_FILES_MAX });
	close(to_sender);
	close(telegram_socket[0]);
	close(STDERR_FILENO); /* what it says when it is told nonsense */
	_exit(sender_main(&settings, rights, socket, memory));
}

static int start_process(void **state)
{
	int pair[2], memory;
	struct why why;

	(void)state;
	put_clock_forward(0); /* so that it is there before the fork */
	memory = scoreboard_create(&why);
	scoreboard = scoreboard_map(memory, &why);
	assert_non_null(scoreboard);
	rights = rights_create(&why);
	assert_non_null(rights);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, telegram_socket), 0);
	to_sender = pair[0];
	assert_int_equal(fcntl(to_sender, F_SETFL, O_NONBLOCK), 0);
	sender_pid = fork();
	if (sender_pid == 0)
		run_sender(pair[1], memory);
	close(pair[1]);
	close(telegram_socket[1]);
	close(memory);
	requests_count = 0;
	return 0;
}

static int end_process(void **state)
{
	(void)state;
	if (sender_pid) {
		kill(sender_pid, SIGKILL);
		waitpid(sender_pid, NULL, 0);
	}
	sender_pid = 0;
	close(to_sender);
	close(telegram_socket[0]);
	scoreboard_unmap(scoreboard);
	rights_destroy(rights);
	buffer_finish(&said);
	return 0;
}

/* How it ended; it must be about to. */
static inline int wait_for_end(void)
{
	int status;

	assert_int_equal(waitpid(sender_pid, &status, 0), sender_pid);
	sender_pid = 0;
	return status;
}

/* --- step by step ----------------------------------------------------------------------------- */

/* Until the sender has turned; false when it ended instead. */
static bool take_packets(bool *may_write)
{
	union {
		struct request request;
		bool may_write;
	} packet;
	ssize_t got;

	while ((got = recv(telegram_socket[0], &packet, sizeof(packet), 0)) > 0) {
		if (got == (ssize_t)sizeof(bool)) {
			*may_write = packet.may_write;
			return true;
		}
		assert_true(requests_count < COUNT_OF(requests));
		requests[requests_count++] = packet.request;
	}
	return false;
}

static bool give_order(const struct order *order)
{
	bool may_write = false;

	assert_int_equal(send(telegram_socket[0], order, sizeof(*order), MSG_NOSIGNAL),
			 sizeof(*order));
	assert_true(take_packets(&may_write));
	return may_write;
}

/* Twice: what the first turn found out may be due in the next. */
static void turn(void)
{
	const struct order order = { .step = STEP_TURN };

	give_order(&order);
	give_order(&order);
}

static inline void pass(uint64_t ms)
{
	put_clock_forward(ms);
	turn();
}

/* The next request that was begun; it must be of that method. */
static struct request next_request(const char *method)
{
	struct request request = requests[0];

	assert_int_not_equal(requests_count, 0);
	memmove(requests, requests + 1, --requests_count * sizeof(*requests));
	assert_string_equal(request.method, method);
	return request;
}

static void no_request(void)
{
	assert_int_equal(requests_count, 0);
}

static inline bool write_request(const struct request *request, unsigned times)
{
	const struct order order = { .step = STEP_WRITE, .tag = request->tag, .times = times };

	return give_order(&order);
}

static void end_request(const struct request *request, int http_status, bool written,
			const char *body)
{
	struct order order = { .step = STEP_ANSWER,
			       .tag = request->tag,
			       .http_status = http_status,
			       .written = written };

	snprintf(order.body, sizeof(order.body), "%s", body);
	give_order(&order);
	turn();
}

/* Written and answered. */
static void answer(const struct request *request, int http_status, const char *body)
{
	assert_true(write_request(request, 1));
	end_request(request, http_status, true, body);
}

/* --- what the parent says and hears ----------------------------------------------------------- */

static void say(enum wire_type type, const void *head, size_t head_size, const void *tail,
		size_t tail_size)
{
	struct buffer out = { 0 };

	frame_append(&out, type, head, head_size, tail, tail_size);
	assert_int_equal(frame_flush(to_sender, &out, NULL), FRAME_IO_OK);
	buffer_finish(&out);
}

static bool next_frame(struct frame *frame)
{
	while (frame_take(&said, frame) != FRAME_TAKEN)
		if (frame_fill(to_sender, &said, 65536, NULL) != FRAME_IO_OK)
			return false;
	return true;
}

static struct frame hear(enum wire_type type)
{
	struct frame frame = { 0 };

	assert_true(next_frame(&frame));
	assert_int_equal(frame.type, type);
	return frame;
}

static inline void hear_nothing(void)
{
	struct frame frame;

	assert_false(next_frame(&frame));
}

#define HEAR(name, type)                                              \
	static inline struct wire_##name hear_##name(void)            \
	{                                                             \
		struct frame frame = hear(type);                      \
		struct wire_##name head;                              \
                                                                      \
		assert_true(frame_head(&frame, &head, sizeof(head))); \
		return head;                                          \
	}
HEAR(sent, WIRE_SENT)
HEAR(back, WIRE_BACK)
HEAR(cooldown, WIRE_COOLDOWN)
HEAR(migrated, WIRE_MIGRATED)
#undef HEAR

static inline void say_start(void)
{
	struct buffer start = { 0 };

	pack_array(&start, 3);
	pack_text(&start, "42:token");
	pack_text(&start, "https://api");
	pack_uint(&start, 10);
	say(WIRE_SENDER, buffer_unread(&start), buffer_unread_size(&start), NULL, 0);
	buffer_finish(&start);
}

/* The sender learns the token and asks who it is; that is the first request. */
static inline struct request say_token(void)
{
	struct request request;

	say_start();
	/* Only now is there a stand-in that takes steps. */
	assert_int_equal(recv(telegram_socket[0], &request, sizeof(request), 0), sizeof(request));
	assert_string_equal(request.method, "getMe");
	assert_string_equal(request.body, "{}");
	turn();
	return request;
}

static void say_call(uint64_t id, uint8_t flags, const struct call *call)
{
	const struct wire_send head = { .id = id, .flags = flags };
	struct buffer encoded = { 0 };

	call_encode(call, &encoded);
	say(WIRE_SEND, &head, sizeof(head), buffer_unread(&encoded), buffer_unread_size(&encoded));
	buffer_finish(&encoded);
	turn();
}

/* --- the usual ------------------------------------------------------------------------------- */

#define OK "{\"ok\":true,\"result\":{}}"
#define ME "{\"ok\":true,\"result\":{\"id\":42,\"username\":\"korone\"}}"
#define UNAUTHORIZED "{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}"
#define NOT_FOUND "{\"ok\":false,\"error_code\":404,\"description\":\"Not Found\"}"

static inline const char *too_many(unsigned seconds)
{
	static char too_many_text[128];

	snprintf(too_many_text, sizeof(too_many_text),
		 "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests\","
		 "\"parameters\":{\"retry_after\":%u}}",
		 seconds);
	return too_many_text;
}

/* Asked who it is, and answered. */
static inline int set_up(void **state)
{
	struct request me;

	start_process(state);
	me = say_token();
	answer(&me, 200, ME);
	hear(WIRE_BOT_IS);
	return 0;
}

static inline void say_message(uint64_t id, int64_t chat_id)
{
	const struct call call = { .chat_id = chat_id,
				   .method = { "sendMessage", 11 },
				   .body = { "{\"text\":1}", 10 } };

	say_call(id, WIRE_CALL_MAY_WAIT, &call);
}

static inline void say_question(uint64_t id, int64_t chat_id)
{
	const struct call call = { .chat_id = chat_id,
				   .want_result = true,
				   .method = { "getChat", 7 },
				   .body = { "{}", 2 } };

	say_call(id, 0, &call);
}

static inline void hear_sent_of(uint64_t id, enum call_outcome outcome, bool final)
{
	const struct wire_sent sent = hear_sent();

	assert_int_equal(sent.id, id);
	assert_string_equal(outcome_names[sent.outcome], outcome_names[outcome]);
	assert_int_equal(sent.final, final);
}

static inline struct call_result hear_result_of(uint64_t id)
{
	struct frame frame = hear(WIRE_SENT);
	struct call_result result;
	struct wire_sent sent;
	struct cursor cursor;

	assert_true(frame_head(&frame, &sent, sizeof(sent)));
	assert_int_equal(sent.id, id);
	assert_true(sent.final);
	cursor = cursor_make((const uint8_t *)frame.data + sent.why_size,
			     frame.size - sent.why_size);
	assert_true(call_result_decode(&cursor, &result));
	return result;
}

static inline void say_cooldown(int64_t chat_id, uint64_t remaining_ms)
{
	const struct wire_cooldown cooldown = { chat_id, remaining_ms };

	say(WIRE_COOLDOWN, &cooldown, sizeof(cooldown), NULL, 0);
	turn();
}

static inline bool is_on_scoreboard(uint64_t id)
{
	for (size_t i = 0; i < SCOREBOARD_CALLS_MAX; i++)
		if (scoreboard->calls[i] == id)
			return true;
	return false;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, end_process)
#define TEST_OF_START(name) cmocka_unit_test_setup_teardown(name, start_process, end_process)

#endif
