/* main.c - korone-html: prints what is wanted of a web page. Modules run it by ctx_run(); it reads
 * what others made, so it is a process of its own that can do nothing else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/files.h"
#include "common/manual.h"
#include "common/program.h"
#include "common/xalloc.h"
#include "html/find.h"
#include "html/walls.h"

#define SUMMARY "Prints what is wanted of a web page, a line for each row."
#define SYNOPSIS "PAGE LABEL=ROW[:FIELD,…]…"
#define ABOUT                                                                                     \
	"PAGE is a file of at most 4 MiB, in UTF-8. ROW is elements with slashes between them,\n" \
	"each somewhere inside of the one before: div.menu/li is each <li> in a <div> of the\n"   \
	"class menu. Each is a line of LABEL and its FIELDs, with tabs between them:\n"
#define FIELDS                                                          \
	"  td.value     the text of the first such element in it\n"     \
	"  img@src      an attribute of the first such element in it\n" \
	"  @href        an attribute of the row itself\n"               \
	"  .            all its text\n"
#define EXITS "Exit codes: 0, also when nothing is found, or of sysexits(3)."

static _Noreturn void fail(int code, const char *what, const char *why)
{
	fprintf(stderr, "korone-html: %s%s%s\n", what, why[0] ? ": " : "", why);
	exit(code);
}

static void print_help(void)
{
	puts("Usage: korone-html " SYNOPSIS "\n" SUMMARY "\n\n" ABOUT FIELDS
	     "\n--version prints the version, --man the manual page. " EXITS);
}

static void print_manual(void)
{
	manual_begin(stdout, "korone-html", MANUAL_COMMANDS,
		     "prints what is wanted of a web page, a line for each row", SYNOPSIS);
	manual_heading(stdout, "DESCRIPTION");
	manual_text(stdout, ABOUT);
	manual_text(stdout, FIELDS);
	manual_text(stdout,
		    "Handlers of korone-worker run it. It takes no settings, needs no network, "
		    "and closes\nwhat it does not need before it looks at PAGE.");
	manual_heading(stdout, "EXIT STATUS");
	manual_text(stdout, EXITS);
	manual_heading(stdout, "SEE ALSO");
	manual_text(stdout, "korone-worker(8)");
}

static bool print_something(int argc, char **argv)
{
	if (argc < 2)
		fail(EX_USAGE, "no page; see --help", "");
	if (strcmp(argv[1], "--help") == 0)
		print_help();
	else if (strcmp(argv[1], "--man") == 0)
		print_manual();
	else if (strcmp(argv[1], "--version") == 0)
		puts("korone-html " KORONE_VERSION);
	else
		return false;
	return true;
}

static size_t read_wanted(struct wanted_row *wanted, int argc, char **argv)
{
	const size_t count = (size_t)argc - 2;
	struct why why;

	if (count < 1 || count > WANTED_ROWS_MAX)
		fail(EX_USAGE, "it takes 1 to 8 rows; see --help", "");
	for (size_t i = 0; i < count; i++)
		if (!wanted_read(argv[i + 2], &wanted[i], &why))
			fail(EX_USAGE, why.text, "");
	return count;
}

int main(int argc, char **argv)
{
	struct wanted_row wanted[WANTED_ROWS_MAX];
	struct buffer page = { 0 }, out = { 0 };
	struct why why;
	size_t count;

	program_open_standard_streams();
	program_harden();
	if (print_something(argc, argv))
		return EX_OK;
	count = read_wanted(wanted, argc, argv);
	if (!file_read(argv[1], FIND_PAGE_MAX, &page, &why))
		fail(EX_NOINPUT, why.text, "");
	if (!html_walls_enter(&why))
		fail(EX_OSERR, "the system has no walls", why.text);
	html_find((const char *)buffer_unread(&page), buffer_unread_size(&page), wanted, count,
		  &out);
	if (!write_all(STDOUT_FILENO, buffer_unread(&out), buffer_unread_size(&out)))
		fail(EX_IOERR, "the output", strerror(errno));
	buffer_finish(&page);
	buffer_finish(&out);
	return EX_OK;
}
