/* program_walls.c - Landlock, and the system calls of a child but for those of the network, and
 * with those that start a program. */
#include "workers/child/program_walls.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/call_filter.h"
#include "common/landlock.h"
#include "common/xalloc.h"
#include "workers/host/programs.h"
#include "workers/module.h"
#include "workers/walls/calls.h"
#include "workers/wire/places.h"

struct program_walls {
	int rules;
	struct call_filter *calls;
};

static const struct call_rule other_calls[] = {
	{ .number = SYS_execve, .kind = CALL_ALLOW },
	{ .number = SYS_execveat, .kind = CALL_ALLOW },
	{ .number = SYS_socket, .kind = CALL_REFUSE },
};

/* Not AF_UNIX: a socket that is a file belongs to no network, and Landlock does not see it. */
static const uint32_t web_families[] = { AF_INET, AF_INET6 };
static const struct call_rule web_sockets = { .number = SYS_socket,
					      .kind = CALL_WITH_VALUES,
					      .argument = 0,
					      .values = web_families,
					      .values_count = COUNT_OF(web_families) };

/* What programs need to start: not the network's files, no certificates, no /proc. */
static const char *const executable[] = { "/lib",       "/lib64",         "/usr/lib",
					  "/usr/lib64", "/usr/local/lib", "/usr/libexec" };
static const char *const readable[] = {
	"/usr/share",  "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/var/cache/fontconfig",
	"/dev/random", "/dev/urandom",     "/dev/zero",
};
/* Certificates, and where distributions keep them. */
static const char *const readable_for_web[] = { "/etc/ssl", "/etc/pki", "/etc/ca-certificates" };

static struct call_filter *make_filter(bool web)
{
	struct call_rule *rules = xcalloc(walls_calls.count + COUNT_OF(other_calls) + 1,
					  sizeof(*rules));
	const struct call_policy policy = { .rules = rules,
					    .count = walls_calls.count + COUNT_OF(other_calls) +
						     web,
					    .otherwise = walls_calls.otherwise };
	struct call_filter *filter;

	memcpy(rules, walls_calls.rules, walls_calls.count * sizeof(*rules));
	memcpy(rules + walls_calls.count, other_calls, sizeof(other_calls));
	rules[walls_calls.count + COUNT_OF(other_calls)] = web_sockets;
	filter = call_filter_create(&policy);
	free(rules);
	return filter;
}

static void list_paths(const struct host *host, const struct settings *settings,
		       const struct module *module, const char *folder, bool web,
		       struct landlock_paths *paths)
{
	char files[PATH_MAX];

	for (size_t i = 0; i < COUNT_OF(executable); i++)
		landlock_add(paths, executable[i], LANDLOCK_EXECUTE);
	for (size_t i = 0; i < COUNT_OF(readable); i++)
		landlock_add(paths, readable[i], LANDLOCK_READ);
	for (size_t i = 0; web && i < COUNT_OF(readable_for_web); i++)
		landlock_add(paths, readable_for_web[i], LANDLOCK_READ);
	for (const char *const *path = module->reads; path && *path; path++)
		landlock_add(paths, *path, LANDLOCK_READ);
	programs_add_paths(host_programs(host), module, paths);
	landlock_add(paths, "/dev/null", LANDLOCK_WRITE);
	/* Its input, by /proc/self/fd/0; nothing in there has a name. */
	place_of_files(settings, files, sizeof(files));
	landlock_add(paths, files, LANDLOCK_OPEN);
	landlock_add(paths, folder, LANDLOCK_WRITE);
}

struct program_walls *program_walls_create(const struct host *host, const struct settings *settings,
					   const struct module *module, const char *folder,
					   bool web, struct why *why)
{
	struct program_walls *walls = xcalloc(1, sizeof(*walls));
	struct landlock_paths paths = { .all = NULL };

	list_paths(host, settings, module, folder, web, &paths);
	walls->calls = make_filter(web);
	walls->rules = landlock_make(&paths, why);
	landlock_finish(&paths);
	if (walls->rules >= 0)
		return walls;
	program_walls_destroy(walls);
	return NULL;
}

void program_walls_destroy(struct program_walls *walls)
{
	if (!walls)
		return;
	if (walls->rules >= 0)
		close(walls->rules);
	call_filter_destroy(walls->calls);
	free(walls);
}

bool program_walls_enter(const struct program_walls *walls, struct why *why)
{
	walls_drop_all_capabilities();
	return landlock_enter(walls->rules, why) && call_filter_install(walls->calls, why);
}
