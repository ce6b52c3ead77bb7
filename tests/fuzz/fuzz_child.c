/* fuzz_child.c - a child that was taken over, at the socket of its parent: a whole parent between
 * processes that behave and one that says anything. The input is steps: a byte that selects what is
 * done, then what that needs. Whatever the child says, the parent runs on, and what it tells
 * ingress and crashd is well-formed: the stand-ins decode it.
 *
 * Linked as tests/unit/parent_world.h says. */
#include "tests/unit/parent_world.h"

#include "tests/fuzz/fuzz.h"

#define STEPS_MAX 60

static const uint8_t *at, *end;
static struct process *hostile;

static uint8_t take_byte(void)
{
	return at < end ? *at++ : 0;
}

/* Up to so many bytes of what is left. */
static struct text take_bytes(size_t size)
{
	struct text bytes = { (const char *)at,
			      size < (size_t)(end - at) ? size : (size_t)(end - at) };

	at += bytes.length;
	return bytes;
}

/* To a socket that may be closed, by either side. */
static void say_anything(const void *data, size_t size)
{
	if (hostile->socket >= 0)
		(void)!send(hostile->socket, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void say_frame(uint32_t type, const void *head, size_t head_size, struct text tail)
{
	struct buffer out = { 0 };

	frame_append(&out, type, head, head_size, tail.data, tail.length);
	say_anything(buffer_unread(&out), buffer_unread_size(&out));
	buffer_finish(&out);
}

static struct wire_item current;

/* The update that it has, if it was given one. */
static void look_for_item(void)
{
	struct frame frame;

	while (hostile->socket >= 0 && next_frame(hostile, &frame))
		if (frame.type == WIRE_ITEM && frame_head(&frame, &current, sizeof(current)))
			(void)claim_begin(hostile->scoreboard, current.ordinal);
}

/* A verdict whose head is right, or nearly, and whose rest is anything. */
static void say_verdict(uint8_t flags)
{
	struct text calls = take_bytes(take_byte()), orders = take_bytes(take_byte()),
		    failure = take_bytes(take_byte());
	struct wire_verdict verdict = { .seq = current.seq,
					.ordinal = current.ordinal,
					.duration_us = 100,
					.failed = flags & 1,
					.orders_wait = flags >> 1 & 1,
					.names_another = flags >> 2 & 1,
					.orders_size = (uint32_t)orders.length,
					.failure_size = (uint32_t)failure.length };
	struct wire_call call = { .chat_id = 7, .size = (uint32_t)calls.length, .flags = flags };
	struct buffer tail = { 0 };

	verdict.calls = flags >> 3 & 1;
	if (verdict.calls)
		buffer_append(&tail, &call, sizeof(call));
	buffer_append(&tail, calls.data, calls.length);
	buffer_append(&tail, orders.data, orders.length);
	buffer_append(&tail, failure.data, failure.length);
	say_frame(WIRE_VERDICT, &verdict, sizeof(verdict),
		  (struct text) { (char *)buffer_unread(&tail), buffer_unread_size(&tail) });
	buffer_finish(&tail);
}

static void say_call(uint8_t flags)
{
	struct text bytes = take_bytes(take_byte());
	struct wire_call call = { .chat_id = 7, .size = (uint32_t)bytes.length, .flags = flags };

	say_frame(WIRE_CALL, &call, sizeof(call), bytes);
}

static void forget_what_was_said(void)
{
	to_ingress.sent_count = to_ingress.taken = 0;
	to_crashd.sent_count = to_crashd.taken = 0;
	captures_count = 0;
	arena_reset(&heard);
}

/* It is as dead as its parent wanted it: another takes its place. */
static void replace_the_dead(void)
{
	if (!hostile->signals)
		return;
	dies(hostile, BY_SIGNAL(SIGKILL));
	pass(60000); /* those that die early are not replaced at once */
	hostile = latest();
	if (hostile->role == NURSERY_CHILD && processes_count < COUNT_OF(processes) - 8)
		is_forked(hostile);
	current = (struct wire_item) { 0 };
}

static void step(uint64_t seq)
{
	uint8_t what = take_byte();

	switch (what % 8) {
	case 0: {
		const struct wire_ready ready = { .walls = take_byte() };

		say_frame(WIRE_READY, &ready, sizeof(ready), take_bytes(take_byte()));
		break;
	}
	case 1:
		give(seq, take_byte() % 4);
		look_for_item();
		break;
	case 2:
		say_verdict(take_byte());
		break;
	case 3:
		say_call(take_byte());
		break;
	case 4:
		say_frame(what >> 3, NULL, 0, take_bytes(take_byte()));
		break;
	case 5: {
		struct text bytes = take_bytes(take_byte());

		say_anything(bytes.data, bytes.length);
		break;
	}
	case 6:
		pass(what * 10u);
		break;
	case 7:
		close_socket(hostile);
		break;
	}
	turn();
	forget_what_was_said();
}

static void play(void)
{
	start_pool();
	hostile = latest();
	for (uint64_t seq = 1; seq <= STEPS_MAX && at < end; seq++) {
		if (processes_count > COUNT_OF(processes) - 8)
			break;
		step(seq);
		replace_the_dead();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct scene whole = { SCENE(play) };
	void *state = (void *)(uintptr_t)&whole;

	at = data;
	end = data + size;
	current = (struct wire_item) { 0 };
	play_in_a_pool(&state);
	return 0;
}
