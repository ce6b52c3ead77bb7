/* settings.c - loads, checks and prints settings.
 *
 * Precedence: the environment, then the env file, then the default. A value that is set but empty
 * counts as not set. */
#include "common/settings.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/endpoint.h"
#include "common/files.h"
#include "common/service_links.h"
#include "common/webhook_url.h"
#include "common/xalloc.h"

#define ENV_FILE_MAX (1u << 20)
#define SECRET_FILE_MAX (64u << 10)
#define SECRET_NAME_MAX 64
#define PRIVACY_KEY_MIN 16
#define BOT_ID_DIGITS_MAX 18
#define HOST_MAX 255                   /* RFC 1035 */
#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* what some editors begin a file with */

struct pair {
	char *name, *value;
};

struct loader {
	struct settings *out;
	enum program_id program;
	FILE *faults;
	bool failed;
	struct pair *file; /* of the env file */
	size_t file_count;
};

static __attribute__((format(printf, 2, 3))) void fault(struct loader *loader, const char *format,
							...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		panic("no memory for a fault");
	va_end(arguments);
	fprintf(loader->faults, "%s\n", log_redact(text));
	free(text);
	loader->failed = true;
}

static const struct setting *find_setting(const char *name, size_t length)
{
	for (size_t i = 0; i < settings_count; i++)
		if (strlen(settings_table[i].name) == length &&
		    !strncmp(settings_table[i].name, name, length))
			return &settings_table[i];
	return NULL;
}

/* --- env file --- */

/* NAME=value, with optional "export ", comments, blank lines and one pair of quotes. */
static void read_env_line(struct loader *loader, const char *path, int number, char *line)
{
	char *equals, *value, *end;

	line += strspn(line, " \t");
	if (!strncmp(line, "export ", 7))
		line += 7;
	if (*line == '\0' || *line == '#')
		return;
	equals = strchr(line, '=');
	if (!equals || equals == line) {
		fault(loader, "%s:%d: is not NAME=value", path, number);
		return;
	}
	*equals = '\0';
	value = equals + 1;
	end = value + strlen(value);
	while (end > value && isspace((unsigned char)end[-1]))
		*--end = '\0';
	if (end - value >= 2 && (*value == '"' || *value == '\'') && end[-1] == *value) {
		end[-1] = '\0';
		value++;
	}
	loader->file = xreallocarray(loader->file, loader->file_count + 1, sizeof(*loader->file));
	loader->file[loader->file_count++] = (struct pair) { .name = xstrdup(line),
							     .value = xstrdup(value) };
}

/* The text of a file, without the mark; NULL with a reason when it is none. */
static char *text_of_file(struct buffer *file, struct why *why)
{
	char *text = buffer_text(file);

	if (strlen(text) != buffer_unread_size(file)) {
		why_set(why, "has a NUL byte: it is not a text in UTF-8");
		return NULL;
	}
	if (!strncmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)))
		text += strlen(BYTE_ORDER_MARK);
	return text;
}

static void read_env_file(struct loader *loader, const char *path)
{
	struct buffer text = { 0 };
	struct why why;
	char *at, *line;
	int number = 0;

	if (!file_read(path, ENV_FILE_MAX, &text, &why)) {
		fault(loader, "--env-file: %s", why.text);
		buffer_finish(&text);
		return;
	}
	at = text_of_file(&text, &why);
	if (!at)
		fault(loader, "--env-file: %s %s", path, why.text);
	while ((line = strsep(&at, "\n")))
		read_env_line(loader, path, ++number, line);
	explicit_bzero(text.data, text.capacity);
	buffer_finish(&text);
}

static const char *look_up(const struct loader *loader, const char *name)
{
	const char *value = getenv(name);

	if (value && *value)
		return value;
	for (size_t i = loader->file_count; i-- > 0;)
		if (!strcmp(loader->file[i].name, name))
			return *loader->file[i].value ? loader->file[i].value : NULL;
	return NULL;
}

/* --- values --- */

static void *field_of(struct loader *loader, const struct setting *setting)
{
	return (char *)loader->out + setting->offset;
}

static bool parse_integer(const char *text, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return end != text && *end == '\0' && errno == 0;
}

static bool parse_bytes(const char *text, int64_t *out)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;
	int64_t value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text || errno || value < 0)
		return false;
	while (*end == ' ')
		end++;
	if (*end == '\0') {
		*out = value;
		return true;
	}
	unit = strchr(units, toupper((unsigned char)*end));
	if (!unit || (strcmp(end + 1, "") && strcmp(end + 1, "iB") && strcmp(end + 1, "B")))
		return false;
	for (int i = (int)(unit - units); i >= 0; i--)
		if (__builtin_mul_overflow(value, 1024, &value))
			return false;
	*out = value;
	return true;
}

static void set_number(struct loader *loader, const struct setting *setting, const char *text)
{
	bool bytes = setting->type == SETTING_BYTES;
	int64_t value;

	if (!(bytes ? parse_bytes(text, &value) : parse_integer(text, &value)))
		fault(loader, "%s: \"%s\" is not %s; allowed: %" PRId64 " to %" PRId64,
		      setting->name, text,
		      bytes ? "a size such as 16777216, 64MiB or 1GiB" : "a whole number",
		      setting->minimum, setting->maximum);
	else if (value < setting->minimum || value > setting->maximum)
		fault(loader, "%s: %s is out of range; allowed: %" PRId64 " to %" PRId64,
		      setting->name, text, setting->minimum, setting->maximum);
	else
		*(int64_t *)field_of(loader, setting) = value;
}

static void set_ids(struct loader *loader, const struct setting *setting, const char *text)
{
	struct id_list *list = field_of(loader, setting);
	char *copy = xstrdup(text), *at = copy, *word;

	while ((word = strsep(&at, ", "))) {
		int64_t id;

		if (!*word)
			continue;
		if (!parse_integer(word, &id) || id < setting->minimum || id > setting->maximum) {
			fault(loader,
			      "%s: \"%s\" is not a Telegram id of a person; allowed: positive "
			      "numbers, comma-separated",
			      setting->name, word);
			continue;
		}
		list->ids = xreallocarray(list->ids, list->count + 1, sizeof(*list->ids));
		list->ids[list->count++] = id;
	}
	free(copy);
}

static void set_choice(struct loader *loader, const struct setting *setting, const char *text)
{
	char allowed[128] = "";

	for (int i = 0; setting->choices[i]; i++) {
		size_t length = strlen(allowed);

		if (!strcmp(setting->choices[i], text)) {
			/* All enums in the table have the size of int. */
			*(int *)field_of(loader, setting) = i;
			return;
		}
		snprintf(allowed + length, sizeof(allowed) - length, "%s%s", i ? ", " : "",
			 setting->choices[i]);
	}
	fault(loader, "%s: \"%s\" is not known; allowed: %s", setting->name, text, allowed);
}

static void set_url(struct loader *loader, const struct setting *setting, const char *text)
{
	char *url = xstrdup(text);
	size_t length = strlen(url);

	if (strncmp(url, "http://", 7) && strncmp(url, "https://", 8)) {
		const char *login_end = strrchr(text, '@');

		fault(loader, "%s: \"%s%s\" is not a URL; allowed: http://… or https://…",
		      setting->name, login_end ? "***" : "", login_end ? login_end : text);
		free(url);
		return;
	}
	while (setting->type == SETTING_URL && length && url[length - 1] == '/')
		url[--length] = '\0';
	*(const char **)field_of(loader, setting) = url;
}

static void set_address(struct loader *loader, const struct setting *setting, const char *text)
{
	const char *colon = strrchr(text, ':');
	int64_t port;

	if (!colon || colon == text || colon - text > HOST_MAX ||
	    !parse_integer(colon + 1, &port) || port < 0 || port > 65535) {
		fault(loader, "%s: \"%s\" is not an address; allowed: HOST:PORT", setting->name,
		      text);
		return;
	}
	*(const char **)field_of(loader, setting) = xstrdup(text);
}

static void set_value(struct loader *loader, const struct setting *setting, const char *text)
{
	switch (setting->type) {
	case SETTING_TEXT:
	case SETTING_SECRET:
		*(const char **)field_of(loader, setting) = xstrdup(text);
		break;
	case SETTING_URL:
	case SETTING_WEBHOOK:
		set_url(loader, setting, text);
		break;
	case SETTING_INTEGER:
	case SETTING_BYTES:
	case SETTING_ID:
		set_number(loader, setting, text);
		break;
	case SETTING_IDS:
		set_ids(loader, setting, text);
		break;
	case SETTING_CHOICE:
		set_choice(loader, setting, text);
		break;
	case SETTING_ADDRESS:
		set_address(loader, setting, text);
		break;
	}
}

static bool is_text(const struct setting *setting)
{
	switch (setting->type) {
	case SETTING_TEXT:
	case SETTING_SECRET:
	case SETTING_URL:
	case SETTING_WEBHOOK:
	case SETTING_ADDRESS:
		return true;
	case SETTING_INTEGER:
	case SETTING_BYTES:
	case SETTING_ID:
	case SETTING_IDS:
	case SETTING_CHOICE:
		return false;
	}
	return false;
}

/* --- secrets --- */

static char *read_secret_file(struct loader *loader, const char *name, const char *path)
{
	struct buffer file = { 0 };
	char *secret = NULL, *text;
	size_t length;
	struct why why;

	if (!file_read(path, SECRET_FILE_MAX, &file, &why)) {
		fault(loader, "%s_FILE: %s (read as uid %d)", name, why.text, (int)getuid());
		buffer_finish(&file);
		return NULL;
	}
	text = text_of_file(&file, &why);
	length = text ? strcspn(text, "\r\n") : 0;
	if (!text)
		fault(loader, "%s_FILE: %s %s", name, path, why.text);
	else if (length == 0)
		fault(loader, "%s_FILE: %s is empty, or its first line is", name, path);
	else if (text[length + strspn(text + length, " \t\r\n")] != '\0')
		fault(loader, "%s_FILE: %s has more than a line", name, path);
	else
		secret = xstrndup(text, length);
	explicit_bzero(file.data, file.capacity);
	buffer_finish(&file);
	return secret;
}

/* The value of the secret `name`, or that in the file that `name`_FILE names; NULL: neither is
 * set, or there was a fault. For the caller to free. */
static char *read_secret(struct loader *loader, const char *name)
{
	const char *value = look_up(loader, name);
	char file[SECRET_NAME_MAX + sizeof("_FILE")];
	const char *path;

	snprintf(file, sizeof(file), "%s_FILE", name);
	path = look_up(loader, file);
	if (value && path) {
		fault(loader, "%s and %s are both set; set one of them", name, file);
		return NULL;
	}
	if (path)
		return read_secret_file(loader, name, path);
	return value ? xstrdup(value) : NULL;
}

static void set_secret(struct loader *loader, const struct setting *setting)
{
	const char *secret = read_secret(loader, setting->name);

	if (secret)
		*(const char **)field_of(loader, setting) = secret;
	log_secret(*(const char **)field_of(loader, setting));
}

static void wipe_secret(const char *name)
{
	char *value = getenv(name);

	if (value)
		explicit_bzero(value, strlen(value));
	unsetenv(name);
}

const char *settings_find_text(const struct settings *settings, const char *name)
{
	const struct setting *setting = find_setting(name, strlen(name));

	if (!setting || setting->type != SETTING_TEXT)
		return NULL;
	return *(const char *const *)(const void *)((const char *)settings + setting->offset);
}

bool settings_names_module_key(const char *name)
{
	const size_t length = strlen(name);

	return length > strlen("KORONE_"
			       "_KEY") &&
	       length < SECRET_NAME_MAX && !strncmp(name, "KORONE_", 7) &&
	       !strcmp(name + length - 4, "_KEY") &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == length &&
	       !find_setting(name, length);
}

/* Whether a variable has the key of a module, or as NAME_FILE names the file that has it: `out` is
 * NAME. */
static bool take_module_key(const char *variable, size_t length, char out[SECRET_NAME_MAX])
{
	if (length >= SECRET_NAME_MAX)
		return false;
	memcpy(out, variable, length);
	out[length] = '\0';
	if (length > 5 && !strcmp(out + length - 5, "_FILE"))
		out[length - 5] = '\0';
	return settings_names_module_key(out);
}

/* The values of all secrets, including those that this program does not read, so that nothing
 * forked or executed later can find them. */
static void wipe_secrets(void)
{
	char **entry = environ;

	for (size_t i = 0; i < settings_count; i++)
		if (settings_table[i].type == SETTING_SECRET)
			wipe_secret(settings_table[i].name);
	while (*entry) {
		char *name = xstrndup(*entry, strcspn(*entry, "="));

		/* What is unset moves the others up. */
		if (settings_names_module_key(name))
			wipe_secret(name);
		else
			entry++;
		free(name);
	}
}

/* --- keys of modules --- */

static void add_module_key(struct loader *loader, const char *name)
{
	struct module_keys *keys = &loader->out->module_keys;
	char *value;

	for (size_t i = 0; i < keys->count; i++)
		if (!strcmp(keys->all[i].name, name))
			return; /* in the environment and in the file */
	value = read_secret(loader, name);
	if (!value)
		return;
	log_secret(value);
	array_reserve(keys->all, &keys->capacity, keys->count + 1);
	keys->all[keys->count++] = (struct module_key) { xstrdup(name), value };
}

/* The table does not know their names: each module has its own. */
static void read_module_keys(struct loader *loader)
{
	char name[SECRET_NAME_MAX];

	for (char **entry = environ; *entry; entry++)
		if (take_module_key(*entry, strcspn(*entry, "="), name))
			add_module_key(loader, name);
	for (size_t i = 0; i < loader->file_count; i++)
		if (take_module_key(loader->file[i].name, strlen(loader->file[i].name), name))
			add_module_key(loader, name);
}

/* --- whole tables --- */

static void set_defaults(struct loader *loader)
{
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings_table[i];

		if (is_text(setting))
			*(const char **)field_of(loader, setting) = setting->fallback
									    ? setting->fallback
									    : "";
		else if (setting->fallback)
			set_value(loader, setting, setting->fallback);
	}
}

static bool is_known(const char *name, size_t length)
{
	const struct setting *setting = NULL;
	char key[SECRET_NAME_MAX];

	if (find_setting(name, length) || take_module_key(name, length, key))
		return true;
	if (length > 5 && !strncmp(name + length - 5, "_FILE", 5))
		setting = find_setting(name, length - 5);
	return setting && setting->type == SETTING_SECRET;
}

/* In the environment others have names, too, also Kubernetes for its services; in the env file
 * every name is meant for us, and one that has no effect would be missed. */
static void check_names(struct loader *loader)
{
	for (char **entry = environ; *entry; entry++) {
		size_t length = strcspn(*entry, "=");

		if (!strncmp(*entry, "KORONE_", 7) && !is_known(*entry, length) &&
		    !is_service_link(*entry, length))
			fault(loader, "%.*s: no such setting; --help lists all", (int)length,
			      *entry);
	}
	for (size_t i = 0; i < loader->file_count; i++) {
		const char *name = loader->file[i].name;

		if (!is_known(name, strlen(name)))
			fault(loader,
			      "\"%s\" in the env file: no such setting; --sample-env lists all",
			      name);
	}
}

static bool is_set(struct loader *loader, const struct setting *setting)
{
	return !is_text(setting) || **(const char **)field_of(loader, setting);
}

static void read_settings(struct loader *loader)
{
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings_table[i];
		const char *value;
		bool failed_before = loader->failed;

		if (!(setting->readers & loader->program))
			continue;
		loader->failed = false;
		if (setting->type == SETTING_SECRET)
			set_secret(loader, setting);
		else if ((value = look_up(loader, setting->name)))
			set_value(loader, setting, value);
		if (!loader->failed && setting->required & loader->program &&
		    !is_set(loader, setting))
			fault(loader, "%s: is required. %s%s%s%s", setting->name, setting->help,
			      setting->type == SETTING_SECRET ? " Set it, or " : " Set it.",
			      setting->type == SETTING_SECRET ? setting->name : "",
			      setting->type == SETTING_SECRET ? "_FILE to a file that has it."
							      : "");
		loader->failed |= failed_before;
	}
}

static const char *default_health_listen(enum program_id program)
{
	switch (program) {
	case PROGRAM_INGRESS:
		return "127.0.0.1:9101";
	case PROGRAM_WORKER:
		return "127.0.0.1:9102";
	case PROGRAM_RECORDER:
		return "127.0.0.1:9103";
	case PROGRAM_CRASHD:
		return "127.0.0.1:9104";
	case PROGRAM_KORONECTL:
		return "";
	}
	return "";
}

static void expand_run_dir(struct settings *settings, const char **endpoint)
{
	static const char prefix[] = "ipc://$KORONE_RUN_DIR/";

	if (!strncmp(*endpoint, prefix, sizeof(prefix) - 1))
		*endpoint = xasprintf("ipc://%s/%s", settings->run_dir,
				      *endpoint + sizeof(prefix) - 1);
}

static bool token_has_shape(const char *token)
{
	size_t digits = strspn(token, "0123456789");

	return digits > 0 && digits <= BOT_ID_DIGITS_MAX && token[digits] == ':' &&
	       strlen(token + digits + 1) >= 10 && !token[strcspn(token, " /?#%\t\r\n")];
}

/* Empty: the program has no such link. */
static void check_endpoint(struct loader *loader, const char *name, const char *endpoint)
{
	struct why why;

	if (*endpoint && !endpoint_check(endpoint, *loader->out->curve_dir != '\0', &why))
		fault(loader, "%s: %s", name, why.text);
}

/* One that is not there yet is made. koronectl looks into those of another user. */
static void check_directory(struct loader *loader, const char *name, const char *path)
{
	struct why why;

	if (loader->program != PROGRAM_KORONECTL && access(path, F_OK) == 0 &&
	    !directory_check(path, &why))
		fault(loader, "%s: %s", name, why.text);
}

static bool is_webhook_secret(const char *secret)
{
	return strlen(secret) <= 256 &&
	       !secret[strspn(secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_-")];
}

bool settings_api_is_public(const struct settings *settings)
{
	static const char public[] = "https://api.telegram.org";

	return !strncmp(settings->api_url, public, sizeof(public) - 1) &&
	       strchr(":/", settings->api_url[sizeof(public) - 1]);
}

int64_t settings_upload_max(const struct settings *settings)
{
	return settings_api_is_public(settings) ? INT64_C(50000000) : INT64_C(2000000000);
}

int64_t settings_download_max(const struct settings *settings)
{
	return settings_api_is_public(settings) ? INT64_C(20) << 20 : settings_upload_max(settings);
}

static void check_webhook(struct loader *loader)
{
	const struct settings *settings = loader->out;
	bool is_public = settings_api_is_public(settings);
	struct why why;

	if (*settings->webhook_secret && !is_webhook_secret(settings->webhook_secret))
		fault(loader, "KORONE_WEBHOOK_SECRET: is not what Telegram accepts; allowed: 1 to "
			      "256 of A-Z a-z 0-9 _ -");
	if (!*settings->webhook_url)
		return;
	if (!*settings->webhook_listen || !*settings->webhook_secret)
		fault(loader, "KORONE_WEBHOOK_URL: needs KORONE_WEBHOOK_LISTEN and "
			      "KORONE_WEBHOOK_SECRET as well");
	if (!webhook_url_check(settings->webhook_url, is_public, &why))
		fault(loader, "KORONE_WEBHOOK_URL: %s", why.text);
}

/* Faults that a single value does not show. */
static void check_together(struct loader *loader)
{
	struct settings *out = loader->out;

	if (*out->bot_token && !token_has_shape(out->bot_token))
		fault(loader, "TELEGRAM_BOT_TOKEN: does not look like a token; allowed: digits, a "
			      "colon and 35 letters, as @BotFather gives it");
	if (*out->privacy_key && strlen(out->privacy_key) < PRIVACY_KEY_MIN)
		fault(loader, "KORONE_PRIVACY_KEY: is too short; allowed: at least %d characters",
		      PRIVACY_KEY_MIN);
	if (out->pool_min > out->pool_max)
		fault(loader, "KORONE_POOL_MIN: %" PRId64 " is more than KORONE_POOL_MAX, %" PRId64,
		      out->pool_min, out->pool_max);
	check_webhook(loader);
	check_directory(loader, "KORONE_RUN_DIR", out->run_dir);
	check_directory(loader, "KORONE_STATE_DIR", out->state_dir);
	if (!*out->health_listen)
		out->health_listen = default_health_listen(loader->program);
	expand_run_dir(out, &out->updates_endpoint);
	expand_run_dir(out, &out->sightings_endpoint);
	expand_run_dir(out, &out->crashes_endpoint);
	check_endpoint(loader, "KORONE_UPDATES_ENDPOINT", out->updates_endpoint);
	check_endpoint(loader, "KORONE_SIGHTINGS_ENDPOINT", out->sightings_endpoint);
	check_endpoint(loader, "KORONE_CRASHES_ENDPOINT", out->crashes_endpoint);
}

static void free_pairs(struct loader *loader)
{
	for (size_t i = 0; i < loader->file_count; i++) {
		explicit_bzero(loader->file[i].value, strlen(loader->file[i].value));
		free(loader->file[i].name);
		free(loader->file[i].value);
	}
	free(loader->file);
}

bool settings_load(struct settings *out, enum program_id program, const char *env_file,
		   FILE *faults)
{
	struct loader loader = { .out = out, .program = program, .faults = faults };

	*out = (struct settings) { 0 };
	if (env_file)
		read_env_file(&loader, env_file);
	set_defaults(&loader);
	check_names(&loader);
	read_settings(&loader);
	if (program == PROGRAM_WORKER)
		read_module_keys(&loader);
	check_together(&loader);
	wipe_secrets();
	free_pairs(&loader);
	return !loader.failed;
}
