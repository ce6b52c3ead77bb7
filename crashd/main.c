/* main.c - crashd: takes captures of crashes from all processes, turns each into a readable report
 * and sends it to Logfire. */
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/capture.h"
#include "common/files.h"
#include "common/health.h"
#include "common/log.h"
#include "common/program.h"
#include "common/xalloc.h"
#include "crashd/capture_server.h"
#include "crashd/control.h"
#include "crashd/dedup.h"
#include "crashd/examine.h"
#include "crashd/forward.h"
#include "crashd/incidents.h"
#include "crashd/metrics.h"
#include "crashd/scrub.h"
#include "crashd/status.h"
#include "crashd/store.h"
#include "crashd/symbols.h"
#include "crashd/zygote.h"

#define LOG_SUBSYSTEM "crashd"

#define LAST_UPLOADS_MS 3000u /* for uploads in flight, at the end */

static bool check(const struct settings *settings, bool only, FILE *faults)
{
	(void)only;
	return forward_check(settings->logfire_token, faults);
}

static const struct program program = {
	.name = "korone-crashd",
	.process = "crashd",
	.id = PROGRAM_CRASHD,
	.summary = "Turns crashes of the other processes into reports and sends them to Logfire.",
	.check = check,
};

struct crashd {
	struct loop *loop;
	struct loop_timer end;
	struct store *store;
	struct dedup *delivered;
	struct symbols *symbols;
	struct incidents *incidents;
	struct scrubber *scrubber;
	struct examiner *examiner;
	struct forward *forward;
	bool is_ending;
};

static void on_capture_stored(void *owner)
{
	struct crashd *crashd = owner;

	if (!crashd->is_ending)
		examiner_pump(crashd->examiner);
}

static void on_report_made(void *owner)
{
	struct crashd *crashd = owner;

	forward_pump(crashd->forward);
}

static void end_when_sent(struct crashd *crashd)
{
	if (crashd->is_ending && forward_busy(crashd->forward) == 0)
		loop_stop(crashd->loop);
}

static void on_report_left(void *owner, enum destination_verdict verdict)
{
	struct crashd *crashd = owner;
	bool is_accepted = verdict == DESTINATION_ACCEPTED;

	metric_add_at(&crashd_reports, is_accepted ? REPORT_DELIVERED : REPORT_REJECTED, 0, 1);
	end_when_sent(crashd);
}

static void on_end(void *owner)
{
	struct crashd *crashd = owner;

	loop_stop(crashd->loop);
}

/* What is not sent stays on disk; uploads in flight may still be answered. */
static void on_signal(void *owner, int signo)
{
	struct crashd *crashd = owner;

	(void)signo;
	crashd->is_ending = true;
	forward_stop(crashd->forward);
	loop_timer_set(crashd->loop, &crashd->end, LAST_UPLOADS_MS);
	end_when_sent(crashd);
}

/* The other programs are installed next to this one. */
static char *programs_directory(void)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[length > 0 ? length : 0] = '\0';
	return xstrdup(dirname(path));
}

static char *open_state(const struct settings *settings)
{
	char *state = xasprintf("%s/%s", settings->state_dir, program.process);
	struct why why;

	if (!directory_make(state, &why) || directory_lock(state, &why) < 0)
		fatal(EX_IOERR, "cannot use KORONE_STATE_DIR", log_text("error", why.text));
	if (!capture_install_file(state, program.process, &why))
		fatal(EX_IOERR, "cannot use KORONE_STATE_DIR", log_text("error", why.text));
	return state;
}

static void open_files(struct crashd *crashd, const char *state)
{
	char *reports = xasprintf("%s/reports", state);
	char *delivered = xasprintf("%s/delivered", state);
	char *symbols = xasprintf("%s/symbols", state);
	char *incidents = xasprintf("%s/incidents", state);
	char *programs = programs_directory();
	size_t torn = 0;
	struct why why;

	crashd->store = crash_store_open(reports, &torn, &why);
	if (crashd->store)
		crashd->delivered = dedup_open(delivered, &why);
	if (crashd->delivered)
		crashd->symbols = symbols_open(symbols, programs, &why);
	if (!crashd->symbols)
		fatal(EX_IOERR, "cannot use KORONE_STATE_DIR", log_text("error", why.text));
	if (torn > 0)
		log_warn("removed incomplete files", log_unsigned("count", torn));
	crashd->incidents = incidents_open(incidents);
	free(incidents);
	free(reports);
	free(delivered);
	free(symbols);
	free(programs);
}

static struct health *open_health(const struct settings *settings)
{
	struct why why;
	struct health *health = health_start(program.process, settings->health_listen,
					     &health_default_limits, &why);

	if (!health)
		fatal(EX_UNAVAILABLE, "cannot serve KORONE_HEALTH_LISTEN",
		      log_text("error", why.text));
	return health;
}

static struct forward *open_forward(struct crashd *crashd, const struct settings *settings,
				    const char *state)
{
	struct why why;
	struct forward *forward = forward_create(
		&(struct forward_options) {
			.loop = crashd->loop,
			.settings = settings,
			.directory = state,
			.store = crashd->store,
			.delivered = crashd->delivered,
			.fn = on_report_left,
			.owner = crashd,
		},
		&why);

	if (!forward)
		fatal(EX_CONFIG, "cannot forward reports", log_text("error", why.text));
	return forward;
}

int main(int argc, char **argv)
{
	program_harden();
	zygote_run_if_wanted(argc, argv);

	const struct settings *settings = program_start(&program, argc, argv);
	struct crashd crashd = { .is_ending = false };
	struct why why;

	crashd_metrics_register();
	char *state = open_state(settings);
	open_files(&crashd, state);

	crashd.loop = loop_create();
	crashd.end = (struct loop_timer) { .fn = on_end, .owner = &crashd };
	loop_on_signal(crashd.loop, SIGTERM, on_signal, &crashd);
	loop_on_signal(crashd.loop, SIGINT, on_signal, &crashd);
	struct health *health = open_health(settings);

	crashd.forward = open_forward(&crashd, settings, state);
	crashd.scrubber = scrubber_create(&pattern_default_limits);
	crashd.examiner = examiner_create(&(struct examiner_options) {
		.loop = crashd.loop,
		.symbols = symbols_directory(crashd.symbols),
		.store = crashd.store,
		.delivered = crashd.delivered,
		.incidents = crashd.incidents,
		.scrubber = crashd.scrubber,
		.keeps_reports = !forward_is_off(crashd.forward),
		.fn = on_report_made,
		.owner = &crashd,
	});
	struct zcontext *context = zcontext_create(1);
	struct capture_server *capture_server = capture_server_open(
		context,
		&(struct capture_server_options) {
			.loop = crashd.loop,
			.settings = settings,
			.store = crashd.store,
			.delivered = crashd.delivered,
			.fn = on_capture_stored,
			.owner = &crashd,
		},
		&why);
	if (!capture_server)
		fatal(EX_UNAVAILABLE, "cannot serve KORONE_CRASHES_ENDPOINT",
		      log_text("error", why.text));
	struct control *control = crashd_control_open(crashd.loop, settings, crashd.incidents,
						      crashd.store, &why);
	if (!control)
		fatal(EX_CANTCREAT, "cannot serve koronectl in KORONE_RUN_DIR",
		      log_text("error", why.text));
	struct status *status = crashd_status_create(crashd.loop, health, settings, crashd.store,
						     crashd.symbols, crashd.incidents,
						     crashd.examiner, crashd.forward);

	/* captures left from the last run */
	capture_server_take_own(crashd.store, state);
	examiner_pump(crashd.examiner);
	forward_pump(crashd.forward);
	health_watch_loop(health, crashd.loop);
	log_notice("started", log_text("version", KORONE_VERSION),
		   log_signed("health_port", health_port(health)),
		   log_text("logfire", forward_state(crashd.forward)));
	loop_run(crashd.loop);

	health_watch_loop(health, NULL);
	crashd_control_close(control);
	crashd_status_destroy(status);
	capture_server_close(capture_server);
	zcontext_destroy(context);
	examiner_destroy(crashd.examiner);
	scrubber_destroy(crashd.scrubber);
	forward_destroy(crashd.forward);
	health_stop(health);
	loop_timer_clear(crashd.loop, &crashd.end);
	loop_destroy(crashd.loop);
	incidents_close(crashd.incidents);
	symbols_close(crashd.symbols);
	dedup_close(crashd.delivered);
	crash_store_close(crashd.store);
	free(state);
	log_notice("stopped");
	return EX_OK;
}
