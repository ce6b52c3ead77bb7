/* landlock.c - by system calls: libc has no wrappers, and headers lag behind kernels. */
#include "common/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/xalloc.h"

/* Later than ABI 1, and so perhaps later than the header (Documentation/userspace-api/landlock). */
#define RIGHT_REFER (1ull << 13)     /* ABI 2 */
#define RIGHT_TRUNCATE (1ull << 14)  /* ABI 3 */
#define RIGHT_IOCTL_DEV (1ull << 15) /* ABI 5 */
#define NET_ABI 4
#define RIGHT_BIND_TCP 1ull
#define RIGHT_CONNECT_TCP 2ull
#define RULE_NET_PORT 2
#define SCOPE_ABI 6
#define SCOPE_ABSTRACT_SOCKETS 1ull
#define SCOPE_SIGNALS 2ull

#define RIGHTS_TO_WRITE                                                                 \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_TRUNCATE | LANDLOCK_ACCESS_FS_MAKE_REG | \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                 \
	 LANDLOCK_ACCESS_FS_REMOVE_DIR | RIGHT_REFER)
/* Of what is no directory. */
#define RIGHTS_OF_FILES                                              \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | \
	 LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_TRUNCATE | RIGHT_IOCTL_DEV)

/* struct landlock_ruleset_attr of ABI 6: older kernels take a longer one that ends with zeros. */
struct ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

/* struct landlock_net_port_attr */
struct port_rule {
	uint64_t allowed_access;
	uint64_t port;
};

/* --- paths ------------------------------------------------------------------------------------ */

void landlock_add(struct landlock_paths *paths, const char *path, enum landlock_use use)
{
	if (!path || !path[0])
		return;
	paths->all = xreallocarray(paths->all, paths->count + 1, sizeof(*paths->all));
	paths->all[paths->count++] = (struct landlock_path) { .path = xstrdup(path), .use = use };
}

bool landlock_add_port(struct landlock_paths *paths, uint16_t port)
{
	if (paths->ports_count == LANDLOCK_PORTS_MAX)
		return false;
	paths->ports[paths->ports_count++] = port;
	return true;
}

void landlock_finish(struct landlock_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free((char *)(uintptr_t)paths->all[i].path);
	free(paths->all);
	*paths = (struct landlock_paths) { .all = NULL };
}

/* --- rules ------------------------------------------------------------------------------------ */

int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

/* Everything that this ABI can refuse and we do without. */
static struct ruleset ruleset_of(int abi, const struct landlock_paths *paths)
{
	struct ruleset ruleset = { .handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };

	if (abi >= 2)
		ruleset.handled_access_fs |= RIGHT_REFER;
	if (abi >= 3)
		ruleset.handled_access_fs |= RIGHT_TRUNCATE;
	if (abi >= 5)
		ruleset.handled_access_fs |= RIGHT_IOCTL_DEV;
	if (abi >= NET_ABI && paths->limits_tcp)
		ruleset.handled_access_net = RIGHT_BIND_TCP | RIGHT_CONNECT_TCP;
	if (abi >= SCOPE_ABI)
		ruleset.scoped = SCOPE_SIGNALS |
				 (paths->has_abstract_sockets ? 0 : SCOPE_ABSTRACT_SOCKETS);
	return ruleset;
}

static uint64_t rights_to(enum landlock_use use)
{
	switch (use) {
	case LANDLOCK_OPEN:
		return LANDLOCK_ACCESS_FS_READ_FILE;
	case LANDLOCK_READ:
		return LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	case LANDLOCK_EXECUTE:
		return LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
		       LANDLOCK_ACCESS_FS_EXECUTE;
	case LANDLOCK_WRITE:
		return LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | RIGHTS_TO_WRITE;
	}
	return 0;
}

static bool add_rule(int rules, const struct ruleset *ruleset, const struct landlock_path *path)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = rights_to(path->use) & ruleset->handled_access_fs,
		.parent_fd = open(path->path, O_PATH | O_CLOEXEC),
	};
	struct stat status;
	bool added;

	if (rule.parent_fd < 0)
		return true;
	if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
		rule.allowed_access &= RIGHTS_OF_FILES;
	added = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	close(rule.parent_fd);
	return added;
}

/* A kernel without TCP has nothing to allow. */
static bool add_port_rule(int rules, uint16_t port)
{
	const struct port_rule rule = { .allowed_access = RIGHT_CONNECT_TCP, .port = port };

	return syscall(SYS_landlock_add_rule, rules, RULE_NET_PORT, &rule, 0) == 0 ||
	       errno == EAFNOSUPPORT;
}

int landlock_make(const struct landlock_paths *paths, struct why *why)
{
	struct ruleset ruleset = ruleset_of(landlock_abi(), paths);
	int rules = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);
	bool made = rules >= 0;

	for (size_t i = 0; i < paths->count && made; i++)
		made = add_rule(rules, &ruleset, &paths->all[i]);
	for (size_t i = 0; i < paths->ports_count && made && ruleset.handled_access_net; i++)
		made = add_port_rule(rules, paths->ports[i]);
	if (made)
		return rules;
	why_set(why, "Landlock: %s", strerror(errno));
	if (rules >= 0)
		close(rules);
	return -1;
}

bool landlock_enter(int rules, struct why *why)
{
	return syscall(SYS_landlock_restrict_self, rules, 0) == 0 ||
	       why_set(why, "Landlock: %s", strerror(errno));
}

bool landlock_enter_paths(const struct landlock_paths *paths, struct why *why)
{
	int rules = landlock_make(paths, why);
	bool is_entered = rules >= 0 && landlock_enter(rules, why);

	if (rules >= 0)
		close(rules);
	return is_entered;
}
