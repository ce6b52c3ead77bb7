/* command_socket.c - a unix socket with a bounded number of clients on the loop, and the client
 * side that koronectl uses. */
#include "common/command_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/curve.h"
#include "common/files.h"
#include "common/listener.h"
#include "common/xalloc.h"

#define CLIENTS_MAX 32u
#define ACCEPT_AGAIN_MS 1000u /* without descriptors */
#define LINE_MAX_BYTES 512u
#define CLIENT_MS 5000u /* to send its line and to read the answer */

struct client {
	struct command_socket *commands;
	int fd; /* -1: free */
	struct buffer in, out;
	bool answered;
	uint64_t number; /* in the order of their coming */
	struct loop_timer deadline;
};

struct command_socket {
	struct loop *loop;
	char *path;
	int fd;
	command_socket_fn *fn;
	void *owner;
	struct loop_timer accept_again;
	uint64_t clients_count; /* so far */
	struct client clients[CLIENTS_MAX];
};

/* --- a client --------------------------------------------------------------------------------- */

static void close_client(struct client *client)
{
	if (client->fd < 0)
		return;
	loop_unwatch(client->commands->loop, client->fd);
	loop_timer_clear(client->commands->loop, &client->deadline);
	close(client->fd);
	client->fd = -1;
	client->answered = false;
	buffer_finish(&client->in);
	buffer_finish(&client->out);
}

static void on_deadline(void *owner)
{
	close_client(owner);
}

static size_t split_words(char *line, char *words[COMMAND_WORDS_MAX])
{
	char *rest = NULL;
	size_t count = 0;

	for (char *word = strtok_r(line, " ", &rest); word && count < COMMAND_WORDS_MAX;
	     word = strtok_r(NULL, " ", &rest))
		words[count++] = word;
	return count;
}

/* Takes as long whether or not the beginning is right. */
static bool is_equal(const char *a, const char *b, size_t size)
{
	unsigned char differing = 0;

	for (size_t i = 0; i < size; i++)
		differing |= (unsigned char)(a[i] ^ b[i]);
	return differing == 0;
}

/* Whether the line starts with the key, which is then skipped. */
static bool take_key(const struct command_socket *commands, char **line, struct why *why)
{
	char *directory = directory_of(commands->path);
	struct curve_pair pair;
	size_t length = strcspn(*line, " ");
	bool good = curve_read_shared(directory, &pair, why);

	if (good && (length != CURVE_KEY_SIZE - 1 || !is_equal(*line, pair.secret_key, length)))
		good = why_set(why, "refused: the key is not that of %s/" CURVE_SHARED_NAME,
			       directory);
	*line += length;
	explicit_bzero(&pair, sizeof(pair));
	free(directory);
	return good;
}

static void answer(struct client *client)
{
	struct command_socket *commands = client->commands;
	struct why why = { "there is no command" };
	char *words[COMMAND_WORDS_MAX];
	struct buffer body = { 0 };
	char *line = buffer_text(&client->in);
	size_t count = take_key(commands, &line, &why) ? split_words(line, words) : 0;

	client->answered = true;
	if (count > 0 && commands->fn(commands->owner, words, count, &body, &why)) {
		buffer_append_text(&client->out, "ok\n");
		buffer_append(&client->out, buffer_unread(&body), buffer_unread_size(&body));
	} else {
		buffer_printf(&client->out, "%s\n", why.text);
	}
	buffer_finish(&body);
}

/* False when the client must be closed. */
static bool take_line(struct client *client)
{
	uint8_t *into = buffer_reserve(&client->in, LINE_MAX_BYTES);
	ssize_t got = read(client->fd, into, LINE_MAX_BYTES);
	char *newline;

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	buffer_commit(&client->in, (size_t)got);
	newline = memchr(buffer_unread(&client->in), '\n', buffer_unread_size(&client->in));
	if (!newline)
		return got > 0 && buffer_unread_size(&client->in) < LINE_MAX_BYTES;
	*newline = '\0';
	answer(client);
	return true;
}

/* False when everything is sent or the client is gone. */
static bool send_answer(struct client *client)
{
	ssize_t sent = send(client->fd, buffer_unread(&client->out),
			    buffer_unread_size(&client->out), MSG_NOSIGNAL);

	if (sent < 0)
		return errno == EAGAIN || errno == EINTR;
	buffer_consume(&client->out, (size_t)sent);
	return buffer_unread_size(&client->out) > 0;
}

static void on_client(void *owner, int fd, uint32_t events)
{
	struct client *client = owner;
	bool stays = client->answered || take_line(client);

	(void)events;
	if (stays && client->answered)
		stays = send_answer(client);
	if (!stays)
		close_client(client);
	else if (client->answered)
		loop_watch(client->commands->loop, fd, EPOLLOUT, on_client, client);
}

/* --- newcomers -------------------------------------------------------------------------------- */

/* Who has said nothing goes before who does not read, and the first before the last. */
static bool goes_before(const struct client *client, const struct client *other)
{
	if (client->answered != other->answered)
		return !client->answered;
	return client->number < other->number;
}

/* A free place, or that of somebody who has kept theirs long enough. */
static struct client *require_place(struct command_socket *commands)
{
	struct client *victim = commands->clients;

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &commands->clients[i];

		if (client->fd < 0)
			return client;
		if (goes_before(client, victim))
			victim = client;
	}
	close_client(victim);
	return victim;
}

static void on_connection(void *owner, int fd, uint32_t events);

static void on_accept_again(void *owner)
{
	struct command_socket *commands = owner;

	loop_watch(commands->loop, commands->fd, EPOLLIN, on_connection, commands);
}

static void on_connection(void *owner, int fd, uint32_t events)
{
	struct command_socket *commands = owner;
	int accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *client;

	(void)events;
	if (accepted < 0 && listener_lacks_resources(errno)) {
		loop_unwatch(commands->loop, fd);
		loop_timer_set(commands->loop, &commands->accept_again, ACCEPT_AGAIN_MS);
	}
	if (accepted < 0)
		return;
	client = require_place(commands);
	client->fd = accepted;
	client->number = commands->clients_count++;
	loop_watch(commands->loop, accepted, EPOLLIN, on_client, client);
	loop_timer_set(commands->loop, &client->deadline, CLIENT_MS);
	/* koronectl has said already what it wants: nobody who comes later can take its place. */
	on_client(client, accepted, EPOLLIN);
}

/* --- open and close --------------------------------------------------------------------------- */

static bool address_of(const char *path, struct sockaddr_un *out, struct why *why)
{
	*out = (struct sockaddr_un) { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(out->sun_path))
		return why_set(why,
			       "%s is too long for a socket: %zu characters, allowed are %zu; "
			       "choose a shorter KORONE_RUN_DIR",
			       path, strlen(path), sizeof(out->sun_path) - 1);
	strcpy(out->sun_path, path);
	return true;
}

static int listen_at(const char *path, struct why *why)
{
	struct sockaddr_un address;
	int fd;

	if (!address_of(path, &address, why))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The socket's mode before bind() becomes that of its path. */
	if (fd < 0 || fchmod(fd, 0600) < 0 || (unlink(path) < 0 && errno != ENOENT) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, SOMAXCONN) < 0) {
		why_set(why, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static bool make_key(const char *path, struct why *why)
{
	char *directory = directory_of(path);
	struct curve_pair pair;
	bool made = curve_make_shared(directory, &pair, why);

	explicit_bzero(&pair, sizeof(pair));
	free(directory);
	return made;
}

struct command_socket *command_socket_open(struct loop *loop, const char *path,
					   command_socket_fn *fn, void *owner, struct why *why)
{
	struct command_socket *commands;
	int fd;

	/* Which makes the directory, where nothing else is in it yet. */
	if (!make_key(path, why))
		return NULL;
	fd = listen_at(path, why);
	if (fd < 0)
		return NULL;
	commands = xmalloc(sizeof(*commands));
	commands->loop = loop;
	commands->path = xstrdup(path);
	commands->fd = fd;
	commands->fn = fn;
	commands->owner = owner;
	commands->accept_again = (struct loop_timer) { .fn = on_accept_again, .owner = commands };
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &commands->clients[i];

		*client = (struct client) { .commands = commands, .fd = -1 };
		client->deadline = (struct loop_timer) { .fn = on_deadline, .owner = client };
	}
	loop_watch(loop, fd, EPOLLIN, on_connection, commands);
	return commands;
}

void command_socket_close(struct command_socket *commands)
{
	if (!commands)
		return;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		close_client(&commands->clients[i]);
	loop_timer_clear(commands->loop, &commands->accept_again);
	loop_unwatch(commands->loop, commands->fd);
	close(commands->fd);
	unlink(commands->path);
	free(commands->path);
	free(commands);
}

/* --- the other side --------------------------------------------------------------------------- */

static int connect_to(const char *path, int timeout_ms, struct why *why)
{
	struct timeval timeout = { .tv_sec = timeout_ms / 1000,
				   .tv_usec = timeout_ms % 1000 * 1000 };
	struct sockaddr_un address;
	int fd;

	if (!address_of(path, &address, why))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    /* connect() waits for it, too, when many have come that nobody lets in. */
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		why_set(why, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static bool read_all(int fd, struct buffer *out, struct why *why)
{
	for (;;) {
		uint8_t *into = buffer_reserve(out, 65536);
		ssize_t got = read(fd, into, 65536);

		if (got == 0)
			return true;
		if (got < 0 && errno != EINTR)
			return why_set(why, "no answer: %s", strerror(errno));
		if (got > 0)
			buffer_commit(out, (size_t)got);
	}
}

/* Removes the first line: "ok", or the reason for a refusal. */
static bool take_result(struct buffer *answer, struct why *why)
{
	char *newline = memchr(buffer_unread(answer), '\n', buffer_unread_size(answer));

	if (!newline)
		return why_set(why, "the answer is cut short");
	*newline = '\0';
	if (strcmp((char *)buffer_unread(answer), "ok") != 0)
		return why_set(why, "%s", (char *)buffer_unread(answer));
	buffer_consume(answer, strlen("ok") + 1);
	return true;
}

static bool write_key(const char *path, struct buffer *line, struct why *why)
{
	char *directory = directory_of(path);
	struct curve_pair pair;
	bool good = curve_read_shared(directory, &pair, why);

	if (good)
		buffer_printf(line, "%s ", pair.secret_key);
	explicit_bzero(&pair, sizeof(pair));
	free(directory);
	return good;
}

bool command_socket_ask(const char *path, const char *const words[], size_t count, int timeout_ms,
			struct buffer *out, struct why *why)
{
	struct buffer line = { 0 }, reply = { 0 };
	int fd = connect_to(path, timeout_ms, why);
	bool ok = fd >= 0 && write_key(path, &line, why);

	for (size_t i = 0; i < count; i++)
		buffer_printf(&line, "%s%c", words[i], i + 1 < count ? ' ' : '\n');
	if (ok && send(fd, line.data, line.size, MSG_NOSIGNAL) != (ssize_t)line.size)
		ok = why_set(why, "%s: %s", path, strerror(errno));
	ok = ok && read_all(fd, &reply, why) && take_result(&reply, why);
	if (ok)
		buffer_append(out, buffer_unread(&reply), buffer_unread_size(&reply));
	if (fd >= 0)
		close(fd);
	buffer_finish(&line);
	buffer_finish(&reply);
	return ok;
}
