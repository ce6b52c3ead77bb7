/* confine.c - the files that a child needs, and its walls. */
#include "workers/child/confine.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/call_filter.h"
#include "common/walls.h"
#include "common/xalloc.h"
#include "workers/module.h"
#include "workers/storage/pool_storage.h"
#include "workers/walls/calls.h"
#include "workers/walls/files.h"
#include "workers/wire/places.h"

/* --- files ------------------------------------------------------------------------------------ */

/* Time zones, names of users, Kerberos. */
static const char *const readable[] = {
	"/usr/share",
	"/etc/passwd",
	"/etc/localtime",
	"/etc/krb5.conf",
};

/* Where an operator has put some of these: kerberos(7), environ(7). */
static const char *const named_by_environment[] = {
	"KRB5_CONFIG",
	"KRB5CCNAME",
	"KRB5_CLIENT_KTNAME",
	"TZDIR",
};

struct seen {
	dev_t device;
	ino_t inode;
};

struct confinement {
	struct landlock_paths paths;
	struct seen *seen; /* for each path */
	int rules;         /* of Landlock, for all children: making them takes longer than a fork */
	struct why missing; /* why there are none */
	struct call_filter *calls;
};

static void add_module_files(struct landlock_paths *paths, const struct module *module)
{
	for (const char *const *path = module->reads; path && *path; path++)
		landlock_add(paths, *path, LANDLOCK_READ);
	for (const char *const *path = module->writes; path && *path; path++)
		landlock_add(paths, *path, LANDLOCK_WRITE);
}

static void add_named_files(struct landlock_paths *paths)
{
	for (size_t i = 0; i < COUNT_OF(named_by_environment); i++) {
		const char *path = getenv(named_by_environment[i]);

		/* Kerberos puts "FILE:" before a path. */
		path = path ? strchr(path, '/') : NULL;
		if (path)
			landlock_add(paths, path, LANDLOCK_READ);
	}
}

/* Zeros when there is none. */
static struct seen look_at(const char *path)
{
	struct stat status = { 0 };

	(void)!stat(path, &status);
	return (struct seen) { status.st_dev, status.st_ino };
}

static void make_rules(struct confinement *confinement)
{
	if (confinement->rules >= 0)
		close(confinement->rules);
	confinement->rules = landlock_make(&confinement->paths, &confinement->missing);
}

bool confinement_has_changed(struct confinement *confinement)
{
	bool has_changed = false;

	for (size_t i = 0; i < confinement->paths.count; i++) {
		struct seen now = look_at(confinement->paths.all[i].path);
		struct seen *before = &confinement->seen[i];

		has_changed |= now.device != before->device || now.inode != before->inode;
		*before = now;
	}
	if (has_changed)
		make_rules(confinement);
	return has_changed;
}

/* Where all that it connects to is a file, a child needs no internet. Where it is not, Landlock
 * knows the ports. */
static struct call_filter *make_calls(bool without_internet)
{
	static const uint32_t families[] = { AF_INET, AF_INET6, AF_PACKET, AF_VSOCK, AF_NETLINK };
	const size_t count = walls_calls.count;
	struct call_rule *rules = xcalloc(count + 1, sizeof(*rules));
	struct call_policy policy = walls_calls;
	struct call_filter *calls;

	memcpy(rules, walls_calls.rules, count * sizeof(*rules));
	rules[count] = (struct call_rule) { .number = SYS_socket,
					    .kind = CALL_WITHOUT_VALUES,
					    .argument = 0,
					    .values = families,
					    .values_count = COUNT_OF(families) };
	policy.rules = rules;
	policy.count = count + (without_internet ? 1 : 0);
	calls = call_filter_create(&policy);
	free(rules);
	return calls;
}

struct confinement *confinement_create(const struct host *host, const struct settings *settings)
{
	struct confinement *confinement = xcalloc(1, sizeof(*confinement));
	struct landlock_paths *paths = &confinement->paths;
	char files[PATH_MAX];

	walls_add_system_files(paths);
	for (size_t i = 0; i < COUNT_OF(readable); i++)
		landlock_add(paths, readable[i], LANDLOCK_READ);
	add_named_files(paths);
	place_of_files(settings, files, sizeof(files));
	landlock_add(paths, files, LANDLOCK_WRITE);
	pool_storage_list_files(settings, paths);
	for (const struct module *const *at = host_modules(host); *at; at++)
		add_module_files(paths, *at);
	confinement->seen = xcalloc(paths->count, sizeof(*confinement->seen));
	confinement->calls = make_calls(paths->limits_tcp && !paths->ports_count);
	confinement->rules = -1;
	(void)confinement_has_changed(confinement); /* from nothing, so that the rules are made */
	return confinement;
}

void confinement_destroy(struct confinement *confinement)
{
	if (!confinement)
		return;
	if (confinement->rules >= 0)
		close(confinement->rules);
	call_filter_destroy(confinement->calls);
	landlock_finish(&confinement->paths);
	free(confinement->seen);
	free(confinement);
}

/* --- all together ----------------------------------------------------------------------------- */

uint32_t confinement_apply(const struct confinement *confinement, struct why *why)
{
	struct why files = { "" }, calls = { "" };
	uint32_t walls = 0;

	walls_drop_capabilities();
	if (confinement->rules < 0)
		files = confinement->missing;
	else if (landlock_enter(confinement->rules, &files))
		walls |= 1u << WALL_FILES;
	if (confinement->rules >= 0)
		close(confinement->rules);
	if (call_filter_install(confinement->calls, &calls))
		walls |= 1u << WALL_CALLS;
	why_set(why, "%s%s%s", files.text, files.text[0] && calls.text[0] ? "; " : "", calls.text);
	return walls;
}
