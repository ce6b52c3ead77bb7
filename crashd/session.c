/* session.c - see session.h. A Dwfl can be attached to one state of a process only, once: it is
 * never attached here but in a fork that ends (zygote.c). */
#include "crashd/session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/xalloc.h"

struct session {
	char *key; /* NULL: not used */
	struct image *image;
	struct arena arena; /* of the image */
	Dwfl *dwfl;
	uint64_t used;
};

struct sessions {
	const struct symbols *symbols;
	struct session list[SESSIONS_MAX];
	uint64_t uses;
};

/* --- libdwfl -------------------------------------------------------------------------------- */

/* Separate debug information: the kept copy, else where the system has it. That of libraries is not
 * worth its 80 ms: their functions are in their symbol tables. */
static int find_debug_file(Dwfl_Module *module, void **owner, const char *name, Dwarf_Addr base,
			   const char *file_name, const char *link, GElf_Word crc, char **found)
{
	const struct image_file *file = *owner;

	if (!file || !file->is_program)
		return -1;
	if (file->debug_fd >= 0)
		return dup(file->debug_fd);
	return dwfl_standard_find_debuginfo(module, owner, name, base, file_name, link, crc, found);
}

static void report_file(Dwfl *dwfl, struct image_file *file)
{
	int fd = file->fd < 0 ? -1 : dup(file->fd);
	Dwfl_Module *module;
	void **owner;

	if (fd < 0)
		return;
	module = dwfl_report_elf(dwfl, file->path, file->path, fd, file->bias, true);
	if (!module)
		close(fd);
	else if (dwfl_module_info(module, &owner, NULL, NULL, NULL, NULL, NULL, NULL))
		*owner = file;
}

/* What every trace needs: frame information, symbols, and where each unit's code is. */
static int warm_module(Dwfl_Module *module, void **owner, const char *name, Dwarf_Addr start,
		       void *argument)
{
	const struct image_file *file = *owner;
	Dwarf_Addr bias;

	(void)name;
	(void)argument;
	if (!file || !file->is_program)
		return DWARF_CB_OK;
	dwfl_module_getsymtab(module);
	dwfl_module_eh_cfi(module, &bias);
	dwfl_module_addrdie(module, start, &bias);
	return DWARF_CB_OK;
}

static Dwfl *open_dwfl(struct image *image)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = find_debug_file,
	};
	Dwfl *dwfl = dwfl_begin(&callbacks);

	if (!dwfl)
		return NULL;
	dwfl_report_begin(dwfl);
	for (size_t i = 0; i < image->file_count; i++)
		report_file(dwfl, &image->files[i]);
	dwfl_report_end(dwfl, NULL, NULL);
	dwfl_getmodules(dwfl, warm_module, NULL, 0);
	return dwfl;
}

/* --- sessions ------------------------------------------------------------------------------- */

static char *key_of(const struct image *image)
{
	struct buffer key = { 0 };
	char *text;

	for (size_t i = 0; i < image->file_count; i++) {
		const struct image_file *file = &image->files[i];

		buffer_printf(&key, "%llx %d %s %s\n", (unsigned long long)file->bias,
			      file->is_program, file->build_id, file->path);
	}
	text = xstrdup(buffer_text(&key));
	buffer_finish(&key);
	return text;
}

static void close_session(struct session *session)
{
	if (!session->key)
		return;
	dwfl_end(session->dwfl);
	symbols_close_image(session->image);
	arena_finish(&session->arena);
	free(session->key);
	*session = (struct session) { .key = NULL };
}

static struct image *copy_image(const struct image *image, struct arena *arena)
{
	struct image *copy = arena_memdup(arena, image, sizeof(*image));

	for (size_t i = 0; i < copy->file_count; i++) {
		copy->files[i].path = arena_strdup(arena, image->files[i].path);
		copy->files[i].build_id = arena_strdup(arena, image->files[i].build_id);
	}
	return copy;
}

static void open_session(struct session *session, const struct symbols *symbols, char *key,
			 const struct image *image)
{
	close_session(session);
	session->key = key;
	session->image = copy_image(image, &session->arena);
	symbols_open_image(symbols, session->image);
	session->dwfl = open_dwfl(session->image);
}

/* If not, it may be there by now. */
static bool has_program(const struct session *session)
{
	for (size_t i = 0; i < session->image->file_count; i++)
		if (session->image->files[i].is_program && session->image->files[i].fd < 0)
			return false;
	return true;
}

static struct session *find_or_oldest(struct sessions *sessions, const char *key, bool *found)
{
	struct session *oldest = &sessions->list[0];

	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *at = &sessions->list[i];

		*found = at->key && strcmp(at->key, key) == 0;
		if (*found)
			return at;
		if (at->used < oldest->used)
			oldest = at;
	}
	return oldest;
}

Dwfl *sessions_find(struct sessions *sessions, struct image *image)
{
	char *key = key_of(image);
	bool is_found;
	struct session *session = find_or_oldest(sessions, key, &is_found);

	if (is_found && has_program(session))
		free(key);
	else
		open_session(session, sessions->symbols, key, image);
	session->used = ++sessions->uses;
	for (size_t i = 0; i < image->file_count; i++)
		image->files[i].fd = session->image->files[i].fd;
	return session->dwfl;
}

struct sessions *sessions_create(const struct symbols *symbols)
{
	struct sessions *sessions = xcalloc(1, sizeof(*sessions));

	sessions->symbols = symbols;
	return sessions;
}

void sessions_destroy(struct sessions *sessions)
{
	if (!sessions)
		return;
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		close_session(&sessions->list[i]);
	free(sessions);
}
