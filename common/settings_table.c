/* settings_table.c - every setting: who reads it, its type, range, default and a one-sentence help.
 *
 * Sorted by name within a group; --help and the sample env file print it in this order. */
#include <stddef.h>

#include "common/settings.h"
#include "common/xalloc.h"

#define I PROGRAM_INGRESS
#define W PROGRAM_WORKER
#define R PROGRAM_RECORDER
#define C PROGRAM_CRASHD
#define K PROGRAM_KORONECTL
#define ALL (I | W | R | C)

#define AT(field) .offset = offsetof(struct settings, field)
#define RANGE(low, high) .minimum = (low), .maximum = (high)
#define DAY_MS 86400000

/* Indexes are the values of the enums. */
static const char *const formats[] = { "logfmt", "json", NULL };
static const char *const levels[] = { "error", "warn", "notice", "debug", NULL };
static const char *const yes_or_no[] = { "no", "yes", NULL };
static const char *const crash_updates[] = { "full", "redacted", "none", NULL };

/* clang-format off */
const struct setting settings_table[] = {
	{ "TELEGRAM_BOT_TOKEN", SETTING_SECRET, I | W, I | W, AT(bot_token),
	  .help = "The bot's token, from @BotFather." },
	{ "TELEGRAM_API_URL", SETTING_URL, I | W, 0, AT(api_url), "https://api.telegram.org",
	  .help = "URL of the Bot API: Telegram's, a local server's or the simulator's." },

	{ "KORONE_API_FILES_DIR", SETTING_TEXT, W, 0, AT(api_files_dir), NULL,
	  .help = "Directory of the files of a local Bot API server (its --dir), by the path that it has there; pools read files of messages from it." },

	{ "DATABASE_URL", SETTING_SECRET, W | R | K, W | R, AT(database_url),
	  .help = "Postgres, as a libpq URI (postgresql://…). Workers may go through a pooler that shares sessions; the recorder must not." },
	{ "REDIS_URL", SETTING_SECRET, W | R | K, W | R, AT(redis_url),
	  .help = "Redis: redis://[user:password@]host[:port][/db] or unix://path; TLS only through a proxy." },
	{ "KORONE_PRIVACY_KEY", SETTING_SECRET, W | R | K, W | R, AT(privacy_key),
	  .help = "Key for hashing ids, at least 16 characters; must be the one that the database was filled with." },

	{ "LOGFIRE_TOKEN", SETTING_SECRET, C, 0, AT(logfire_token),
	  .help = "Write token for Pydantic Logfire; without it and LOGFIRE_BASE_URL crashes are only logged." },
	{ "LOGFIRE_BASE_URL", SETTING_URL, C, 0, AT(logfire_base_url), NULL,
	  .help = "OTLP/HTTP base URL: traces go to BASE/v1/traces. Default: from the token's region." },
	{ "LOGFIRE_SERVICE_NAME", SETTING_TEXT, C, 0, AT(logfire_service_name), "korone",
	  .help = "Resource attribute service.name." },
	{ "LOGFIRE_ENVIRONMENT", SETTING_TEXT, C, 0, AT(logfire_environment), NULL,
	  .help = "Resource attribute deployment.environment.name." },

	{ "KORONE_RUN_DIR", SETTING_TEXT, ALL | K, 0, AT(run_dir), "/run/korone",
	  .help = "Directory of the unix sockets." },
	{ "KORONE_STATE_DIR", SETTING_TEXT, ALL | K, 0, AT(state_dir), "/var/lib/korone",
	  .help = "Holds a directory per process: spool, reports, symbols, captures." },
	{ "KORONE_UPDATES_ENDPOINT", SETTING_TEXT, I | W, 0, AT(updates_endpoint), "ipc://$KORONE_RUN_DIR/updates",
	  .help = "ZeroMQ endpoint where ingress binds and pools connect." },
	{ "KORONE_SIGHTINGS_ENDPOINT", SETTING_TEXT, I | R, 0, AT(sightings_endpoint), "ipc://$KORONE_RUN_DIR/sightings",
	  .help = "ZeroMQ endpoint where ingress binds and recorders connect." },
	{ "KORONE_CRASHES_ENDPOINT", SETTING_TEXT, ALL, 0, AT(crashes_endpoint), "ipc://$KORONE_RUN_DIR/crashes",
	  .help = "ZeroMQ endpoint where crashd binds and all others connect." },
	{ "KORONE_CURVE_DIR", SETTING_TEXT, ALL | K, 0, AT(curve_dir), NULL,
	  .help = "Directory of the keys of links to other machines: NAME.key (own, secret), NAME.pub (known peers); required for tcp:// beyond loopback. Without it a key is made in the directory of the sockets." },
	{ "KORONE_HEALTH_LISTEN", SETTING_ADDRESS, ALL | K, 0, AT(health_listen), NULL,
	  .help = "HOST:PORT of /healthz, /readyz, /metrics and /status; port 0 picks one. Default: 127.0.0.1 with 9101 (ingress), 9102 (worker), 9103 (recorder), 9104 (crashd)." },
	{ "KORONE_INGRESS_URL", SETTING_URL, K, 0, AT(ingress_url), "http://127.0.0.1:9101",
	  .help = "Where koronectl reaches ingress." },
	{ "KORONE_CRASHD_URL", SETTING_URL, K, 0, AT(crashd_url), "http://127.0.0.1:9104",
	  .help = "Where koronectl reaches crashd." },

	{ "KORONE_LOG_FORMAT", SETTING_CHOICE, ALL, 0, AT(log_format), "logfmt", .choices = formats,
	  .help = "Log lines as logfmt (colour on a terminal) or JSON." },
	{ "KORONE_LOG_LEVEL", SETTING_CHOICE, ALL, 0, AT(log_level), "notice", .choices = levels,
	  .help = "The least important lines that are written." },

	{ "KORONE_SPOOL_MAX_BYTES", SETTING_BYTES, I, 0, AT(spool_max_bytes), "1GiB", RANGE(1 << 20, INT64_C(1) << 50),
	  .help = "Spool size at which polling pauses." },
	{ "KORONE_POLL_TIMEOUT_S", SETTING_INTEGER, I, 0, AT(poll_timeout_s), "50", RANGE(0, 50),
	  .help = "Duration of a long poll in seconds; with 0 it asks twice a second." },
	{ "KORONE_WEBHOOK_LISTEN", SETTING_ADDRESS, I, 0, AT(webhook_listen), NULL,
	  .help = "HOST:PORT where the webhook listens, behind the operator's TLS proxy." },
	{ "KORONE_WEBHOOK_URL", SETTING_WEBHOOK, I, 0, AT(webhook_url), NULL,
	  .help = "Public URL of the webhook; the proxy must pass on its path and query unchanged. Without it ingress polls." },
	{ "KORONE_WEBHOOK_SECRET", SETTING_SECRET, I, 0, AT(webhook_secret),
	  .help = "Secret that Telegram sends with each webhook request: 1 to 256 of A-Z a-z 0-9 _ -." },
	{ "KORONE_MAX_ATTEMPTS", SETTING_INTEGER, I, 0, AT(max_attempts), "2", RANGE(1, 10),
	  .help = "How many children may die handling an update before it becomes an incident." },

	{ "KORONE_POOL_MIN", SETTING_INTEGER, W, 0, AT(pool_min), "2", RANGE(1, 512),
	  .help = "Minimum number of children in a pool." },
	{ "KORONE_POOL_MAX", SETTING_INTEGER, W, 0, AT(pool_max), "64", RANGE(1, 512),
	  .help = "Maximum number of children in a pool." },
	{ "KORONE_HANDLER_TIMEOUT_MS", SETTING_INTEGER, W, 0, AT(handler_timeout_ms), "30000", RANGE(10, DAY_MS),
	  .help = "Milliseconds after which a handler is aborted, not counting waits for Telegram." },
	{ "KORONE_LONG_TIMEOUT_MS", SETTING_INTEGER, W, 0, AT(long_timeout_ms), "600000", RANGE(10, DAY_MS),
	  .help = "The same for a handler that released its lane." },
	{ "KORONE_CHILD_MAX_UPDATES", SETTING_INTEGER, W, 0, AT(child_max_updates), "100000", RANGE(1, INT64_C(1) << 40),
	  .help = "Number of updates after which a child is replaced." },
	{ "KORONE_CHILD_MEMORY_MAX", SETTING_BYTES, W, 0, AT(child_memory_max), "256MiB", RANGE(16 << 20, INT64_C(1) << 40),
	  .help = "Memory limit of a child." },
	{ "KORONE_SEND_INFLIGHT", SETTING_INTEGER, W, 0, AT(send_inflight), "1000", RANGE(1, 10000),
	  .help = "Maximum number of concurrent calls to Telegram." },
	{ "KORONE_JOB_RATE", SETTING_INTEGER, W, 0, AT(job_rate), "15", RANGE(1, 1000),
	  .help = "How many calls a second the jobs of a pool, such as broadcasts, may make in all chats together; Telegram lets a bot say about 30 messages a second, which answers need, too." },
	{ "KORONE_MODULES_LOAD", SETTING_TEXT, W, 0, AT(modules_load), "*",
	  .help = "Modules to load, comma-separated; * for all." },
	{ "KORONE_MODULES_NOT_LOAD", SETTING_TEXT, W, 0, AT(modules_not_load), NULL,
	  .help = "Modules not to load, comma-separated." },
	{ "KORONE_OWNER_ID", SETTING_ID, W, 0, AT(owner_id), NULL, RANGE(1, INT64_C(1) << 52),
	  .help = "Telegram id of the bot's owner, who is also an operator." },
	{ "KORONE_OPERATORS", SETTING_IDS, W, 0, AT(operators), NULL, RANGE(1, INT64_C(1) << 52),
	  .help = "Telegram ids of the operators, comma-separated." },
	{ "KORONE_DEFAULT_LOCALE", SETTING_TEXT, W, 0, AT(default_locale), "en_US",
	  .help = "Language where neither chat nor person has one." },
	{ "KORONE_FETCH_ALLOW", SETTING_TEXT, W, 0, AT(fetch_allow), NULL,
	  .help = "ADDRESS:PORT, comma-separated: private addresses that modules may fetch from all the same, such as a stand-in for tests; a host of theirs must resolve to it." },
	{ "KORONE_LINKS_SITES", SETTING_TEXT, W, 0, AT(links_sites), "all",
	  .help = "Sites whose links are answered with their media, comma-separated: all, or some of bluesky, instagram, pinterest, reddit, tiktok and x; of x, api.fxtwitter.com is asked, a third party." },
	{ "KORONE_YT_DLP", SETTING_TEXT, W, 0, AT(yt_dlp), NULL,
	  .help = "File of yt-dlp (2025.01.26 or later), by which videos of Instagram, Pinterest, Reddit and TikTok are fetched for links; without it they are not." },
	{ "KORONE_GALLERY_DL", SETTING_TEXT, W, 0, AT(gallery_dl), NULL,
	  .help = "File of gallery-dl (1.29 or later), by which their pictures are." },
	{ "KORONE_CRASH_UPDATE", SETTING_CHOICE, W, 0, AT(crash_update), "full", .choices = crash_updates,
	  .help = "What of the update goes into a crash report: full, redacted (nothing that people wrote or are called) or none." },
	{ "KORONE_BOTAPI_NEWER", SETTING_CHOICE, W, 0, AT(botapi_newer), "no", .choices = yes_or_no,
	  .help = "Whether what the program's table of the Bot API lacks is only a warning, where calls are checked: in conversations, and in a worker built with CHECKS=1." },

	{ "KORONE_RECORDER_BATCH_ROWS", SETTING_INTEGER, R, 0, AT(recorder_batch_rows), "1000", RANGE(1, 100000),
	  .help = "Number of rows at which a batch is written." },
	{ "KORONE_RECORDER_BATCH_MS", SETTING_INTEGER, R, 0, AT(recorder_batch_ms), "200", RANGE(1, 60000),
	  .help = "Milliseconds after which a batch is written." },

	{ "KORONE_CRASH_KEEP_HOURS", SETTING_INTEGER, C, 0, AT(crash_keep_hours), "24", RANGE(1, 24 * 30),
	  .help = "Hours after which a report that Logfire has not accepted is deleted." },
};
/* clang-format on */

const size_t settings_count = COUNT_OF(settings_table);
