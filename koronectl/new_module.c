/* new_module.c - `koronectl new-module`: starts a module of the bot in a checkout of the sources:
 * the module, its conversation, and its line in modules.c. Writes all of it or nothing. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/files.h"
#include "common/xalloc.h"
#include "koronectl/command.h"

#define NAME_LENGTH_MAX 31 /* workers/module.h */
#define SOURCE_SIZE_MAX (1u << 20)
#define ROWS_MAX 512
#define LIST "workers/modules/modules.c"
#define LIST_HEAD "#define MODULES(MODULE)"

/* @ stands for the name, ^ for the name as a title. */
static const char module_text[] =
	"/* @.c - /@: what it is for. */\n"
	"#include \"workers/module.h\"\n"
	"\n"
	"static enum verdict answer(struct ctx *ctx, const struct command *cmd)\n"
	"{\n"
	"\treturn ctx_reply(ctx, _(\"Hello, <b>%s</b>!\"), cmd->from->first_name);\n"
	"}\n"
	"\n"
	"static const struct route routes[] = {\n"
	"\tCOMMAND(\"@\", answer, .help = N_(\"say hello\")),\n"
	"\tEND_OF_ROUTES,\n"
	"};\n"
	"\n"
	"const struct module @_module = {\n"
	"\t.name = \"@\",\n"
	"\t.title = N_(\"^\"),\n"
	"\t.routes = routes,\n"
	"};\n";

static const char conversation_text[] = "# /@: what it is for.\n"
					"\n"
					"alice: /@\n"
					"bot: Hello, <b>Alice</b>!\n"
					"\n"
					"bob in \"Friends\": /@\n"
					"bot: Hello, <b>Bob</b>!\n";

static void expand(const char *template, const char *name, struct buffer *out)
{
	for (; *template; template ++) {
		if (*template == '^') {
			buffer_append_byte(out, (uint8_t)toupper((unsigned char)name[0]));
			buffer_append_text(out, name + 1);
		} else if (*template == '@') {
			buffer_append_text(out, name);
		} else {
			buffer_append_byte(out, (uint8_t) * template);
		}
	}
}

/* --- the name --------------------------------------------------------------------------------- */

static bool check_name(const char *name, struct why *why)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	if (name[length] || length == 0 || length > NAME_LENGTH_MAX || !islower(name[0]))
		return why_set(why,
			       "\"%s\" is no name for a module: it is of a-z, 0-9 and _, begins "
			       "with a letter, and has at most %d characters",
			       name, NAME_LENGTH_MAX);
	return true;
}

/* The sources around the current directory, to be freed; NULL: there are none. */
static char *find_checkout(void)
{
	char *directory = getcwd(NULL, 0);

	while (directory) {
		char *list = xasprintf("%s/" LIST, directory);
		bool found = access(list, F_OK) == 0;
		char *slash = strrchr(directory, '/');

		free(list);
		if (found)
			return directory;
		if (!slash || slash == directory)
			break;
		*slash = '\0';
	}
	free(directory);
	return NULL;
}

/* Whether `word` is one of the names up to the quotation mark. */
static bool has_word(const char *names, const char *word)
{
	size_t length = strlen(word);

	while (*names && *names != '"') {
		size_t name = strcspn(names, " \"");

		if (name == length && strncmp(names, word, length) == 0)
			return true;
		names += name;
		names += strspn(names, " ");
	}
	return false;
}

/* Whether the module in the file has a command of this name, which would be the new one's. */
static bool has_command(const char *path, const char *name)
{
	static const char start[] = "COMMAND(\"";
	struct buffer file = { 0 };
	struct why why;
	bool found = false;

	if (file_read(path, SOURCE_SIZE_MAX, &file, &why))
		for (const char *at = buffer_text(&file); !found && (at = strstr(at, start));)
			found = has_word(at += strlen(start), name);
	buffer_finish(&file);
	return found;
}

static bool check_commands(const char *checkout, const char *name, struct why *why)
{
	char *pattern = xasprintf("%s/workers/modules/*.c", checkout);
	glob_t found = { 0 };
	bool ok = true;

	if (glob(pattern, 0, NULL, &found) != 0)
		found.gl_pathc = 0;
	for (size_t i = 0; ok && i < found.gl_pathc; i++)
		if (has_command(found.gl_pathv[i], name))
			ok = why_set(why, "there is a command /%s already, in %s", name,
				     found.gl_pathv[i]);
	globfree(&found);
	free(pattern);
	return ok;
}

/* --- the list in modules.c -------------------------------------------------------------------- */

struct row {
	const char *at;
	size_t length; /* without the backslash and the spaces before it */
};

/* The lines of the macro. */
struct list {
	struct row rows[ROWS_MAX];
	size_t count;
	const char *start, *end; /* in the text */
};

static struct row row_of(const char *at)
{
	size_t length = strcspn(at, "\n");

	while (length && strchr("\\ ", at[length - 1]))
		length--;
	return (struct row) { at, length };
}

static bool read_list(struct list *list, const char *text, struct why *why)
{
	const char *at = strstr(text, LIST_HEAD);
	bool more = at != NULL;

	*list = (struct list) { .start = at };
	while (more && list->count + 1 < ROWS_MAX) {
		size_t length = strcspn(at, "\n");

		list->rows[list->count++] = row_of(at);
		more = length && at[length - 1] == '\\';
		at += length + (at[length] == '\n');
	}
	list->end = at;
	return (list->count > 1 && !more) ||
	       why_set(why, LIST ": it has no list that begins with \"" LIST_HEAD "\"");
}

/* In alphabetical order. */
static void add_row(struct list *list, const char *line)
{
	size_t place = 1;

	while (place < list->count && strcmp(list->rows[place].at, line) < 0)
		place++;
	memmove(&list->rows[place + 1], &list->rows[place],
		(list->count - place) * sizeof(list->rows[0]));
	list->rows[place] = row_of(line);
	list->count++;
}

/* In columns, with tabs of 8. */
static size_t width_of(const struct row *row)
{
	return row->length + (row->at[0] == '\t' ? 7 : 0);
}

/* As clang-format wants it: the backslashes in one column, a space after the longest line. */
static void write_list(const struct list *list, struct buffer *out)
{
	size_t last = list->count - 1, widest = 0;

	for (size_t i = 0; i < last; i++)
		if (width_of(&list->rows[i]) > widest)
			widest = width_of(&list->rows[i]);
	for (size_t i = 0; i <= last; i++) {
		const struct row *row = &list->rows[i];

		buffer_append(out, row->at, row->length);
		if (i != last)
			buffer_printf(out, "%*s\\", (int)(widest + 1 - width_of(row)), "");
		buffer_append_text(out, "\n");
	}
}

static bool list_with(const char *text, const char *name, struct buffer *out, struct why *why)
{
	char *line = xasprintf("\tMODULE(%s)", name);
	struct list list;
	bool ok = read_list(&list, text, why);

	if (ok) {
		add_row(&list, line);
		buffer_append(out, text, (size_t)(list.start - text));
		write_list(&list, out);
		buffer_append_text(out, list.end);
	}
	free(line);
	return ok;
}

/* --- files ------------------------------------------------------------------------------------ */

/* What is to be written: two new files and the list. */
struct plan {
	char *module, *conversation, *list; /* paths */
	struct buffer module_text, conversation_text, list_text;
};

static void plan_finish(struct plan *plan)
{
	free(plan->module);
	free(plan->conversation);
	free(plan->list);
	buffer_finish(&plan->module_text);
	buffer_finish(&plan->conversation_text);
	buffer_finish(&plan->list_text);
}

static bool check_free(const char *path, struct why *why)
{
	return access(path, F_OK) != 0 || why_set(why, "%s is there already", path);
}

static bool plan_make(struct plan *plan, const char *checkout, const char *name, struct why *why)
{
	struct buffer list = { 0 };
	bool ok;

	*plan = (struct plan) {
		.module = xasprintf("%s/workers/modules/%s.c", checkout, name),
		.conversation = xasprintf("%s/tests/modules/%s.txt", checkout, name),
		.list = xasprintf("%s/" LIST, checkout),
	};
	expand(module_text, name, &plan->module_text);
	expand(conversation_text, name, &plan->conversation_text);
	ok = check_free(plan->module, why) && check_free(plan->conversation, why) &&
	     check_commands(checkout, name, why) &&
	     file_read(plan->list, SOURCE_SIZE_MAX, &list, why) &&
	     list_with(buffer_text(&list), name, &plan->list_text, why);
	buffer_finish(&list);
	return ok;
}

static bool write_new(const char *path, const struct buffer *text, struct why *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	bool ok = fd >= 0 && write_all(fd, buffer_unread(text), buffer_unread_size(text));

	if (fd >= 0 && close(fd) != 0)
		ok = false;
	if (ok)
		return true;
	why_set(why, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		unlink(path);
	return false;
}

/* It keeps its mode: it is a file of the sources, for whoever may read them. */
static bool replace_list(const struct plan *plan, struct why *why)
{
	struct stat before;

	if (stat(plan->list, &before) != 0)
		return why_set(why, "%s: %s", plan->list, strerror(errno));
	if (!file_replace(plan->list, buffer_unread(&plan->list_text),
			  buffer_unread_size(&plan->list_text), why))
		return false;
	return chmod(plan->list, before.st_mode & 0777) == 0 ||
	       why_set(why, "%s: %s", plan->list, strerror(errno));
}

/* All or nothing. */
static bool plan_write(struct plan *plan, struct why *why)
{
	if (!write_new(plan->module, &plan->module_text, why))
		return false;
	if (write_new(plan->conversation, &plan->conversation_text, why)) {
		if (replace_list(plan, why))
			return true;
		unlink(plan->conversation);
	}
	unlink(plan->module);
	return false;
}

static void print_next(const struct plan *plan, const char *name)
{
	printf("%s\n%s\n%s\n\n"
	       "Play its conversation:\n"
	       "  make module-tests && build/tests/run-modules tests/modules/%s.txt\n"
	       "Write down what it now says, once that is what you want: the same with --update.\n"
	       "Bring its texts into po/, to be translated:\n"
	       "  make translations\n",
	       plan->module, plan->conversation, plan->list, name);
}

int command_new_module(const struct settings *settings, int argc, char **argv)
{
	char *checkout = NULL;
	struct plan plan = { 0 };
	struct why why;
	bool ok;

	(void)settings;
	if (argc != 2)
		return usage_error("new-module", "it takes the name of the module");
	ok = check_name(argv[1], &why);
	if (ok && !(checkout = find_checkout()))
		ok = why_set(&why, "this is no checkout of the sources: there is no " LIST
				   " here or in a folder above");
	ok = ok && plan_make(&plan, checkout, argv[1], &why) && plan_write(&plan, &why);
	if (ok)
		print_next(&plan, argv[1]);
	else
		fprintf(stderr, "koronectl new-module: %s\n", why.text);
	plan_finish(&plan);
	free(checkout);
	return ok ? EX_OK : EX_UNAVAILABLE;
}
