/* redis_peer.h - a small Redis in a thread of the test: strings, hashes, expiry, transactions with
 * WATCH. Whatever the recorder connects to is it; hiredis is found in the executable first.
 *
 * A client waits for the answer to all that it sent, so a test may look into it and change it
 * between its own calls. */
#ifndef TESTS_UNIT_REDIS_PEER_H
#define TESTS_UNIT_REDIS_PEER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <hiredis/hiredis.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/xalloc.h"

#define PEER_VALUES_MAX 20000
#define PEER_WORDS_MAX 9000
#define PEER_WORD_MAX 80

struct peer_word {
	char bytes[PEER_WORD_MAX];
	size_t size;
};

/* A field of a hash, or a string: that has no field. */
struct peer_value {
	char key[PEER_WORD_MAX];
	struct peer_word field, value;
	long long life; /* of a string: EX; of a hash: EXPIREAT; 0: none */
};

static struct redis_peer {
	const char *run_id;
	const char *refused; /* a command that is answered with an error */
	bool away;           /* nothing listens */
	struct peer_value values[PEER_VALUES_MAX];
	size_t values_count;
	char logins[256]; /* AUTH and SELECT as they came */
	unsigned connections;
	/* of the connection */
	int fd;
	pthread_t thread;
	bool has_thread, in_transaction;
	struct buffer out, queued;
	unsigned queued_count;
	struct peer_value *watched;
	struct peer_word was; /* what is watched, when that began */
	struct peer_word words[PEER_WORDS_MAX];
	size_t words_count;
} peer;

static bool peer_is_word(size_t at, const char *text)
{
	return peer.words[at].size == strlen(text) &&
	       !memcmp(peer.words[at].bytes, text, peer.words[at].size);
}

static bool peer_is_same(const struct peer_word *a, const struct peer_word *b)
{
	return a->size == b->size && !memcmp(a->bytes, b->bytes, a->size);
}

static struct peer_value *peer_find(const char *key, const struct peer_word *field)
{
	for (size_t i = 0; i < peer.values_count; i++)
		if (peer_is_same(&peer.values[i].field, field) && !strcmp(peer.values[i].key, key))
			return &peer.values[i];
	return NULL;
}

static void peer_put(const char *key, const struct peer_word *field, const struct peer_word *value,
		     long long life)
{
	struct peer_value *found = peer_find(key, field);

	if (!found) {
		assert_true(peer.values_count < PEER_VALUES_MAX);
		found = &peer.values[peer.values_count++];
		snprintf(found->key, sizeof(found->key), "%s", key);
		found->field = *field;
	}
	found->value = *value;
	found->life = life;
}

/* Its place stays empty. */
static bool peer_remove(const char *key, const struct peer_word *field)
{
	struct peer_value *found = peer_find(key, field);

	if (found)
		memset(found, 0, sizeof(*found));
	return found != NULL;
}

static void peer_bulk(struct buffer *out, const struct peer_value *value)
{
	if (!value) {
		buffer_append_text(out, "$-1\r\n");
		return;
	}
	buffer_printf(out, "$%zu\r\n", value->value.size);
	buffer_append(out, value->value.bytes, value->value.size);
	buffer_append_text(out, "\r\n");
}

static void peer_expire(const char *key, long long at)
{
	for (size_t i = 0; i < peer.values_count; i++)
		if (!strcmp(peer.values[i].key, key))
			peer.values[i].life = at;
}

static void peer_run_on_hash(const char *key, struct buffer *out)
{
	size_t removed = 0;

	if (peer_is_word(0, "HMGET")) {
		buffer_printf(out, "*%zu\r\n", peer.words_count - 2);
		for (size_t i = 2; i < peer.words_count; i++)
			peer_bulk(out, peer_find(key, &peer.words[i]));
	} else if (peer_is_word(0, "HSET")) {
		assert_int_equal(peer.words_count % 2, 0);
		for (size_t i = 2; i < peer.words_count; i += 2)
			peer_put(key, &peer.words[i], &peer.words[i + 1], 0);
		buffer_printf(out, ":%zu\r\n", peer.words_count / 2 - 1);
	} else if (peer_is_word(0, "HDEL")) {
		for (size_t i = 2; i < peer.words_count; i++)
			removed += peer_remove(key, &peer.words[i]);
		buffer_printf(out, ":%zu\r\n", removed);
	} else if (peer_is_word(0, "EXPIREAT")) {
		peer_expire(key, atoll(peer.words[2].bytes));
		buffer_append_text(out, ":1\r\n");
	} else {
		buffer_append_text(out, "-ERR unknown command\r\n");
	}
}

static void peer_run_on_string(const char *key, struct buffer *out)
{
	static const struct peer_word none;
	const struct peer_value *found = peer_find(key, &none);

	if (peer_is_word(0, "GET")) {
		peer_bulk(out, found);
		return;
	}
	if (peer_is_word(0, "SET")) {
		assert_true(peer_is_word(3, "EX"));
		peer_put(key, &none, &peer.words[2], atoll(peer.words[4].bytes));
	} else if (peer_is_word(0, "WATCH")) {
		peer.watched = peer_find(key, &none);
		assert_non_null(peer.watched);
		peer.was = peer.watched->value;
	} else {
		peer.watched = NULL;
	}
	buffer_append_text(out, "+OK\r\n");
}

static void peer_note_login(void)
{
	for (size_t i = 0; i < peer.words_count; i++)
		snprintf(peer.logins + strlen(peer.logins),
			 sizeof(peer.logins) - strlen(peer.logins), "%s ", peer.words[i].bytes);
	buffer_append_text(&peer.out, "+OK\r\n");
}

static void peer_execute(void)
{
	bool kept = !peer.watched || peer_is_same(&peer.watched->value, &peer.was);

	if (kept) {
		buffer_printf(&peer.out, "*%u\r\n", peer.queued_count);
		buffer_append(&peer.out, buffer_unread(&peer.queued),
			      buffer_unread_size(&peer.queued));
	} else {
		buffer_append_text(&peer.out, "*-1\r\n");
	}
	peer.watched = NULL;
	peer.in_transaction = false;
}

/* What is queued runs at once, except when it must not run at all. */
static void peer_queue(const char *key)
{
	peer.queued_count++;
	buffer_append_text(&peer.out, "+QUEUED\r\n");
	if (peer.watched && !peer_is_same(&peer.watched->value, &peer.was))
		buffer_append_text(&peer.queued, ":0\r\n");
	else if (peer.refused && peer_is_word(0, peer.refused))
		buffer_append_text(&peer.queued, "-OOM of the test\r\n");
	else
		peer_run_on_hash(key, &peer.queued);
}

static void peer_run(void)
{
	const char *key = peer.words_count > 1 ? peer.words[1].bytes : "";

	if (peer_is_word(0, "EXEC")) {
		peer_execute();
	} else if (peer.in_transaction) {
		peer_queue(key);
	} else if (peer.refused && peer_is_word(0, peer.refused)) {
		buffer_append_text(&peer.out, "-ERR refused by the test\r\n");
	} else if (peer_is_word(0, "MULTI")) {
		peer.in_transaction = true;
		peer.queued_count = 0;
		buffer_clear(&peer.queued);
		buffer_append_text(&peer.out, "+OK\r\n");
	} else if (peer_is_word(0, "INFO")) {
		buffer_printf(&peer.out, "$%zu\r\nrun_id:%s\r\n\r\n", strlen(peer.run_id) + 9,
			      peer.run_id);
	} else if (peer_is_word(0, "AUTH") || peer_is_word(0, "SELECT")) {
		peer_note_login();
	} else if (peer.words[0].bytes[0] == 'H') {
		peer_run_on_hash(key, &peer.out);
	} else {
		peer_run_on_string(key, &peer.out);
	}
}

static bool peer_read(FILE *in)
{
	char header[32], end[2];

	if (!fgets(header, sizeof(header), in))
		return false;
	assert_int_equal(header[0], '*');
	peer.words_count = (size_t)atol(header + 1);
	assert_in_range(peer.words_count, 1, PEER_WORDS_MAX);
	for (size_t i = 0; i < peer.words_count; i++) {
		struct peer_word *word = &peer.words[i];

		memset(word, 0, sizeof(*word));
		assert_non_null(fgets(header, sizeof(header), in));
		assert_int_equal(header[0], '$');
		word->size = (size_t)atol(header + 1);
		assert_in_range(word->size, 1, PEER_WORD_MAX - 1);
		assert_int_equal(fread(word->bytes, 1, word->size, in), word->size);
		assert_int_equal(fread(end, 1, sizeof(end), in), sizeof(end));
		assert_memory_equal(end, "\r\n", 2);
	}
	return true;
}

/* Answers to what was read before. They are sent together: one by one they would fill the socket
 * while the client still writes. */
static ssize_t peer_receive(void *unused, char *bytes, size_t size)
{
	(void)unused;
	(void)send(peer.fd, buffer_unread(&peer.out), buffer_unread_size(&peer.out), MSG_NOSIGNAL);
	buffer_clear(&peer.out);
	return recv(peer.fd, bytes, size, 0);
}

static void *peer_serve(void *unused)
{
	FILE *in = fopencookie(NULL, "r", (cookie_io_functions_t) { .read = peer_receive });

	(void)unused;
	while (peer_read(in))
		peer_run();
	fclose(in);
	close(peer.fd);
	return NULL;
}

static void peer_join(void)
{
	if (peer.has_thread)
		pthread_join(peer.thread, NULL);
	peer.has_thread = false;
}

redisContext *redisConnectUnixWithTimeout(const char *path, const struct timeval timeout)
{
	int ends[2];

	assert_string_equal(path, "/redis");
	assert_in_range(timeout.tv_sec, 1, 2);
	peer.connections++;
	if (peer.away)
		return NULL;
	peer_join();
	peer.in_transaction = false;
	peer.watched = NULL;
	buffer_clear(&peer.out);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	peer.fd = ends[1];
	assert_int_equal(pthread_create(&peer.thread, NULL, peer_serve, NULL), 0);
	peer.has_thread = true;
	return redisConnectFd(ends[0]);
}

static void peer_start(void)
{
	memset(&peer, 0, sizeof(peer));
	peer.run_id = "0123456789abcdef";
}

/* After the client has left. */
static void peer_finish(void)
{
	peer_join();
	buffer_finish(&peer.out);
	buffer_finish(&peer.queued);
}

/* The string whose key ends so, or NULL. */
static struct peer_value *peer_string(const char *end)
{
	for (size_t i = 0; i < peer.values_count; i++) {
		struct peer_value *value = &peer.values[i];
		size_t length = strlen(value->key);

		if (!value->field.size && length >= strlen(end) &&
		    !strcmp(value->key + length - strlen(end), end))
			return value;
	}
	return NULL;
}

static size_t peer_count_fields(void)
{
	size_t count = 0;

	for (size_t i = 0; i < peer.values_count; i++)
		count += peer.values[i].field.size > 0;
	return count;
}

#endif
