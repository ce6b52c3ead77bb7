/* manual.c - writes man(7) macros and escapes text for roff. */
#include "common/manual.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* A backslash is roff's escape; "\-" is a literal dash; a line that begins with a dot or a quote
 * would be a request. */
static void put_escaped(FILE *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\\')
			fputs("\\e", out);
		else if (text[i] == '-')
			fputs("\\-", out);
		else if (i == 0 && (text[i] == '.' || text[i] == '\''))
			fprintf(out, "\\&%c", text[i]);
		else
			fputc(text[i], out);
	}
	fputc('\n', out);
}

static void put_line(FILE *out, const char *text)
{
	put_escaped(out, text, strlen(text));
}

void manual_begin(FILE *out, const char *name, enum manual_section section, const char *summary,
		  const char *synopsis)
{
	fputs(".TH ", out);
	for (const char *at = name; *at; at++)
		fputc(toupper((unsigned char)*at), out);
	fprintf(out, " %d \"\" \"CKorone %s\" \"CKorone\"\n", (int)section, KORONE_VERSION);
	manual_heading(out, "NAME");
	fprintf(out, "%s \\- ", name);
	put_escaped(out, summary, strcspn(summary, "."));
	manual_heading(out, "SYNOPSIS");
	fprintf(out, ".B %s\n", name);
	put_line(out, synopsis);
}

void manual_heading(FILE *out, const char *heading)
{
	fprintf(out, ".SH %s\n", heading);
}

/* Preformatted: a list whose columns the author has aligned. */
static bool is_set(const char *line, size_t length)
{
	for (size_t i = 0; i + 1 < length; i++)
		if (line[i] == ' ' && (i == 0 || line[i + 1] == ' '))
			return true;
	return false;
}

static void put_body(FILE *out, const char *text)
{
	bool set = false;

	while (*text) {
		size_t length = strcspn(text, "\n");

		if (is_set(text, length) != set) {
			set = !set;
			fputs(set ? ".nf\n" : ".fi\n", out);
		}
		put_escaped(out, text, length);
		text += length + (text[length] == '\n');
	}
	if (set)
		fputs(".fi\n", out);
}

void manual_text(FILE *out, const char *text)
{
	fputs(".PP\n", out);
	put_body(out, text);
}

void manual_more(FILE *out, const char *text)
{
	fputs(".IP\n", out);
	put_body(out, text);
}

void manual_item(FILE *out, const char *term, const char *text)
{
	fputs(".TP\n.B ", out);
	put_line(out, term);
	put_line(out, text);
}

void manual_settings(FILE *out, enum program_id program)
{
	manual_heading(out, "ENVIRONMENT");
	manual_text(out, "A secret NAME may come from the file that NAME_FILE names.");
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings_table[i];

		if (!(setting->readers & program))
			continue;
		manual_item(out, setting->name, setting->help);
		if (setting->required & program)
			put_line(out, "Required.");
		if (setting->type == SETTING_SECRET)
			put_line(out, "A secret.");
		if (setting->fallback) {
			fputs("Default: ", out);
			put_line(out, setting->fallback);
		}
	}
}
