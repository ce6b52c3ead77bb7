/* fetcher_link.c - the list of what children wait for, and the process that is asked. */
#include "workers/parent/fetcher_link.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/pack.h"
#include "common/xalloc.h"
#include "workers/parent/process_fork.h"

#define LOG_SUBSYSTEM "fetcher"
#include "common/log.h"

#define LOSSES_MAX 2u

void fetcher_link_init(struct fetcher_link *link, const struct settings *settings,
		       struct loop *loop, struct nursery_link *nursery, struct channels *channels,
		       const struct fetcher_link_events *events)
{
	*link = (struct fetcher_link) { .settings = settings,
					.loop = loop,
					.nursery = nursery,
					.channels = channels,
					.events = *events,
					.channel = { .fd = -1 } };
	TAILQ_INIT(&link->list);
	TAILQ_INIT(&link->programs);
}

static void drop(struct fetcher_link *link, struct fetching *fetching)
{
	TAILQ_REMOVE(&link->list, fetching, link);
	link->count--;
	if (fetching->sink >= 0)
		close(fetching->sink);
	free(fetching);
}

static void drop_program(struct fetcher_link *link, struct web_program *program)
{
	TAILQ_REMOVE(&link->programs, program, link);
	close(program->listener);
	free(program);
}

void fetcher_link_finish(struct fetcher_link *link)
{
	fetcher_link_clear(link);
	while (!TAILQ_EMPTY(&link->list))
		drop(link, TAILQ_FIRST(&link->list));
	while (!TAILQ_EMPTY(&link->programs))
		drop_program(link, TAILQ_FIRST(&link->programs));
	web_hosts_finish(&link->hosts);
}

void fetcher_link_take_hosts(struct fetcher_link *link, struct cursor hosts)
{
	web_hosts_finish(&link->hosts);
	/* The nursery checked them; without any there is no fetcher. */
	(void)!web_hosts_decode(&hosts, &link->hosts);
}

bool fetcher_link_is_needed(const struct fetcher_link *link)
{
	return link->hosts.count > 0;
}

bool fetcher_link_is_missing(const struct fetcher_link *link)
{
	return fetcher_link_is_needed(link) && !link->resting && !link->serial;
}

bool fetcher_link_is_well(const struct fetcher_link *link)
{
	return !fetcher_link_is_needed(link) || (link->resting && !link->serial) ||
	       (link->ready && !link->leaving && !link->watch.abort_ms);
}

/* --- what children ask ------------------------------------------------------------------------ */

/* It ends without having been answered by a host. */
static void fail(struct fetcher_link *link, struct fetching *fetching, enum fetch_outcome outcome,
		 const char *why)
{
	const struct fetch_answer answer = { .outcome = outcome };
	const struct wire_fetched head = { .id = fetching->id, .outcome = (uint8_t)outcome };
	struct buffer encoded = { 0 };
	uint64_t waiter = fetching->waiter;

	drop(link, fetching);
	fetch_answer_encode(&answer, &encoded);
	link->events.fetched(link->events.owner, waiter, &head, text_of(""), text_of(why),
			     buffer_unread(&encoded), buffer_unread_size(&encoded));
	buffer_finish(&encoded);
}

static void send_fetching(struct fetcher_link *link, struct fetching *fetching)
{
	struct wire_fetch head = { .id = fetching->id, .posted = fetching->posted };
	struct buffer *out = channel_out(&link->channel);

	head.files = fetching->sink >= 0 && channel_attach(&link->channel, fetching->sink);
	frame_append(out, WIRE_FETCH, &head, sizeof(head), fetching->request, fetching->size);
	fetching->sent = true;
}

static bool takes_more(const struct fetcher_link *link)
{
	return link->serial && !link->leaving && !link->channel.ended;
}

static void stay(struct fetcher_link *link, uint64_t for_ms)
{
	uint64_t until_ms = loop_now_ms(link->loop) + for_ms;

	if (until_ms > link->rest_ms)
		link->rest_ms = until_ms;
}

/* One that leaves just now is replaced when it is gone. */
static void use(struct fetcher_link *link)
{
	stay(link, FETCHER_REST_MS);
	link->resting = false;
	if (fetcher_link_is_missing(link))
		link->events.wanted(link->events.owner);
}

void fetcher_link_ask(struct fetcher_link *link, uint64_t waiter, bool posted, int sink,
		      const void *request, size_t size)
{
	struct fetching *fetching = xmalloc(sizeof(*fetching) + size);

	fetching->id = ++link->last_id;
	fetching->waiter = waiter;
	fetching->since_ms = loop_now_ms(link->loop);
	fetching->posted = posted;
	fetching->sink = sink;
	fetching->size = size;
	memcpy(fetching->request, request, size);
	TAILQ_INSERT_TAIL(&link->list, fetching, link);
	link->count++;
	if (!fetcher_link_is_needed(link))
		fail(link, fetching, FETCH_FORBIDDEN, "no module names a host");
	else if (takes_more(link))
		send_fetching(link, fetching);
	use(link);
}

/* --- what programs meet ----------------------------------------------------------------------- */

static void send_program(struct fetcher_link *link, const struct web_program *program)
{
	const struct wire_web head = { .id = program->id };
	struct buffer *out = channel_out(&link->channel);

	if (channel_attach(&link->channel, program->listener))
		frame_append(out, WIRE_WEB, &head, sizeof(head), program->module,
			     strlen(program->module));
	else
		log_warn("a program has no proxy", log_text("module", program->module),
			 log_text("error", strerror(errno)));
}

void fetcher_link_add_program(struct fetcher_link *link, uint64_t id, struct text module,
			      int listener)
{
	struct web_program *program = xmalloc(sizeof(*program) + module.length + 1);

	program->id = id;
	program->listener = listener;
	memcpy(program->module, module.data, module.length);
	program->module[module.length] = '\0';
	TAILQ_INSERT_TAIL(&link->programs, program, link);
	if (takes_more(link))
		send_program(link, program);
	use(link);
}

void fetcher_link_remove_program(struct fetcher_link *link, uint64_t id)
{
	const struct wire_web head = { .id = id };
	struct web_program *program;

	TAILQ_FOREACH(program, &link->programs, link)
	if (program->id == id)
		break;
	if (!program)
		return;
	drop_program(link, program);
	if (link->serial && !link->channel.ended)
		frame_append(channel_out(&link->channel), WIRE_WEB_END, &head, sizeof(head), NULL,
			     0);
}

/* --- what children wait for ------------------------------------------------------------------- */

static struct fetching *find(const struct fetcher_link *link, uint64_t id)
{
	struct fetching *fetching;

	TAILQ_FOREACH(fetching, &link->list, link)
	if (fetching->id == id)
		break;
	return fetching;
}

/* --- frames ----------------------------------------------------------------------------------- */

static bool take_fetched(struct fetcher_link *link, struct frame *frame)
{
	struct wire_fetched head;
	struct fetching *fetching;
	struct text rule, why;
	uint64_t waiter;
	size_t texts;

	if (!frame_head(frame, &head, sizeof(head)))
		return false;
	texts = (size_t)head.rule_size + head.why_size;
	if (texts > frame->size || head.outcome >= FETCH_OUTCOME_COUNT)
		return false;
	fetching = find(link, head.id);
	if (!fetching)
		return true; /* it came too late */
	stay(link, head.status == 429 || head.status == 503 ? FETCHER_SILENCE_MS : FETCHER_REST_MS);
	rule = (struct text) { (const char *)frame->data, head.rule_size };
	why = (struct text) { (const char *)frame->data + head.rule_size, head.why_size };
	waiter = fetching->waiter;
	drop(link, fetching);
	link->events.fetched(link->events.owner, waiter, &head, rule, why, frame->data + texts,
			     frame->size - texts);
	return true;
}

static bool take_ready(struct fetcher_link *link, struct frame *frame)
{
	struct wire_ready ready;

	if (!frame_head(frame, &ready, sizeof(ready)))
		return false;
	link->ready = true;
	link->events.ready(link->events.owner, ready.walls,
			   (struct text) { (const char *)frame->data, frame->size });
	return true;
}

static bool on_frame(void *owner, struct frame *frame)
{
	if (frame->type == WIRE_FETCHED)
		return take_fetched(owner, frame);
	return frame->type == WIRE_FETCHER_READY && take_ready(owner, frame);
}

/* The nursery reports the death; a fetcher without a socket is useless until then. */
static void on_end(void *owner, bool protocol_error)
{
	struct fetcher_link *link = owner;

	link->protocol_error = protocol_error;
	if (protocol_error || !link->leaving)
		fetcher_link_kill(link);
}

/* --- life ------------------------------------------------------------------------------------- */

/* Only the keys that a module has a use for. */
static void pack_keys(const struct fetcher_link *link, struct buffer *out)
{
	const struct module_keys *keys = &link->settings->module_keys;
	size_t count = 0;

	for (size_t i = 0; i < keys->count; i++)
		count += web_hosts_use_key(&link->hosts, keys->all[i].name);
	pack_array(out, count);
	for (size_t i = 0; i < keys->count; i++) {
		if (!web_hosts_use_key(&link->hosts, keys->all[i].name))
			continue;
		pack_array(out, 2);
		pack_text(out, keys->all[i].name);
		pack_text(out, keys->all[i].value);
	}
}

static void write_start(struct fetcher_link *link)
{
	struct buffer *out = channel_out(&link->channel);
	size_t opened = frame_start(out, WIRE_FETCHER);

	pack_array(out, 5);
	pack_uint(out, link->settings->log_format);
	pack_uint(out, link->settings->log_level);
	pack_text(out, link->settings->fetch_allow);
	web_hosts_encode(&link->hosts, out);
	pack_keys(link, out);
	frame_finish(out, opened);
}

static void send_waiting(struct fetcher_link *link)
{
	struct fetching *fetching;
	struct web_program *program;

	TAILQ_FOREACH(fetching, &link->list, link)
	send_fetching(link, fetching);
	TAILQ_FOREACH(program, &link->programs, link)
	send_program(link, program);
}

bool fetcher_link_start(struct fetcher_link *link, uint64_t serial, struct why *why)
{
	int fd = process_fork(link->nursery, NURSERY_FETCHER, serial, &link->scoreboard, why);

	if (fd < 0)
		return false;
	link->serial = serial;
	link->home = link->nursery;
	link->ready = link->protocol_error = link->leaving = link->resting = false;
	link->rest_ms = 0;
	stay(link, FETCHER_REST_MS);
	link->watch = (struct loop_watch) { 0 };
	channel_open(&link->channel, link->channels, fd, on_frame, on_end, link);
	write_start(link);
	send_waiting(link);
	return true;
}

void fetcher_link_died(struct fetcher_link *link)
{
	struct fetching *fetching, *next;

	channel_drain(&link->channel);
	for (fetching = TAILQ_FIRST(&link->list); fetching; fetching = next) {
		next = TAILQ_NEXT(fetching, link);
		fetching->losses += fetching->sent;
		if (fetching->losses && (fetching->posted || fetching->losses >= LOSSES_MAX))
			fail(link, fetching, FETCH_LOST, "the fetcher died");
		else
			fetching->sent = false;
	}
}

void fetcher_link_clear(struct fetcher_link *link)
{
	channel_close(&link->channel);
	scoreboard_unmap(link->scoreboard);
	link->scoreboard = NULL;
	link->serial = 0;
	link->pid = 0;
	link->ready = false;
}

void fetcher_link_kill(struct fetcher_link *link)
{
	if (link->pid)
		nursery_link_kill(link->home, link->pid, SIGKILL);
}

void fetcher_link_leave(struct fetcher_link *link)
{
	if (!link->serial || link->leaving)
		return;
	link->leaving = true;
	frame_append(channel_out(&link->channel), WIRE_LEAVE, NULL, 0, NULL, 0);
}

static void check_loop(struct fetcher_link *link, uint32_t ticks, uint64_t now_ms)
{
	enum loop_state state = loop_watch_check(&link->watch, link->scoreboard, ticks, now_ms);

	if (state != LOOP_TURNS)
		nursery_link_kill(link->home, link->pid, state == LOOP_STUCK ? SIGABRT : SIGKILL);
}

static void check_use(struct fetcher_link *link, uint64_t now_ms)
{
	if (link->count > 0 || !TAILQ_EMPTY(&link->programs))
		stay(link, FETCHER_REST_MS);
	if (!link->ready || link->leaving || now_ms < link->rest_ms)
		return;
	link->resting = true;
	fetcher_link_leave(link);
}

void fetcher_link_check(struct fetcher_link *link, uint32_t ticks)
{
	uint64_t now_ms = loop_now_ms(link->loop);
	struct fetching *fetching, *next;

	if (link->pid)
		check_loop(link, ticks, now_ms);
	check_use(link, now_ms);
	for (fetching = TAILQ_FIRST(&link->list); fetching; fetching = next) {
		next = TAILQ_NEXT(fetching, link);
		if (now_ms - fetching->since_ms >= FETCHER_WAIT_MS)
			fail(link, fetching, FETCH_LOST,
			     fetching->sent ? "the fetcher gives no answer"
					    : "there is no fetcher");
	}
}
