/* difference.c - see difference.h. A step is a line that is not the bot's, and the bot's lines
 * after it. */
#include "tests/modules/difference.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tests/modules/same.h"
#include "tests/modules/script.h"

#define SHOWN_LINES_MAX 60 /* of the conversation before */
#define COLUMN_MAX 56
#define BLOCK_MAX 512

/* --- lines ------------------------------------------------------------------------------------ */

static const char *next_line(const char *at)
{
	at += strcspn(at, "\n");
	return at + (*at == '\n');
}

static bool is_same_line(const char *expected, const char *actual)
{
	return same_until(expected, actual, '\n');
}

static bool is_bots(const char *line)
{
	enum line_type type = script_line_type(line);

	return type == LINE_BOT || type == LINE_MORE;
}

/* Of the lines that belong to the step at `start`: past the person's, up to the next. */
static const char *answer_of(const char *start)
{
	start = next_line(start);
	while (*start && script_line_type(start) == LINE_MORE)
		start = next_line(start);
	return start;
}

/* The start of the first step that differs, and how many lines are before it. */
static size_t find_step(const char *expected, const char *actual)
{
	size_t line = 0, step = 0;

	for (;; line++) {
		if (!is_bots(expected) && !is_bots(actual) && *expected && *expected != '\n')
			step = line;
		if (!*expected || !*actual || !is_same_line(expected, actual))
			return step;
		expected = next_line(expected);
		actual = next_line(actual);
	}
}

static const char *skip_lines(const char *at, size_t count)
{
	while (count-- > 0)
		at = next_line(at);
	return at;
}

/* --- the conversation before ------------------------------------------------------------------ */

static void show_lines(const char *at, const char *end)
{
	for (; at < end; at = next_line(at))
		printf("#%s%.*s\n", *at == '\n' ? "" : "   ", (int)strcspn(at, "\n"), at);
}

static void show_before(const char *text, size_t lines)
{
	size_t hidden = lines > SHOWN_LINES_MAX ? lines - SHOWN_LINES_MAX : 0;

	printf("#\n");
	if (hidden)
		printf("#   (%zu lines before)\n", hidden);
	show_lines(skip_lines(text, hidden), skip_lines(text, lines));
}

/* --- side by side ----------------------------------------------------------------------------- */

struct cell {
	const char *at; /* of a line; NULL: nothing on this side */
	size_t left;
};

static struct cell cell_of(const char *line)
{
	return (struct cell) { line, line ? strcspn(line, "\n") : 0 };
}

/* Bytes of the character at the start. */
static size_t character(const struct cell *cell)
{
	size_t length = 1;

	while (length < cell->left && ((unsigned char)cell->at[length] & 0xc0) == 0x80)
		length++;
	return length;
}

/* Writes what fits into the column and returns its width; the rest stays. */
static size_t show_cell(struct cell *cell, size_t width)
{
	size_t columns = 0;

	for (; cell->left && columns < width; columns++) {
		size_t length = character(cell);

		printf("%.*s", (int)length, cell->at);
		cell->at += length;
		cell->left -= length;
	}
	return columns;
}

/* Long lines go on below. */
static void show_row(const char *expected, const char *actual, size_t width)
{
	bool same = expected && actual && is_same_line(expected, actual);
	struct cell left = cell_of(expected), right = cell_of(actual);
	size_t columns;

	do {
		printf("# %s ", same ? " " : "!");
		columns = show_cell(&left, width);
		printf("%*s |%s", (int)(width - columns), "", right.left ? " " : "");
		show_cell(&right, COLUMN_MAX);
		printf("\n");
	} while (left.left || right.left);
}

/* The bot's lines of one step. */
struct block {
	const char *lines[BLOCK_MAX];
	size_t count, widest;
};

static void read_block(struct block *block, const char *at)
{
	*block = (struct block) { .widest = strlen("expected") };
	for (; *at && is_bots(at) && block->count < BLOCK_MAX; at = next_line(at)) {
		struct cell cell = cell_of(at);
		size_t columns = 0;

		for (; cell.left; columns++) {
			size_t length = character(&cell);

			cell.at += length;
			cell.left -= length;
		}
		block->widest = columns > block->widest ? columns : block->widest;
		block->lines[block->count++] = at;
	}
}

static const char *line_of(const struct block *block, size_t index, size_t end)
{
	return index < end ? block->lines[index] : NULL;
}

/* What is the same at both ends stands beside each other. */
static void show_blocks(const struct block *expected, const struct block *actual)
{
	size_t width = expected->widest < COLUMN_MAX ? expected->widest : COLUMN_MAX;
	size_t fewer = expected->count < actual->count ? expected->count : actual->count;
	size_t tail = 0, at = 0, ends[2];

	while (tail < fewer && is_same_line(expected->lines[expected->count - 1 - tail],
					    actual->lines[actual->count - 1 - tail]))
		tail++;
	ends[0] = expected->count - tail;
	ends[1] = actual->count - tail;
	show_row("expected", "got", width);
	for (; at < ends[0] || at < ends[1]; at++)
		show_row(line_of(expected, at, ends[0]), line_of(actual, at, ends[1]), width);
	for (at = 0; at < tail; at++)
		show_row(expected->lines[ends[0] + at], actual->lines[ends[1] + at], width);
}

void difference_show(const char *path, const char *expected, const char *actual)
{
	size_t step = find_step(expected, actual);
	const char *wanted = answer_of(skip_lines(expected, step));
	const char *done = answer_of(skip_lines(actual, step));
	struct block blocks[2];

	printf("# %s:%zu\n", path, step + 1);
	show_before(expected, step);
	show_lines(skip_lines(expected, step), wanted);
	printf("#\n");
	read_block(&blocks[0], wanted);
	read_block(&blocks[1], done);
	show_blocks(&blocks[0], &blocks[1]);
	printf("#\n");
}

void difference_show_end(const char *actual)
{
	size_t lines = 0;

	for (const char *at = actual; *at; at = next_line(at))
		lines++;
	show_before(actual, lines ? lines - 1 : 0);
	show_lines(skip_lines(actual, lines ? lines - 1 : 0), actual + strlen(actual));
	printf("#\n");
}
