/* address_spaces.c - opens an address space's files in libdwfl and reads what every trace needs. A
 * Dwfl can be attached to a process state only once: that happens only in forks that end
 * (zygote.c). */
#include "crashd/address_spaces.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/xalloc.h"

struct space {
	char *key; /* NULL: unused */
	struct image *image;
	struct arena arena; /* for the image */
	Dwfl *dwfl;
	uint64_t used;
};

struct address_spaces {
	const struct symbols *symbols;
	struct space list[SPACES_MAX];
	uint64_t uses;
};

/* --- libdwfl -------------------------------------------------------------------------------- */

/* Separate debug information: the kept copy, else the system's. For libraries it is not worth its
 * 80 ms: their functions are in their symbol tables. */
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

/* What every trace needs: frame information, symbols, and the code ranges of each unit. */
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

/* --- spaces ------------------------------------------------------------------------------- */

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

static void close_space(struct space *space)
{
	if (!space->key)
		return;
	dwfl_end(space->dwfl);
	symbols_close_image(space->image);
	arena_finish(&space->arena);
	free(space->key);
	*space = (struct space) { .key = NULL };
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

static void open_space(struct space *space, const struct symbols *symbols, char *key,
		       const struct image *image)
{
	close_space(space);
	space->key = key;
	space->image = copy_image(image, &space->arena);
	symbols_open_image(symbols, space->image);
	space->dwfl = open_dwfl(space->image);
}

/* If not, it may have been copied by now. */
static bool has_program(const struct space *space)
{
	for (size_t i = 0; i < space->image->file_count; i++)
		if (space->image->files[i].is_program && space->image->files[i].fd < 0)
			return false;
	return true;
}

static struct space *find_or_oldest(struct address_spaces *spaces, const char *key, bool *found)
{
	struct space *oldest = &spaces->list[0];

	for (size_t i = 0; i < SPACES_MAX; i++) {
		struct space *at = &spaces->list[i];

		*found = at->key && strcmp(at->key, key) == 0;
		if (*found)
			return at;
		if (at->used < oldest->used)
			oldest = at;
	}
	return oldest;
}

Dwfl *address_spaces_find(struct address_spaces *spaces, struct image *image)
{
	char *key = key_of(image);
	bool is_found;
	struct space *space = find_or_oldest(spaces, key, &is_found);

	if (is_found && has_program(space))
		free(key);
	else
		open_space(space, spaces->symbols, key, image);
	space->used = ++spaces->uses;
	for (size_t i = 0; i < image->file_count; i++)
		image->files[i].fd = space->image->files[i].fd;
	return space->dwfl;
}

struct address_spaces *address_spaces_create(const struct symbols *symbols)
{
	struct address_spaces *spaces = xcalloc(1, sizeof(*spaces));

	spaces->symbols = symbols;
	return spaces;
}

void address_spaces_destroy(struct address_spaces *spaces)
{
	if (!spaces)
		return;
	for (size_t i = 0; i < SPACES_MAX; i++)
		close_space(&spaces->list[i]);
	free(spaces);
}
