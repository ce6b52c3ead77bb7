/* curve.c - reads and creates key files; the guard is a thread that answers ZAP requests. */
#include "common/curve.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <zmq.h>

#include "common/files.h"
#include "common/log.h"
#include "common/xalloc.h"

#define KEY_BYTES 32
#define KEY_FILE_MAX 128
#define NAMES_MAX 4096 /* files examined per handshake */

/* --- keys ------------------------------------------------------------------------------------ */

/* One line of Z85, followed by white space. */
static bool read_key(const char *directory, const char *name, const char *ending,
		     char out[CURVE_KEY_SIZE], struct why *why)
{
	char *path = xasprintf("%s/%s.%s", directory, name, ending);
	struct buffer bytes = { 0 };
	uint8_t key[KEY_BYTES];
	bool good = false;
	char *text;

	if (!file_read(path, KEY_FILE_MAX, &bytes, why))
		goto out;
	text = buffer_text(&bytes);
	text[strcspn(text, " \t\r\n")] = '\0';
	good = strlen(text) == CURVE_KEY_SIZE - 1 && zmq_z85_decode(key, text);
	if (good)
		memcpy(out, text, CURVE_KEY_SIZE);
	else
		why_set(why, "%s does not hold a key (40 characters of Z85)", path);
out:
	explicit_bzero(key, sizeof(key));
	if (bytes.data)
		explicit_bzero(bytes.data, bytes.capacity);
	buffer_finish(&bytes);
	free(path);
	return good;
}

static bool is_private(const char *directory, const char *name, struct why *why)
{
	char *path = xasprintf("%s/%s.key", directory, name);
	struct stat status;
	bool good = true;

	if (stat(path, &status) == 0 && status.st_mode & S_IRWXO)
		good = why_set(why, "%s is readable by everyone: chmod 0600", path);
	free(path);
	return good;
}

bool curve_read_pair(const char *directory, const char *name, struct curve_pair *out,
		     struct why *why)
{
	struct curve_pair pair = { { 0 }, { 0 } };
	bool good = is_private(directory, name, why) &&
		    read_key(directory, name, "key", pair.secret_key, why);

	if (good && zmq_curve_public(pair.public_key, pair.secret_key) < 0)
		good = why_set(why, "the ZeroMQ library was built without CURVE: %s",
			       zmq_strerror(errno));
	if (good)
		*out = pair;
	explicit_bzero(&pair, sizeof(pair));
	return good;
}

bool curve_read_public(const char *directory, const char *name, char out[CURVE_KEY_SIZE],
		       struct why *why)
{
	return read_key(directory, name, "pub", out, why);
}

static bool write_key(const char *path, const char *key, struct why *why)
{
	char line[CURVE_KEY_SIZE + 1];
	bool written;

	snprintf(line, sizeof(line), "%s\n", key);
	written = file_replace(path, line, strlen(line), why);
	explicit_bzero(line, sizeof(line));
	return written;
}

bool curve_make(const char *directory, const char *name, struct why *why)
{
	char *secret_path = xasprintf("%s/%s.key", directory, name);
	char *public_path = xasprintf("%s/%s.pub", directory, name);
	struct curve_pair pair = { { 0 }, { 0 } };
	struct stat status;
	bool made = false;

	if (stat(secret_path, &status) == 0)
		why_set(why, "%s already exists", secret_path);
	else if (zmq_curve_keypair(pair.public_key, pair.secret_key) < 0)
		why_set(why, "the ZeroMQ library was built without CURVE: %s", zmq_strerror(errno));
	else
		made = write_key(secret_path, pair.secret_key, why) &&
		       write_key(public_path, pair.public_key, why);
	explicit_bzero(&pair, sizeof(pair));
	free(secret_path);
	free(public_path);
	return made;
}

/* --- the guard ------------------------------------------------------------------------------- */

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
/* version, request id, domain, address, identity, mechanism, credentials */
#define ZAP_FRAMES 7
#define ZAP_FRAME_MAX 256

struct curve_guard {
	void *socket;
	char *directory;
	pthread_t thread;
};

struct zap_request {
	size_t count; /* frames received; those beyond ZAP_FRAMES are only counted */
	struct zap_frame {
		size_t size;
		uint8_t bytes[ZAP_FRAME_MAX];
	} frames[ZAP_FRAMES];
};

static bool frame_is(const struct zap_frame *frame, const char *text)
{
	return frame->size == strlen(text) && !memcmp(frame->bytes, text, frame->size);
}

/* False when the context is shut down. */
static bool receive_request(void *socket, struct zap_request *request)
{
	int more = 1;
	size_t size = sizeof(more);

	memset(request, 0, sizeof(*request));
	while (more) {
		uint8_t extra[ZAP_FRAME_MAX];
		bool known = request->count < ZAP_FRAMES;
		uint8_t *bytes = known ? request->frames[request->count].bytes : extra;
		int received = zmq_recv(socket, bytes, ZAP_FRAME_MAX, 0);

		if (received < 0 && errno == EINTR)
			continue;
		if (received < 0)
			return false;
		/* A frame that was truncated has a size over the buffer and matches nothing. */
		if (known)
			request->frames[request->count].size = (size_t)received;
		request->count++;
		zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size);
	}
	return true;
}

/* Whether the public key is in a NAME.pub of the directory; copies the name. */
static bool is_known(const char *directory, const uint8_t key[KEY_BYTES], char *name,
		     size_t name_size)
{
	DIR *stream = opendir(directory);
	const struct dirent *entry;
	bool known = false;

	if (!stream)
		return false;
	for (int i = 0; i < NAMES_MAX && !known && (entry = readdir(stream)); i++) {
		char text[CURVE_KEY_SIZE];
		uint8_t bytes[KEY_BYTES];
		size_t length = strlen(entry->d_name);

		if (length < 5 || length - 4 >= name_size ||
		    strcmp(entry->d_name + length - 4, ".pub") != 0)
			continue;
		snprintf(name, name_size, "%.*s", (int)(length - 4), entry->d_name);
		known = read_key(directory, name, "pub", text, NULL) &&
			zmq_z85_decode(bytes, text) && !memcmp(bytes, key, KEY_BYTES);
	}
	closedir(stream);
	return known;
}

static bool is_allowed(const struct curve_guard *guard, const struct zap_request *request,
		       char *name, size_t name_size)
{
	return request->count == ZAP_FRAMES && frame_is(&request->frames[0], "1.0") &&
	       frame_is(&request->frames[5], "CURVE") && request->frames[6].size == KEY_BYTES &&
	       is_known(guard->directory, request->frames[6].bytes, name, name_size);
}

static void answer(void *socket, const struct zap_request *request, bool allowed, const char *name)
{
	const struct zap_frame *id = &request->frames[1];
	size_t id_size = id->size <= ZAP_FRAME_MAX ? id->size : 0;
	/* Not "400", after which libzmq's clients never retry: a key may become known later. */
	const char *code = allowed ? "200" : "300";
	const char *text = allowed ? "OK" : "unknown key";

	/* A failure means that the context is shutting down, which the next receive notices. */
	zmq_send(socket, "1.0", 3, ZMQ_SNDMORE);
	zmq_send(socket, id->bytes, id_size, ZMQ_SNDMORE);
	zmq_send(socket, code, strlen(code), ZMQ_SNDMORE);
	zmq_send(socket, text, strlen(text), ZMQ_SNDMORE);
	zmq_send(socket, name, allowed ? strlen(name) : 0, ZMQ_SNDMORE);
	zmq_send(socket, "", 0, 0);
}

static void *guard_main(void *argument)
{
	struct curve_guard *guard = argument;
	struct zap_request request;

	while (receive_request(guard->socket, &request)) {
		char name[256] = "";
		bool allowed = is_allowed(guard, &request, name, sizeof(name));

		answer(guard->socket, &request, allowed, name);
	}
	zmq_close(guard->socket);
	return NULL;
}

/* The thread takes no signals: they are for the loop. */
static void start_thread(struct curve_guard *guard)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&guard->thread, NULL, guard_main, guard) != 0)
		panic("no thread for the CURVE guard");
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct curve_guard *curve_guard_start(void *zmq_context, const char *directory, struct why *why)
{
	struct curve_guard *guard;
	void *socket = zmq_socket(zmq_context, ZMQ_REP);

	if (!socket || zmq_bind(socket, ZAP_ENDPOINT) < 0) {
		why_set(why, "cannot guard CURVE links: %s", zmq_strerror(errno));
		if (socket)
			zmq_close(socket);
		return NULL;
	}
	guard = xmalloc(sizeof(*guard));
	guard->socket = socket;
	guard->directory = xstrdup(directory);
	start_thread(guard);
	return guard;
}

void curve_guard_join(struct curve_guard *guard)
{
	if (!guard)
		return;
	pthread_join(guard->thread, NULL);
	free(guard->directory);
	free(guard);
}
