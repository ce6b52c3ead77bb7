/* postgres_peer.h - the server's side of Postgres' protocol (its documentation, chapter 55) in a
 * thread of the test, one connection after the other. What a statement does is in its text:
 *
 *   ECHO            a row of the values that came with it
 *   FAIL SQLSTATE   an error
 *   SILENT          no answer
 *   DIE             the connection ends
 *
 * and anything else, the name of a prepared one too, wrote five rows. */
#ifndef TESTS_UNIT_POSTGRES_PEER_H
#define TESTS_UNIT_POSTGRES_PEER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <endian.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/buffer.h"

#define SERVER_VALUES_MAX 16
#define SERVER_MESSAGE_MAX 4096

static struct server {
	char directory[40], path[80];
	int listener, fd;
	pthread_t thread;
	const char *refuses; /* logins, with this SQLSTATE */
	char seen[1024];     /* the statements that ran, each with a semicolon */
	char startup[512];   /* what the client said of itself, with spaces for NULs */
	char formats[SERVER_VALUES_MAX + 1];
	/* of the connection */
	char status; /* I, T or E */
	bool skips;  /* until the next Sync */
	char statement[256];
	char message[SERVER_MESSAGE_MAX];
	int32_t sizes[SERVER_VALUES_MAX]; /* -1: NULL */
	const char *values[SERVER_VALUES_MAX];
	int values_count;
	struct buffer body;
} server;

static void put16(uint16_t value)
{
	value = htobe16(value);
	buffer_append(&server.body, &value, sizeof(value));
}

static void put32(uint32_t value)
{
	value = htobe32(value);
	buffer_append(&server.body, &value, sizeof(value));
}

static void put_text(const char *text)
{
	buffer_append(&server.body, text, strlen(text) + 1);
}

static void answer(char type)
{
	uint32_t size = htobe32((uint32_t)buffer_unread_size(&server.body) + 4);

	(void)send(server.fd, &type, 1, MSG_NOSIGNAL);
	(void)send(server.fd, &size, sizeof(size), MSG_NOSIGNAL);
	(void)send(server.fd, buffer_unread(&server.body), buffer_unread_size(&server.body),
		   MSG_NOSIGNAL);
	buffer_clear(&server.body);
}

static void answer_ready(void)
{
	buffer_append_byte(&server.body, (uint8_t)server.status);
	answer('Z');
}

static void answer_error(const char *sqlstate)
{
	put_text("SERROR");
	put_text("VERROR");
	buffer_append_byte(&server.body, 'C');
	put_text(sqlstate);
	put_text("Mits value");
	buffer_append_byte(&server.body, 0);
	answer('E');
	server.status = server.status == 'T' ? 'E' : server.status;
}

static void describe(void)
{
	if (strcmp(server.statement, "ECHO") != 0) {
		answer('n');
		return;
	}
	put16((uint16_t)server.values_count);
	for (int i = 0; i < server.values_count; i++) {
		put_text("value");
		put32(0);
		put16(0);
		put32(25); /* text */
		put16(UINT16_MAX);
		put32(UINT32_MAX);
		put16(0);
	}
	answer('T');
}

static void answer_row(void)
{
	put16((uint16_t)server.values_count);
	for (int i = 0; i < server.values_count; i++) {
		put32((uint32_t)server.sizes[i]);
		if (server.sizes[i] > 0)
			buffer_append(&server.body, server.values[i], (size_t)server.sizes[i]);
	}
	answer('D');
}

/* False: the connection ends. */
static bool execute(const char *sql)
{
	size_t length = strlen(server.seen);

	snprintf(server.seen + length, sizeof(server.seen) - length, "%s;", sql);
	if (!strcmp(sql, "DIE"))
		return false;
	if (!strcmp(sql, "SILENT")) {
		server.skips = true;
		return true;
	}
	if (!strncmp(sql, "FAIL ", 5)) {
		server.skips = true;
		answer_error(sql + 5);
		return true;
	}
	if (!strcmp(sql, "BEGIN"))
		server.status = 'T';
	else if (!strcmp(sql, "COMMIT") || !strcmp(sql, "ROLLBACK"))
		server.status = 'I';
	else if (!strcmp(sql, "ECHO"))
		answer_row();
	put_text(!strcmp(sql, "ECHO") ? "SELECT 1" : "UPDATE 5");
	answer('C');
	return true;
}

static uint16_t get16(const char **at)
{
	uint16_t value;

	memcpy(&value, *at, sizeof(value));
	*at += sizeof(value);
	return be16toh(value);
}

static void bind_values(const char *at)
{
	uint16_t formats;

	at += strlen(at) + 1; /* the portal */
	if (*at)
		snprintf(server.statement, sizeof(server.statement), "%s", at);
	at += strlen(at) + 1;
	formats = get16(&at);
	memset(server.formats, 0, sizeof(server.formats));
	for (uint16_t i = 0; i < formats; i++)
		server.formats[i] = get16(&at) ? 'b' : 't';
	server.values_count = get16(&at);
	for (int i = 0; i < server.values_count; i++) {
		uint32_t size;

		memcpy(&size, at, sizeof(size));
		at += sizeof(size);
		server.sizes[i] = (int32_t)be32toh(size);
		server.values[i] = at;
		at += server.sizes[i] > 0 ? server.sizes[i] : 0;
	}
	for (uint16_t results = get16(&at); results > 0; results--)
		assert_int_equal(get16(&at), 0); /* as text */
}

static bool read_exactly(void *out, size_t size)
{
	return !size || recv(server.fd, out, size, MSG_WAITALL) == (ssize_t)size;
}

static bool take_simple(const char *sql)
{
	if (!execute(sql))
		return false;
	if (strcmp(sql, "SILENT") != 0)
		answer_ready();
	server.skips = false;
	return true;
}

static bool take(char type, char *text, size_t size)
{
	if (type == 'Q')
		return take_simple(text);
	if (type == 'S') {
		if (strcmp(server.statement, "SILENT") != 0)
			answer_ready();
		server.skips = false;
	} else if (type == 'X') {
		return false;
	} else if (server.skips) {
		return true;
	} else if (type == 'P') {
		snprintf(server.statement, sizeof(server.statement), "%s", text + strlen(text) + 1);
		answer('1');
	} else if (type == 'B') {
		memcpy(server.message, text, size);
		bind_values(server.message);
		answer('2');
	} else if (type == 'D') {
		describe();
	} else if (type == 'E') {
		return execute(server.statement);
	}
	return true;
}

static bool take_message(void)
{
	char type, text[SERVER_MESSAGE_MAX];
	uint32_t size;

	if (!read_exactly(&type, 1) || !read_exactly(&size, sizeof(size)))
		return false;
	size = be32toh(size) - 4;
	assert_in_range(size, 0, sizeof(text) - 1);
	return read_exactly(text, size) && take(type, text, size);
}

static bool greet(void)
{
	uint32_t size;
	char text[sizeof(server.startup)];

	if (!read_exactly(&size, sizeof(size)))
		return false;
	size = be32toh(size) - 4;
	assert_in_range(size, 4, sizeof(text) - 1);
	if (!read_exactly(text, size))
		return false;
	for (uint32_t i = 4; i < size; i++)
		server.startup[i - 4] = text[i] ? text[i] : ' ';
	server.startup[size - 4] = '\0';
	if (server.refuses) {
		answer_error(server.refuses);
		return false;
	}
	put32(0);
	answer('R');
	put32(4242);
	put32(1);
	answer('K');
	answer_ready();
	return true;
}

static void *serve(void *unused)
{
	(void)unused;
	while ((server.fd = accept(server.listener, NULL, NULL)) >= 0) {
		server.status = 'I';
		server.skips = false;
		server.statement[0] = '\0';
		if (greet())
			while (take_message())
				;
		close(server.fd);
	}
	return NULL;
}

static void server_start(char *url, size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memset(&server, 0, sizeof(server));
	strcpy(server.directory, "/tmp/test-postgres.XXXXXX");
	assert_non_null(mkdtemp(server.directory));
	snprintf(server.path, sizeof(server.path), "%s/.s.PGSQL.5432", server.directory);
	strcpy(address.sun_path, server.path);
	server.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server.listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server.listener, 4), 0);
	assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
	snprintf(url, size, "postgresql:///db?host=%s&port=5432&user=me&sslmode=disable",
		 server.directory);
}

/* After the client has left. */
static void server_finish(void)
{
	shutdown(server.listener, SHUT_RDWR);
	pthread_join(server.thread, NULL);
	close(server.listener);
	unlink(server.path);
	rmdir(server.directory);
	buffer_finish(&server.body);
}

#endif
