/* programs.c - a list of names and paths. */
#include "workers/host/programs.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/files.h"
#include "common/xalloc.h"
#include "workers/module.h"

#define LOG_SUBSYSTEM "programs"
#include "common/log.h"

#define SCRIPT_LINE_MAX 256
#define OWN_PREFIX "korone-"

/* Not from PATH, which may hold folders that others can write. */
static const char *const folders[] = { "/usr/local/bin", "/usr/bin", "/bin" };

struct found {
	const struct module *module;
	char *name;          /* NULL: an interpreter */
	const char *setting; /* that names its file; NULL: it is looked up by its name */
	char *path;          /* NULL: it is not there */
	bool is_unset;
};

struct programs {
	struct found *all;
	size_t count, capacity;
};

/* --- looking up ------------------------------------------------------------------------------- */

static bool is_program(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

/* Where this program is: ours are next to each other, of the same version. For the caller to free.
 */
static char *own_folder(void)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[length > 0 ? length : 0] = '\0';
	return directory_of(path);
}

/* Or where commands are that were installed with it. */
static char *look_up_own(const char *name)
{
	static const char *const places[] = { "", "/../bin" };
	char *folder = own_folder(), *path = NULL;

	for (size_t i = 0; i < COUNT_OF(places) && !path; i++) {
		path = xasprintf("%s%s/%s", folder, places[i], name);
		if (!is_program(path)) {
			free(path);
			path = NULL;
		}
	}
	free(folder);
	return path;
}

/* For the caller to free. */
static char *look_up(const char *name)
{
	char *own = strncmp(name, OWN_PREFIX, sizeof(OWN_PREFIX) - 1) == 0 && !strchr(name, '/')
			    ? look_up_own(name)
			    : NULL;

	if (own)
		return own;
	for (size_t i = 0; i < COUNT_OF(folders) && !strchr(name, '/'); i++) {
		char *path = xasprintf("%s/%s", folders[i], name);

		if (is_program(path))
			return path;
		free(path);
	}
	return NULL;
}

static void add(struct programs *programs, const struct found *found)
{
	array_reserve(programs->all, &programs->capacity, programs->count + 1);
	programs->all[programs->count++] = *found;
}

static void add_file(struct programs *programs, const struct module *module, char *path)
{
	add(programs, &(struct found) { .module = module, .path = path });
}

/* "#!/usr/bin/env python3" needs both. */
static void add_interpreter(struct programs *programs, const struct module *module,
			    const char *path)
{
	char line[SCRIPT_LINE_MAX] = "", *word, *rest = line;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && read(fd, line, sizeof(line) - 1) < 2)
		line[0] = '\0';
	if (fd >= 0)
		close(fd);
	if (line[0] != '#' || line[1] != '!')
		return;
	line[strcspn(line, "\n")] = '\0';
	rest += 2;
	while ((word = strsep(&rest, " \t"))) {
		if (word[0] == '/' && is_program(word))
			add_file(programs, module, xstrdup(word));
		else if (word[0] && word[0] != '-' && !strchr(word, '/'))
			add_file(programs, module, look_up(word));
	}
}

/* Whoever runs the bot says where it is. */
static char *look_up_set(const char *file)
{
	if (file[0] != '/')
		return look_up(file);
	return is_program(file) ? xstrdup(file) : NULL;
}

/* By a module before. */
static bool is_missed(const struct programs *programs, const char *name)
{
	for (size_t i = 0; i < programs->count; i++)
		if (programs->all[i].name && !programs->all[i].path && !programs->all[i].is_unset &&
		    strcmp(programs->all[i].name, name) == 0)
			return true;
	return false;
}

/* "ffmpeg", or "yt-dlp=KORONE_YT_DLP". */
static void look_up_one(struct programs *programs, const struct module *module, const char *row,
			const struct settings *settings)
{
	const char *equals = strchr(row, '='), *set = NULL;
	struct found found = { .module = module };

	found.name = xstrndup(row, strcspn(row, "="));
	if (equals) {
		found.setting = equals + 1;
		set = settings_find_text(settings, found.setting);
		found.is_unset = !set || !set[0];
	}
	if (!found.is_unset)
		found.path = set ? look_up_set(set) : look_up(found.name);
	if (!found.path && !found.is_unset && !is_missed(programs, found.name))
		log_warn("a program is not installed", log_text("module", module->name),
			 log_text("program", set ? set : found.name));
	add(programs, &found);
	if (found.path)
		add_interpreter(programs, module, found.path);
}

struct programs *programs_create(const struct module *const *modules,
				 const struct settings *settings)
{
	struct programs *programs = xcalloc(1, sizeof(*programs));

	for (; *modules; modules++)
		for (const char *const *row = (*modules)->programs; row && *row; row++)
			look_up_one(programs, *modules, *row, settings);
	return programs;
}

void programs_destroy(struct programs *programs)
{
	if (!programs)
		return;
	for (size_t i = 0; i < programs->count; i++) {
		free(programs->all[i].name);
		free(programs->all[i].path);
	}
	free(programs->all);
	free(programs);
}

void programs_pretend(struct programs *programs, const char *name, bool installed)
{
	for (size_t i = 0; i < programs->count; i++) {
		struct found *found = &programs->all[i];

		if (!found->name || (name && strcmp(name, found->name) != 0))
			continue;
		free(found->path);
		found->path = installed ? xasprintf("/pretended/%s", found->name) : NULL;
	}
}

void programs_print(const struct programs *programs, FILE *out)
{
	for (size_t i = 0; i < programs->count; i++) {
		const struct found *found = &programs->all[i];

		if (!found->name)
			continue;
		fprintf(out, "# module %s runs %s: ", found->module->name, found->name);
		if (found->is_unset)
			fprintf(out, "%s is not set\n", found->setting);
		else
			fprintf(out, "%s\n", found->path ? found->path : "it is not installed");
	}
}

/* --- found ------------------------------------------------------------------------------------ */

const char *programs_find(const struct programs *programs, const struct module *module,
			  const char *name)
{
	for (size_t i = 0; i < programs->count; i++)
		if (programs->all[i].module == module && programs->all[i].name &&
		    strcmp(programs->all[i].name, name) == 0)
			return programs->all[i].path;
	return NULL;
}

bool programs_have(const struct programs *programs, const char *name)
{
	for (size_t i = 0; programs && i < programs->count; i++)
		if (programs->all[i].name && programs->all[i].path &&
		    strcmp(programs->all[i].name, name) == 0)
			return true;
	return false;
}

bool programs_offer(const struct programs *programs, const struct module *module,
		    const struct route *route)
{
	return !route->program ||
	       (programs && programs_find(programs, module, route->program) != NULL);
}

void programs_add_paths(const struct programs *programs, const struct module *module,
			struct landlock_paths *paths)
{
	for (size_t i = 0; i < programs->count; i++)
		if (programs->all[i].module == module)
			landlock_add(paths, programs->all[i].path, LANDLOCK_EXECUTE);
}
