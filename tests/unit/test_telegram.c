/* test_telegram.c - requests that are not answered: was it written, or certainly not? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "workers/telegram.h"

struct rig {
	struct loop *loop;
	struct telegram *telegram;
	unsigned begun, ended;
	struct telegram_answer answer;
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
	loop_stop(rig->loop);
}

static bool kick(void *owner)
{
	telegram_kick(((struct rig *)owner)->telegram);
	return false;
}

/* A port where connections are taken and nothing is ever said. */
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

static void request(struct rig *rig, unsigned port)
{
	const struct call call = { .method = { "sendMessage", 11 }, .body = { "{}", 2 } };
	struct telegram_events events = { .owner = rig, .before = before, .after = after };
	char url[64];
	struct why why;

	snprintf(url, sizeof(url), "http://127.0.0.1:%u", port);
	*rig = (struct rig) { .loop = loop_create() };
	rig->telegram = telegram_create(rig->loop, url, "42:token", &events, &why);
	assert_non_null(rig->telegram);
	loop_add_hook(rig->loop, kick, rig);
	telegram_request(rig->telegram, &call, 200, rig);
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
	request(&rig, port);
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
	request(&rig, port);
	assert_int_equal(rig.ended, 1);
	assert_int_equal(rig.begun, 0);
	assert_false(rig.answer.written);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_answered_in_time_may_have_been_done),
		cmocka_unit_test(what_nobody_took_was_not_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
