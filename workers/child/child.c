/* child.c - the loop of a child: read an item, claim it, run the host, write the verdict. */
#include "workers/child/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/files.h"
#include "common/xalloc.h"
#include "workers/wire/frame.h"
#include "workers/wire/scoreboard.h"
#include "workers/wire/wire.h"

#define LOG_SUBSYSTEM "child"
#include "common/log.h"

/* make CHECKS=1 */
#ifdef KORONE_CHECKS
#define CHECKS_CALLS true
#else
#define CHECKS_CALLS false
#endif

#define READ_SIZE (64u << 10)
#define IDLE_MS 5000 /* without work, then the host closes what it does not need */
#define KEEP_SIZE (256u << 10)

struct child {
	struct host *host;
	struct pool_storage *pool_storage;
	struct confinement *confinement;
	struct scoreboard *scoreboard;
	struct wire_ready ready;
	struct why missing; /* why a wall is not there */
	int socket;
	pid_t pid;
	bool started;
	struct buffer in, out;
	struct descriptors go; /* files of calls, with `out` */
	uint64_t waited_us;    /* waiting for the sender, during the current item */
};

/* --- the socket --- */

static _Noreturn void leave(void)
{
	/* No atexit handlers: libraries that handlers use may have registered some. */
	_exit(EX_OK);
}

static void flush(struct child *child)
{
	/* A copy that a handler forked and forgot must not write to this socket. */
	if (getpid() != child->pid)
		leave();
	if (frame_flush(child->socket, &child->out, &child->go) != FRAME_IO_OK)
		leave();
	buffer_trim(&child->out, KEEP_SIZE);
}

/* Idle for a while: gives memory back to the system. */
static void rest(struct child *child)
{
	host_idle(child->host);
	if (!buffer_unread_size(&child->in))
		buffer_finish(&child->in);
	buffer_finish(&child->out);
	xtrim();
}

static void wait_for_bytes(struct child *child, bool idle)
{
	struct pollfd wait = { .fd = child->socket, .events = POLLIN };

	if (idle && poll(&wait, 1, IDLE_MS) == 0)
		rest(child);
	if (frame_fill(child->socket, &child->in, READ_SIZE, NULL) == FRAME_IO_END)
		leave();
}

/* Waits for the next frame, which stays valid until the next call. Not `idle`: in a handler, whose
 * memory must stay. */
static struct frame next_frame(struct child *child, bool idle)
{
	struct frame frame;

	for (;;) {
		switch (frame_take(&child->in, &frame)) {
		case FRAME_TAKEN:
			return frame;
		case FRAME_PARTIAL:
			wait_for_bytes(child, idle);
			break;
		case FRAME_BROKEN:
			panic("the parent sent a frame over the limit");
		}
	}
}

/* --- services of the host --- */

/* Copies: the host closes its own. One that cannot be copied is missed by the sender, which refuses
 * the call. */
static uint8_t attach_files(struct child *child, const struct call *call)
{
	uint8_t count = 0;

	for (size_t i = 0; i < call->files_count; i++) {
		int copy = call->files[i].bytes.data
				   ? -1
				   : fcntl(call->files[i].descriptor, F_DUPFD_CLOEXEC, 0);

		if (copy < 0)
			continue;
		descriptors_add(&child->go, &child->out, copy);
		count++;
	}
	return count;
}

static void append_call(struct child *child, const struct call *call)
{
	struct buffer *out = &child->out;
	struct wire_call head = { .chat_id = call->chat_id,
				  .flags = call->at_most_once ? WIRE_CALL_AT_MOST_ONCE : 0,
				  .files = attach_files(child, call),
				  .at_once = call->at_once };
	size_t at = buffer_unread_size(out), size;

	if (text_is(call->method, CALL_RUN))
		head.flags |= WIRE_CALL_RUN;
	buffer_append(out, &head, sizeof(head));
	call_encode(call, out);
	size = buffer_unread_size(out) - at - sizeof(head);
	head.size = (uint32_t)size;
	memcpy(buffer_unread(out) + at, &head, sizeof(head));
}

/* Items that arrived together with the current one stay in the buffer: only the result is taken
 * out. */
static struct buffer wait_for_result(struct child *child, enum wire_type type)
{
	struct buffer passed = { 0 }, result = { 0 };
	struct frame frame;

	for (;;) {
		frame = next_frame(child, false);
		if (frame.type == type)
			break;
		frame_append(&passed, frame.type, frame.data, frame.size, NULL, 0);
	}
	buffer_append(&result, frame.data, frame.size);
	if (buffer_unread_size(&passed)) {
		buffer_append(&passed, buffer_unread(&child->in), buffer_unread_size(&child->in));
		buffer_finish(&child->in);
		child->in = passed;
	}
	return result;
}

static void call_now(void *owner, const struct call *call, struct arena *arena,
		     struct call_result *out)
{
	struct child *child = owner;
	uint64_t began_us = clock_boot_us();
	struct buffer result;
	struct cursor cursor;
	size_t opened = frame_start(&child->out, WIRE_CALL);

	append_call(child, call);
	frame_finish(&child->out, opened);
	flush(child);
	result = wait_for_result(child, WIRE_RESULT);
	cursor = cursor_make(
		arena_memdup(arena, buffer_unread(&result), buffer_unread_size(&result)),
		buffer_unread_size(&result));
	if (!call_result_decode(&cursor, out))
		panic("the result of a call: %s", cursor.fault);
	buffer_finish(&result);
	child->waited_us += clock_boot_us() - began_us;
}

static uint8_t attach_sink(struct child *child, const int *sink)
{
	int copy = sink ? fcntl(*sink, F_DUPFD_CLOEXEC, 0) : -1;

	if (copy >= 0)
		descriptors_add(&child->go, &child->out, copy);
	return copy >= 0;
}

static void fetch_now(void *owner, const struct fetch_request *request, struct arena *arena,
		      struct fetch_answer *out)
{
	struct child *child = owner;
	const struct wire_fetch head = { .posted = request->posted.data != NULL,
					 .files = attach_sink(child, request->sink) };
	uint64_t began_us = clock_boot_us();
	size_t opened = frame_start(&child->out, WIRE_FETCH);
	struct buffer answer;
	struct cursor cursor;

	buffer_append(&child->out, &head, sizeof(head));
	fetch_request_encode(request, &child->out);
	frame_finish(&child->out, opened);
	flush(child);
	answer = wait_for_result(child, WIRE_FETCHED);
	cursor = cursor_make(
		arena_memdup(arena, buffer_unread(&answer), buffer_unread_size(&answer)),
		buffer_unread_size(&answer));
	if (!fetch_answer_decode(&cursor, out))
		panic("the answer to a fetch: %s", cursor.fault);
	buffer_finish(&answer);
	child->waited_us += clock_boot_us() - began_us;
}

static void release_lane(void *owner)
{
	struct child *child = owner;

	frame_append(&child->out, WIRE_RELEASE, NULL, 0, NULL, 0);
	flush(child);
}

static void show_typing(void *owner, const struct call *call)
{
	struct child *child = owner;
	size_t opened = frame_start(&child->out, WIRE_TYPING);

	call_encode(call, &child->out);
	frame_finish(&child->out, opened);
	flush(child);
}

/* --- one item --- */

#define REASON_MAX (WIRE_FAILURE_MAX / 2)

static void pack_failure(const struct host_outcome *outcome, struct buffer *out)
{
	size_t length = strlen(outcome->reason);

	pack_array(out, 6);
	pack_text(out, outcome->module);
	pack_text(out, outcome->handler);
	pack_text(out, outcome->file);
	pack_text(out, outcome->function);
	pack_uint(out, outcome->line);
	pack_text_n(out, outcome->reason, length < REASON_MAX ? length : REASON_MAX);
}

static void append_verdict(struct child *child, struct wire_verdict *head,
			   const struct host_outcome *outcome)
{
	struct buffer *out = &child->out;
	size_t opened = frame_start(out, WIRE_VERDICT);
	size_t at = buffer_unread_size(out), before;

	buffer_append(out, head, sizeof(*head));
	for (size_t i = 0; i < outcome->calls_count; i++)
		append_call(child, &outcome->calls[i]);
	buffer_append(out, outcome->orders.data, outcome->orders.length);
	before = buffer_unread_size(out);
	if (outcome->end == HOST_FAILED)
		pack_failure(outcome, out);
	head->failure_size = (uint32_t)(buffer_unread_size(out) - before);
	memcpy(buffer_unread(out) + at, head, sizeof(*head));
	frame_finish(out, opened);
}

static void handle(struct child *child, struct frame *frame)
{
	struct wire_item wire;
	struct message_item item;
	struct host_outcome outcome = { 0 };
	struct wire_verdict verdict;
	uint64_t began_us, spent_us;

	if (!frame_head(frame, &wire, sizeof(wire)))
		panic("an item of %zu bytes from the parent", frame->size);
	if (!claim_begin(child->scoreboard, wire.ordinal))
		return;
	item = (struct message_item) { .seq = wire.seq,
				       .trace = wire.trace,
				       .update_id = wire.update_id,
				       .kind = (enum update_kind)wire.kind,
				       .flags = wire.flags,
				       .attempt = wire.attempt,
				       .age_ms = wire.age_ms,
				       .received_s = wire.received_s,
				       .body = { (const char *)frame->data, frame->size } };
	log_context_trace(&item.trace);
	child->waited_us = 0;
	began_us = clock_boot_us();
	atomic_store(&child->scoreboard->slot.seq, item.seq);
	host_handle(child->host, &item, &outcome);
	atomic_store(&child->scoreboard->slot.seq, 0);
	spent_us = clock_boot_us() - began_us - child->waited_us;
	log_context_trace(NULL);
	verdict = (struct wire_verdict) { .seq = wire.seq,
					  .ordinal = wire.ordinal,
					  .duration_us = spent_us > UINT32_MAX ? UINT32_MAX
									       : (uint32_t)spent_us,
					  .calls = (uint32_t)outcome.calls_count,
					  .failed = outcome.end == HOST_FAILED,
					  .names_another = outcome.names_another_bot,
					  .orders_size = (uint32_t)outcome.orders.length,
					  .orders_wait = outcome.orders_wait };
	append_verdict(child, &verdict, &outcome);
	/* At once: the next item may be slow, and this one's replies must not wait for it. */
	flush(child);
	host_release(child->host);
}

/* The body of an item lies in child->in, which a call with a result appends to: so it is copied. */
static void take_item(struct child *child, struct frame *frame, struct buffer *kept)
{
	struct frame own = *frame;

	buffer_clear(kept);
	buffer_append(kept, frame->data, frame->size);
	own.data = buffer_unread(kept);
	handle(child, &own);
	buffer_trim(kept, KEEP_SIZE);
}

/* --- life --- */

static void take_bot(struct child *child, struct frame *frame)
{
	const struct host_services services = { .owner = child,
						.call = call_now,
						.fetch = fetch_now,
						.release = release_lane,
						.typing = show_typing,
						.checks_calls = CHECKS_CALLS,
						.storage = &pool_storage_table,
						.storage_owner = child->pool_storage };
	struct bot bot;

	if (!frame_head(frame, &bot, sizeof(bot)))
		panic("a bot of %zu bytes from the parent", frame->size);
	bot.username[sizeof(bot.username) - 1] = '\0';
	if (child->started) {
		host_rename(child->host, &bot);
		return;
	}
	child->started = true;
	host_start(child->host, &bot, &services, &child->scoreboard->slot);
	frame_append(&child->out, WIRE_READY, &child->ready, sizeof(child->ready),
		     child->missing.text, strlen(child->missing.text));
	flush(child);
}

static void limit_memory(const struct settings *settings)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	(void)settings; /* the sanitizers' shadow memory counts as data */
#else
	struct rlimit limit = { .rlim_cur = (rlim_t)settings->child_memory_max,
				.rlim_max = (rlim_t)settings->child_memory_max };

	if (setrlimit(RLIMIT_DATA, &limit) < 0)
		log_warn("going on without a memory limit", log_text("error", strerror(errno)));
#endif
}

static pid_t forker; /* for the copy that is being forked: who its parent is */

static void note_forker(void)
{
	forker = getpid();
}

/* Runs in a copy that a handler forks: it dies with this child, and so with the pool. A parent that
 * is dead already sends no signal. */
static void tie_copy(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != forker)
		leave();
}

int child_main(struct host *host, struct pool_storage *pool_storage,
	       struct confinement *confinement, const struct settings *settings, int socket,
	       int scoreboard)
{
	struct child child = { .host = host,
			       .pool_storage = pool_storage,
			       .confinement = confinement,
			       .socket = socket,
			       .pid = getpid() };
	struct buffer kept = { 0 };
	struct why why;

	prctl(PR_SET_NAME, "korone-child");
	log_open("child", settings->log_format, settings->log_level);
	child.scoreboard = scoreboard_map(scoreboard, &why);
	if (!child.scoreboard)
		fatal(EX_SOFTWARE, "no shared memory", log_text("error", why.text));
	close(scoreboard);
	atomic_store(&child.scoreboard->slot.pid, (uint32_t)getpid());
	capture_install(&child.scoreboard->slot);
	limit_memory(settings);
	(void)pthread_atfork(note_forker, NULL, tie_copy);
	child.ready.walls = confinement_apply(confinement, &child.missing);
	for (;;) {
		struct frame frame = next_frame(&child, true);

		if (frame.type == WIRE_ITEM)
			take_item(&child, &frame, &kept);
		else if (frame.type == WIRE_BOT)
			take_bot(&child, &frame);
		else
			panic("unexpected frame %u from the parent", frame.type);
	}
}
