/* http_peer.h - the other side of HTTP requests, in the loop of the test: it keeps what it was sent
 * and answers with the bytes that the test chose. */
#ifndef TESTS_UNIT_HTTP_PEER_H
#define TESTS_UNIT_HTTP_PEER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/buffer.h"
#include "common/listener.h"
#include "common/loop.h"

#define PEER_CONNECTIONS_MAX 16
#define PEER_PATIENCE_S 30 /* with what takes no time */

struct http_peer;

struct peer_connection {
	struct http_peer *peer;
	int fd; /* -1: closed */
	struct buffer received;
};

struct http_peer {
	struct loop *loop;
	int listener;
	struct peer_connection connections[PEER_CONNECTIONS_MAX];
	size_t connections_count; /* since the start */
	const char *answer;       /* NULL: none is given */
	bool closes;              /* after the answer */
	unsigned requests;
	struct buffer request; /* the last whole one, with a NUL behind it */
	char url[64];
};

static inline void peer_close_connection(struct peer_connection *connection)
{
	if (connection->fd < 0)
		return;
	loop_unwatch(connection->peer->loop, connection->fd);
	close(connection->fd);
	connection->fd = -1;
}

/* The size of the first request; 0 while it is not whole. */
static inline size_t peer_request_size(struct buffer *received)
{
	const char *text = buffer_text(received);
	const char *end = strstr(text, "\r\n\r\n"),
		   *length = strcasestr(text, "\r\nContent-Length:");
	size_t size;

	if (!end)
		return 0;
	size = (size_t)(end + 4 - text) +
	       (length && length < end ? strtoul(length + 17, NULL, 10) : 0);
	return size <= buffer_unread_size(received) ? size : 0;
}

static inline void peer_on_readable(void *owner, int fd, uint32_t events)
{
	struct peer_connection *connection = owner;
	struct http_peer *peer = connection->peer;
	ssize_t got = recv(fd, buffer_reserve(&connection->received, 65536), 65536, 0);
	size_t size;

	(void)events;
	if (got <= 0) {
		peer_close_connection(connection);
		return;
	}
	buffer_commit(&connection->received, (size_t)got);
	size = peer_request_size(&connection->received);
	if (size == 0)
		return;
	peer->requests++;
	buffer_clear(&peer->request);
	buffer_append(&peer->request, buffer_unread(&connection->received), size);
	(void)buffer_text(&peer->request);
	buffer_consume(&connection->received, size);
	if (peer->answer)
		(void)!send(fd, peer->answer, strlen(peer->answer), MSG_NOSIGNAL);
	if (peer->closes)
		peer_close_connection(connection);
}

static inline void peer_on_newcomer(void *owner, int fd, uint32_t events)
{
	struct http_peer *peer = owner;
	struct peer_connection *connection = &peer->connections[peer->connections_count++];

	(void)events;
	assert_in_range(peer->connections_count, 1, PEER_CONNECTIONS_MAX);
	connection->peer = peer;
	connection->fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_true(connection->fd >= 0);
	loop_watch(peer->loop, connection->fd, EPOLLIN, peer_on_readable, connection);
}

/* Listens in the loop, which it makes. */
static inline void peer_open(struct http_peer *peer)
{
	struct why why = { "" };

	memset(peer, 0, sizeof(*peer));
	peer->loop = loop_create();
	peer->listener = listener_open("127.0.0.1:0", 8, &why);
	assert_string_equal(why.text, "");
	snprintf(peer->url, sizeof(peer->url), "http://127.0.0.1:%d",
		 listener_port(peer->listener));
	loop_watch(peer->loop, peer->listener, EPOLLIN, peer_on_newcomer, peer);
	alarm(PEER_PATIENCE_S);
}

/* Nobody listens at `url` any more. */
static inline void peer_stop_listening(struct http_peer *peer)
{
	if (peer->listener < 0)
		return;
	loop_unwatch(peer->loop, peer->listener);
	close(peer->listener);
	peer->listener = -1;
}

/* After all that uses the loop. */
static inline void peer_close(struct http_peer *peer)
{
	peer_stop_listening(peer);
	for (size_t i = 0; i < peer->connections_count; i++) {
		peer_close_connection(&peer->connections[i]);
		buffer_finish(&peer->connections[i].received);
	}
	buffer_finish(&peer->request);
	alarm(0);
	loop_destroy(peer->loop);
}

static inline bool peer_was_sent(struct http_peer *peer, const char *text)
{
	return memmem(buffer_unread(&peer->request), buffer_unread_size(&peer->request), text,
		      strlen(text)) != NULL;
}

#endif
