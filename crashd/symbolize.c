/* symbolize.c - names from libdw. Debug information is read only for the program itself; functions
 * of libraries come from their symbol tables, which costs 1 ms instead of 80. */
#include "crashd/symbolize.h"

#include <stdlib.h>
#include <string.h>

#include <dwarf.h>

struct symbolizer {
	Dwfl *dwfl;
	const struct image *image;
	struct arena *arena;
	struct frames *out;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static struct frame *add_frame(struct symbolizer *symbolizer, const struct frame *like)
{
	struct frames *out = symbolizer->out;

	if (out->count == FRAMES_MAX)
		return NULL;
	out->list[out->count] = *like;
	return &out->list[out->count++];
}

static bool is_function(Dwarf_Die *die)
{
	int tag = dwarf_tag(die);

	return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
}

/* dwarf_decl_file() and the like only know declarations; the file of an inlined call is an index
 * into the table of the compilation unit. */
static const char *call_file(Dwarf_Die *unit, Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	Dwarf_Word index;
	Dwarf_Files *files;
	size_t count;

	if (!dwarf_attr(die, DW_AT_call_file, &attribute) ||
	    dwarf_formudata(&attribute, &index) != 0 ||
	    dwarf_getsrcfiles(unit, &files, &count) != 0 || index >= count)
		return NULL;
	return dwarf_filesrc(files, index, NULL, NULL);
}

static uint32_t call_line(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	Dwarf_Word line;

	if (!dwarf_attr(die, DW_AT_call_line, &attribute) ||
	    dwarf_formudata(&attribute, &line) != 0)
		return 0;
	return (uint32_t)line;
}

/* clang writes no .debug_aranges unless asked: then every unit is looked at. */
static Dwarf_Die *find_unit(Dwfl_Module *module, uint64_t address, Dwarf_Addr *bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(module, address, bias);

	while (!unit && (unit = dwfl_module_nextcu(module, unit, bias)) != NULL) {
		do {
			if (dwarf_haspc(unit, address - *bias) == 1)
				return unit;
		} while ((unit = dwfl_module_nextcu(module, unit, bias)) != NULL);
		return NULL;
	}
	return unit;
}

/* The scopes from the innermost function outwards, through the inlined ones; 0 without debug
 * information. The caller frees the list. */
static int find_scopes(Dwarf_Die *unit, uint64_t address, Dwarf_Die **out)
{
	Dwarf_Die *scopes = NULL;
	int count = dwarf_getscopes(unit, address, &scopes);

	*out = NULL;
	if (count > 0)
		count = dwarf_getscopes_die(&scopes[0], out);
	free(scopes);
	return count;
}

/* Relative to the directory of compilation, so that the path is the same wherever the program was
 * built: clang writes it absolute in spite of -ffile-prefix-map. */
static struct text file_of(Dwarf_Die *unit, const char *path)
{
	Dwarf_Attribute attribute;
	const char *directory;
	size_t length;

	if (!path || !unit)
		return text_of(path);
	directory = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
	length = directory ? strlen(directory) : 0;
	if (length > 0 && strncmp(path, directory, length) == 0 && path[length] == '/')
		path += length + 1;
	if (strncmp(path, "./", 2) == 0)
		path += 2;
	return text_of(path);
}

/* Code inlined from a system header (FORTIFY's memcpy) is not ours: those have absolute paths. */
static void take_file(struct frame *frame, Dwarf_Die *unit, const char *path)
{
	frame->file = file_of(unit, path);
	frame->is_ours = frame->file.length == 0 || frame->file.data[0] != '/';
}

static void take_line(Dwfl_Module *module, Dwarf_Die *unit, uint64_t address, struct frame *frame)
{
	Dwfl_Line *line = dwfl_module_getsrc(module, address);
	int number = 0;
	const char *file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;

	take_file(frame, unit, file);
	frame->line = file ? (uint32_t)number : 0;
}

/* Adds a frame per function at the address, inlined ones first; false without debug information. */
static bool add_functions(struct symbolizer *symbolizer, Dwfl_Module *module, uint64_t address,
			  const struct frame *like)
{
	Dwarf_Addr bias;
	Dwarf_Die *unit = find_unit(module, address, &bias);
	Dwarf_Die *scopes = NULL;
	int count = unit ? find_scopes(unit, address - bias, &scopes) : 0;
	struct frame frame = *like;
	bool found = false;

	take_line(module, unit, address, &frame);
	for (int i = 0; i < count; i++) {
		if (!is_function(&scopes[i]))
			continue;
		frame.function = text_of(dwarf_diename(&scopes[i]));
		frame.is_inlined = dwarf_tag(&scopes[i]) == DW_TAG_inlined_subroutine;
		add_frame(symbolizer, &frame);
		found = true;
		if (!frame.is_inlined)
			break;
		take_file(&frame, unit, call_file(unit, &scopes[i]));
		frame.line = call_line(&scopes[i]);
	}
	free(scopes);
	return found;
}

/* The symbol table at least knows the function. */
static void add_symbol(struct symbolizer *symbolizer, Dwfl_Module *module, uint64_t address,
		       const struct frame *like)
{
	struct frame frame = *like;
	Dwarf_Addr bias;
	GElf_Off offset;
	GElf_Sym symbol;
	const char *name = dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL,
						NULL);

	frame.function = text_of(name);
	if (frame.is_ours) /* clang's -g1 has no entry for a function without inlined calls */
		take_line(module, find_unit(module, address, &bias), address, &frame);
	add_frame(symbolizer, &frame);
}

/* dwfl_addrmodule() gives the last module for an address beyond all of them. */
static Dwfl_Module *find_module(Dwfl *dwfl, uint64_t address)
{
	Dwfl_Module *module = dwfl_addrmodule(dwfl, address);
	Dwarf_Addr start, end;

	if (!module || !dwfl_module_info(module, NULL, &start, &end, NULL, NULL, NULL, NULL))
		return NULL;
	return address >= start && address < end ? module : NULL;
}

static void add_address(struct symbolizer *symbolizer, const struct unwound *at)
{
	/* A return address may be in the next function: the call is before it. */
	bool is_exact = at->trust == FRAME_CRASH || at->trust == FRAME_BAD;
	uint64_t address = is_exact ? at->pc : at->pc - 1;
	const struct image_file *file = image_find_file(symbolizer->image, address);
	Dwfl_Module *module = find_module(symbolizer->dwfl, address);
	struct frame frame = { .pc = at->pc, .trust = at->trust };

	if (file) {
		frame.module = text_of(base_name(file->path));
		frame.build_id = text_of(file->build_id);
		frame.offset = address - file->bias;
		frame.is_ours = file->is_program;
	}
	if (!file || !module || at->trust == FRAME_GAP)
		add_frame(symbolizer, &frame);
	else if (!frame.is_ours || !add_functions(symbolizer, module, address, &frame))
		add_symbol(symbolizer, module, address, &frame);
}

/* A recursion repeats the same address hundreds of times. */
static bool repeat_last(struct symbolizer *symbolizer, size_t first, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!add_frame(symbolizer, &symbolizer->out->list[first + i]))
			return false;
	return true;
}

void symbolize(Dwfl *dwfl, const struct image *image, const struct unwind *unwind,
	       struct arena *arena, struct frames *out)
{
	struct symbolizer symbolizer = { dwfl, image, arena, out };
	size_t first = 0, count = 0;

	*out = (struct frames) { .note = text_of("") };
	out->list = arena_alloc(arena, FRAMES_MAX * sizeof(struct frame));
	for (size_t i = 0; i < unwind->count; i++) {
		const struct unwound *at = &unwind->list[i];

		if (count > 0 && at->pc == at[-1].pc && at->trust == at[-1].trust) {
			if (!repeat_last(&symbolizer, first, count))
				return;
			continue;
		}
		first = out->count;
		add_address(&symbolizer, at);
		count = out->count - first;
	}
}
