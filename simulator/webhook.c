#include "simulator/webhook.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "common/xalloc.h"
#include "simulator/feed.h"
#include "simulator/sim.h"

#define RETRY_MAX_S 60
#define RETRY_AFTER_MAX_S 3600
#define ANSWER_TIMEOUT_MS 60000
/* Considered at a time, starting with the oldest. */
#define LANES_MAX 512
#define SCAN_MAX 2000

/* One update in flight, on a connection that is reused for the next one. */
struct delivery {
	struct sim *sim;
	size_t place; /* in webhook.deliveries */
	int fd;
	int32_t update_id; /* 0: idle */
	int64_t lane;
	struct buffer out, in;
	struct loop_timer timer;
};

static void send_due(struct sim *sim);

static void retry(struct sim *sim, int32_t update_id, int retry_after_s);

static void close_delivery(struct delivery *delivery)
{
	struct sim *sim = delivery->sim;

	loop_timer_clear(sim->loop, &delivery->timer);
	loop_unwatch(sim->loop, delivery->fd);
	close(delivery->fd);
	buffer_finish(&delivery->out);
	buffer_finish(&delivery->in);
	sim->webhook->deliveries[delivery->place] = NULL;
	free(delivery);
}

static void note_error(struct sim *sim, const char *text)
{
	free(sim->webhook->last_error);
	sim->webhook->last_error = xstrdup(text);
	sim->webhook->last_error_s = sim_now_s(sim);
}

static struct queued_update *update_of(struct sim *sim, int32_t update_id)
{
	struct queued_update *update = queue_next(&sim->queue, update_id);

	return update && update->id == update_id ? update : NULL;
}

/* `text` is what getWebhookInfo says from now on; NULL: it does not mention it. */
static void fail(struct delivery *delivery, const char *text, int retry_after_s, bool close_it)
{
	struct sim *sim = delivery->sim;
	int32_t update_id = delivery->update_id;

	delivery->update_id = 0;
	if (close_it)
		close_delivery(delivery);
	if (update_id == 0)
		return;
	if (text)
		note_error(sim, text);
	retry(sim, update_id, retry_after_s);
}

static void take_answer(struct delivery *delivery, const struct http_response *response)
{
	struct sim *sim = delivery->sim;
	char text[160];

	loop_timer_clear(sim->loop, &delivery->timer);
	if (response->status >= 200 && response->status <= 299) {
		struct queued_update *update = update_of(sim, delivery->update_id);

		if (update)
			update_log_confirmed(&sim->update_log, update->id);
		if (update)
			queue_forget(&sim->queue, update);
		delivery->update_id = 0;
		buffer_clear(&delivery->in);
		if (!response->keep_alive)
			close_delivery(delivery);
	} else {
		snprintf(text, sizeof(text), "Wrong response from the webhook: %d %.*s",
			 response->status,
			 response->reason.length < 80 ? (int)response->reason.length : 80,
			 response->reason.data);
		buffer_clear(&delivery->in);
		fail(delivery, text, response->retry_after_s, !response->keep_alive);
	}
	feed_note_taken(sim);
	send_due(sim);
}

static void receive(struct delivery *delivery)
{
	uint8_t *room = buffer_reserve(&delivery->in, 16384);
	ssize_t got = recv(delivery->fd, room, 16384, 0);
	struct http_response response;
	enum http_state state;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < 0) {
		fail(delivery, strerror(errno), 0, true);
		return;
	}
	if (got > 0)
		buffer_commit(&delivery->in, (size_t)got);
	if (delivery->update_id == 0 || buffer_unread_size(&delivery->in) == 0) {
		fail(delivery, NULL, 0, true);
		return;
	}
	state = http_parse_response((const char *)buffer_unread(&delivery->in),
				    buffer_unread_size(&delivery->in), got <= 0, &response);
	if (state == HTTP_READY)
		take_answer(delivery, &response);
	else if (state == HTTP_BAD || got <= 0)
		fail(delivery, "Wrong response from the webhook", 0, true);
}

static void on_delivery(void *owner, int fd, uint32_t events)
{
	struct delivery *delivery = owner;
	struct buffer *out = &delivery->out;

	if (events & EPOLLOUT) {
		while (buffer_unread_size(out) > 0) {
			ssize_t sent = send(fd, buffer_unread(out), buffer_unread_size(out),
					    MSG_NOSIGNAL);

			if (sent < 0 && errno == EAGAIN)
				return;
			if (sent < 0) {
				fail(delivery, strerror(errno), 0, true);
				return;
			}
			buffer_consume(out, (size_t)sent);
		}
		loop_watch(delivery->sim->loop, fd, EPOLLIN | EPOLLRDHUP, on_delivery, delivery);
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP))
		receive(delivery);
}

static void on_timeout(void *owner)
{
	fail(owner, "Read timeout expired", 0, true);
}

static struct delivery *open_delivery(struct sim *sim, size_t place)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)sim->webhook->port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct delivery *delivery;

	if (fd < 0)
		return NULL;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 && errno != EINPROGRESS) {
		close(fd);
		note_error(sim, "Connection refused");
		return NULL;
	}
	delivery = xmalloc(sizeof(*delivery));
	delivery->sim = sim;
	delivery->place = place;
	delivery->fd = fd;
	delivery->timer = (struct loop_timer) { .fn = on_timeout, .owner = delivery };
	sim->webhook->deliveries[place] = delivery;
	return delivery;
}

static void deliver(struct delivery *delivery, struct queued_update *update)
{
	struct sim *sim = delivery->sim;
	struct webhook *webhook = sim->webhook;
	char head[32];
	int size = snprintf(head, sizeof(head), "{\"update_id\":%d,\n", update->id);

	delivery->update_id = update->id;
	delivery->lane = update->lane;
	update->in_flight = true;
	queue_mark_delivered(&sim->queue, update);
	update_log_delivered(&sim->update_log, update->id);
	if (update->ping >= 0)
		ledger_delivered(&sim->ledger, update->chat_id, update->ping, clock_boot_us());
	buffer_clear(&delivery->out);
	buffer_printf(&delivery->out,
		      "POST %s HTTP/1.1\r\nHost: %s:%d\r\n%s%s%sContent-Type: application/json\r\n"
		      "Content-Length: %zu\r\nConnection: keep-alive\r\n"
		      "Accept-Encoding: gzip, deflate\r\n\r\n",
		      webhook->path, webhook->host, webhook->port,
		      webhook->secret ? "X-Telegram-Bot-Api-Secret-Token: " : "",
		      webhook->secret ? webhook->secret : "", webhook->secret ? "\r\n" : "",
		      (size_t)size + update->size + 1);
	buffer_append(&delivery->out, head, (size_t)size);
	buffer_append(&delivery->out, update->json, update->size);
	buffer_append_byte(&delivery->out, '}');
	loop_timer_set(sim->loop, &delivery->timer, ANSWER_TIMEOUT_MS);
	loop_watch(sim->loop, delivery->fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP, on_delivery, delivery);
}

/* Seconds until the next try: at once after the first failure, then doubling. */
static int next_delay(const struct queued_update *update, int retry_after_s)
{
	int delay = 0;

	if (retry_after_s > 0)
		return retry_after_s < RETRY_AFTER_MAX_S ? retry_after_s : RETRY_AFTER_MAX_S;
	for (uint32_t i = 1; i < update->delivered && delay < RETRY_MAX_S; i++)
		delay = delay ? 2 * delay : 1;
	return delay < RETRY_MAX_S ? delay : RETRY_MAX_S;
}

static void retry(struct sim *sim, int32_t update_id, int retry_after_s)
{
	struct queued_update *update = update_of(sim, update_id);

	if (!update)
		return;
	update->in_flight = false;
	update->not_before_ms = loop_now_ms(sim->loop) +
				(uint64_t)next_delay(update, retry_after_s) * 1000;
	webhook_wakeup(sim);
}

static struct delivery *free_delivery(struct sim *sim)
{
	struct webhook *webhook = sim->webhook;
	size_t free_place = SIZE_MAX;

	for (size_t i = 0; i < (size_t)webhook->max_connections; i++) {
		if (!webhook->deliveries[i])
			free_place = free_place == SIZE_MAX ? i : free_place;
		else if (webhook->deliveries[i]->update_id == 0)
			return webhook->deliveries[i];
	}
	return free_place == SIZE_MAX ? NULL : open_delivery(sim, free_place);
}

/* One update of a lane at a time: an earlier one is in flight or waits for its next try. */
struct busy_lanes {
	int64_t lanes[LANES_MAX];
	size_t count;
};

static bool is_busy(const struct busy_lanes *busy, int64_t lane)
{
	for (size_t i = 0; i < busy->count; i++) {
		if (busy->lanes[i] == lane)
			return true;
	}
	return false;
}

static void send_due(struct sim *sim)
{
	struct webhook *webhook = sim->webhook;
	uint64_t now_ms = loop_now_ms(sim->loop);
	uint64_t next_ms = UINT64_MAX;
	struct busy_lanes busy = { .count = 0 };
	struct queued_update *update;
	size_t scanned = 0;

	if (!webhook->url)
		return;
	for (update = queue_next(&sim->queue, 0);
	     update && busy.count < LANES_MAX && scanned++ < SCAN_MAX;
	     update = queue_next(&sim->queue, update->id + 1)) {
		struct delivery *delivery;

		if (is_busy(&busy, update->lane))
			continue;
		busy.lanes[busy.count++] = update->lane;
		if (update->in_flight)
			continue;
		if (update->not_before_ms > now_ms) {
			next_ms = update->not_before_ms < next_ms ? update->not_before_ms : next_ms;
			continue;
		}
		delivery = free_delivery(sim);
		if (!delivery)
			break;
		deliver(delivery, update);
	}
	if (next_ms != UINT64_MAX)
		loop_timer_set(sim->loop, &webhook->timer, next_ms - now_ms);
}

static void on_timer(void *owner)
{
	send_due(owner);
}

struct webhook *webhook_create(struct sim *sim)
{
	struct webhook *webhook = xmalloc(sizeof(*webhook));

	webhook->timer = (struct loop_timer) { .fn = on_timer, .owner = sim };
	return webhook;
}

bool webhook_is_set(const struct sim *sim)
{
	return sim->webhook->url != NULL;
}

/* At the end of the turn: many updates may come at once. */
void webhook_wakeup(struct sim *sim)
{
	if (sim->webhook->url && !loop_timer_is_set(&sim->webhook->timer))
		loop_timer_set(sim->loop, &sim->webhook->timer, 0);
	else if (sim->webhook->url && sim->webhook->timer.due_ms > loop_now_ms(sim->loop))
		loop_timer_set(sim->loop, &sim->webhook->timer, 0);
}

void webhook_remove(struct sim *sim)
{
	struct webhook *webhook = sim->webhook;

	for (size_t i = 0; i < WEBHOOK_CONNECTIONS_MAX; i++) {
		struct delivery *delivery = webhook->deliveries[i];
		struct queued_update *update = delivery ? update_of(sim, delivery->update_id)
							: NULL;

		if (update)
			update->in_flight = false;
		if (delivery)
			close_delivery(delivery);
	}
	loop_timer_clear(sim->loop, &webhook->timer);
	free(webhook->url);
	free(webhook->host);
	free(webhook->path);
	free(webhook->secret);
	free(webhook->last_error);
	webhook->url = webhook->host = webhook->path = webhook->secret = NULL;
	webhook->last_error = NULL;
	webhook->last_error_s = 0;
}

void webhook_destroy(struct sim *sim)
{
	webhook_remove(sim);
	free(sim->webhook);
}

static char *path_of(const char *rest)
{
	struct buffer path = { 0 };
	char *text;

	if (*rest != '/')
		buffer_append_byte(&path, '/');
	for (; *rest; rest++) {
		if ((unsigned char)*rest <= ' ')
			buffer_printf(&path, "%%%02X", (unsigned char)*rest);
		else
			buffer_append_byte(&path, (uint8_t)*rest);
	}
	text = xstrdup(buffer_text(&path));
	buffer_finish(&path);
	return text;
}

/* http://127.0.0.1:PORT/path or http://localhost:PORT/path: nothing leaves this machine. Path and
 * query go into the request line as they are, with blanks and control characters escaped. */
static bool parse_url(const char *url, struct webhook *out)
{
	char host[32];
	int port = 80;
	int length = 0;
	const char *rest;

	if (sscanf(url, "http://%31[^:/?#]%n", host, &length) != 1 ||
	    (strcmp(host, "127.0.0.1") != 0 && strcmp(host, "localhost") != 0))
		return false;
	rest = url + length;
	if (*rest == ':') {
		char *end;

		port = (int)strtol(rest + 1, &end, 10);
		rest = end;
	}
	if (port < 1 || port > 65535 || (*rest && !strchr("/?#", *rest)))
		return false;
	out->host = xstrdup(host);
	out->path = path_of(rest);
	out->port = port;
	return true;
}

bool webhook_set(struct sim *sim, const char *url, const char *secret, int64_t connections)
{
	struct webhook *webhook = sim->webhook;
	struct webhook parsed = { 0 };

	if (!parse_url(url, &parsed))
		return false;
	webhook_remove(sim);
	webhook->url = xstrdup(url);
	webhook->host = parsed.host;
	webhook->path = parsed.path;
	webhook->port = parsed.port;
	webhook->secret = *secret ? xstrdup(secret) : NULL;
	webhook->max_connections = connections;
	return true;
}
