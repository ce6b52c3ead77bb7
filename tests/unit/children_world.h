/* children_world.h - children.c with the nursery and the children in memory, and what it told its
 * owner. */
#ifndef TESTS_UNIT_CHILDREN_WORLD_H
#define TESTS_UNIT_CHILDREN_WORLD_H

#include "tests/unit/nursery_world.h"
#include "tests/unit/turned_loop.h"

#include "workers/parent/children.h"

static struct loop *loop;
static struct channels channels;
static struct items items;
static struct children children;
static struct nursery_link *nursery;
static struct settings settings;

/* What children.c told its owner last, and how often. */
static struct {
	unsigned verdicts, calls, releases, births, fetches;
	bool posted;
	int sink;
	struct child_record *child;
	struct wire_verdict head;
	size_t calls_size;
	char failure[16], call[16];
	size_t orders_size;
} told;

static void keep_text(char *out, struct text text)
{
	assert_true(text.length < 16);
	if (text.length)
		memcpy(out, text.data, text.length);
	out[text.length] = '\0';
}

static void on_verdict(void *owner, struct child_record *child, struct item *item,
		       const struct child_verdict *verdict)
{
	(void)owner;
	told.verdicts++;
	told.child = child;
	told.head = verdict->head;
	told.calls_size = verdict->calls_size;
	told.orders_size = verdict->orders.length;
	keep_text(told.failure, verdict->failure);
	items_remove(&items, item);
}

static void on_call(void *owner, struct child_record *child, const struct wire_call *head,
		    const uint8_t *call, struct descriptors *files)
{
	(void)owner;
	(void)files;
	told.calls++;
	told.child = child;
	keep_text(told.call, (struct text) { (const char *)call, head->size });
}

static void on_fetch(void *owner, struct child_record *child, bool posted, int sink,
		     const void *request, size_t size)
{
	(void)owner;
	told.fetches++;
	told.child = child;
	told.posted = posted;
	told.sink = sink;
	keep_text(told.call, (struct text) { request, size < 16 ? size : 0 });
}

static void on_release(void *owner, struct child_record *child, struct item *item)
{
	(void)owner;
	told.releases++;
	told.child = child;
	items_release(&items, item);
}

static void on_ready(void *owner, struct child_record *child, uint32_t walls, struct text missing)
{
	(void)walls;
	(void)missing;
	(void)owner;
	told.births++;
	told.child = child;
}

static int set_up(void **state)
{
	const struct children_events events = { .verdict = on_verdict,
						.call = on_call,
						.fetch = on_fetch,
						.release = on_release,
						.ready = on_ready };

	(void)state;
	memset(&told, 0, sizeof(told));
	settings = (struct settings) { .handler_timeout_ms = 5000, .long_timeout_ms = 60000 };
	loop = loop_create();
	channels = (struct channels) { .loop = loop };
	items_init(&items);
	nursery = nursery_link_create(loop, &settings, -1, NULL);
	children_init(&children, loop, &settings, nursery, &channels, &items, &events);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	children_finish(&children);
	items_finish(&items);
	forget_processes();
	nursery_link_destroy(nursery);
	loop_destroy(loop);
	return 0;
}

/* As at the end of each turn of a parent. */
static void turn(void)
{
	turn_loop(loop, 0);
	children_give(&children);
	channels_flush(&channels);
}

static inline void pass(uint64_t ms)
{
	put_clock_forward(ms);
	turn();
}

static struct child_record *record_of(const struct process *process)
{
	return children_by_serial(&children, process->serial);
}

/* Asked for and forked; it has not said that it is ready. */
static struct process *start_child(void)
{
	const struct bot bot = { .id = 42 };
	struct process *process = &processes[processes_count];
	struct why why;

	assert_true(children_start(&children, processes_count + 1, &bot, &why));
	record_of(process)->pid = process->pid;
	return process;
}

static struct process *idle_child(void)
{
	struct process *process = start_child();

	turn();
	hear(process, WIRE_BOT);
	say_ready(process, WALLS_ALL);
	turn();
	assert_ptr_equal(told.child, record_of(process));
	return process;
}

static void add(uint64_t seq, uint64_t lane)
{
	const struct message_item item = {
		.seq = seq, .lane = lane, .kind = KIND_MESSAGE, .attempt = 1, .body = { "body", 4 }
	};

	assert_non_null(items_add(&items, &item, loop_now_ms(loop)));
}

static inline void add_lanes(uint64_t first, uint64_t last)
{
	for (uint64_t seq = first; seq <= last; seq++)
		add(seq, seq);
}

/* The next item that it was given. */
static struct wire_item hear_item(struct process *process)
{
	struct frame frame = hear(process, WIRE_ITEM);
	struct wire_item item;

	assert_true(frame_head(&frame, &item, sizeof(item)));
	return item;
}

static struct wire_item begin_item(struct process *process)
{
	struct wire_item item = hear_item(process);

	assert_true(claim_begin(process->scoreboard, item.ordinal));
	return item;
}

static void finish(struct process *process, const struct wire_item *item, uint32_t duration_us)
{
	const struct wire_verdict verdict = { .seq = item->seq,
					      .ordinal = item->ordinal,
					      .duration_us = duration_us };

	say(process, WIRE_VERDICT, &verdict, sizeof(verdict));
}

static inline void handle(struct process *process, uint32_t duration_us)
{
	const struct wire_item item = begin_item(process);

	finish(process, &item, duration_us);
	turn();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
