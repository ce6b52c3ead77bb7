/* fuzz_webhook.c - what reaches the webhook's port: Telegram's requests through a proxy, or bytes
 * of anybody. Each input is a connection; what follows a byte of 0xff is sent later, and the first
 * byte selects whether the spool is full. Only who knows path and secret has an update taken.
 *
 * The spool and the intake are stand-ins: the linker finds them first. */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/xalloc.h"
#include "ingress/intake/webhook.h"
#include "ingress/metrics.h"
#include "tests/fuzz/fuzz.h"

#define SECRET "hook-secret"
#define TURNS_MAX 200

static struct loop *loop;
static struct webhook *webhook;
static unsigned taken;
static bool is_full;

bool spool_is_full(const struct spool *spool)
{
	(void)spool;
	return is_full;
}

void intake_take_update(struct intake *intake, struct json_slice update, intake_durable_fn *fn,
			void *owner)
{
	(void)intake;
	PROMISE(update.size > 0 && update.size <= TRANSCODE_UPDATE_MAX);
	PROMISE(update.data[update.size] == '\0');
	taken++;
	fn(owner);
}

static void stop(void *owner)
{
	loop_stop(owner);
}

static void turn(void)
{
	struct loop_timer timer = { .fn = stop, .owner = loop };

	loop_timer_set(loop, &timer, 0);
	loop_run(loop);
	loop_timer_clear(loop, &timer);
}

static struct sockaddr_in address = { .sin_family = AF_INET };

/* On a port that is free. */
static void open_webhook(void)
{
	socklen_t size = sizeof(address);
	char *listen_at;
	struct why why;
	int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	PROMISE(bind(probe, (struct sockaddr *)&address, size) == 0);
	PROMISE(getsockname(probe, (struct sockaddr *)&address, &size) == 0);
	close(probe);
	ingress_metrics_register();
	loop = loop_create();
	listen_at = xasprintf("127.0.0.1:%d", ntohs(address.sin_port));
	webhook = webhook_open(
		&(struct webhook_options) {
			.loop = loop,
			.webhook_health = xcalloc(1, sizeof(struct webhook_health)),
			.listen = listen_at,
			.url = "https://bot.example/hook",
			.secret = SECRET,
		},
		&why);
	PROMISE(webhook);
	free(listen_at);
}

static struct buffer sent; /* by this connection */

static bool was_sent(const char *text)
{
	return memmem(buffer_unread(&sent), buffer_unread_size(&sent), text, strlen(text)) != NULL;
}

static void send_part(int fd, const uint8_t *data, size_t size)
{
	buffer_append(&sent, data, size);
	(void)!send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	turn();
	turn();
}

/* Reads the answers, until the server has closed or waits. */
static void read_answers(int fd)
{
	char answer[4096];

	shutdown(fd, SHUT_WR);
	for (int i = 0; i < TURNS_MAX; i++) {
		ssize_t got = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);

		if (got == 0 || (got < 0 && webhook_connections(webhook) == 0 && i > 2))
			return;
		if (got > 0)
			PROMISE(got < 9 || memcmp(answer, "HTTP/1.", 7) == 0);
		turn();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *at = data, *end = data + size, *part;
	struct linger reset = { 1, 0 };
	int fd;

	if (size == 0)
		return 0;
	if (!loop)
		open_webhook();
	is_full = *at % 8 == 7;
	at++;
	taken = 0;
	buffer_clear(&sent);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	PROMISE(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	while ((part = memchr(at, 0xff, (size_t)(end - at)))) {
		send_part(fd, at, (size_t)(part - at));
		at = part + 1;
	}
	send_part(fd, at, (size_t)(end - at));
	read_answers(fd);
	PROMISE(taken == 0 || (was_sent(SECRET) && was_sent("/hook") && was_sent("POST")));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)); /* no port is left waiting */
	close(fd);
	turn();
	return 0;
}
