/* image.c - parses the text of /proc/PID/maps (proc(5)) and the list of build ids. */
#include "crashd/image.h"

#include <string.h>

#define DELETED " (deleted)"

static uint64_t take_hex(const char **at, const char *end)
{
	uint64_t value = 0;

	for (; *at < end; (*at)++) {
		char c = **at;

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uint64_t)(c - 'a' + 10);
		else
			break;
	}
	return value;
}

static bool take_char(const char **at, const char *end, char c)
{
	if (*at >= end || **at != c)
		return false;
	(*at)++;
	return true;
}

static void skip_word(const char **at, const char *end)
{
	while (*at < end && **at != ' ')
		(*at)++;
	while (*at < end && **at == ' ')
		(*at)++;
}

struct mapping {
	uint64_t start, end, offset;
	bool is_executable;
	const char *path;
	size_t path_length;
};

/* "55d0c0a00000-55d0c0a02000 r-xp 00001000 fe:00 123   /usr/bin/x" */
static bool parse_line(const char *at, const char *end, struct mapping *out)
{
	out->start = take_hex(&at, end);
	if (!take_char(&at, end, '-'))
		return false;
	out->end = take_hex(&at, end);
	if (!take_char(&at, end, ' ') || end - at < 5 || out->end <= out->start)
		return false;
	out->is_executable = at[2] == 'x';
	skip_word(&at, end);
	out->offset = take_hex(&at, end);
	skip_word(&at, end); /* the rest of the offset */
	skip_word(&at, end); /* device */
	skip_word(&at, end); /* inode */
	out->path = at;
	out->path_length = (size_t)(end - at);
	if (out->path_length > strlen(DELETED) &&
	    memcmp(end - strlen(DELETED), DELETED, strlen(DELETED)) == 0)
		out->path_length -= strlen(DELETED);
	return true;
}

static struct image_file *find_or_add(struct image *image, struct arena *arena,
				      const struct mapping *mapping)
{
	struct image_file *last = image->file_count ? &image->files[image->file_count - 1] : NULL;

	/* The mappings of one file are adjacent. */
	if (last && strlen(last->path) == mapping->path_length &&
	    memcmp(last->path, mapping->path, mapping->path_length) == 0) {
		last->end = mapping->end;
		return last;
	}
	if (image->file_count == IMAGE_FILES_MAX)
		return NULL;
	last = &image->files[image->file_count++];
	*last = (struct image_file) {
		.path = arena_strndup(arena, mapping->path, mapping->path_length),
		.build_id = "",
		.start = mapping->start,
		.end = mapping->end,
		.bias = mapping->start - mapping->offset,
		.fd = -1,
		.debug_fd = -1,
	};
	return last;
}

static void add_mapping(struct image *image, struct arena *arena, const struct mapping *mapping)
{
	struct image_file *file;

	if (mapping->path_length == 0 || mapping->path[0] != '/')
		return;
	file = find_or_add(image, arena, mapping);
	if (!file || !mapping->is_executable || image->code_count == IMAGE_CODE_MAX)
		return;
	if (image->code_count > 0 && mapping->start < image->codes[image->code_count - 1].end)
		return; /* out of order: not written by a kernel */
	image->codes[image->code_count++] = (struct image_code) {
		.start = mapping->start,
		.end = mapping->end,
		.offset = mapping->offset,
		.file = file,
	};
}

static struct image_file *find_by_bias(struct image *image, uint64_t bias)
{
	if (bias == 0 && image->file_count > 0)
		return &image->files[0]; /* the program is not position-independent */
	for (size_t i = 0; i < image->file_count; i++)
		if (image->files[i].start == bias)
			return &image->files[i];
	return NULL;
}

/* "55d0c0a00000 0123456789abcdef…" */
static void add_build_id(struct image *image, struct arena *arena, const char *at, const char *end)
{
	uint64_t bias = take_hex(&at, end);
	struct image_file *file = find_by_bias(image, bias);
	const char *id;

	if (!file || !take_char(&at, end, ' '))
		return;
	id = at;
	take_hex(&at, end);
	if (at != end || at == id)
		return;
	file->bias = bias;
	file->build_id = arena_strndup(arena, id, (size_t)(end - id));
}

/* Takes the next line off `rest`; false when nothing is left. */
static bool take_line(struct text *rest, struct text *line)
{
	const char *newline = rest->length ? memchr(rest->data, '\n', rest->length) : NULL;
	size_t length = newline ? (size_t)(newline - rest->data) : rest->length;
	size_t taken = newline ? length + 1 : length;

	if (rest->length == 0)
		return false;
	*line = (struct text) { rest->data, length };
	*rest = (struct text) { rest->data + taken, rest->length - taken };
	return true;
}

static void mark_program(struct image *image, const struct capture *capture)
{
	for (size_t i = 0; i < image->file_count; i++)
		if (text_is(capture->build_id, image->files[i].build_id) &&
		    image->files[i].build_id[0] != '\0')
			image->files[i].is_program = true;
}

void image_read(const struct capture *capture, struct arena *arena, struct image *out)
{
	struct text maps = capture->maps, modules = capture->modules, line;
	struct mapping mapping;

	memset(out, 0, sizeof(*out));
	while (take_line(&maps, &line))
		if (parse_line(line.data, line.data + line.length, &mapping))
			add_mapping(out, arena, &mapping);
	while (take_line(&modules, &line))
		add_build_id(out, arena, line.data, line.data + line.length);
	mark_program(out, capture);
}

const struct image_code *image_find_code(const struct image *image, uint64_t address)
{
	size_t low = 0, high = image->code_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (address >= image->codes[middle].end)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < image->code_count && address >= image->codes[low].start)
		return &image->codes[low];
	return NULL;
}

const struct image_file *image_find_file(const struct image *image, uint64_t address)
{
	for (size_t i = 0; i < image->file_count; i++)
		if (address >= image->files[i].start && address < image->files[i].end)
			return &image->files[i];
	return NULL;
}
