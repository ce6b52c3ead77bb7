/* capture_code.c - the capture as a value: read from a slot, encoded, decoded. */
#include "common/capture.h"

#include <elf.h>
#include <signal.h>
#include <string.h>

#include "common/buffer.h"

/* Version 1 had no machine and always the registers of x86-64. */
#define CAPTURE_VERSION 2
#define CAPTURE_FIELDS 35
#define CAPTURE_FIELDS_1 34
#define CAPTURE_REGISTERS_1 23

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#else
#define MACHINE EM_NONE /* its captures have no registers */
#endif

/* A field of a slot that should be terminated but may not be. */
static struct text slot_text(const char *data, size_t size)
{
	return (struct text) { .data = data, .length = strnlen(data, size) };
}

static struct text own_text(const char *text)
{
	return (struct text) { .data = text, .length = strlen(text) };
}

static struct text slot_bytes(const void *data, size_t size)
{
	return (struct text) { .data = data, .length = size };
}

static size_t at_most(size_t size, size_t limit)
{
	return size < limit ? size : limit;
}

static void take_stack(const struct capture_slot *slot, struct capture *out)
{
	size_t size = at_most(slot->stack_size, CAPTURE_STACK_MAX);
	size_t base = at_most(slot->base_size, CAPTURE_STACK_MAX - size);

	out->stack_address = slot->stack_address;
	out->stack = slot_bytes(slot->stack, size);
	out->base_address = slot->base_address;
	out->base = slot_bytes(slot->stack + size, base);
}

static void take_signal(const struct capture_slot *slot, struct capture *out)
{
	bool hang = atomic_load(&slot->hang) != 0 && slot->signo == SIGABRT;

	out->kind = hang ? CAPTURE_HANG : CAPTURE_SIGNAL;
	out->signo = slot->signo;
	out->code = slot->code;
	out->fault_address = slot->fault_address;
	out->tid = slot->tid;
	out->thread = slot_text(slot->thread, sizeof(slot->thread));
	memcpy(out->registers, slot->registers, sizeof(out->registers));
	out->message = slot_text(slot->message, sizeof(slot->message));
	take_stack(slot, out);
}

void capture_from_slot(const struct capture_slot *slot, struct capture *out)
{
	*out = (struct capture) { .kind = CAPTURE_EXIT, .machine = MACHINE };
	out->pid = atomic_load(&slot->pid);
	out->version = own_text(KORONE_VERSION);
	out->build_id = own_text(capture_build_id());
	out->module = slot_text(slot->module, sizeof(slot->module));
	out->handler = slot_text(slot->handler, sizeof(slot->handler));
	out->modules = slot_bytes(slot->modules, at_most(slot->modules_size, CAPTURE_MODULES_MAX));
	out->maps = slot_bytes(slot->maps, at_most(slot->maps_size, CAPTURE_MAPS_MAX));
	if (atomic_load(&slot->state) != 0)
		take_signal(slot, out);
}

static void pack_field(struct buffer *out, struct text text)
{
	if (text.data)
		pack_text_n(out, text.data, text.length);
	else
		pack_nil(out);
}

static void pack_field_bytes(struct buffer *out, struct text bytes)
{
	pack_bytes(out, bytes.data, bytes.length);
}

/* A stack is mostly zeros and small numbers, but the frame lives for a second: compressing is not
 * worth it. */
void capture_encode(const struct capture *capture, struct buffer *out)
{
	pack_array(out, CAPTURE_FIELDS);
	pack_uint(out, CAPTURE_VERSION);
	pack_uint(out, capture->machine);
	pack_uint(out, capture->kind);
	pack_field(out, capture->process);
	pack_field(out, capture->pool);
	pack_field(out, capture->host);
	pack_field(out, capture->version);
	pack_field(out, capture->build_id);
	pack_uint(out, capture->pid);
	pack_int(out, capture->signo);
	pack_int(out, capture->code);
	pack_int(out, capture->exit_status);
	pack_uint(out, capture->fault_address);
	pack_uint(out, capture->tid);
	pack_field(out, capture->thread);
	pack_array(out, CAPTURE_REGISTERS);
	for (size_t i = 0; i < CAPTURE_REGISTERS; i++)
		pack_uint(out, capture->registers[i]);
	pack_field(out, capture->message);
	pack_uint(out, capture->stack_address);
	pack_uint(out, capture->base_address);
	pack_field_bytes(out, capture->stack);
	pack_field_bytes(out, capture->base);
	pack_field_bytes(out, capture->modules);
	pack_field_bytes(out, capture->maps);
	pack_field(out, capture->module);
	pack_field(out, capture->handler);
	pack_field(out, capture->file);
	pack_field(out, capture->function);
	pack_uint(out, capture->line);
	pack_bytes(out, capture->trace.bytes, sizeof(capture->trace.bytes));
	pack_uint(out, capture->attempt);
	pack_int(out, capture->update_id);
	pack_uint(out, capture->update_mode);
	pack_field_bytes(out, capture->update);
	pack_uint(out, capture->started_ns);
	pack_uint(out, capture->ended_ns);
}

static uint64_t uint_up_to(struct cursor *cursor, uint64_t limit)
{
	uint64_t value = cursor_uint(cursor);

	if (value > limit) {
		cursor_fail(cursor, "number out of range");
		return 0;
	}
	return value;
}

static int32_t int32_of(struct cursor *cursor)
{
	int64_t value = cursor_int(cursor);

	if (value < INT32_MIN || value > INT32_MAX) {
		cursor_fail(cursor, "number out of range");
		return 0;
	}
	return (int32_t)value;
}

static struct text bytes_up_to(struct cursor *cursor, size_t limit)
{
	struct text bytes = cursor_bytes(cursor);

	if (bytes.length > limit) {
		cursor_fail(cursor, "a part is too large");
		return (struct text) { .data = NULL, .length = 0 };
	}
	return bytes;
}

static void decode_origin(struct cursor *cursor, struct capture *out)
{
	out->kind = (enum capture_kind)uint_up_to(cursor, CAPTURE_ERROR);
	out->process = cursor_text(cursor);
	out->pool = cursor_text(cursor);
	out->host = cursor_text(cursor);
	out->version = cursor_text(cursor);
	out->build_id = cursor_text(cursor);
	out->pid = (uint32_t)uint_up_to(cursor, UINT32_MAX);
}

static void decode_state(struct cursor *cursor, size_t registers, struct capture *out)
{
	out->signo = int32_of(cursor);
	out->code = int32_of(cursor);
	out->exit_status = int32_of(cursor);
	out->fault_address = cursor_uint(cursor);
	out->tid = (uint32_t)uint_up_to(cursor, UINT32_MAX);
	out->thread = cursor_text(cursor);
	cursor_expect_array(cursor, registers);
	for (size_t i = 0; i < registers; i++)
		out->registers[i] = cursor_uint(cursor);
	out->message = cursor_text(cursor);
	out->stack_address = cursor_uint(cursor);
	out->base_address = cursor_uint(cursor);
	out->stack = bytes_up_to(cursor, CAPTURE_STACK_MAX);
	out->base = bytes_up_to(cursor, CAPTURE_STACK_MAX);
	out->modules = bytes_up_to(cursor, CAPTURE_MODULES_MAX);
	out->maps = bytes_up_to(cursor, CAPTURE_MAPS_MAX);
}

static void decode_work(struct cursor *cursor, struct capture *out)
{
	out->module = cursor_text(cursor);
	out->handler = cursor_text(cursor);
	out->file = cursor_text(cursor);
	out->function = cursor_text(cursor);
	out->line = (uint32_t)uint_up_to(cursor, UINT32_MAX);
	cursor_fixed(cursor, out->trace.bytes, sizeof(out->trace.bytes));
	out->attempt = (uint8_t)uint_up_to(cursor, UINT8_MAX);
	out->update_id = cursor_int(cursor);
	out->update_mode = (enum crash_update)uint_up_to(cursor, CRASH_UPDATE_NONE);
	out->update = cursor_bytes(cursor);
	out->started_ns = cursor_uint(cursor);
	out->ended_ns = cursor_uint(cursor);
}

bool capture_decode(const void *data, size_t size, struct capture *out, struct why *why)
{
	struct cursor cursor = cursor_make(data, size);
	struct capture capture = { .kind = CAPTURE_EXIT };
	size_t fields = cursor_array(&cursor);
	uint64_t version = cursor_uint(&cursor);

	if (fields == CAPTURE_FIELDS && version == CAPTURE_VERSION)
		capture.machine = (uint16_t)uint_up_to(&cursor, UINT16_MAX);
	else if (fields == CAPTURE_FIELDS_1 && version == 1)
		capture.machine = EM_X86_64;
	else
		cursor_fail(&cursor, "not a capture of a known version");
	decode_origin(&cursor, &capture);
	decode_state(&cursor, version == 1 ? CAPTURE_REGISTERS_1 : CAPTURE_REGISTERS, &capture);
	decode_work(&cursor, &capture);
	if (!cursor_end(&cursor, why))
		return why_prefix(why, "capture");
	*out = capture;
	return true;
}
