/* programs.c - a queue, and a socket to each keeper. A keeper watches its own limits; closing its
 * socket ends it. */
#include "workers/parent/programs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/xalloc.h"
#include "workers/wire/call.h"

#define LOG_SUBSYSTEM "programs"
#include "common/log.h"

struct program_run {
	struct programs *programs;
	uint64_t waiter; /* serial of the child; 0: it is gone */
	uint64_t serial; /* of the keeper; 0: it waits */
	struct wire_call head;
	void *call;   /* owned; NULL once it was passed on */
	bool has_web; /* the fetcher is its proxy */
	bool is_over; /* nobody waits for it any more */
	struct descriptors files;
	struct channel channel;
	TAILQ_ENTRY(program_run) link;
};

void programs_init(struct programs *programs, struct channels *channels,
		   struct fetcher_link *fetcher, programs_answer_fn *answer, void *owner)
{
	*programs = (struct programs) {
		.channels = channels, .fetcher = fetcher, .answer = answer, .owner = owner
	};
	TAILQ_INIT(&programs->waiting);
	TAILQ_INIT(&programs->running);
}

static void remove_run(struct program_run *run)
{
	struct programs *programs = run->programs;

	if (run->serial) {
		TAILQ_REMOVE(&programs->running, run, link);
		programs->running_count--;
		fetcher_link_remove_program(programs->fetcher, run->serial);
	} else {
		TAILQ_REMOVE(&programs->waiting, run, link);
		programs->waiting_count--;
	}
	channel_close(&run->channel);
	descriptors_finish(&run->files);
	free(run->call);
	free(run);
}

void programs_finish(struct programs *programs)
{
	struct program_run *run;

	while ((run = TAILQ_FIRST(&programs->waiting)) || (run = TAILQ_FIRST(&programs->running)))
		remove_run(run);
}

/* --- answers ---------------------------------------------------------------------------------- */

static void refuse(struct programs *programs, uint64_t waiter, int code, const char *why)
{
	const struct call_result result = { .status = CALL_REFUSED,
					    .error_code = code,
					    .description = text_of(why) };
	struct buffer encoded = { 0 };

	call_result_encode(&result, &encoded);
	programs->answer(programs->owner, waiter, buffer_unread(&encoded),
			 buffer_unread_size(&encoded));
	buffer_finish(&encoded);
}

/* The keeper gives its program a proxy, once. */
static bool take_web(struct program_run *run, struct frame *frame)
{
	int listener = descriptors_take(&run->channel.came);
	struct wire_web head;

	if (listener < 0)
		return false;
	if (run->has_web || !frame_head(frame, &head, sizeof(head))) {
		close(listener);
		return false;
	}
	run->has_web = true;
	fetcher_link_add_program(run->programs->fetcher, run->serial,
				 (struct text) { (const char *)frame->data, frame->size },
				 listener);
	return true;
}

static bool on_frame(void *owner, struct frame *frame)
{
	struct program_run *run = owner;

	if (frame->type == WIRE_WEB)
		return take_web(run, frame);
	if (frame->type != WIRE_RESULT || !run->waiter)
		return false;
	run->programs->answer(run->programs->owner, run->waiter, frame->data, frame->size);
	run->waiter = 0;
	run->is_over = true;
	return true;
}

/* Freed in the next programs_start(): not from within its channel. */
static void on_end(void *owner, bool protocol_error)
{
	struct program_run *run = owner;

	run->is_over = true;
	if (!run->waiter)
		return;
	log_warn("a keeper of a program ended without an answer",
		 log_text("error", protocol_error ? "malformed data" : "it died"));
	refuse(run->programs, run->waiter, 500, "its keeper ended");
	run->waiter = 0;
}

/* --- the queue -------------------------------------------------------------------------------- */

void programs_add(struct programs *programs, uint64_t waiter, const struct wire_call *head,
		  const void *call, struct descriptors *files)
{
	static const struct buffer none;
	struct program_run *run;

	if (programs->waiting_count == PROGRAMS_WAITING_MAX) {
		refuse(programs, waiter, 429, "too many programs wait");
		return;
	}
	run = xmalloc(sizeof(*run));
	run->programs = programs;
	run->waiter = waiter;
	run->head = *head;
	run->call = xmemdup(call, head->size);
	run->channel.fd = -1;
	for (uint8_t i = 0; i < head->files; i++)
		descriptors_add(&run->files, &none, descriptors_take(files));
	TAILQ_INSERT_TAIL(&programs->waiting, run, link);
	programs->waiting_count++;
}

static bool has_place(const struct programs *programs, const struct program_run *wanted)
{
	unsigned count = 0;

	for (const struct program_run *run = TAILQ_FIRST(&programs->running); run;
	     run = TAILQ_NEXT(run, link))
		count += run->head.chat_id == wanted->head.chat_id;
	return programs->running_count < PROGRAMS_RUNNING_MAX && count < wanted->head.at_once;
}

static void pass_on(struct program_run *run)
{
	int fd;

	while ((fd = descriptors_take(&run->files)) >= 0)
		descriptors_add(&run->channel.go, &run->channel.out, fd);
	frame_append(channel_out(&run->channel), WIRE_CALL, &run->head, sizeof(run->head),
		     run->call, run->head.size);
	free(run->call);
	run->call = NULL;
}

/* False: the nursery takes no requests now. */
static bool start(struct program_run *run, struct nursery_link *nursery, uint64_t serial)
{
	struct programs *programs = run->programs;
	int pair[2];
	bool forked;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		log_error("cannot start a keeper", log_text("error", strerror(errno)));
		return false;
	}
	forked = nursery_link_fork(nursery, NURSERY_KEEPER, serial, pair[1], -1);
	close(pair[1]);
	if (!forked) {
		close(pair[0]);
		return false;
	}
	TAILQ_REMOVE(&programs->waiting, run, link);
	programs->waiting_count--;
	run->serial = serial;
	TAILQ_INSERT_TAIL(&programs->running, run, link);
	programs->running_count++;
	channel_open(&run->channel, programs->channels, pair[0], on_frame, on_end, run);
	pass_on(run);
	return true;
}

static void free_ended(struct programs *programs)
{
	struct program_run *run = TAILQ_FIRST(&programs->running), *next;

	for (; run; run = next) {
		next = TAILQ_NEXT(run, link);
		if (run->is_over)
			remove_run(run);
	}
}

void programs_start(struct programs *programs, struct nursery_link *nursery, uint64_t *serial)
{
	struct program_run *run = TAILQ_FIRST(&programs->waiting), *next;

	free_ended(programs);
	for (; run; run = next) {
		next = TAILQ_NEXT(run, link);
		if (has_place(programs, run) && !start(run, nursery, ++*serial))
			return;
	}
}

/* --- ends ------------------------------------------------------------------------------------- */

void programs_forget(struct programs *programs, uint64_t waiter)
{
	struct program_run *run = TAILQ_FIRST(&programs->waiting), *next;

	for (; run; run = next) {
		next = TAILQ_NEXT(run, link);
		if (run->waiter == waiter)
			remove_run(run);
	}
	for (run = TAILQ_FIRST(&programs->running); run; run = TAILQ_NEXT(run, link)) {
		if (run->waiter != waiter)
			continue;
		run->waiter = 0;
		run->is_over = true;
	}
}

void programs_fork_failed(struct programs *programs, uint64_t serial)
{
	struct program_run *run;

	for (run = TAILQ_FIRST(&programs->running); run; run = TAILQ_NEXT(run, link))
		if (run->serial == serial && run->waiter)
			on_end(run, false);
}
