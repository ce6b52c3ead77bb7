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
#include "koronectl/keys_carry.h"

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
	char *secret = xasprintf("%s/%s.key", directory, name);
	struct curve_peer peer;
	struct why why;
	bool good = curve_read_peer(directory, name, &peer, &why);

	if (good)
		printf("%-16s %s  %s%s%s\n", name, peer.public_key, curve_role_name(peer.role),
		       peer.is_marked || peer.has_own_name ? "" : " (not marked)",
		       access(secret, F_OK) == 0 ? "  own" : "");
	else
		fail(&why);
	free(secret);
	return good;
}

static int list_keys(const char *directory, const char *name, const char *role)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_public_key, alphasort);
	bool good = true;

	(void)name;
	(void)role;
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

/* --- make, mark, replace, retire ------------------------------------------------------------- */

/* Without a name of one, the role is what the key is called. */
static bool choose_role(const char *name, const char *role, enum curve_role *out)
{
	*out = curve_role_of_name(name);
	if (!role || curve_role_parse(role, out))
		return true;
	fprintf(stderr, "koronectl keys: ROLE is one of: worker, recorder, ingress, crashd\n");
	return false;
}

static int make_in(const char *directory, const char *name, enum curve_role role)
{
	struct why why;

	if (!directory_make_for_others(directory, &why) || !curve_make(directory, name, role, &why))
		return fail(&why);
	return list_key(directory, name) ? EX_OK : EX_IOERR;
}

static int make_key(const char *directory, const char *name, const char *role_name)
{
	enum curve_role role;

	return choose_role(name, role_name, &role) ? make_in(directory, name, role) : EX_USAGE;
}

static bool has_public(const char *directory, const char *name)
{
	char *path = xasprintf("%s/%s.pub", directory, name);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

/* Adds to *marked. */
static bool mark_in(const char *directory, const char *name, enum curve_role role, size_t *marked,
		    struct why *why)
{
	struct curve_peer peer = { .role = role };

	if (!has_public(directory, name))
		return true;
	++*marked;
	return curve_read_public(directory, name, peer.public_key, why) &&
	       curve_write_peer(directory, name, &peer, why);
}

/* Wherever it is known, in a tree that `deal` made. */
static int mark_key(const char *directory, const char *name, const char *role_name)
{
	enum curve_role role;
	size_t marked = 0;
	struct why why;
	bool good;

	if (!choose_role(name, role_name, &role))
		return EX_USAGE;
	good = mark_in(directory, name, role, &marked, &why);
	for (size_t i = 0; i < COUNT_OF(processes) && good; i++) {
		char *one = xasprintf("%s/%s", directory, processes[i].name);

		good = mark_in(one, name, role, &marked, &why);
		free(one);
	}
	if (good && !marked) {
		fprintf(stderr, "koronectl keys: there is no %s.pub in %s\n", name, directory);
		return EX_NOINPUT;
	}
	return good ? EX_OK : fail(&why);
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

/* The new key is for what the old one was for. */
static int replace_key(const char *directory, const char *name, const char *role)
{
	char *own = own_directory(directory, name);
	struct curve_peer peer = { .role = curve_role_of_name(name) };
	struct why why;
	int code;

	(void)role;
	if (has_public(own, name) && !curve_read_peer(own, name, &peer, &why))
		code = fail(&why);
	else
		code = keep_old_key(own, name, &why) ? make_in(own, name, peer.role) : fail(&why);
	free(own);
	return code;
}

static int retire_key(const char *directory, const char *name, const char *role)
{
	char *own = own_directory(directory, name);
	char *old = xasprintf("%s/%s.old.pub", own, name);
	int code = EX_OK;

	(void)role;
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

/* Keys that were made before they had roles get theirs. */
static bool mark_own(const char *directory, const char *name, struct why *why)
{
	struct curve_peer peer;

	if (!curve_read_peer(directory, name, &peer, why))
		return false;
	return peer.is_marked || curve_write_peer(directory, name, &peer, why);
}

static bool make_missing(const char *directory, const char *name, struct why *why)
{
	char *own = xasprintf("%s/%s", directory, name);
	bool made = directory_make_for_others(own, why) &&
		    (has_key(own, name) || curve_make(own, name, curve_role_of_name(name), why)) &&
		    mark_own(own, name, why);

	free(own);
	return made;
}

/* From the peer's own directory. Refuses an invalid key here rather than at the next handshake. */
static bool copy_key(const char *from, const char *to, const char *name, struct why *why)
{
	struct curve_peer peer;

	return curve_read_peer(from, name, &peer, why) && curve_write_peer(to, name, &peer, why);
}

/* The previous key of a peer, until it is retired. */
static bool copy_old(const char *from, const char *to, const char *peer, struct why *why)
{
	char *old = xasprintf("%s.old", peer);
	char *copy = xasprintf("%s/%s.pub", to, old);
	bool good = true;

	if (has_public(from, old))
		good = copy_key(from, to, old, why);
	else if (unlink(copy) < 0 && errno != ENOENT)
		good = why_set(why, "cannot remove %s: %s", copy, strerror(errno));
	free(copy);
	free(old);
	return good;
}

static bool copy_keys(const char *directory, const char *name, const char *peer, struct why *why)
{
	char *from = xasprintf("%s/%s", directory, peer);
	char *to = xasprintf("%s/%s", directory, name);
	bool copied = copy_key(from, to, peer, why) && copy_old(from, to, peer, why);

	free(from);
	free(to);
	return copied;
}

static int deal_keys(const char *directory, const char *name, const char *role)
{
	struct why why;

	(void)name;
	(void)role;
	for (size_t i = 0; i < COUNT_OF(processes); i++)
		if (!make_missing(directory, processes[i].name, &why))
			return fail(&why);
	for (size_t i = 0; i < COUNT_OF(processes); i++)
		for (const char *const *peer = processes[i].peers; *peer; peer++)
			if (!copy_keys(directory, processes[i].name, *peer, &why))
				return fail(&why);
	return EX_OK;
}

/* --- the command ----------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int most, least; /* arguments after the action: NAME, ROLE */
	bool takes_path; /* in the place of NAME */
	int (*run)(const char *directory, const char *name, const char *role);
} actions[] = {
	{ "deal", 0, 0, false, deal_keys },    { "import", 1, 1, true, keys_import },
	{ "list", 0, 0, false, list_keys },    { "make", 2, 1, false, make_key },
	{ "mark", 2, 2, false, mark_key },     { "replace", 1, 1, false, replace_key },
	{ "retire", 1, 1, false, retire_key }, { "secrets", 1, 1, true, keys_write_secrets },
};

static const char *what_it_needs(int least, int most)
{
	if (most == 0)
		return "takes no NAME";
	if (most == 1)
		return "needs a NAME, and only that";
	return least == 1 ? "needs a NAME and takes a ROLE" : "needs a NAME and a ROLE";
}

int command_keys(const struct settings *settings, int argc, char **argv)
{
	size_t action = 0;
	int given = argc - 2;

	while (argc > 1 && action < COUNT_OF(actions) && strcmp(actions[action].name, argv[1]) != 0)
		action++;
	if (argc < 2 || action == COUNT_OF(actions))
		return usage_error(
			"keys", "needs deal or list, or make, mark, replace or retire and a NAME, "
				"or import or secrets and a PATH");
	if (given < actions[action].least || given > actions[action].most)
		return usage_error("keys",
				   what_it_needs(actions[action].least, actions[action].most));
	if (given > 0 && !actions[action].takes_path && !is_name(argv[2]))
		return usage_error("keys", "NAME must be of a-z 0-9 - _ . only");
	if (!*settings->curve_dir) {
		fprintf(stderr, "KORONE_CURVE_DIR: is not set\n");
		return EX_CONFIG;
	}
	return actions[action].run(settings->curve_dir, given > 0 ? argv[2] : NULL,
				   given > 1 ? argv[3] : NULL);
}
