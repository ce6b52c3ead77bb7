#include "common/web/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/http_places.h"
#include "common/listener.h"
#include "common/xalloc.h"
#include "common/web/http_chunks.h"

#define CONNECTIONS_MAX 4096
#define READ_SIZE (64u << 10)
/* What a connection may send ahead while its request waits for an answer. */
#define AHEAD_MAX (1u << 20)
#define IDLE_KEEP (64u << 10)
#define CHECK_MS 1000

/* A bot keeps a connection as long as it likes, unless others need its place. */
static const struct http_limits limits = {
	.head_ms = 10000,
	.head_crowded_ms = 2000,
	.request_ms = 60000,
	.idle_ms = 600000,
};

/* One per connection, as it has one request at a time. */
struct exchange {
	struct http_place place; /* first: see exchange_of() */
	struct server *server;
	int fd;
	uint32_t events;
	bool waiting;    /* a request is with the owner */
	bool answered;   /* the last one was */
	bool in_turn;    /* serve() runs and will flush */
	bool keep_alive; /* of the current request */
	bool continued;  /* "100 Continue" was sent for the request being received */
	bool closing;    /* close when all is written */
	bool resume;     /* answered late: handle what came in meanwhile */
	size_t dirty;    /* 1 + place in server.dirty; 0: nothing to write */
	struct buffer in, out;
	exchange_gone_fn *gone;
	void *gone_owner;
};

struct server {
	struct loop *loop;
	int fd, port;
	server_request_fn *fn;
	void *owner;
	struct http_places places;
	struct loop_timer check; /* set while there are connections, or accepting is paused */
	bool paused;             /* no place or no descriptor for a new connection */
	size_t resuming;         /* connections with `resume` */
	/* To be flushed at the end of the loop's turn, so that a client is woken once for many
	 * answers. */
	struct exchange *dirty[CONNECTIONS_MAX];
	size_t dirty_count;
};

static void on_connection(void *owner, int fd, uint32_t events);
static void on_listener(void *owner, int fd, uint32_t events);

static struct exchange *exchange_of(struct http_place *place)
{
	return (struct exchange *)place;
}

static void enter(struct exchange *connection, enum http_phase phase)
{
	http_place_enter(&connection->place, phase, loop_now_ms(connection->server->loop));
}

static void connection_close(struct exchange *connection)
{
	struct server *server = connection->server;
	exchange_gone_fn *gone = connection->waiting ? connection->gone : NULL;

	connection->gone = NULL;
	if (gone)
		gone(connection->gone_owner, connection);
	loop_unwatch(server->loop, connection->fd);
	close(connection->fd);
	http_place_leave(&server->places, &connection->place);
	server->resuming -= connection->resume ? 1 : 0;
	if (connection->dirty)
		server->dirty[connection->dirty - 1] = NULL;
	buffer_finish(&connection->in);
	buffer_finish(&connection->out);
	free(connection);
}

static void watch(struct exchange *connection, uint32_t events)
{
	if (connection->events == events)
		return;
	connection->events = events;
	loop_watch(connection->server->loop, connection->fd, events, on_connection, connection);
}

/* Sends what the socket takes; false when the connection is gone. */
static bool flush(struct exchange *connection)
{
	struct buffer *out = &connection->out;

	while (buffer_unread_size(out) > 0) {
		ssize_t sent = send(connection->fd, buffer_unread(out), buffer_unread_size(out),
				    MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN) {
			watch(connection, EPOLLIN | EPOLLOUT | EPOLLRDHUP);
			return true;
		}
		if (sent < 0) {
			connection_close(connection);
			return false;
		}
		buffer_consume(out, (size_t)sent);
	}
	buffer_clear(out);
	buffer_trim(out, IDLE_KEEP);
	if (connection->closing) {
		connection_close(connection);
		return false;
	}
	if (connection->place.phase == HTTP_PHASE_REQUEST && connection->answered)
		enter(connection, HTTP_PHASE_IDLE);
	watch(connection, EPOLLIN | EPOLLRDHUP);
	return true;
}

static void flush_later(struct exchange *connection)
{
	struct server *server = connection->server;

	if (connection->dirty)
		return;
	/* Full of connections that were closed since: flush this one now. */
	if (server->dirty_count == CONNECTIONS_MAX) {
		flush(connection);
		return;
	}
	server->dirty[server->dirty_count++] = connection;
	connection->dirty = server->dirty_count;
}

static void refuse(struct exchange *connection, int status)
{
	char body[96];
	int size = snprintf(body, sizeof(body),
			    "{\"ok\":false,\"error_code\":%d,\"description\":\"%s\"}", status,
			    http_reason(status));

	connection->keep_alive = false;
	connection->waiting = true;
	exchange_answer(connection,
			&(struct answer) { .status = status, .body = body, .size = (size_t)size });
}

/* Its first bytes are there. */
static void begin_request(struct exchange *connection)
{
	if (connection->answered)
		enter(connection, HTTP_PHASE_HEAD);
	connection->answered = false;
}

/* Hands over complete requests, one at a time. */
static void serve(struct exchange *connection)
{
	struct http_request request;

	connection->in_turn = true;
	while (!connection->waiting && !connection->closing &&
	       buffer_unread_size(&connection->in) > 0) {
		struct buffer *in = &connection->in;
		enum http_state state = http_parse((const char *)buffer_unread(in),
						   buffer_unread_size(in), &request);

		begin_request(connection);
		if (state == HTTP_BAD) {
			refuse(connection, request.status);
			break;
		}
		if (state == HTTP_MORE) {
			if (request.header_size > 0)
				enter(connection, HTTP_PHASE_REQUEST);
			if (request.expects_continue && !connection->continued) {
				buffer_append_text(&connection->out,
						   "HTTP/1.1 100 Continue\r\n\r\n");
				connection->continued = true;
			}
			break;
		}
		connection->keep_alive = request.keep_alive;
		connection->continued = false;
		connection->waiting = true;
		enter(connection, HTTP_PHASE_OWNER);
		if (request.chunked)
			request.body.length = http_chunks_join((char *)request.body.data,
							       request.body.length);
		connection->server->fn(connection->server->owner, connection, &request);
		buffer_consume(in, request.size);
	}
	connection->in_turn = false;
	if (buffer_unread_size(&connection->in) == 0) {
		buffer_clear(&connection->in);
		buffer_trim(&connection->in, IDLE_KEEP);
	}
	flush_later(connection);
}

/* False when the connection is gone. */
static bool receive(struct exchange *connection)
{
	struct buffer *in = &connection->in;

	if (connection->waiting && buffer_unread_size(in) > AHEAD_MAX) {
		connection_close(connection);
		return false;
	}
	for (;;) {
		uint8_t *room = buffer_reserve(in, READ_SIZE);
		ssize_t got = recv(connection->fd, room, READ_SIZE, 0);

		if (got > 0) {
			buffer_commit(in, (size_t)got);
			return true;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return true;
		connection_close(connection);
		return false;
	}
}

static void on_connection(void *owner, int fd, uint32_t events)
{
	struct exchange *connection = owner;

	(void)fd;
	if (events & EPOLLOUT && !flush(connection))
		return;
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP)))
		return;
	if (receive(connection) && !connection->waiting)
		serve(connection);
}

static void flush_dirty(struct server *server)
{
	for (size_t i = 0; i < server->dirty_count; i++) {
		struct exchange *connection = server->dirty[i];

		if (connection) {
			connection->dirty = 0;
			flush(connection);
		}
	}
	server->dirty_count = 0;
}

static bool end_turn(void *owner)
{
	struct server *server = owner;
	struct http_place *place = LIST_FIRST(&server->places.all);

	while (server->resuming > 0 && place) {
		struct exchange *connection = exchange_of(place);

		place = LIST_NEXT(place, link);
		if (connection->resume) {
			connection->resume = false;
			server->resuming--;
			if (!connection->waiting)
				serve(connection);
		}
	}
	flush_dirty(server);
	return server->resuming > 0;
}

/* --- new connections -------------------------------------------------------------------------- */

static void set_paused(struct server *server, bool paused)
{
	if (server->paused == paused)
		return;
	server->paused = paused;
	if (paused)
		loop_unwatch(server->loop, server->fd);
	else
		loop_watch(server->loop, server->fd, EPOLLIN, on_listener, server);
}

static void check_later(struct server *server)
{
	if (!loop_timer_is_set(&server->check) && (server->places.count > 0 || server->paused))
		loop_timer_set(server->loop, &server->check, CHECK_MS);
}

static void on_check(void *owner)
{
	struct server *server = owner;
	struct http_place *place = LIST_FIRST(&server->places.all);

	while (place) {
		struct exchange *connection = exchange_of(place);

		place = LIST_NEXT(place, link);
		if (http_place_end(&server->places, &connection->place,
				   loop_now_ms(server->loop)) != HTTP_END_NONE)
			connection_close(connection);
	}
	set_paused(server, false);
	check_later(server);
}

static bool make_room(struct server *server)
{
	struct http_place *victim = http_places_victim(&server->places, loop_now_ms(server->loop));

	if (victim)
		connection_close(exchange_of(victim));
	return victim != NULL;
}

static void add_connection(struct server *server, int client)
{
	struct exchange *connection = xmalloc(sizeof(*connection));

	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &(int) { 1 }, sizeof(int));
	connection->server = server;
	connection->fd = client;
	http_place_take(&server->places, &connection->place, loop_now_ms(server->loop));
	watch(connection, EPOLLIN | EPOLLRDHUP);
}

/* A client without a place stays in the listener's queue, which is checked again a second later. */
static void on_listener(void *owner, int fd, uint32_t events)
{
	struct server *server = owner;
	bool out_of_descriptors = false;

	(void)events;
	for (;;) {
		int client;

		if (server->places.count >= server->places.max || out_of_descriptors) {
			if (!listener_has_newcomer(fd))
				break;
			if (!make_room(server)) {
				set_paused(server, true);
				break;
			}
		}
		client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		out_of_descriptors = client < 0 && listener_lacks_resources(errno);
		if (client >= 0)
			add_connection(server, client);
		else if (errno == EAGAIN)
			break;
	}
	check_later(server);
}

struct server *server_create(struct loop *loop, struct in_addr listen_on, int port,
			     server_request_fn *fn, void *owner, struct why *why)
{
	char host[INET_ADDRSTRLEN];
	char where[INET_ADDRSTRLEN + 16];
	struct server *server;
	int fd;

	inet_ntop(AF_INET, &listen_on, host, sizeof(host));
	snprintf(where, sizeof(where), "%s:%d", host, port);
	fd = listener_open(where, 1024, why);
	if (fd < 0)
		return NULL;
	server = xmalloc(sizeof(*server));
	server->loop = loop;
	server->fd = fd;
	server->port = listener_port(fd);
	server->fn = fn;
	server->owner = owner;
	server->places = (struct http_places) { .limits = limits, .max = CONNECTIONS_MAX };
	server->check = (struct loop_timer) { .fn = on_check, .owner = server };
	loop_watch(loop, fd, EPOLLIN, on_listener, server);
	loop_add_hook(loop, end_turn, server);
	return server;
}

void server_destroy(struct server *server)
{
	if (!server)
		return;
	while (!LIST_EMPTY(&server->places.all))
		connection_close(exchange_of(LIST_FIRST(&server->places.all)));
	loop_timer_clear(server->loop, &server->check);
	loop_unwatch(server->loop, server->fd);
	close(server->fd);
	free(server);
}

int server_port(const struct server *server)
{
	return server->port;
}

size_t server_connections(const struct server *server)
{
	return server->places.count;
}

/* Digits of a number; printf() would be a tenth of an answer's cost. */
static void append_number(struct buffer *out, size_t number)
{
	char digits[24];
	char *at = digits + sizeof(digits);

	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	buffer_append(out, at, (size_t)(digits + sizeof(digits) - at));
}

static void write_status(struct exchange *exchange, const struct answer *answer)
{
	const char *type = answer->content_type ? answer->content_type : "application/json";
	struct buffer *out = &exchange->out;

	buffer_append_text(out, "HTTP/1.1 ");
	append_number(out, (size_t)answer->status);
	buffer_append_byte(out, ' ');
	buffer_append_text(out, http_reason(answer->status));
	buffer_append_text(out, "\r\nServer: korone-botapi-sim\r\nContent-Type: ");
	buffer_append_text(out, type);
	buffer_append_text(out, "\r\n");
	if (answer->headers)
		buffer_append_text(out, answer->headers);
}

static void write_header(struct exchange *exchange, const struct answer *answer)
{
	struct buffer *out = &exchange->out;

	write_status(exchange, answer);
	buffer_append_text(out, "Content-Length: ");
	append_number(out, answer->size);
	if (answer->retry_after_s > 0) {
		buffer_append_text(out, "\r\nRetry-After: ");
		append_number(out, (size_t)answer->retry_after_s);
	}
	buffer_append_text(out, exchange->keep_alive ? "\r\nConnection: keep-alive\r\n\r\n"
						     : "\r\nConnection: close\r\n\r\n");
}

/* The request is answered. What the client sent meanwhile waits for the end of the turn: the answer
 * may be given while another request is being handled. */
static void finish(struct exchange *exchange)
{
	exchange->waiting = false;
	exchange->answered = true;
	exchange->gone = NULL;
	enter(exchange, HTTP_PHASE_REQUEST); /* until the client has read it */
	if (!exchange->keep_alive)
		exchange->closing = true;
	if (exchange->in_turn)
		return;
	if (!exchange->resume && !exchange->closing && buffer_unread_size(&exchange->in) > 0) {
		exchange->resume = true;
		exchange->server->resuming++;
	}
	flush_later(exchange);
}

void exchange_answer(struct exchange *exchange, const struct answer *answer)
{
	write_header(exchange, answer);
	buffer_append(&exchange->out, answer->body, answer->size);
	finish(exchange);
}

void exchange_stream_begin(struct exchange *exchange, const struct answer *answer)
{
	write_status(exchange, answer);
	/* Ends with the connection (RFC 9112, 6.3). */
	buffer_append_text(&exchange->out, "Connection: close\r\n\r\n");
	if (!exchange->in_turn)
		flush_later(exchange);
}

void exchange_stream_write(struct exchange *exchange, const void *bytes, size_t size)
{
	buffer_append(&exchange->out, bytes, size);
	if (!exchange->in_turn)
		flush_later(exchange);
}

size_t exchange_stream_unsent(const struct exchange *exchange)
{
	return buffer_unread_size(&exchange->out);
}

void exchange_answer_part(struct exchange *exchange, const struct answer *answer, size_t part)
{
	write_header(exchange, answer);
	buffer_append(&exchange->out, answer->body, part < answer->size ? part : answer->size);
	exchange->keep_alive = false;
	finish(exchange);
}

void exchange_break(struct exchange *exchange, const void *bytes, size_t size)
{
	buffer_append(&exchange->out, bytes, size);
	exchange->keep_alive = false;
	finish(exchange);
}

void exchange_reset(struct exchange *exchange)
{
	const struct linger now = { .l_onoff = 1 };

	setsockopt(exchange->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	exchange_break(exchange, NULL, 0);
}

void exchange_on_gone(struct exchange *exchange, exchange_gone_fn *fn, void *owner)
{
	exchange->gone = fn;
	exchange->gone_owner = owner;
}
