/* main.c - korone-picture: makes one picture of what it is given. Modules run it by ctx_run(); it
 * reads what others made, so it is a process of its own that can do nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/files.h"
#include "common/manual.h"
#include "common/program.h"
#include "common/xalloc.h"
#include "picture/decode.h"
#include "picture/encode.h"
#include "picture/operations.h"
#include "picture/walls.h"

#define SIDE_MAX 4096

struct operation {
	const char *name;
	const char *arguments;
	const char *summary;
	const char *help;
	operation_fn *make;
	size_t bytes_max; /* of what it makes: what Telegram takes of that kind */
	bool needs_fonts;
};

#define SHEET_HELP                                                                           \
	"A sheet is parts, one after the other: a line with a name and a number of bytes,\n" \
	"those bytes, and the end of a line. Pictures in it are as files.\n"

/* In the order of the alphabet. */
static const struct operation operations[] = {
	{ "captcha", "SHEET OUTPUT", "draws a text that programs should not be able to read",
	  SHEET_HELP "text   1 to 12 characters\n"
		     "seed   a number; the same one makes the same picture\n",
	  operation_captcha, 5000000, true },
	{ "card", "SHEET OUTPUT", "draws a picture with some lines about it, 960 x 320 pixels",
	  SHEET_HELP "picture  at the left; none if it cannot be read\n"
		     "label    small, above\n"
		     "title    large; the only part that it must have\n"
		     "line     below, at most three\n"
		     "note     small, at the bottom\n",
	  operation_card, 5000000, true },
	{ "collage", "[--side PIXELS] SHEET OUTPUT",
	  "puts pictures into a grid, with lines on them",
	  SHEET_HELP "columns  how many; else as many as make it about square\n"
		     "tile     begins one of at most 100, PIXELS (300, at most 1000) a side\n"
		     "picture  what is on it; none if it cannot be read\n"
		     "line     below the lines before it, at most four on each\n",
	  operation_collage, 5000000, true },
	{ "sticker", "[--side PIXELS] INPUT OUTPUT",
	  "makes a picture of Telegram's size for stickers",
	  "The longer side becomes PIXELS (512), also when it was shorter.\n", operation_sticker,
	  512000, false },
	{ "thumbnail", "[--side PIXELS] INPUT OUTPUT", "makes a picture smaller",
	  "The longer side becomes PIXELS (320), unless it is shorter already.\n",
	  operation_thumbnail, 200000, false },
};

#define SUMMARY "Makes pictures for the bot: stickers, collages, captchas, cards."
#define ABOUT                                                                                     \
	"INPUT is a PNG, JPEG or WebP of at most 16384 pixels a side and 40 million in all, up\n" \
	"to 50 MB. The ending of OUTPUT says what is written: .png, .jpg or .webp.\n"
#define EXITS \
	"Exit codes: 0, or of sysexits(3), among them 65 for what cannot be made of its input."

struct arguments {
	const struct operation *operation;
	const char *input, *output;
	enum encoding encoding;
	int side;
};

/* --- help ------------------------------------------------------------------------------------- */

static void print_help(void)
{
	puts("Usage: korone-picture OPERATION [--side PIXELS] INPUT OUTPUT\n" SUMMARY "\n");
	for (size_t i = 0; i < COUNT_OF(operations); i++)
		printf("  %-10s %-30s %s\n", operations[i].name, operations[i].arguments,
		       operations[i].summary);
	puts("\n" ABOUT
	     "\nkorone-picture OPERATION --help tells more. --version prints the version, "
	     "--man the\nmanual page. " EXITS);
}

static void print_manual(void)
{
	manual_begin(stdout, "korone-picture", MANUAL_COMMANDS,
		     "makes pictures for the bot: stickers, collages, captchas, cards",
		     "OPERATION [--side PIXELS] INPUT OUTPUT");
	manual_heading(stdout, "DESCRIPTION");
	manual_text(stdout, ABOUT);
	manual_text(stdout,
		    "Handlers of korone-worker run it. It takes no settings, needs no network, "
		    "and closes\nwhat it does not need before it looks at INPUT.");
	manual_heading(stdout, "OPERATIONS");
	for (size_t i = 0; i < COUNT_OF(operations); i++) {
		char term[128];

		snprintf(term, sizeof(term), "%s %s", operations[i].name, operations[i].arguments);
		manual_item(stdout, term, operations[i].summary);
		manual_more(stdout, operations[i].help);
	}
	manual_heading(stdout, "EXIT STATUS");
	manual_text(stdout, EXITS);
	manual_heading(stdout, "SEE ALSO");
	manual_text(stdout, "korone-worker(8)");
}

static void print_operation(const struct operation *operation)
{
	printf("Usage: korone-picture %s %s\n%c%s.\n\n%s", operation->name, operation->arguments,
	       operation->summary[0] - 'a' + 'A', operation->summary + 1, operation->help);
}

/* --- arguments -------------------------------------------------------------------------------- */

static _Noreturn void fail(int code, const char *what, const char *why)
{
	fprintf(stderr, "korone-picture: %s%s%s\n", what, why[0] ? ": " : "", why);
	exit(code);
}

static const struct operation *find_operation(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(operations); i++)
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	fail(EX_USAGE, "no such operation", name);
}

static int read_side(const char *text)
{
	char *end;
	long side = strtol(text, &end, 10);

	if (!text[0] || *end || side < 1 || side > SIDE_MAX)
		fail(EX_USAGE, "--side takes 1 to 4096 pixels, not", text);
	return (int)side;
}

static void read_arguments(struct arguments *arguments, int argc, char **argv)
{
	int at = 2;

	arguments->operation = find_operation(argv[1]);
	if (at < argc && strcmp(argv[at], "--help") == 0) {
		print_operation(arguments->operation);
		exit(EX_OK);
	}
	if (at + 1 < argc && strcmp(argv[at], "--side") == 0) {
		arguments->side = read_side(argv[at + 1]);
		at += 2;
	}
	if (argc - at != 2)
		fail(EX_USAGE, "it takes one input and one output; see --help", "");
	arguments->input = argv[at];
	arguments->output = argv[at + 1];
	if (!encoding_find(arguments->output, &arguments->encoding))
		fail(EX_USAGE, "an output ends with .png, .jpg or .webp, not", arguments->output);
}

static bool print_something(int argc, char **argv)
{
	if (argc < 2)
		fail(EX_USAGE, "no operation; see --help", "");
	if (strcmp(argv[1], "--help") == 0)
		print_help();
	else if (strcmp(argv[1], "--man") == 0)
		print_manual();
	else if (strcmp(argv[1], "--version") == 0)
		puts("korone-picture " KORONE_VERSION);
	else
		return false;
	return true;
}

/* --- the work --------------------------------------------------------------------------------- */

/* Not emptied yet: a picture that cannot be made leaves what was there. */
static int open_output(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		fail(EX_CANTCREAT, path, strerror(errno));
	return fd;
}

static void make(const struct arguments *arguments, const struct buffer *input, struct buffer *out)
{
	const struct operation *operation = arguments->operation;
	const struct request request = { buffer_unread(input), buffer_unread_size(input),
					 arguments->side };
	struct raster raster = { 0 };
	struct why why;

	if (!operation->make(&request, &raster, &why) ||
	    !picture_encode(&raster, arguments->encoding, operation->bytes_max, out, &why))
		fail(EX_DATAERR, operation->name, why.text);
	raster_finish(&raster);
}

static void put_out(const struct arguments *arguments, int fd, const struct buffer *out)
{
	if (ftruncate(fd, 0) < 0 || !write_all(fd, buffer_unread(out), buffer_unread_size(out)) ||
	    close(fd) < 0)
		fail(EX_IOERR, arguments->output, strerror(errno));
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .side = 0 };
	struct buffer input = { 0 }, out = { 0 };
	struct why why;
	int fd;

	program_open_standard_streams();
	program_harden();
	if (print_something(argc, argv))
		return EX_OK;
	read_arguments(&arguments, argc, argv);
	if (!file_read(arguments.input, DECODE_BYTES_MAX, &input, &why))
		fail(EX_NOINPUT, why.text, "");
	fd = open_output(arguments.output);
	if (!picture_walls_enter(arguments.operation->needs_fonts, &why))
		fail(EX_OSERR, "the system has no walls", why.text);
	make(&arguments, &input, &out);
	put_out(&arguments, fd, &out);
	buffer_finish(&input);
	buffer_finish(&out);
	return EX_OK;
}
