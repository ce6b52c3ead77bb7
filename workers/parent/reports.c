/* reports.c - what crashd is told: how a process ended, or that a handler failed, with the update
 * that it was handling. */
#include "workers/parent/pool.h"

#include <string.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/random.h"

#define LOG_SUBSYSTEM "parent"
#include "common/log.h"

static void add_place(const struct pool *pool, struct capture *capture, const char *process,
		      const struct nursery_link *nursery)
{
	capture->process = text_of(process);
	capture->pool = text_of(pool->host);
	capture->host = text_of(pool->host);
	capture->version = text_of(KORONE_VERSION);
	capture->build_id = text_of(nursery_link_build_id(nursery));
	capture->ended_ns = clock_utc_ns();
	capture->update_mode = pool->settings->crash_update;
}

static void add_update(const struct pool *pool, struct capture *capture, const struct item *item)
{
	capture->trace = item->trace;
	capture->attempt = item->attempt;
	capture->update_id = item->update_id;
	capture->started_ns = item->began_ns;
	/* The body of an incident is written by ingress; it is not the update. */
	if (pool->settings->crash_update != CRASH_UPDATE_NONE && !(item->flags & ITEM_INCIDENT))
		capture->update = (struct text) { (const char *)item->body, item->size };
}

void report_death(struct pool *pool, const struct dead_process *dead, const struct death *death,
		  const struct exit_reason *exit_reason, const struct item *item)
{
	struct capture capture = { 0 };

	capture_from_slot(dead->slot, &capture);
	add_place(pool, &capture, dead->name, dead->nursery);
	capture.kind = exit_reason->kind;
	capture.pid = (uint32_t)dead->pid;
	if (WIFEXITED(death->status))
		capture.exit_status = WEXITSTATUS(death->status);
	else if (!capture.signo)
		capture.signo = WTERMSIG(death->status);
	if (item)
		add_update(pool, &capture, item);
	else
		capture.trace = trace_id_make();
	crash_link_report(pool->crashes, &capture);
}

void report_failure(struct pool *pool, const struct child_record *child, const struct item *item,
		    struct text failure)
{
	struct capture capture = { .kind = CAPTURE_ERROR, .pid = (uint32_t)child->pid };
	struct cursor cursor = cursor_make(failure.data, failure.length);

	cursor_expect_array(&cursor, 6);
	capture.module = cursor_text(&cursor);
	capture.handler = cursor_text(&cursor);
	capture.file = cursor_text(&cursor);
	capture.function = cursor_text(&cursor);
	capture.line = (uint32_t)cursor_uint(&cursor);
	capture.message = cursor_text(&cursor);
	add_place(pool, &capture, "child", child->nursery);
	add_update(pool, &capture, item);
	log_context_trace(&item->trace);
	log_warn("handler failed", log_bytes("module", capture.module.data, capture.module.length),
		 log_bytes("handler", capture.handler.data, capture.handler.length),
		 log_bytes("reason", capture.message.data, capture.message.length));
	log_context_trace(NULL);
	crash_link_report(pool->crashes, &capture);
}
