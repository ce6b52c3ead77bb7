/* settings.h - the settings of all programs: one sorted table of names, types, ranges and defaults.
 *
 * One env file serves every program, so the table is shared and each row says who reads it. --help,
 * --check-config, the sample env file and docs are printed from the table. A secret X may come from
 * the file named by X_FILE. Unknown KORONE_* names, any unknown name in an env file, values out of
 * range and missing required settings are all reported together, each with its name, the fault and
 * what is allowed. */
#ifndef COMMON_SETTINGS_H
#define COMMON_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/log.h"

enum program_id {
	PROGRAM_INGRESS = 1 << 0,
	PROGRAM_WORKER = 1 << 1,
	PROGRAM_RECORDER = 1 << 2,
	PROGRAM_CRASHD = 1 << 3,
	PROGRAM_KORONECTL = 1 << 4,
};

enum crash_update { CRASH_UPDATE_FULL, CRASH_UPDATE_REDACTED, CRASH_UPDATE_NONE };
enum botapi_newer { BOTAPI_NEWER_NO, BOTAPI_NEWER_YES };

struct id_list {
	int64_t *ids;
	size_t count;
};

/* KORONE_…_KEY: what a module's host wants to be shown, see `.hosts` of workers/module.h. Only the
 * worker reads them. */
struct module_keys {
	struct module_key {
		const char *name, *value; /* secret */
	} * all;
	size_t count, capacity;
};

/* Texts are never NULL unless their comment says so; an unset optional text is "". Everything lives
 * as long as the program. */
struct settings {
	/* Telegram */
	const char *bot_token; /* secret */
	const char *api_url;   /* without trailing slashes */
	const char *api_files_dir;
	/* stores */
	const char *database_url; /* secret */
	const char *redis_url;    /* secret */
	const char *privacy_key;  /* secret */
	/* Logfire */
	const char *logfire_token; /* secret */
	const char *logfire_base_url;
	const char *logfire_service_name;
	const char *logfire_environment;
	/* places */
	const char *run_dir;
	const char *state_dir;
	const char *updates_endpoint;
	const char *sightings_endpoint;
	const char *crashes_endpoint;
	const char *curve_dir;
	const char *health_listen; /* HOST:PORT; the default depends on the program */
	const char *ingress_url;   /* koronectl */
	const char *crashd_url;    /* koronectl */
	/* logging */
	enum log_format log_format;
	enum log_level log_level;
	/* ingress */
	int64_t spool_max_bytes;
	int64_t poll_timeout_s;
	const char *webhook_listen;
	const char *webhook_url;
	const char *webhook_secret; /* secret */
	int64_t max_attempts;
	/* worker */
	int64_t pool_min;
	int64_t pool_max;
	int64_t handler_timeout_ms;
	int64_t long_timeout_ms;
	int64_t child_max_updates;
	int64_t child_memory_max; /* bytes */
	int64_t send_inflight;
	int64_t job_rate; /* a second */
	const char *modules_load;
	const char *modules_not_load;
	int64_t owner_id; /* 0: none */
	struct id_list operators;
	const char *default_locale;
	const char *fetch_allow; /* ADDRESS:PORT, comma-separated */
	const char *links_sites;
	const char *yt_dlp, *gallery_dl; /* files */
	enum crash_update crash_update;
	enum botapi_newer botapi_newer;
	struct module_keys module_keys;
	/* recorder */
	int64_t recorder_batch_rows;
	int64_t recorder_batch_ms;
	/* crashd */
	int64_t crash_keep_hours;
};

enum setting_type {
	SETTING_TEXT,
	SETTING_SECRET,
	SETTING_URL,     /* without its trailing slashes */
	SETTING_WEBHOOK, /* a URL exactly as written */
	SETTING_INTEGER,
	SETTING_BYTES, /* integer with K, M, G or KiB, MiB, GiB */
	SETTING_ID,
	SETTING_IDS, /* comma-separated */
	SETTING_CHOICE,
	SETTING_ADDRESS, /* HOST:PORT */
};

struct setting {
	const char *name;
	enum setting_type type;
	unsigned readers;  /* of enum program_id */
	unsigned required; /* of enum program_id */
	size_t offset;
	const char *fallback; /* the default as text; NULL: none */
	int64_t minimum, maximum;
	const char *const *choices; /* NULL-terminated */
	const char *help;           /* one sentence */
};

extern const struct setting settings_table[];
extern const size_t settings_count;

/* Reads the environment, which wins over `env_file` (NULL: none). Prints each fault to `faults` and
 * returns false if there was one. Registers secrets with log_secret() and wipes every secret's
 * value from the environment. */
bool settings_load(struct settings *out, enum program_id program, const char *env_file,
		   FILE *faults) __attribute__((warn_unused_result));
/* NAME=value lines as the program sees them, secrets as "(set)" or "(not set)", logins in URLs and
 * the path of the webhook as ***. */
void settings_print(const struct settings *settings, enum program_id program, FILE *out);
/* Whether TELEGRAM_API_URL is Telegram's own server; any other is taken for a local one. */
bool settings_api_is_public(const struct settings *settings);
/* The largest file in bytes that the Bot API takes: 50 MB, a local server 2,000 MB (Bot API,
 * "Using a Local Bot API Server"). */
int64_t settings_upload_max(const struct settings *settings);
/* The largest that it gives: 20 MiB; of a local server what it would take again. */
int64_t settings_download_max(const struct settings *settings);
/* One entry per setting that the program reads, for --help. */
void settings_help(enum program_id program, FILE *out);
/* A commented env file with every setting. */
void settings_sample(FILE *out);
/* The value of a text by the setting's name; NULL: there is no such setting, or it has another
 * type.
 */
const char *settings_find_text(const struct settings *settings, const char *name);
/* Whether it is a name for the key of a module: KORONE_…_KEY, and no setting of the table. */
bool settings_names_module_key(const char *name);

#endif
