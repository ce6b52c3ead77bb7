/* test_telegram.c - requests without an answer (possibly written, or certainly not?), and a
 * compressed answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "common/files.h"
#include "common/xalloc.h"
#include "tests/unit/http_peer.h"
#include "workers/sender/telegram.h"

struct rig {
	struct loop *loop;
	struct telegram *telegram;
	unsigned begun, ended;
	struct telegram_answer answer;
	char body[64], error[256]; /* of the answer, which is borrowed */
};

static bool before(void *owner, void *tag, unsigned times)
{
	struct rig *rig = owner;

	(void)tag;
	rig->begun = times;
	return true;
}

static void after(void *owner, void *tag, const struct telegram_answer *answer)
{
	struct rig *rig = owner;

	(void)tag;
	rig->ended++;
	rig->answer = *answer;
	snprintf(rig->error, sizeof(rig->error), "%s", answer->error);
	rig->answer.error = rig->error;
	snprintf(rig->body, sizeof(rig->body), "%.*s", (int)answer->size,
		 answer->body ? answer->body : "");
	loop_stop(rig->loop);
}

static void begin(void *owner)
{
	(void)owner;
}

static bool kick(void *owner)
{
	telegram_kick(((struct rig *)owner)->telegram);
	return false;
}

/* A port that accepts connections and never says anything. */
static int listen_in_silence(unsigned *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static void request(struct rig *rig, unsigned port, uint32_t timeout_ms)
{
	const struct call call = { .method = { "sendMessage", 11 }, .body = { "{}", 2 } };
	struct telegram_events events = { .owner = rig, .before = before, .after = after };
	struct loop_timer at_once = { .fn = begin };
	char url[64];
	struct why why;

	snprintf(url, sizeof(url), "http://127.0.0.1:%u", port);
	*rig = (struct rig) { .loop = loop_create() };
	rig->telegram = telegram_create(rig->loop, url, "42:token", &events, &why);
	assert_non_null(rig->telegram);
	loop_add_hook(rig->loop, kick, rig);
	telegram_request(rig->telegram, &call, timeout_ms, rig);
	loop_timer_set(rig->loop, &at_once, 0); /* the hook does not wait for a first event */
	loop_run(rig->loop);
	telegram_destroy(rig->telegram);
	loop_destroy(rig->loop);
}

static void what_is_not_answered_in_time_may_have_been_done(void **state)
{
	struct rig rig;
	unsigned port;
	int fd = listen_in_silence(&port);

	(void)state;
	request(&rig, port, 200);
	close(fd);
	assert_int_equal(rig.ended, 1);
	assert_int_equal(rig.begun, 1);
	assert_int_equal(rig.answer.http_status, 0);
	assert_true(rig.answer.written);
	assert_false(rig.answer.repeated);
	assert_non_null(rig.answer.error);
}

static void what_nobody_took_was_not_done(void **state)
{
	struct rig rig;
	unsigned port;

	(void)state;
	close(listen_in_silence(&port));
	request(&rig, port, 200);
	assert_int_equal(rig.ended, 1);
	assert_int_equal(rig.begun, 0);
	assert_false(rig.answer.written);
}

static size_t compress_body(const char *text, uint8_t *out, size_t room)
{
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)text,
			    .avail_in = (uInt)strlen(text),
			    .next_out = out,
			    .avail_out = (uInt)room };

	/* 16 more than the largest window: with gzip's header. */
	assert_int_equal(
		deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
		Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return stream.total_out;
}

/* Answers one request, compressed if asked to. */
static void *serve_compressed(void *owner)
{
	int fd = accept(*(int *)owner, NULL, NULL);
	char request[2048] = "", head[128];
	uint8_t body[256];
	size_t had = 0, size = compress_body("{\"ok\":true}", body, sizeof(body));
	ssize_t got;

	while (!strstr(request, "\r\n\r\n{}") &&
	       (got = recv(fd, request + had, sizeof(request) - 1 - had, 0)) > 0)
		had += (size_t)got;
	if (strstr(request, "\r\nAccept-Encoding: gzip\r\n")) {
		snprintf(head, sizeof(head),
			 "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
			 "Content-Length: %zu\r\n\r\n",
			 size);
		(void)send(fd, head, strlen(head), MSG_NOSIGNAL);
		(void)send(fd, body, size, MSG_NOSIGNAL);
	}
	close(fd);
	return NULL;
}

static void a_compressed_answer_is_read(void **state)
{
	struct rig rig;
	pthread_t server;
	unsigned port;
	int fd = listen_in_silence(&port);

	(void)state;
	assert_int_equal(pthread_create(&server, NULL, serve_compressed, &fd), 0);
	request(&rig, port, 20000);
	pthread_join(server, NULL);
	close(fd);
	assert_int_equal(rig.answer.http_status, 200);
	assert_string_equal(rig.body, "{\"ok\":true}");
}

/* --- what is sent ----------------------------------------------------------------------------- */

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"ok\":true}"

struct talk {
	struct http_peer peer;
	struct telegram *telegram;
	struct telegram_answer answer; /* the last */
	void *tag;
	char body[64], error[256];
	unsigned begun, ended, expected;
	bool refuses; /* before() */
};

static bool talk_before(void *owner, void *tag, unsigned times)
{
	struct talk *talk = owner;

	talk->tag = tag;
	talk->begun += times;
	return !talk->refuses;
}

static void talk_after(void *owner, void *tag, const struct telegram_answer *answer)
{
	struct talk *talk = owner;

	talk->tag = tag;
	talk->answer = *answer;
	snprintf(talk->error, sizeof(talk->error), "%s", answer->error);
	talk->answer.error = talk->error;
	snprintf(talk->body, sizeof(talk->body), "%.*s", (int)answer->size, answer->body);
	if (++talk->ended == talk->expected)
		loop_stop(talk->peer.loop);
}

static bool talk_kick(void *owner)
{
	telegram_kick(((struct talk *)owner)->telegram);
	return false;
}

static int set_up(void **state)
{
	struct talk *talk = xmalloc(sizeof(*talk));
	const struct telegram_events events = { talk, talk_before, talk_after };
	struct why why;

	peer_open(&talk->peer);
	talk->peer.answer = ANSWER;
	talk->telegram = telegram_create(talk->peer.loop, talk->peer.url, "42:token", &events,
					 &why);
	assert_non_null(talk->telegram);
	loop_add_hook(talk->peer.loop, talk_kick, talk);
	*state = talk;
	return 0;
}

static int tear_down(void **state)
{
	struct talk *talk = *state;

	telegram_destroy(talk->telegram);
	peer_close(&talk->peer);
	free(talk);
	return 0;
}

/* Makes these calls at once, and waits for all their ends. */
static void make(struct talk *talk, const struct call *calls, size_t count)
{
	struct loop_timer at_once = { .fn = begin };

	talk->expected = talk->ended + (unsigned)count;
	for (size_t i = 0; i < count; i++)
		telegram_request(talk->telegram, &calls[i], 20000, (void *)(uintptr_t)&calls[i]);
	loop_timer_set(talk->peer.loop, &at_once, 0);
	loop_run(talk->peer.loop);
	loop_timer_clear(talk->peer.loop, &at_once);
}

static void call_method(struct talk *talk, const char *method, const char *body)
{
	const struct call call = { .method = text_of(method), .body = text_of(body) };

	make(talk, &call, 1);
	assert_ptr_equal(talk->tag, &call);
}

static void a_call_is_a_post_of_json_to_its_method(void **state)
{
	struct talk *talk = *state;

	call_method(talk, "sendMessage", "{\"chat_id\":7}");
	assert_true(peer_was_sent(&talk->peer, "POST /bot42:token/sendMessage HTTP/1.1\r\n"));
	assert_true(peer_was_sent(&talk->peer, "\r\nContent-Type: application/json\r\n"));
	assert_true(peer_was_sent(&talk->peer, "\r\nUser-Agent: korone/"));
	assert_true(peer_was_sent(&talk->peer, "\r\n\r\n{\"chat_id\":7}"));
	assert_int_equal(talk->answer.http_status, 200);
	assert_string_equal(talk->body, "{\"ok\":true}");
	assert_true(talk->answer.written);
	assert_false(talk->answer.repeated);
	assert_string_equal(talk->answer.error, "");
	assert_int_equal(talk->begun, 1);
}

/* A connection and a request are used again, and nothing of the last call is in the next. */
static void the_next_call_has_its_own_method_and_body(void **state)
{
	struct talk *talk = *state;

	call_method(talk, "sendMessage", "{\"text\":\"a long text of the first\"}");
	call_method(talk, "getMe", "{}");
	assert_true(peer_was_sent(&talk->peer, "POST /bot42:token/getMe HTTP/1.1\r\n"));
	assert_true(peer_was_sent(&talk->peer, "\r\nContent-Length: 2\r\n"));
	call_method(talk, "getMy", "{}"); /* as long as the last, and another */
	assert_true(peer_was_sent(&talk->peer, "POST /bot42:token/getMy HTTP/1.1\r\n"));
	call_method(talk, "getMy", "{\"a\":1}");
	assert_true(peer_was_sent(&talk->peer, "POST /bot42:token/getMy HTTP/1.1\r\n"));
	assert_true(peer_was_sent(&talk->peer, "{\"a\":1}"));
	assert_int_equal(talk->peer.connections_count, 1);
	assert_false(talk->answer.repeated);
}

static void a_call_without_parameters_sends_an_empty_object(void **state)
{
	const struct call call = { .method = text_of("getMe") };

	make(*state, &call, 1);
	assert_true(peer_was_sent(&((struct talk *)*state)->peer, "\r\n\r\n{}"));
}

static void a_file_is_sent_as_a_form(void **state)
{
	static const struct text bytes = { "bytes\0of it", 11 };
	const struct call_file file = { .part = text_of("file0"),
					.name = text_of("notes.csv"),
					.bytes = bytes };
	const struct call call = { .method = text_of("sendDocument"),
				   .body = text_of("{\"chat_id\":7,\"caption\":\"<hello>\","
						   "\"document\":\"attach://file0\"}"),
				   .files = &file,
				   .files_count = 1 };
	struct talk *talk = *state;

	make(talk, &call, 1);
	assert_true(peer_was_sent(&talk->peer, "POST /bot42:token/sendDocument HTTP/1.1\r\n"));
	assert_true(peer_was_sent(&talk->peer, "\r\nContent-Type: multipart/form-data; boundary="));
	assert_true(peer_was_sent(&talk->peer, "name=\"chat_id\"\r\n\r\n7\r\n"));
	assert_true(peer_was_sent(&talk->peer, "name=\"caption\"\r\n\r\n<hello>\r\n"));
	assert_true(peer_was_sent(&talk->peer, "name=\"document\"\r\n\r\nattach://file0\r\n"));
	assert_true(peer_was_sent(&talk->peer, "name=\"file0\"; filename=\"notes.csv\"\r\n"));
	assert_non_null(memmem(buffer_unread(&talk->peer.request),
			       buffer_unread_size(&talk->peer.request), bytes.data, bytes.length));
	/* Nothing of the form is left for the next. */
	call_method(talk, "getMe", "{}");
	assert_true(peer_was_sent(&talk->peer, "\r\nContent-Type: application/json\r\n"));
	assert_true(peer_was_sent(&talk->peer, "\r\n\r\n{}"));
}

static int file_of(const char *text, size_t size)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_true(fd >= 0 && write_all(fd, text, size));
	return fd;
}

/* In one request, whatever the position of the descriptor is. */
static void several_files_go_from_their_descriptors(void **state)
{
	static char large[300000];
	struct call_file files[2] = { { .part = text_of("file0"), .name = text_of("a") },
				      { .part = text_of("file3"), .name = text_of("b") } };
	const struct call call = { .method = text_of("sendMediaGroup"),
				   .body = text_of("{}"),
				   .files = files,
				   .files_count = 2 };
	struct talk *talk = *state;

	memset(large, 'l', sizeof(large));
	files[0].descriptor = file_of("small", 5);
	files[1].descriptor = file_of(large, sizeof(large));
	make(talk, &call, 1);
	assert_true(peer_was_sent(&talk->peer, "name=\"file0\"; filename=\"a\"\r\n"));
	assert_true(peer_was_sent(&talk->peer, "\r\n\r\nsmall\r\n--"));
	assert_true(peer_was_sent(&talk->peer, "name=\"file3\"; filename=\"b\"\r\n"));
	assert_non_null(memmem(buffer_unread(&talk->peer.request),
			       buffer_unread_size(&talk->peer.request), large, sizeof(large)));
	assert_int_equal(talk->answer.http_status, 200);
	close(files[0].descriptor);
	close(files[1].descriptor);
}

/* A child that was taken over can change a file that it sends. */
static void a_file_that_cannot_be_read_ends_the_request(void **state)
{
	struct call_file file = { .part = text_of("file0") };
	const struct call call = { .method = text_of("sendDocument"),
				   .body = text_of("{}"),
				   .files = &file,
				   .files_count = 1 };
	struct talk *talk = *state;
	int readable = file_of("some", 4);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", readable);
	file.descriptor = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(file.descriptor >= 0);
	make(talk, &call, 1);
	assert_int_equal(talk->answer.http_status, 0);
	close(file.descriptor);
	close(readable);
}

static void a_file_without_a_name_has_one(void **state)
{
	const struct call_file file = { .part = text_of("document"), .bytes = text_of("x") };
	const struct call call = { .method = text_of("sendDocument"),
				   .body = text_of("{}"),
				   .files = &file,
				   .files_count = 1 };
	struct talk *talk = *state;

	make(talk, &call, 1);
	assert_true(peer_was_sent(&talk->peer, "name=\"document\"; filename=\"file\"\r\n"));
}

struct got {
	char bytes[64];
	size_t size, limit;
};

static bool take_bytes(void *owner, const void *bytes, size_t size)
{
	struct got *got = owner;

	if (got->size + size > got->limit)
		return false;
	memcpy(got->bytes + got->size, bytes, size);
	got->size += size;
	return true;
}

static void download(struct talk *talk, const char *path, struct got *got)
{
	struct loop_timer at_once = { .fn = begin };

	talk->expected = talk->ended + 1;
	telegram_download(talk->telegram, path, take_bytes, got, 20000, got);
	loop_timer_set(talk->peer.loop, &at_once, 0);
	loop_run(talk->peer.loop);
	loop_timer_clear(talk->peer.loop, &at_once);
	assert_ptr_equal(talk->tag, got);
}

/* Not as a call: by GET, uncompressed, and into the hands of the caller. */
static void a_file_is_fetched_by_its_path(void **state)
{
	struct got got = { .limit = sizeof(got.bytes) };
	struct talk *talk = *state;

	download(talk, "documents/a b.txt", &got);
	assert_true(peer_was_sent(&talk->peer,
				  "GET /file/bot42:token/documents/a%20b.txt HTTP/1.1\r\n"));
	assert_false(peer_was_sent(&talk->peer, "Accept-Encoding"));
	assert_int_equal(talk->answer.http_status, 200);
	assert_int_equal(talk->answer.size, 0);
	assert_int_equal(got.size, 11);
	assert_memory_equal(got.bytes, "{\"ok\":true}", 11);
	/* Who takes them may have enough. */
	got = (struct got) { .limit = 1 };
	download(talk, "a", &got);
	assert_int_equal(talk->answer.http_status, 0);
	/* A call after it is a call again. */
	call_method(talk, "getMe", "{}");
	assert_true(peer_was_sent(&talk->peer, "POST /bot42:token/getMe HTTP/1.1\r\n"));
	assert_true(talk->answer.size > 0);
}

static void many_go_at_once(void **state)
{
	struct call calls[6];
	struct talk *talk = *state;

	for (size_t i = 0; i < COUNT_OF(calls); i++)
		calls[i] = (struct call) { .method = text_of("getMe"), .body = text_of("{}") };
	make(talk, calls, COUNT_OF(calls));
	assert_int_equal(talk->peer.requests, COUNT_OF(calls));
	assert_int_equal(talk->ended, COUNT_OF(calls));
	assert_int_equal(talk->begun, COUNT_OF(calls)); /* each for the first time */
}

/* --- what is not answered --------------------------------------------------------------------- */

/* Whoever asks may have learnt, while it waited for a connection, that it must not be sent. */
static void what_may_not_be_sent_is_not(void **state)
{
	struct talk *talk = *state;

	talk->refuses = true;
	call_method(talk, "sendMessage", "{}");
	assert_int_equal(talk->peer.requests, 0);
	assert_int_equal(talk->answer.http_status, 0);
	assert_false(talk->answer.written);
	assert_string_not_equal(talk->answer.error, "");
}

/* The server closes an idle connection just when the next call is written to it. */
static void a_call_into_a_dead_connection_is_written_again(void **state)
{
	struct talk *talk = *state;

	call_method(talk, "getMe", "{}");
	talk->begun = 0;
	talk->peer.answer = "";
	talk->peer.closes = true;
	call_method(talk, "sendMessage", "{}");
	assert_int_equal(talk->answer.http_status, 0);
	assert_true(talk->answer.written);
	assert_true(talk->answer.repeated);
	assert_int_equal(talk->begun, 1 + 2);
	assert_string_not_equal(talk->answer.error, "");
	assert_null(strstr(talk->answer.error, "token"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_call_is_a_post_of_json_to_its_method),
		TEST(the_next_call_has_its_own_method_and_body),
		TEST(a_call_without_parameters_sends_an_empty_object),
		TEST(a_file_is_sent_as_a_form),
		TEST(a_file_without_a_name_has_one),
		TEST(several_files_go_from_their_descriptors),
		TEST(a_file_that_cannot_be_read_ends_the_request),
		TEST(many_go_at_once),
		TEST(a_file_is_fetched_by_its_path),
		TEST(what_may_not_be_sent_is_not),
		TEST(a_call_into_a_dead_connection_is_written_again),
		cmocka_unit_test(what_is_not_answered_in_time_may_have_been_done),
		cmocka_unit_test(what_nobody_took_was_not_done),
		cmocka_unit_test(a_compressed_answer_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
