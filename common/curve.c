/* curve.c - reads and creates key files. */
#include "common/curve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zmq.h>

#include "common/files.h"
#include "common/xalloc.h"

#define KEY_BYTES 32
#define KEY_FILE_MAX 128
#define ROLE_PREFIX "role="

/* --- roles ------------------------------------------------------------------------------------ */

static const struct {
	enum curve_role role;
	const char *name; /* of the program, and of the key that `koronectl keys deal` makes */
} roles[] = {
	{ CURVE_WORKER, "worker" },
	{ CURVE_RECORDER, "recorder" },
	{ CURVE_INGRESS, "ingress" },
	{ CURVE_CRASHD, "crashd" },
};

const char *curve_role_name(enum curve_role role)
{
	for (size_t i = 0; i < COUNT_OF(roles); i++)
		if (roles[i].role == role)
			return roles[i].name;
	return NULL;
}

bool curve_role_parse(const char *name, enum curve_role *out)
{
	for (size_t i = 0; i < COUNT_OF(roles); i++) {
		if (strcmp(roles[i].name, name) != 0)
			continue;
		*out = roles[i].role;
		return true;
	}
	return false;
}

/* NAME, or NAME.old: a key that was replaced. */
static bool is_program(const char *name, enum curve_role *out)
{
	static const char old[] = ".old";
	size_t length = strlen(name), ending = sizeof(old) - 1;
	char program[16];

	if (length > ending && !strcmp(name + length - ending, old))
		length -= ending;
	if (length >= sizeof(program))
		return false;
	snprintf(program, sizeof(program), "%.*s", (int)length, name);
	return curve_role_parse(program, out);
}

enum curve_role curve_role_of_name(const char *name)
{
	enum curve_role role;

	return is_program(name, &role) ? role : CURVE_WORKER;
}

/* --- lines with a key ------------------------------------------------------------------------- */

/* A key at the start of a line; what follows it, after white space, goes to *rest. */
static bool parse_key(char *text, const char *path, char out[CURVE_KEY_SIZE], char **rest,
		      struct why *why)
{
	size_t length = strcspn(text, " \t\r\n");
	uint8_t key[KEY_BYTES];
	bool good;

	*rest = text + length + strspn(text + length, " \t\r\n");
	text[length] = '\0';
	good = length == CURVE_KEY_SIZE - 1 && zmq_z85_decode(key, text);
	if (good)
		memcpy(out, text, CURVE_KEY_SIZE);
	else
		why_set(why, "%s does not hold a key (40 characters of Z85)", path);
	explicit_bzero(key, sizeof(key));
	return good;
}

static void wipe(struct buffer *bytes)
{
	if (bytes->data)
		explicit_bzero(bytes->data, bytes->capacity);
	buffer_finish(bytes);
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

static bool make_pair(struct curve_pair *out, struct why *why)
{
	return zmq_curve_keypair(out->public_key, out->secret_key) == 0 ||
	       why_set(why, "the ZeroMQ library was built without CURVE: %s", zmq_strerror(errno));
}

static bool complete_pair(struct curve_pair *pair, struct why *why)
{
	return zmq_curve_public(pair->public_key, pair->secret_key) == 0 ||
	       why_set(why, "the ZeroMQ library was built without CURVE: %s", zmq_strerror(errno));
}

/* --- NAME.key and NAME.pub -------------------------------------------------------------------- */

static bool is_private(const char *path, struct why *why)
{
	struct stat status;

	return stat(path, &status) < 0 || !(status.st_mode & S_IRWXO) ||
	       why_set(why, "%s is readable by everyone: chmod 0600", path);
}

typedef bool read_fn(const char *path, size_t limit, struct buffer *out, struct why *why);

static bool read_pair(const char *path, read_fn *read_file, struct curve_pair *out, struct why *why)
{
	struct curve_pair pair = { { 0 }, { 0 } };
	struct buffer bytes = { 0 };
	char *rest;
	bool good = is_private(path, why) && read_file(path, KEY_FILE_MAX, &bytes, why) &&
		    parse_key(buffer_text(&bytes), path, pair.secret_key, &rest, why) &&
		    complete_pair(&pair, why);

	if (good)
		*out = pair;
	explicit_bzero(&pair, sizeof(pair));
	wipe(&bytes);
	return good;
}

bool curve_read_pair(const char *directory, const char *name, struct curve_pair *out,
		     struct why *why)
{
	char *path = xasprintf("%s/%s.key", directory, name);
	bool good = read_pair(path, file_read, out, why);

	free(path);
	return good;
}

/* What follows the key. Without the prefix it is a remark. */
static bool parse_mark(char *text, const char *path, struct curve_peer *peer, struct why *why)
{
	text[strcspn(text, " \t\r\n")] = '\0';
	if (strncmp(text, ROLE_PREFIX, strlen(ROLE_PREFIX)) != 0)
		return true;
	peer->is_marked = true;
	return curve_role_parse(text + strlen(ROLE_PREFIX), &peer->role) ||
	       why_set(why, "%s: an unknown role; allowed: worker, recorder, ingress, crashd",
		       path);
}

bool curve_read_peer(const char *directory, const char *name, struct curve_peer *out,
		     struct why *why)
{
	char *path = xasprintf("%s/%s.pub", directory, name);
	struct curve_peer peer = { .role = CURVE_WORKER };
	struct buffer bytes = { 0 };
	char *rest;
	bool good;

	peer.has_own_name = is_program(name, &peer.role);
	good = file_read(path, KEY_FILE_MAX, &bytes, why) &&
	       parse_key(buffer_text(&bytes), path, peer.public_key, &rest, why) &&
	       parse_mark(rest, path, &peer, why);
	if (good)
		*out = peer;
	buffer_finish(&bytes);
	free(path);
	return good;
}

bool curve_read_public(const char *directory, const char *name, char out[CURVE_KEY_SIZE],
		       struct why *why)
{
	struct curve_peer peer;
	bool good = curve_read_peer(directory, name, &peer, why);

	if (good)
		memcpy(out, peer.public_key, CURVE_KEY_SIZE);
	return good;
}

/* What root writes anew stays readable for whom it belonged to. */
static bool write_in_place(const char *path, const char *line, struct why *why)
{
	struct stat before;
	bool existed = stat(path, &before) == 0;

	if (!file_replace(path, line, strlen(line), why))
		return false;
	return !existed ||
	       (chown(path, before.st_uid, before.st_gid) == 0 &&
		chmod(path, before.st_mode & 07777) == 0) ||
	       why_set(why, "cannot give %s back to its owner: %s", path, strerror(errno));
}

bool curve_write_peer(const char *directory, const char *name, const struct curve_peer *peer,
		      struct why *why)
{
	char *path = xasprintf("%s/%s.pub", directory, name);
	char *line = xasprintf("%s " ROLE_PREFIX "%s\n", peer->public_key,
			       curve_role_name(peer->role));
	bool written = write_in_place(path, line, why);

	free(line);
	free(path);
	return written;
}

bool curve_make(const char *directory, const char *name, enum curve_role role, struct why *why)
{
	char *path = xasprintf("%s/%s.key", directory, name);
	struct curve_pair pair = { { 0 }, { 0 } };
	struct curve_peer peer = { .role = role };
	struct stat status;
	bool made = false;

	if (stat(path, &status) == 0)
		why_set(why, "%s already exists", path);
	else if (make_pair(&pair, why)) {
		memcpy(peer.public_key, pair.public_key, CURVE_KEY_SIZE);
		made = write_key(path, pair.secret_key, why) &&
		       curve_write_peer(directory, name, &peer, why);
	}
	explicit_bzero(&pair, sizeof(pair));
	free(path);
	return made;
}

/* --- the key that processes of one machine share ---------------------------------------------- */

/* Whose members may connect. */
static mode_t mode_of_shared(const char *directory)
{
	return directory_is_shared(directory) ? 0640 : 0600;
}

/* Complete under a name of our own first: whoever reads it sees all of it, and of two processes
 * that make one the first wins. */
static bool write_shared(const char *directory, const char *path, const struct curve_pair *pair,
			 struct why *why)
{
	char *own = xasprintf("%s.%ld", path, (long)getpid());
	bool made = write_key(own, pair->secret_key, why);

	if (made &&
	    (chmod(own, mode_of_shared(directory)) < 0 || (link(own, path) < 0 && errno != EEXIST)))
		made = why_set(why, "cannot make %s: %s", path, strerror(errno));
	unlink(own);
	free(own);
	return made;
}

bool curve_read_shared(const char *directory, struct curve_pair *out, struct why *why)
{
	char *path = xasprintf("%s/" CURVE_SHARED_NAME, directory);
	bool good = directory_check_writers(directory, why) &&
		    read_pair(path, file_read_own, out, why);

	free(path);
	return good;
}

bool curve_make_shared(const char *directory, struct curve_pair *out, struct why *why)
{
	char *path = xasprintf("%s/" CURVE_SHARED_NAME, directory);
	struct curve_pair pair = { { 0 }, { 0 } };
	struct stat status;
	bool made = directory_make(directory, why);

	if (made && lstat(path, &status) < 0)
		made = make_pair(&pair, why) && write_shared(directory, path, &pair, why);
	made = made && curve_read_shared(directory, out, why);
	explicit_bzero(&pair, sizeof(pair));
	free(path);
	return made;
}
