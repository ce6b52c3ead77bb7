/* module.h - everything that a handler module sees of CKorone: the headers of workers/api, by
 * subject. A module is one file in workers/modules/ that includes this header: small static
 * functions, and at the end a `const struct module` whose routes tell which updates it wants.
 * workers/modules/README.md is the guide.
 *
 *     static enum verdict ping(struct ctx *ctx, const struct command *cmd)
 *     {
 *             return ctx_reply(ctx, "pong %s", cmd->args);
 *     }
 *
 *     static const struct route routes[] = {
 *             COMMAND("ping", ping, .help = N_("see whether the bot is awake")),
 *             END_OF_ROUTES,
 *     };
 *
 *     const struct module ping_module = { .name = "ping", .title = N_("Ping"), .routes = routes };
 *
 * A handler is plain blocking code: one update, one process. It has nothing to free: what `ctx`
 * returns lives until the handler returns. Its replies, at most 4096 and 16 MiB of them, are queued
 * until then, so a handler that fails half-way, or crashes, has said nothing. Texts are UTF-8, end
 * with NUL and are never NULL; a missing one is "". Only functions with `find` in their name may
 * return NULL. */
#ifndef WORKERS_MODULE_H
#define WORKERS_MODULE_H

#include "common/settings.h"
#include "common/why.h"
#include "workers/api/acts.h"
#include "workers/api/answers.h"
#include "workers/api/briefs.h"
#include "workers/api/calls.h"
#include "workers/api/context.h"
#include "workers/api/drafts.h"
#include "workers/api/enter.h"
#include "workers/api/events.h"
#include "workers/api/facts.h"
#include "workers/api/fields.h"
#include "workers/api/files.h"
#include "workers/api/forms.h"
#include "workers/api/inline.h"
#include "workers/api/jobs.h"
#include "workers/api/kept.h"
#include "workers/api/keyboards.h"
#include "workers/api/later.h"
#include "workers/api/log.h"
#include "workers/api/messages.h"
#include "workers/api/names.h"
#include "workers/api/options.h"
#include "workers/api/payments.h"
#include "workers/api/people.h"
#include "workers/api/pictures.h"
#include "workers/api/programs.h"
#include "workers/api/rights.h"
#include "workers/api/routes.h"
#include "workers/api/slugs.h"
#include "workers/api/stores.h"
#include "workers/api/system.h"
#include "workers/api/translations.h"
#include "workers/api/verdict.h"
#include "workers/api/web.h"

struct module {
	const char *name;  /* as in KORONE_MODULES_LOAD: at most 31 characters of a-z 0-9 _ */
	const char *title; /* its heading in /help, marked with N_(); NULL: not listed */
	const char *icon;  /* an emoji before the title */
	const char
		*about; /* on its page of /help, marked with N_(): what its commands do not tell */
	/* open() returns what ctx_state() gives. It is called once, when the program starts, before
	 * any connection and before the processes that run handlers are forked. NULL and a reason:
	 * the program does not start. Both functions are optional. */
	void *(*open)(const struct settings *settings, struct why *why);
	void (*close)(void *state);
	const struct route *routes;
	/* What its handlers open: files, or directories with everything in them, by absolute paths,
	 * ending with NULL; open() may fill them in. The processes that run handlers can open
	 * nothing else, start no program and signal nobody; open() can, and what it leaves open
	 * stays open. What the system's libraries need is open, too: workers/modules/README.md. */
	const char *const *reads;
	const char *const *writes;       /* read, written, made and removed */
	const struct field *options;     /* what is chosen in each chat: options.h */
	const struct form *forms;        /* what it asks in several steps: forms.h */
	const struct fact_kind *facts;   /* what it keeps about people: FACTS(…), at most 32 */
	const struct warnings *warnings; /* what ACTION_WARN is: of one module */
	exempts_fn *exempts;             /* whom rules leave alone: of one module */
	const struct web_host *hosts;    /* what it fetches from: HOSTS(…) */
	/* What ctx_run() may start: PROGRAMS("ffmpeg"). A missing one is logged; the module asks
	 * ctx_has_program(), or a row has it as its `.program`. */
	const char *const *programs;
	unsigned programs_at_once; /* in a pool; others wait; at most 16, 0: 2 */
};

/* .reads = PATHS("/usr/share/dict/words") */
#define PATHS(...) ((const char *const[]) { __VA_ARGS__, NULL })

/* In effect to the end of the file that includes this one. */
#pragma GCC diagnostic error "-Wformat"
#pragma GCC diagnostic error "-Wformat-nonliteral"
#pragma GCC diagnostic error "-Wformat-security"

#endif
