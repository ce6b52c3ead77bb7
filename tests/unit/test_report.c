/* report.c, traceback.c, words.c: what the operator reads, and how reports are grouped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/pack.h"
#include "common/random.h"
#include "common/xalloc.h"
#include "crashd/crash_text.h"
#include "crashd/report.h"
#include "crashd/scrub.h"
#include "crashd/traceback.h"

#define TOKEN "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
#define OWN_SECRET "hidden-value-of-ours-0815"

static struct frame frame_of(const char *function, const char *file, uint32_t line, bool is_ours)
{
	return (struct frame) {
		.pc = 0x1000 + line,
		.trust = FRAME_CALLER,
		.is_ours = is_ours,
		.function = text_of(function),
		.file = text_of(file),
		.line = line,
		.module = text_of(is_ours ? "korone-worker" : "libc.so.6"),
	};
}

struct sample {
	struct frame list[6];
	struct frames frames;
	struct capture capture;
	struct buffer update;
	struct scrubber *scrubber;
	struct arena arena;
	struct report report;
};

static void fill_update(struct buffer *out)
{
	pack_map(out, 2);
	pack_text(out, "update_id");
	pack_int(out, 55);
	pack_text(out, "message");
	pack_map(out, 1);
	pack_text(out, "text");
	pack_text(out, "what they wrote " TOKEN " " OWN_SECRET);
}

static void open_sample(struct sample *sample)
{
	memset(sample, 0, sizeof(*sample));
	sample->list[0] = frame_of("store_field", "workers/modules/op.c", 12, true);
	sample->list[0].trust = FRAME_CRASH;
	sample->list[1] = frame_of("op_crash", "workers/modules/op.c", 30, true);
	sample->list[2] = frame_of("qsort_r", "", 0, false);
	sample->list[3] = frame_of("host_handle", "workers/host/host.c", 200, true);
	sample->list[4] = frame_of("main", "workers/main.c", 90, true);
	sample->frames = (struct frames) { .list = sample->list, .count = 5, .note = text_of("") };
	sample->scrubber = scrubber_create(&pattern_default_limits);
	fill_update(&sample->update);
	sample->capture = (struct capture) {
		.kind = CAPTURE_SIGNAL,
		.machine = EM_X86_64,
		.process = text_of("child"),
		.pool = text_of("pool"),
		.host = text_of("host"),
		.version = text_of("0.1.0"),
		.build_id = text_of("0123456789abcdef"),
		.signo = SIGSEGV,
		.code = SEGV_MAPERR,
		.fault_address = 8,
		.module = text_of("op"),
		.handler = text_of("/op_crash"),
		.stack = text_of("stack bytes that must go nowhere"),
		.attempt = 1,
		.update_id = 55,
		.update_mode = CRASH_UPDATE_FULL,
		.started_ns = 1000,
		.ended_ns = 2000,
	};
	sample->capture.trace = trace_id_make();
	sample->capture.update = (struct text) { (const char *)buffer_unread(&sample->update),
						 buffer_unread_size(&sample->update) };
}

static void make(struct sample *sample)
{
	struct trace_id id = trace_id_make();

	report_make(sample->scrubber, &sample->capture, &id, &sample->frames, "", &sample->arena,
		    &sample->report);
}

static void close_sample(struct sample *sample)
{
	scrubber_destroy(sample->scrubber);
	buffer_finish(&sample->update);
	arena_finish(&sample->arena);
}

static bool has(struct text text, const char *part)
{
	return text.data && memmem(text.data, text.length, part, strlen(part));
}

static void test_report_of_a_segv(void **state)
{
	struct sample sample;
	struct span_id span;

	(void)state;
	open_sample(&sample);
	make(&sample);
	assert_true(text_is(sample.report.type, "SIGSEGV"));
	assert_true(
		text_is(sample.report.title, "SIGSEGV in store_field (workers/modules/op.c:12)"));
	assert_true(text_is(sample.report.message, "null pointer read at 0x8 in store_field"));
	assert_true(text_is(sample.report.function, "store_field"));
	assert_int_equal(sample.report.line, 12);
	assert_true(has(sample.report.traceback, "#0  store_field (workers/modules/op.c:12)\n"));
	assert_true(has(sample.report.traceback, "#4  main (workers/main.c:90)"));
	assert_true(has(sample.report.traceback, "module op, handler /op_crash"));
	assert_true(has(sample.report.registers, "\"rip\""));
	assert_int_equal(sample.report.fingerprint.length, 64);
	assert_memory_equal(&sample.report.trace, &sample.capture.trace, sizeof(struct trace_id));
	span = span_id_of_crash(&sample.report.id);
	assert_memory_equal(&sample.report.span, &span, sizeof(span));
	close_sample(&sample);
}

static void test_fingerprint_is_stable_where_it_should_be(void **state)
{
	struct sample sample;
	char first[FINGERPRINT_SIZE], other[FINGERPRINT_SIZE];

	(void)state;
	open_sample(&sample);
	traceback_fingerprint(&sample.frames, "SIGSEGV", "p", first);
	/* lines move, the library is another, a guess follows */
	sample.list[0].line = 99;
	sample.list[2].function = text_of("bsearch");
	sample.list[5] = frame_of("guessed", "workers/host/host.c", 5, true);
	sample.list[5].trust = FRAME_GUESS;
	sample.frames.count = 6;
	traceback_fingerprint(&sample.frames, "SIGSEGV", "q", other);
	assert_string_equal(first, other);
	/* recursion */
	sample.list[5] = sample.list[0];
	traceback_fingerprint(&sample.frames, "SIGSEGV", "q", other);
	assert_string_equal(first, other);
	/* another type, another function */
	traceback_fingerprint(&sample.frames, "SIGBUS", "p", other);
	assert_string_not_equal(first, other);
	sample.list[1].function = text_of("op_other");
	traceback_fingerprint(&sample.frames, "SIGSEGV", "p", other);
	assert_string_not_equal(first, other);
	close_sample(&sample);
}

static void test_fingerprint_without_frames_is_the_place(void **state)
{
	struct frames none = { .note = { "", 0 } };
	char a[FINGERPRINT_SIZE], b[FINGERPRINT_SIZE];

	(void)state;
	traceback_fingerprint(&none, "killed", "child op /op_crash", a);
	traceback_fingerprint(&none, "killed", "child op /op_crash", b);
	assert_string_equal(a, b);
	traceback_fingerprint(&none, "killed", "child note /note", b);
	assert_string_not_equal(a, b);
}

static void test_modes_of_the_update(void **state)
{
	struct sample sample;

	(void)state;
	open_sample(&sample);
	sample.capture.message = text_of("the program's own text");
	make(&sample);
	assert_true(has(sample.report.update, "what they wrote"));
	assert_true(has(sample.report.message, "the program's own text"));

	sample.capture.update_mode = CRASH_UPDATE_REDACTED;
	make(&sample);
	assert_true(has(sample.report.update, "\"update_id\":55"));
	assert_false(has(sample.report.update, "what they wrote"));
	assert_false(has(sample.report.message, "the program's own text"));
	assert_false(has(sample.report.traceback, "the program's own text"));
	assert_null(sample.report.registers.data);

	sample.capture.update_mode = CRASH_UPDATE_NONE;
	make(&sample);
	assert_null(sample.report.update.data);
	assert_null(sample.report.registers.data);
	assert_false(has(sample.report.message, "the program's own text"));
	close_sample(&sample);
}

/* A token and a secret of ours in every text that the crashed process controls. */
static void test_secrets_are_in_no_field(void **state)
{
	struct sample sample;
	struct buffer code = { 0 };
	const char *planted = "x " TOKEN " " OWN_SECRET " y";

	(void)state;
	open_sample(&sample);
	log_secret(OWN_SECRET);
	sample.capture.process = sample.capture.pool = sample.capture.host = text_of(planted);
	sample.capture.version = sample.capture.build_id = text_of(planted);
	sample.capture.thread = sample.capture.message = text_of(planted);
	sample.capture.module = sample.capture.handler = text_of(planted);
	sample.list[0].function = sample.list[0].file = text_of(planted);
	sample.list[2].module = text_of(planted);
	sample.frames.note = text_of(planted);
	make(&sample);
	report_encode(&sample.report, &code);
	assert_null(memmem(buffer_unread(&code), buffer_unread_size(&code), "AAHdqTcv", 8));
	assert_null(memmem(buffer_unread(&code), buffer_unread_size(&code), OWN_SECRET,
			   strlen(OWN_SECRET)));
	assert_null(memmem(buffer_unread(&code), buffer_unread_size(&code), "stack bytes", 11));
	buffer_finish(&code);
	close_sample(&sample);
}

/* Wherever a limit falls within a secret. */
static void test_a_secret_at_a_limit_is_in_no_field(void **state)
{
	static const char *const secrets[] = { TOKEN, OWN_SECRET };
	struct sample sample;
	char planted[4096];

	(void)state;
	log_secret(OWN_SECRET);
	for (size_t before = 0; before < 2100; before += 7) {
		const char *secret = secrets[before % 2];
		struct buffer code = { 0 };
		int size;

		memset(planted, '.', before);
		size = snprintf(planted + before, sizeof(planted) - before, " %s y", secret);
		open_sample(&sample);
		sample.capture.process = sample.capture.pool = sample.capture.host = (struct text) {
			planted, before + (size_t)size
		};
		sample.capture.version = sample.capture.build_id = sample.capture.process;
		sample.capture.thread = sample.capture.message = sample.capture.process;
		sample.capture.module = sample.capture.handler = sample.capture.process;
		sample.list[0].function = sample.list[0].file = sample.capture.process;
		make(&sample);
		report_encode(&sample.report, &code);
		assert_null(memmem(buffer_unread(&code), buffer_unread_size(&code), secret, 14));
		buffer_finish(&code);
		close_sample(&sample);
	}
}

/* It was cut by the process that crashed, anywhere. */
static void test_a_message_that_fills_its_capture_loses_its_last_word(void **state)
{
	struct sample sample;
	struct capture_slot *slot = xmalloc(sizeof(*slot));

	(void)state;
	memset(slot->message, '.', sizeof(slot->message));
	memcpy(slot->message + sizeof(slot->message) - 31, " " TOKEN, 30);
	slot->message[sizeof(slot->message) - 1] = '\0';
	open_sample(&sample);
	sample.capture.message = text_of(slot->message);
	make(&sample);
	assert_true(has(sample.report.message, "....."));
	assert_false(has(sample.report.message, "123456789:"));
	slot->message[sizeof(slot->message) - 2] = '\0'; /* it was not cut */
	sample.capture.message = text_of(slot->message);
	make(&sample);
	assert_true(has(sample.report.message, "123456789:"));
	close_sample(&sample);
	free(slot);
}

static void test_error_without_frames_has_its_place(void **state)
{
	struct sample sample;

	(void)state;
	open_sample(&sample);
	sample.frames.count = 0;
	sample.capture.kind = CAPTURE_ERROR;
	sample.capture.signo = 0;
	sample.capture.message = text_of("the store did not answer");
	sample.capture.function = text_of("show_note");
	sample.capture.file = text_of("workers/modules/note.c");
	sample.capture.line = 44;
	make(&sample);
	assert_true(text_is(sample.report.type, "handler error"));
	assert_true(text_is(sample.report.title,
			    "handler error in show_note (workers/modules/note.c:44)"));
	assert_true(has(sample.report.traceback, "#0  show_note (workers/modules/note.c:44)"));
	assert_true(has(sample.report.message, "the store did not answer"));
	assert_null(sample.report.signal.data);
	close_sample(&sample);
}

static void test_traceback_is_bounded(void **state)
{
	struct sample sample;
	struct frame *many = calloc(FRAMES_MAX, sizeof(*many));
	static char names[FRAMES_MAX][100];

	(void)state;
	open_sample(&sample);
	for (size_t i = 0; i < FRAMES_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "a_function_with_a_long_name_%060zu", i);
		many[i] = frame_of(names[i], "workers/modules/op.c", (uint32_t)i, true);
	}
	sample.frames = (struct frames) { many, FRAMES_MAX, text_of("") };
	make(&sample);
	assert_in_range(sample.report.traceback.length, REPORT_TEXT_MAX / 2, REPORT_TEXT_MAX);
	assert_true(has(sample.report.traceback, "#0  a_function"));
	assert_true(has(sample.report.traceback, "(more frames follow)"));
	free(many);
	close_sample(&sample);
}

static void test_crash_without_update_is_its_own_trace(void **state)
{
	struct sample sample;

	(void)state;
	open_sample(&sample);
	memset(&sample.capture.trace, 0, sizeof(sample.capture.trace));
	sample.capture.attempt = 0;
	make(&sample);
	assert_memory_equal(&sample.report.trace, &sample.report.id, sizeof(struct trace_id));
	close_sample(&sample);
}

static void test_code_goes_round(void **state)
{
	struct sample sample;
	struct buffer code = { 0 };
	struct report out;
	struct why why;

	(void)state;
	open_sample(&sample);
	make(&sample);
	report_encode(&sample.report, &code);
	assert_true(report_decode(buffer_unread(&code), buffer_unread_size(&code), &out, &why));
	assert_true(text_is(out.title, "SIGSEGV in store_field (workers/modules/op.c:12)"));
	assert_int_equal(out.update_id, 55);
	assert_int_equal(out.ended_ns, 2000);
	assert_int_equal(out.update.length, sample.report.update.length);
	assert_null(out.scrubbed.data);
	for (size_t size = 0; size < buffer_unread_size(&code); size += 7)
		assert_false(report_decode(buffer_unread(&code), size, &out, &why));
	buffer_finish(&code);
	close_sample(&sample);
}

/* In capture.registers, by machine (capture.h). */
enum { X86_RSP = 15, X86_RIP = 16, X86_ERR = 19, ARM_SP = 31, ARM_PC = 32, ARM_ESR = 33 };

static const struct {
	int signo, code;
	uint64_t address, error; /* of x86-64 */
	const char *message;
	const char *type;
	const char *words;
} ends[] = {
	{ SIGSEGV, SEGV_MAPERR, 0, 4, "", "SIGSEGV", "null pointer read at 0x0" },
	{ SIGSEGV, SEGV_MAPERR, 8, 6, "", "SIGSEGV", "null pointer write at 0x8" },
	{ SIGSEGV, SEGV_MAPERR, 0, 20, "", "SIGSEGV", "call through a null pointer (0x0)" },
	{ SIGSEGV, SEGV_ACCERR, 0x500000, 6, "", "SIGSEGV",
	  "write at 0x500000 (not permitted there)" },
	{ SIGSEGV, SI_KERNEL, 0, 0, "", "SIGSEGV",
	  "access to an address that cannot exist (a wild pointer)" },
	{ SIGSEGV, SI_USER, 0, 0, "", "SIGSEGV", "SIGSEGV was sent by a process" },
	{ SIGFPE, FPE_INTDIV, 0, 0, "", "SIGFPE", "integer division by zero" },
	{ SIGBUS, BUS_ADRERR, 0x7000, 0, "", "SIGBUS",
	  "access at 0x7000 beyond the end of a mapped file" },
	{ SIGABRT, SI_TKILL, 0, 0, "*** stack smashing detected ***: terminated",
	  "abort:stack smashing", "the stack was overwritten" },
	{ SIGABRT, SI_TKILL, 0, 0, "*** buffer overflow detected ***: terminated",
	  "abort:buffer overflow", "a buffer overflowed" },
	{ SIGABRT, SI_TKILL, 0, 0, "free(): double free detected in tcache 2",
	  "abort:heap corruption", "the heap was corrupted" },
	{ SIGABRT, SI_TKILL, 0, 0, "x: a.c:3: f: Assertion `a' failed.", "assert",
	  "an assertion failed" },
	{ SIGABRT, SI_TKILL, 0, 0, "", "SIGABRT", "the program gave up (abort)" },
	{ SIGSYS, 1, 101, 0, "", "SIGSYS", "system call 101 is forbidden here" },
	{ 0, 0, 0, 0, "", "lost capture", "the process ended and left no readable capture" },
};

static void test_words(void **state)
{
	struct frames none = { .note = { "", 0 } };
	struct arena arena = { 0 };
	const char *with_place;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		struct capture capture = { .kind = CAPTURE_SIGNAL,
					   .machine = EM_X86_64,
					   .signo = ends[i].signo,
					   .code = ends[i].code,
					   .fault_address = ends[i].address,
					   .message = text_of(ends[i].message) };

		capture.registers[X86_ERR] = ends[i].error;
		capture.registers[X86_RSP] = 0x7ffe00000000;
		assert_string_equal(crash_text_type(&capture, &none, &arena), ends[i].type);
		assert_string_equal(crash_text_describe(&capture, text_of(""), &arena),
				    ends[i].words);
		with_place = crash_text_describe(&capture, text_of("f"), &arena);
		assert_true(strncmp(with_place, ends[i].words, strlen(ends[i].words)) == 0);
		assert_string_equal(with_place + strlen(ends[i].words),
				    ends[i].code == SI_USER && ends[i].signo ? "" : " in f");
	}
	arena_finish(&arena);
}

/* What arm64 says about a fault: Arm ARM D17.2.37. */
static const struct {
	uint64_t address, pc, syndrome;
	const char *words;
} arm_ends[] = {
	{ 0, 0x5000, UINT64_C(0x24) << 26 | 7, "null pointer read at 0x0" },
	{ 8, 0x5000, UINT64_C(0x24) << 26 | 0x47, "null pointer write at 0x8" },
	{ 0, 0, 0, "call through a null pointer (0x0)" },
	{ 0x700000, 0x700000, UINT64_C(0x20) << 26, "call at 0x700000 (nothing is mapped there)" },
	{ 0x700000, 0x5000, 0, "access at 0x700000 (nothing is mapped there)" },
};

static void test_words_of_arm64(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(arm_ends); i++) {
		struct capture capture = { .kind = CAPTURE_SIGNAL,
					   .machine = EM_AARCH64,
					   .signo = SIGSEGV,
					   .code = SEGV_MAPERR,
					   .fault_address = arm_ends[i].address };

		capture.registers[ARM_SP] = 0x7ffe00000000;
		capture.registers[ARM_PC] = arm_ends[i].pc;
		capture.registers[ARM_ESR] = arm_ends[i].syndrome;
		assert_string_equal(crash_text_describe(&capture, text_of(""), &arena),
				    arm_ends[i].words);
	}
	arena_finish(&arena);
}

static void test_registers_have_the_names_of_their_machine(void **state)
{
	struct sample sample;

	(void)state;
	open_sample(&sample);
	sample.capture.machine = EM_AARCH64;
	for (size_t i = 0; i < CAPTURE_REGISTERS; i++)
		sample.capture.registers[i] = 0x100 + i;
	make(&sample);
	assert_true(has(sample.report.registers, "{\"x0\":\"0x100\","));
	assert_true(has(sample.report.registers,
			"\"x30\":\"0x11e\",\"sp\":\"0x11f\",\"pc\":\"0x120\",\"esr\":\"0x121\"}"));
	sample.capture.machine = EM_RISCV;
	make(&sample);
	assert_null(sample.report.registers.data);
	assert_true(has(sample.report.message, "null pointer access at 0x8"));
	close_sample(&sample);
}

static void test_report_says_where_it_comes_from(void **state)
{
	struct sample sample;

	(void)state;
	open_sample(&sample);
	sample.capture.thread = text_of("main");
	sample.capture.pid = 71;
	sample.capture.tid = 72;
	sample.capture.registers[X86_RIP] = 0x1234abcd;
	make(&sample);
	assert_true(text_is(sample.report.signal, "SIGSEGV"));
	assert_true(text_is(sample.report.process, "child"));
	assert_true(text_is(sample.report.pool, "pool"));
	assert_true(text_is(sample.report.host, "host"));
	assert_true(text_is(sample.report.version, "0.1.0"));
	assert_true(text_is(sample.report.build_id, "0123456789abcdef"));
	assert_true(text_is(sample.report.thread, "main"));
	assert_true(text_is(sample.report.module, "op"));
	assert_true(text_is(sample.report.handler, "/op_crash"));
	assert_true(text_is(sample.report.file, "workers/modules/op.c"));
	assert_int_equal(sample.report.pid, 71);
	assert_int_equal(sample.report.tid, 72);
	assert_int_equal(sample.report.attempt, 1);
	assert_true(has(sample.report.registers, "\"rip\":\"0x1234abcd\""));
	close_sample(&sample);
}

/* The best that is known: the file, else the module, else the process. */
static void test_title_without_a_place(void **state)
{
	struct sample sample;

	(void)state;
	open_sample(&sample);
	sample.frames.count = 0;
	make(&sample);
	assert_true(text_is(sample.report.title, "SIGSEGV in module op"));
	sample.capture.module = text_of("");
	make(&sample);
	assert_true(text_is(sample.report.title, "SIGSEGV of child"));
	assert_false(has(sample.report.traceback, "in module"));
	close_sample(&sample);
}

static void test_why_there_is_no_full_trace_is_said(void **state)
{
	struct sample sample;
	struct trace_id id = trace_id_make();

	(void)state;
	open_sample(&sample);
	make(&sample);
	assert_false(has(sample.report.traceback, "no full trace"));
	report_make(sample.scrubber, &sample.capture, &id, &sample.frames, "no room", &sample.arena,
		    &sample.report);
	assert_true(has(sample.report.traceback, "(no full trace: no room)\n"));
	close_sample(&sample);
}

static void test_control_characters_are_taken_out(void **state)
{
	struct sample sample;

	(void)state;
	open_sample(&sample);
	sample.capture.pool = text_of("a\x01\x1b[31m z\n\n");
	make(&sample);
	assert_true(text_is(sample.report.pool, "a??[31m z"));
	close_sample(&sample);
}

static void test_what_was_scrubbed_is_named(void **state)
{
	struct sample sample;

	(void)state;
	open_sample(&sample);
	buffer_clear(&sample.update);
	pack_map(&sample.update, 2);
	pack_text(&sample.update, "update_id");
	pack_int(&sample.update, 55);
	pack_text(&sample.update, "password");
	pack_text(&sample.update, "what they wrote");
	sample.capture.update = (struct text) { (const char *)buffer_unread(&sample.update),
						buffer_unread_size(&sample.update) };
	make(&sample);
	assert_false(has(sample.report.update, "what they wrote"));
	assert_true(has(sample.report.update, "\"update_id\":55"));
	assert_true(has(sample.report.scrubbed, "[{"));
	assert_true(has(sample.report.scrubbed, "password"));
	assert_false(has(sample.report.scrubbed, "what they wrote"));
	close_sample(&sample);
}

static void test_light_report_finds_the_full_one(void **state)
{
	const struct trace_id trace = trace_id_make();
	const struct span_id span = { { 1, 2, 3 } };
	struct sample sample;
	struct buffer code = { 0 };
	struct report out;
	struct why why;

	(void)state;
	open_sample(&sample);
	make(&sample);
	assert_false(report_is_light(&sample.report));
	report_lighten(&sample.report, &trace, &span);
	report_encode(&sample.report, &code);
	assert_true(report_decode(buffer_unread(&code), buffer_unread_size(&code), &out, &why));
	assert_true(report_is_light(&out));
	assert_memory_equal(&out.full_trace, &trace, sizeof(trace));
	assert_memory_equal(&out.full_span, &span, sizeof(span));
	assert_null(out.traceback.data);
	assert_null(out.update.data);
	assert_null(out.registers.data);
	assert_null(out.scrubbed.data);
	assert_true(text_is(out.fingerprint, sample.report.fingerprint.data));
	buffer_finish(&code);
	close_sample(&sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report_of_a_segv),
		cmocka_unit_test(test_fingerprint_is_stable_where_it_should_be),
		cmocka_unit_test(test_fingerprint_without_frames_is_the_place),
		cmocka_unit_test(test_modes_of_the_update),
		cmocka_unit_test(test_secrets_are_in_no_field),
		cmocka_unit_test(test_a_secret_at_a_limit_is_in_no_field),
		cmocka_unit_test(test_a_message_that_fills_its_capture_loses_its_last_word),
		cmocka_unit_test(test_error_without_frames_has_its_place),
		cmocka_unit_test(test_traceback_is_bounded),
		cmocka_unit_test(test_crash_without_update_is_its_own_trace),
		cmocka_unit_test(test_code_goes_round),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_words_of_arm64),
		cmocka_unit_test(test_registers_have_the_names_of_their_machine),
		cmocka_unit_test(test_report_says_where_it_comes_from),
		cmocka_unit_test(test_title_without_a_place),
		cmocka_unit_test(test_why_there_is_no_full_trace_is_said),
		cmocka_unit_test(test_control_characters_are_taken_out),
		cmocka_unit_test(test_what_was_scrubbed_is_named),
		cmocka_unit_test(test_light_report_finds_the_full_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
