/* settings_print.c - what --check-config, --help and --sample-env show of the settings. */
#include "common/settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

/* Without its login. The path of a webhook is often the only thing that keeps strangers away. */
static void print_text(const struct setting *setting, const char *value, FILE *out)
{
	const char *host = strstr(value, "://");
	size_t length = strlen(value);
	bool has_path = false;
	char *shown;

	if (setting->type == SETTING_WEBHOOK && host) {
		length = (size_t)(host - value) + 3 + strcspn(host + 3, "/?#");
		has_path = value[length] != '\0' && strcmp(value + length, "/") != 0;
	}
	shown = xstrndup(value, length);
	fprintf(out, "%s%s", log_redact(shown), has_path ? "/***" : value + length);
	free(shown);
}

static void print_value(const struct settings *settings, const struct setting *setting, FILE *out)
{
	const void *field = (const char *)settings + setting->offset;
	const struct id_list *list = field;

	switch (setting->type) {
	case SETTING_TEXT:
	case SETTING_URL:
	case SETTING_WEBHOOK:
	case SETTING_ADDRESS:
		print_text(setting, *(const char *const *)field, out);
		break;
	case SETTING_SECRET:
		fputs(**(const char *const *)field ? "(set)" : "(not set)", out);
		break;
	case SETTING_INTEGER:
	case SETTING_BYTES:
		fprintf(out, "%" PRId64, *(const int64_t *)field);
		break;
	case SETTING_ID:
		if (*(const int64_t *)field)
			fprintf(out, "%" PRId64, *(const int64_t *)field);
		break;
	case SETTING_IDS:
		for (size_t i = 0; i < list->count; i++)
			fprintf(out, "%s%" PRId64, i ? "," : "", list->ids[i]);
		break;
	case SETTING_CHOICE:
		fputs(setting->choices[*(const int *)field], out);
		break;
	}
}

void settings_print(const struct settings *settings, enum program_id program, FILE *out)
{
	for (size_t i = 0; i < settings_count; i++) {
		if (!(settings_table[i].readers & program))
			continue;
		fprintf(out, "%s=", settings_table[i].name);
		print_value(settings, &settings_table[i], out);
		fputc('\n', out);
	}
	for (size_t i = 0; i < settings->module_keys.count; i++)
		fprintf(out, "%s=(set)\n", settings->module_keys.all[i].name);
}

/* Wraps a sentence at spaces to 80 columns with an indent. */
static void print_wrapped(const char *prefix, const char *text, FILE *out)
{
	size_t room = 78 - strlen(prefix);

	while (*text) {
		size_t length = strlen(text);

		if (length > room) {
			length = room;
			while (length && text[length] != ' ')
				length--;
			if (!length)
				length = room;
		}
		fprintf(out, "%s%.*s\n", prefix, (int)length, text);
		text += length;
		text += strspn(text, " ");
	}
}

void settings_help(enum program_id program, FILE *out)
{
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings_table[i];

		if (!(setting->readers & program))
			continue;
		fprintf(out, "  %s%s%s%s%s\n", setting->name,
			setting->required & program ? "  (required)" : "",
			setting->type == SETTING_SECRET ? "  (secret; or _FILE)" : "",
			setting->fallback ? "  default: " : "",
			setting->fallback ? setting->fallback : "");
		print_wrapped("      ", setting->help, out);
	}
}

void settings_sample(FILE *out)
{
	for (size_t i = 0; i < settings_count; i++) {
		print_wrapped("# ", settings_table[i].help, out);
		fprintf(out, "%s%s=%s\n\n", settings_table[i].required ? "" : "#",
			settings_table[i].name,
			settings_table[i].fallback ? settings_table[i].fallback : "");
	}
}
