/* fetcher.c - frames from the parent become jobs, and the ends of jobs go back. */
#include "workers/fetcher/fetcher.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/loop.h"
#include "common/pack.h"
#include "common/walls.h"
#include "common/xalloc.h"
#include "workers/fetcher/jobs.h"
#include "workers/fetcher/target.h"
#include "workers/fetcher/tunnels.h"
#include "workers/walls/calls.h"
#include "workers/walls/files.h"
#include "workers/wire/channel.h"
#include "workers/wire/nursery.h"
#include "workers/wire/scoreboard.h"
#include "workers/wire/wire.h"

#define LOG_SUBSYSTEM "fetcher"
#include "common/log.h"

#define MEMORY_MAX (256u << 20) /* 32 answers at once, what waits for the parent, and TLS */

struct fetcher {
	struct loop *loop;
	struct scoreboard *scoreboard;
	struct channels channels;
	struct channel parent;
	struct target_rules rules;
	struct jobs *jobs; /* NULL: not told what to do yet */
	struct tunnels *tunnels;
	bool leaving;
};

/* --- walls ------------------------------------------------------------------------------------ */

static bool close_files(struct why *why)
{
	struct landlock_paths paths = { 0 };
	bool closed;

	walls_add_system_files(&paths);
	closed = landlock_enter_paths(&paths, why);
	landlock_finish(&paths);
	return closed;
}

static void limit_memory(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	const struct rlimit limit = { MEMORY_MAX, MEMORY_MAX };

	if (setrlimit(RLIMIT_DATA, &limit) < 0)
		log_warn("going on without a memory limit");
#endif
}

static void confine(struct fetcher *fetcher)
{
	struct wire_ready ready = { 0 };
	struct why files = { "" }, calls = { "" }, missing;

	limit_memory();
	walls_drop_capabilities();
	if (close_files(&files))
		ready.walls |= 1u << WALL_FILES;
	if (call_filter_enter(&walls_calls, &calls))
		ready.walls |= 1u << WALL_CALLS;
	why_set(&missing, "%s%s%s", files.text, files.text[0] && calls.text[0] ? "; " : "",
		calls.text);
	frame_append(channel_out(&fetcher->parent), WIRE_FETCHER_READY, &ready, sizeof(ready),
		     missing.text, strlen(missing.text));
}

/* --- to the parent ---------------------------------------------------------------------------- */

static void report(void *owner, const struct fetch_end *end)
{
	struct fetcher *fetcher = owner;
	struct buffer *out = channel_out(&fetcher->parent);
	const struct wire_fetched head = { .id = end->id,
					   .duration_us = end->duration_us,
					   .status = (uint16_t)end->answer->status,
					   .rule_size = (uint16_t)strlen(end->rule),
					   .why_size = (uint16_t)strlen(end->why),
					   .outcome = (uint8_t)end->answer->outcome };
	size_t opened = frame_start(out, WIRE_FETCHED);

	buffer_append(out, &head, sizeof(head));
	buffer_append(out, end->rule, head.rule_size);
	buffer_append(out, end->why, head.why_size);
	fetch_answer_encode(end->answer, out);
	frame_finish(out, opened);
}

/* --- from the parent -------------------------------------------------------------------------- */

static char *take_text(struct cursor *cursor)
{
	struct text text = cursor_text(cursor);

	return xstrndup(text.data ? text.data : "", text.length);
}

static void take_keys(struct cursor *cursor, struct module_keys *out)
{
	size_t count = cursor_array(cursor);

	for (size_t i = 0; i < count && cursor_ok(cursor); i++) {
		struct module_key key;

		cursor_expect_array(cursor, 2);
		key.name = take_text(cursor);
		key.value = take_text(cursor);
		log_secret(key.value);
		array_reserve(out->all, &out->capacity, out->count + 1);
		out->all[out->count++] = key;
	}
}

static bool take_start(struct fetcher *fetcher, const struct frame *frame)
{
	struct cursor cursor = cursor_make(frame->data, frame->size);
	uint64_t format, level;
	struct why why;
	char *allow;

	if (fetcher->jobs)
		return false;
	cursor_expect_array(&cursor, 5);
	format = cursor_uint(&cursor);
	level = cursor_uint(&cursor);
	allow = take_text(&cursor);
	if (!web_hosts_decode(&cursor, &fetcher->rules.hosts))
		return false;
	take_keys(&cursor, &fetcher->rules.keys);
	if (!cursor_end(&cursor, &why) || !fetch_allow_parse(allow, &fetcher->rules.allow, &why))
		panic("the parent's start: %s", why.text);
	free(allow);
	log_open("fetcher", (enum log_format)format, (enum log_level)level);
	fetcher->jobs = jobs_create(fetcher->loop, &fetcher->rules, report, fetcher, &why);
	if (fetcher->jobs)
		fetcher->tunnels = tunnels_create(fetcher->loop, &fetcher->rules, &why);
	if (!fetcher->tunnels)
		fatal(EX_UNAVAILABLE, "cannot fetch", log_text("error", why.text));
	confine(fetcher);
	return true;
}

static bool take_fetch(struct fetcher *fetcher, struct frame *frame)
{
	struct wire_fetch head;

	return frame_head(frame, &head, sizeof(head)) && head.files <= fetcher->parent.came.count &&
	       jobs_add(fetcher->jobs, head.id,
			head.files ? descriptors_take(&fetcher->parent.came) : -1, frame->data,
			frame->size);
}

/* The parent runs fewer programs than there is room for. */
static bool take_web(struct fetcher *fetcher, struct frame *frame)
{
	struct wire_web head;
	int listener;

	if (!frame_head(frame, &head, sizeof(head)))
		return false;
	if (frame->type == WIRE_WEB_END) {
		tunnels_remove(fetcher->tunnels, head.id);
		return true;
	}
	listener = descriptors_take(&fetcher->parent.came);
	return listener >= 0 &&
	       tunnels_add(fetcher->tunnels, head.id,
			   (struct text) { (const char *)frame->data, frame->size }, listener);
}

static bool on_frame(void *owner, struct frame *frame)
{
	struct fetcher *fetcher = owner;

	if (frame->type == WIRE_FETCHER)
		return take_start(fetcher, frame);
	if (frame->type == WIRE_LEAVE) {
		fetcher->leaving = true;
		if (fetcher->tunnels)
			tunnels_leave(fetcher->tunnels);
		return true;
	}
	if (!fetcher->jobs)
		return false;
	if (frame->type == WIRE_WEB || frame->type == WIRE_WEB_END)
		return take_web(fetcher, frame);
	return frame->type == WIRE_FETCH && take_fetch(fetcher, frame);
}

static void on_end(void *owner, bool protocol_error)
{
	(void)owner;
	if (protocol_error)
		panic("the parent sent malformed data");
	_exit(EX_OK);
}

/* --- life ------------------------------------------------------------------------------------- */

static bool on_turn(void *owner)
{
	struct fetcher *fetcher = owner;

	atomic_store(&fetcher->scoreboard->turned_ms, loop_now_ms(fetcher->loop));
	if (fetcher->jobs)
		jobs_turn(fetcher->jobs);
	channels_flush(&fetcher->channels);
	/* Tunnels are cut: those of a program may live for as long as it does. */
	if (fetcher->leaving && !fetcher->parent.blocked &&
	    (!fetcher->jobs || !jobs_count(fetcher->jobs)))
		_exit(EX_OK);
	return false;
}

int fetcher_main(void)
{
	struct fetcher *fetcher = xmalloc(sizeof(*fetcher));
	struct why why;

	prctl(PR_SET_NAME, "korone-fetcher");
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	log_open("fetcher", LOG_FORMAT_LOGFMT, LOG_LEVEL_NOTICE);
	fetcher->scoreboard = scoreboard_map(FETCHER_SCOREBOARD_FD, &why);
	if (!fetcher->scoreboard)
		fatal(EX_SOFTWARE, "no shared memory", log_text("error", why.text));
	close(FETCHER_SCOREBOARD_FD);
	atomic_store(&fetcher->scoreboard->slot.pid, (uint32_t)getpid());
	capture_install(&fetcher->scoreboard->slot);
	fetcher->loop = loop_create();
	fetcher->channels.loop = fetcher->loop;
	channel_open(&fetcher->parent, &fetcher->channels, FETCHER_FD, on_frame, on_end, fetcher);
	loop_add_hook(fetcher->loop, on_turn, fetcher);
	loop_run(fetcher->loop);
	return EX_OK;
}
