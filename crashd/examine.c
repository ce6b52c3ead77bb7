/* examine.c - takes captures one at a time through the helper, and logs one notice per report,
 * without the update. */
#include "crashd/examine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/capture.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/walls.h"
#include "common/xalloc.h"
#include "crashd/helper.h"
#include "crashd/machine.h"
#include "crashd/metrics.h"
#include "crashd/report.h"
#include "crashd/storm.h"

#define LOG_SUBSYSTEM "report"

#define MEMORY_KEPT (512u << 10)

struct examiner {
	struct examiner_options options;
	struct helper *helper;
	/* the current capture */
	struct store_entry entry;
	struct buffer memory;
	struct capture capture;
	struct storm storm;
	bool missing_wall_logged;
};

static void log_report(const struct report *report)
{
	char place[300];

	snprintf(place, sizeof(place), "%.*s:%" PRIu32, (int)report->file.length,
		 report->file.length > 0 ? report->file.data : "", report->line);
	log_context_trace(&report->trace);
	log_notice("crash", log_bytes("title", report->title.data, report->title.length),
		   log_bytes("reason", report->message.data, report->message.length),
		   log_bytes("crashed_process", report->process.data, report->process.length),
		   log_bytes("module", report->module.data, report->module.length),
		   log_bytes("handler", report->handler.data, report->handler.length),
		   log_unsigned("attempt", report->attempt),
		   log_bytes("signal", report->type.data, report->type.length),
		   log_bytes("function", report->function.data, report->function.length),
		   log_text("place", place));
	log_context_trace(NULL);
}

/* Equal for equal faults: the first 8 bytes of the fingerprint. */
static uint64_t group_of(const struct report *report)
{
	char digits[17];

	memcpy(digits, report->fingerprint.data, 16);
	digits[16] = '\0';
	return strtoull(digits, NULL, 16);
}

/* On a full disk the capture is removed first: it is larger, so its report fits. */
static bool put_report(struct examiner *examiner, const struct report *report)
{
	struct store *store = examiner->options.store;
	const struct trace_id *id = &examiner->entry.id;
	struct buffer bytes = { 0 };
	struct why why;
	bool is_stored;

	report_encode(report, &bytes);
	is_stored = crash_store_put(store, STORE_REPORT, id, group_of(report),
				    buffer_unread(&bytes), buffer_unread_size(&bytes), &why);
	if (!is_stored) {
		crash_store_remove(store, STORE_CAPTURE, id);
		is_stored = crash_store_put(store, STORE_REPORT, id, group_of(report),
					    buffer_unread(&bytes), buffer_unread_size(&bytes),
					    &why);
	}
	buffer_finish(&bytes);
	if (!is_stored) {
		metric_add(&crashd_store_errors, 1);
		log_error("report lost: cannot write it", log_text("error", why.text));
	}
	return is_stored;
}

/* The log has every one in full; Logfire needs one in full, and the others only to be found. */
static void lighten_in_storm(struct examiner *examiner, struct report *report)
{
	struct storm_place place = { .trace = report->trace, .span = report->span };
	struct storm_place full;

	if (storm_count(&examiner->storm, group_of(report), &place,
			loop_now_ms(examiner->options.loop), &full)) {
		report_lighten(report, &full.trace, &full.span);
		metric_add(&crashd_light, 1);
	}
}

static void finish_capture(struct examiner *examiner, const struct frames *frames,
			   const char *fault)
{
	struct arena arena = { 0 };
	struct report report;

	report_make(examiner->options.scrubber, &examiner->capture, &examiner->entry.id, frames,
		    fault, &arena, &report);
	log_report(&report);
	incidents_count(examiner->options.incidents, &report);
	lighten_in_storm(examiner, &report);
	if (!examiner->options.keeps_reports || !put_report(examiner, &report)) {
		dedup_add(examiner->options.delivered, &examiner->entry.id);
		crash_store_remove(examiner->options.store, STORE_CAPTURE, &examiner->entry.id);
	}
	arena_finish(&arena);
	explicit_bzero(examiner->memory.data, examiner->memory.capacity); /* the stack */
	buffer_trim(&examiner->memory, MEMORY_KEPT);
	examiner->options.fn(examiner->options.owner);
}

static void watch_walls(struct examiner *examiner)
{
	int walls = helper_walls(examiner->helper);

	if (walls < 0 || examiner->missing_wall_logged || walls == WALLS_ALL)
		return;
	examiner->missing_wall_logged = true;
	log_warn("going on without a wall around the symbolizer: a file that was made to take it "
		 "over "
		 "could have it read every file of this user, the Logfire token among them",
		 log_text("walls", walls_text((uint32_t)walls)));
}

static void on_traced(void *owner, const struct frames *frames, const char *fault, double seconds)
{
	struct examiner *examiner = owner;

	metric_observe(&crashd_symbolize, seconds);
	if (fault[0] != '\0')
		metric_add(&crashd_symbolize_faults, 1);
	watch_walls(examiner);
	finish_capture(examiner, frames, fault);
	examiner_pump(examiner);
}

static bool read_capture(struct examiner *examiner)
{
	struct why why;

	if (crash_store_read(examiner->options.store, STORE_CAPTURE, &examiner->entry.id,
			     &examiner->memory, &why) &&
	    capture_decode(buffer_unread(&examiner->memory), buffer_unread_size(&examiner->memory),
			   &examiner->capture, &why)) {
		if (examiner->capture.ended_ns == 0)
			examiner->capture.ended_ns = clock_utc_ns();
		if (examiner->capture.started_ns == 0)
			examiner->capture.started_ns = examiner->capture.ended_ns;
		return true;
	}
	log_error("cannot read a stored capture; dropping it", log_text("error", why.text));
	crash_store_remove(examiner->options.store, STORE_CAPTURE, &examiner->entry.id);
	return false;
}

/* True when the helper has it. */
static bool begin_capture(struct examiner *examiner)
{
	static const struct frames none = { .note = { .data = "", .length = 0 } };
	struct why why;

	if (!read_capture(examiner))
		return false;
	if (examiner->capture.stack.length == 0 && machine_pc(&examiner->capture) == 0) {
		finish_capture(examiner, &none, ""); /* there is nothing to unwind */
		return false;
	}
	if (helper_start(examiner->helper, &examiner->capture, &why))
		return true;
	finish_capture(examiner, &none, why.text);
	return false;
}

void examiner_pump(struct examiner *examiner)
{
	while (!helper_is_busy(examiner->helper) &&
	       crash_store_claim(examiner->options.store, STORE_CAPTURE, 0, INT64_MIN,
				 &examiner->entry))
		if (begin_capture(examiner))
			return;
}

struct examiner *examiner_create(const struct examiner_options *options)
{
	struct examiner *examiner = xcalloc(1, sizeof(*examiner));

	examiner->options = *options;
	examiner->helper = helper_create(options->loop, options->symbols, on_traced, examiner);
	return examiner;
}

void examiner_destroy(struct examiner *examiner)
{
	if (!examiner)
		return;
	helper_destroy(examiner->helper);
	buffer_finish(&examiner->memory);
	free(examiner);
}

int examiner_walls(const struct examiner *examiner)
{
	return helper_walls(examiner->helper);
}
