#include "tests/modules/full_group.h"

#include <time.h>

#include "workers/modules/modules.h"

#define FILTERS 50
#define BLOCKED 200

static bool store(struct fake_storage *memory, const char *module, const char *key,
		  const char *value)
{
	const struct stored_write write = {
		.mark = { .nth = 1 },
		.holder = { .scope = OF_CHAT, .id = FULL_GROUP_ID },
		.module = module,
		.key = key,
		.value = value,
	};
	struct why why;

	return fake_storage_table.save(memory, &write, 1, &why);
}

static bool is_lock(const struct field *field)
{
	return strcmp(field->name, "text") != 0 && strcmp(field->name, "action") != 0 &&
	       strcmp(field->name, "trial") != 0;
}

static bool lock_all(struct fake_storage *memory)
{
	bool ok = true;

	for (const struct module *const *module = compiled_modules; *module; module++)
		if (strcmp((*module)->name, "locks") == 0)
			for (const struct field *field = (*module)->options; field->name; field++)
				if (is_lock(field))
					ok = store(memory, "locks", field->name, "on") && ok;
	return ok;
}

/* Closed for an hour, twelve hours from now. */
static bool close_at_night(struct fake_storage *memory)
{
	time_t night = time(NULL) + (time_t)12 * 3600, morning = night + 3600;
	char begins[8], ends[8];
	struct tm parts;

	strftime(begins, sizeof(begins), "%H:%M", gmtime_r(&night, &parts));
	strftime(ends, sizeof(ends), "%H:%M", gmtime_r(&morning, &parts));
	return store(memory, "night", "on", "on") && store(memory, "night", "begins", begins) &&
	       store(memory, "night", "ends", ends);
}

static bool add_entries(struct fake_storage *memory, const char *module, const char *prefix,
			int count)
{
	char key[64];
	bool ok = true;

	for (int i = 0; i < count; i++) {
		snprintf(key, sizeof(key), i % 10 ? "%s/casino%d bonus" : "%s/*cas?no%dwin*",
			 prefix, i);
		ok = store(memory, module, key, prefix[0] == 'b' ? "-" : "{}") && ok;
	}
	return ok;
}

bool full_group_choose(struct fake_storage *memory)
{
	static const char *const chosen[][3] = {
		{ "captcha", "on", "on" },      { "captcha", "requests", "on" },
		{ "raid", "joins", "10" },      { "newcomers", "seconds", "86400" },
		{ "newcomers", "media", "on" }, { "joins", "ask", "on" },
		{ "welcome", "on", "on" },      { "anonymous", "trusted", "on" },
	};
	bool ok = lock_all(memory) && close_at_night(memory) &&
		  add_entries(memory, "filters", "filter", FILTERS) &&
		  add_entries(memory, "blocklist", "block", BLOCKED);

	for (size_t i = 0; i < sizeof(chosen) / sizeof(chosen[0]); i++)
		ok = store(memory, chosen[i][0], chosen[i][1], chosen[i][2]) && ok;
	return ok;
}

bool full_group_choose_flood(struct fake_storage *memory)
{
	return store(memory, "flood", "messages", "6") && store(memory, "flood", "row", "5") &&
	       store(memory, "flood", "repeats", "3");
}
