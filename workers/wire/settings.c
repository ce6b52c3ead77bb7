/* settings.c - packs and unpacks by the table of settings, so that a new setting needs no line
 * here. */
#include "workers/wire/settings.h"

#include <string.h>

#include "common/xalloc.h"

/* Must never reach a process that runs handlers. */
static const char *const withheld[] = { "TELEGRAM_BOT_TOKEN", "KORONE_CURVE_DIR" };

static bool is_withheld(const struct setting *setting)
{
	for (size_t i = 0; i < COUNT_OF(withheld); i++)
		if (!strcmp(setting->name, withheld[i]))
			return true;
	return !(setting->readers & PROGRAM_WORKER);
}

static void pack_ids(const struct id_list *list, struct buffer *out)
{
	pack_array(out, list->count);
	for (size_t i = 0; i < list->count; i++)
		pack_int(out, list->ids[i]);
}

static void pack_value(const struct setting *setting, const void *field, struct buffer *out)
{
	int choice;

	switch (setting->type) {
	case SETTING_TEXT:
	case SETTING_SECRET:
	case SETTING_URL:
	case SETTING_WEBHOOK:
	case SETTING_ADDRESS:
		pack_text(out, *(const char *const *)field);
		return;
	case SETTING_INTEGER:
	case SETTING_BYTES:
	case SETTING_ID:
		pack_int(out, *(const int64_t *)field);
		return;
	case SETTING_IDS:
		pack_ids(field, out);
		return;
	case SETTING_CHOICE:
		memcpy(&choice, field, sizeof(choice));
		pack_int(out, choice);
		return;
	}
}

void wire_settings_pack(const struct settings *settings, struct buffer *out)
{
	size_t count = 0;

	for (size_t i = 0; i < settings_count; i++)
		count += !is_withheld(&settings_table[i]);
	pack_array(out, 2);
	pack_map(out, count);
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings_table[i];

		if (is_withheld(setting))
			continue;
		pack_text(out, setting->name);
		pack_value(setting, (const char *)settings + setting->offset, out);
	}
	/* Which keys of modules are set, and no key. */
	pack_array(out, settings->module_keys.count);
	for (size_t i = 0; i < settings->module_keys.count; i++)
		pack_text(out, settings->module_keys.all[i].name);
}

static const struct setting *find_setting(struct text name)
{
	for (size_t i = 0; i < settings_count; i++)
		if (text_is(name, settings_table[i].name))
			return &settings_table[i];
	return NULL;
}

static void unpack_ids(struct cursor *cursor, struct id_list *out)
{
	out->count = cursor_array(cursor);
	out->ids = xcalloc(out->count, sizeof(*out->ids));
	for (size_t i = 0; i < out->count; i++)
		out->ids[i] = cursor_int(cursor);
}

static void unpack_value(const struct setting *setting, struct cursor *cursor, void *field)
{
	struct text text;
	int choice;

	switch (setting->type) {
	case SETTING_TEXT:
	case SETTING_SECRET:
	case SETTING_URL:
	case SETTING_WEBHOOK:
	case SETTING_ADDRESS:
		text = cursor_text(cursor);
		*(const char **)field = xstrndup(text.data ? text.data : "", text.length);
		if (setting->type == SETTING_SECRET && text.length)
			log_secret(*(const char **)field);
		return;
	case SETTING_INTEGER:
	case SETTING_BYTES:
	case SETTING_ID:
		*(int64_t *)field = cursor_int(cursor);
		return;
	case SETTING_IDS:
		unpack_ids(cursor, field);
		return;
	case SETTING_CHOICE:
		choice = (int)cursor_int(cursor);
		memcpy(field, &choice, sizeof(choice));
		return;
	}
}

static void fill_missing_texts(struct settings *settings)
{
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings_table[i];
		const char **field = (const char **)(void *)((char *)settings + setting->offset);

		switch (setting->type) {
		case SETTING_TEXT:
		case SETTING_SECRET:
		case SETTING_URL:
		case SETTING_WEBHOOK:
		case SETTING_ADDRESS:
			if (!*field)
				*field = "";
			break;
		case SETTING_INTEGER:
		case SETTING_BYTES:
		case SETTING_ID:
		case SETTING_IDS:
		case SETTING_CHOICE:
			break;
		}
	}
}

static void unpack_key_names(struct cursor *cursor, struct module_keys *out)
{
	size_t count = cursor_array(cursor);

	out->all = xcalloc(count + 1, sizeof(*out->all));
	while (out->count < count && cursor_ok(cursor)) {
		struct text name = cursor_text(cursor);

		out->all[out->count++] = (struct module_key) {
			.name = xstrndup(name.data ? name.data : "", name.length),
			.value = "",
		};
	}
}

bool wire_settings_unpack(const void *data, size_t size, struct settings *out, struct why *why)
{
	struct cursor cursor = cursor_make(data, size);
	size_t count;

	*out = (struct settings) { 0 };
	cursor_expect_array(&cursor, 2);
	count = cursor_map(&cursor);
	for (size_t i = 0; i < count && cursor_ok(&cursor); i++) {
		const struct setting *setting = find_setting(cursor_text(&cursor));

		/* Another version of the program may have other settings. */
		if (!setting)
			cursor_skip(&cursor);
		else
			unpack_value(setting, &cursor, (char *)out + setting->offset);
	}
	unpack_key_names(&cursor, &out->module_keys);
	fill_missing_texts(out);
	return cursor_end(&cursor, why);
}
