/* test_telegram.c - requests without an answer (possibly written, or certainly not?), and a
 * compressed answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "workers/sender/telegram.h"

struct rig {
	struct loop *loop;
	struct telegram *telegram;
	unsigned begun, ended;
	struct telegram_answer answer;
	char body[64]; /* of the answer */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_answered_in_time_may_have_been_done),
		cmocka_unit_test(what_nobody_took_was_not_done),
		cmocka_unit_test(a_compressed_answer_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
