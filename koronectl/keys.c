/* keys.c - `koronectl keys`: the CURVE keys of the links between the processes (common/curve.h).
 *
 * A process has its own secret key and the public keys of its peers, and nothing else. `deal` makes
 * exactly that: a directory for each process, which becomes its KORONE_CURVE_DIR. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/curve.h"
#include "common/files.h"
#include "common/xalloc.h"
#include "koronectl/command.h"

#define NAME_MAX_LENGTH 64

/* Who connects to whom; ingress and crashd bind. */
static const struct {
	const char *name;
	const char *peers[4]; /* ends with NULL */
} processes[] = {
	{ "crashd", { "ingress", "recorder", "worker" } },
	{ "ingress", { "crashd", "recorder", "worker" } },
	{ "recorder", { "crashd", "ingress" } },
	{ "worker", { "crashd", "ingress" } },
};

static int fail(const struct why *why)
{
	fprintf(stderr, "koronectl keys: %s\n", why->text);
	return EX_IOERR;
}

static bool is_name(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length <= NAME_MAX_LENGTH &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == length && text[0] != '.';
}

/* --- list ------------------------------------------------------------------------------------ */

static int is_public_key(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 4 && !strcmp(entry->d_name + length - 4, ".pub");
}

static bool list_key(const char *directory, const char *name)
{
	char key[CURVE_KEY_SIZE];
	char *secret = xasprintf("%s/%s.key", directory, name);
	struct why why;
	bool good = curve_read_public(directory, name, key, &why);

	if (good)
		printf("%-16s %s%s\n", name, key, access(secret, F_OK) == 0 ? "  own" : "");
	else
		fail(&why);
	free(secret);
	return good;
}

static int list_keys(const char *directory, const char *name)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_public_key, alphasort);
	bool good = true;

	(void)name;
	if (count < 0) {
		fprintf(stderr, "koronectl keys: %s: %s\n", directory, strerror(errno));
		return EX_NOINPUT;
	}
	for (int i = 0; i < count; i++) {
		entries[i]->d_name[strlen(entries[i]->d_name) - 4] = '\0';
		good = list_key(directory, entries[i]->d_name) && good;
		free(entries[i]);
	}
	free(entries);
	return good ? EX_OK : EX_DATAERR;
}

/* --- make, replace, retire ------------------------------------------------------------------- */

static int make_key(const char *directory, const char *name)
{
	struct why why;

	if (!directory_make(directory, &why) || !curve_make(directory, name, &why))
		return fail(&why);
	return list_key(directory, name) ? EX_OK : EX_IOERR;
}

/* In a tree that `deal` made, the directory of the process. The caller frees it. */
static char *own_directory(const char *directory, const char *name)
{
	char *own = xasprintf("%s/%s", directory, name);
	struct stat status;

	if (stat(own, &status) == 0 && S_ISDIR(status.st_mode))
		return own;
	free(own);
	return xstrdup(directory);
}

/* The public key stays as NAME.old.pub, so that processes that still use it are admitted. */
static bool keep_old_key(const char *directory, const char *name, struct why *why)
{
	char *secret = xasprintf("%s/%s.key", directory, name);
	char *public = xasprintf("%s/%s.pub", directory, name);
	char *old = xasprintf("%s/%s.old.pub", directory, name);
	bool good = true;

	if (rename(public, old) < 0 && errno != ENOENT)
		good = why_set(why, "cannot rename %s: %s", public, strerror(errno));
	else if (unlink(secret) < 0 && errno != ENOENT)
		good = why_set(why, "cannot remove %s: %s", secret, strerror(errno));
	free(secret);
	free(public);
	free(old);
	return good;
}

static int replace_key(const char *directory, const char *name)
{
	char *own = own_directory(directory, name);
	struct why why;
	int code;

	code = keep_old_key(own, name, &why) ? make_key(own, name) : fail(&why);
	free(own);
	return code;
}

static int retire_key(const char *directory, const char *name)
{
	char *own = own_directory(directory, name);
	char *old = xasprintf("%s/%s.old.pub", own, name);
	int code = EX_OK;

	if (unlink(old) < 0) {
		fprintf(stderr, "koronectl keys: cannot remove %s: %s\n", old, strerror(errno));
		code = EX_IOERR;
	}
	free(old);
	free(own);
	return code;
}

/* --- deal ------------------------------------------------------------------------------------ */

static bool has_key(const char *directory, const char *name)
{
	char *path = xasprintf("%s/%s.key", directory, name);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

static bool make_missing(const char *directory, const char *name, struct why *why)
{
	char *own = xasprintf("%s/%s", directory, name);
	bool made = directory_make(own, why) && (has_key(own, name) || curve_make(own, name, why));

	free(own);
	return made;
}

static bool write_public(const char *path, const char *key, struct why *why)
{
	char line[CURVE_KEY_SIZE + 1];

	snprintf(line, sizeof(line), "%s\n", key);
	return file_replace(path, line, strlen(line), why);
}

/* Refuses an invalid key here rather than at the next handshake. */
static bool copy_public(const char *directory, const char *name, const char *peer, struct why *why)
{
	char *from = xasprintf("%s/%s", directory, peer);
	char *to = xasprintf("%s/%s/%s.pub", directory, name, peer);
	char key[CURVE_KEY_SIZE];
	bool copied = curve_read_public(from, peer, key, why) && write_public(to, key, why);

	free(from);
	free(to);
	return copied;
}

/* The previous key of a peer, until it is retired. */
static bool copy_old(const char *directory, const char *name, const char *peer, struct why *why)
{
	char *from = xasprintf("%s/%s", directory, peer);
	char *to = xasprintf("%s/%s/%s.old.pub", directory, name, peer);
	char *old = xasprintf("%s.old", peer);
	char key[CURVE_KEY_SIZE];
	bool good = true;

	if (curve_read_public(from, old, key, NULL))
		good = write_public(to, key, why);
	else if (unlink(to) < 0 && errno != ENOENT)
		good = why_set(why, "cannot remove %s: %s", to, strerror(errno));
	free(from);
	free(to);
	free(old);
	return good;
}

static int deal_keys(const char *directory, const char *name)
{
	struct why why;

	(void)name;
	for (size_t i = 0; i < COUNT_OF(processes); i++)
		if (!make_missing(directory, processes[i].name, &why))
			return fail(&why);
	for (size_t i = 0; i < COUNT_OF(processes); i++)
		for (const char *const *peer = processes[i].peers; *peer; peer++)
			if (!copy_public(directory, processes[i].name, *peer, &why) ||
			    !copy_old(directory, processes[i].name, *peer, &why))
				return fail(&why);
	return EX_OK;
}

/* --- the command ----------------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool named;
	int (*run)(const char *directory, const char *name);
} actions[] = {
	{ "deal", false, deal_keys },   { "list", false, list_keys },
	{ "make", true, make_key },     { "replace", true, replace_key },
	{ "retire", true, retire_key },
};

int command_keys(const struct settings *settings, int argc, char **argv)
{
	size_t action = 0;

	while (argc > 1 && action < COUNT_OF(actions) && strcmp(actions[action].name, argv[1]) != 0)
		action++;
	if (argc < 2 || action == COUNT_OF(actions))
		return usage_error("keys",
				   "needs deal or list, or make, replace or retire and a NAME");
	if (argc != (actions[action].named ? 3 : 2))
		return usage_error("keys", actions[action].named ? "needs a NAME, and only that"
								 : "takes no NAME");
	if (actions[action].named && !is_name(argv[2]))
		return usage_error("keys", "NAME must be of a-z 0-9 - _ . only");
	if (!*settings->curve_dir) {
		fprintf(stderr, "KORONE_CURVE_DIR: is not set\n");
		return EX_CONFIG;
	}
	return actions[action].run(settings->curve_dir, actions[action].named ? argv[2] : NULL);
}
