/* test_capture.c - crashes real forked children in every way and checks what their handler left in
 * the slot. */
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/capture.h"
#include "common/capture_file.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/random.h"
#include "common/xalloc.h"
#include "crashd/machine.h"
#include "tests/system/capture_end.h"
#include "workers/modules/op_crash.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static volatile int zero;
static volatile int sink;
static struct capture_slot *slots[64];
static size_t slots_count;

/* Until all tests have ended. */
static struct capture_slot *slot_make(void)
{
	assert_true(slots_count < COUNT_OF(slots));
	slots[slots_count] = xshare(sizeof(*slots[0]));
	return slots[slots_count++];
}

static int unmap_slots(void **state)
{
	(void)state;
	while (slots_count > 0)
		xshare_end(slots[--slots_count], sizeof(*slots[0]));
	return 0;
}

static void child_begin(void)
{
	struct rlimit none = { 0, 0 };
	int null = open("/dev/null", O_WRONLY);

	signals_reset_after_fork();
	setrlimit(RLIMIT_CORE, &none);
	dup2(null, STDERR_FILENO);
}

/* Runs `crash` in a child that has the slot; returns how it ended. */
static int crash_child(struct capture_slot *slot, void (*crash)(void), struct capture *out)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		child_begin();
		capture_install(slot);
		strcpy(slot->module, "ping");
		strcpy(slot->handler, "/ping");
		crash();
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	capture_from_slot(slot, out);
	capture_add_end(out, status);
	assert_int_equal(out->pid, pid);
	return status;
}

static void assert_died_of(int status, int signo)
{
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), signo);
}

static bool text_has(struct text text, const char *word)
{
	return memmem(text.data, text.length, word, strlen(word)) != NULL;
}

__attribute__((noinline)) static void crash_segv(void)
{
	char here[64];

	strcpy(here, "a mark on the stack that the copy must have");
	__asm__ volatile("" : : "r"(here) : "memory");
	*(volatile int *)(uintptr_t)(unsigned)(zero + 8) = 1;
	sink = here[1];
}

static void crash_abort(void)
{
	abort();
}

static void crash_assert(void)
{
	assert(zero == 1);
}

static void crash_panic(void)
{
	panic("the number is %d", 42);
}

__attribute__((noinline)) static void smash(size_t length)
{
	char small[16];

	for (volatile size_t i = 0; i < length; i++)
		((volatile char *)small)[i] = 'A';
	sink = small[3];
}

static void crash_smash(void)
{
	smash(64 + (size_t)zero);
}

__attribute__((noinline)) static int recurse(int depth)
{
	volatile char frame[512];

	frame[depth % 512] = 1;
	return zero ? depth : recurse(depth + 1) + frame[depth % 512];
}

static void crash_overflow(void)
{
	sink = recurse(0);
}

static void crash_jump(void)
{
	void (*volatile nowhere)(void) = NULL;

	nowhere();
}

static void crash_fpe(void)
{
	volatile int one = 1;

	sink = DIVIDE(one, zero);
}

static void crash_bus(void)
{
	FILE *file = tmpfile();
	volatile char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);

	page[0] = 1;
}

static void crash_exit(void)
{
	_exit(3);
}

static void crash_kill(void)
{
	kill(getpid(), SIGKILL);
	pause();
}

static void crash_ill(void)
{
	ILLEGAL_INSTRUCTION();
}

static void test_segv(void **state)
{
	struct capture_slot *slot = slot_make();
	struct capture capture;

	(void)state;
	if (SANITIZED)
		skip();
	assert_died_of(crash_child(slot, crash_segv, &capture), SIGSEGV);
	assert_int_equal(capture.kind, CAPTURE_SIGNAL);
	assert_int_equal(capture.signo, SIGSEGV);
	assert_int_equal(capture.code, SEGV_MAPERR);
	assert_int_equal(capture.fault_address, 8);
	assert_true(text_is(capture.module, "ping"));
	assert_true(text_is(capture.handler, "/ping"));
	assert_true(text_has(capture.stack, "a mark on the stack"));
	assert_true(text_has(capture.maps, "test_capture"));
	assert_true(text_has(capture.maps, "[stack]"));
	assert_true(text_has(capture.modules, capture_build_id()));
	assert_int_equal(capture.build_id.length, 40);
	assert_int_equal(capture.message.length, 0);
	assert_in_range(machine_sp(&capture), capture.stack_address, capture.stack_address + 256);
	assert_in_range(machine_pc(&capture), (uintptr_t)crash_segv, (uintptr_t)crash_segv + 512);
	assert_int_equal(machine_find(capture.machine)->access(&capture), MACHINE_WRITE);
}

static void test_abort_has_stack_and_no_message(void **state)
{
	struct capture_slot *slot = slot_make();
	struct capture capture;

	(void)state;
	assert_died_of(crash_child(slot, crash_abort, &capture), SIGABRT);
	assert_int_equal(capture.kind, CAPTURE_SIGNAL);
	assert_int_equal(capture.signo, SIGABRT);
	assert_int_equal(capture.message.length, 0);
	assert_true(capture.stack.length > 0);
}

static void test_assert_message_is_kept(void **state)
{
	struct capture_slot *slot = slot_make();
	struct capture capture;

	(void)state;
	assert_died_of(crash_child(slot, crash_assert, &capture), SIGABRT);
	assert_true(text_has(capture.message, "Assertion `zero == 1' failed"));
}

static void test_panic_message_is_kept(void **state)
{
	struct capture_slot *slot = slot_make();
	struct capture capture;

	(void)state;
	assert_died_of(crash_child(slot, crash_panic, &capture), SIGABRT);
	assert_true(text_has(capture.message, "the number is 42"));
}

static void test_smashed_stack(void **state)
{
	struct capture_slot *slot = slot_make();
	struct capture capture;

	(void)state;
	if (SANITIZED)
		skip();
	assert_died_of(crash_child(slot, crash_smash, &capture), SIGABRT);
	assert_true(text_has(capture.message, "stack smashing detected"));
}

static void test_overflow_keeps_both_ends(void **state)
{
	struct capture_slot *slot = slot_make();
	struct capture capture;

	(void)state;
	if (SANITIZED)
		skip();
	assert_died_of(crash_child(slot, crash_overflow, &capture), SIGSEGV);
	assert_int_equal(capture.stack.length, 192 << 10);
	assert_int_equal(capture.base.length, 64 << 10);
	assert_true(capture.base_address > capture.stack_address + (4u << 20));
	assert_true(text_has(capture.base, "PATH="));
}

static void test_jump_through_null(void **state)
{
	struct capture_slot *slot = slot_make();
	struct capture capture;

	(void)state;
	if (SANITIZED)
		skip();
	assert_died_of(crash_child(slot, crash_jump, &capture), SIGSEGV);
	assert_int_equal(capture.fault_address, 0);
	assert_int_equal(machine_pc(&capture), 0);
	assert_int_equal(machine_find(capture.machine)->access(&capture), MACHINE_CALL);
}

static void test_fpe_bus_ill(void **state)
{
	struct capture_slot *slot = slot_make();
	struct capture capture;

	(void)state;
	if (SANITIZED)
		skip();
	assert_died_of(crash_child(slot, crash_fpe, &capture), SIGFPE);
#ifdef __x86_64__ /* others divide by zero silently: it was raised */
	assert_int_equal(capture.code, FPE_INTDIV);
#endif
	assert_died_of(crash_child(slot, crash_bus, &capture), SIGBUS);
	assert_int_equal(capture.code, BUS_ADRERR);
	assert_died_of(crash_child(slot, crash_ill, &capture), SIGILL);
}

static void test_hang_is_told_from_abort(void **state)
{
	struct capture_slot *slot = slot_make();
	struct capture capture;
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		child_begin();
		capture_install(slot);
		atomic_store(&slot->seq, 7);
		for (;;)
			sink++;
	}
	while (atomic_load(&slot->seq) != 7)
		usleep(1000);
	atomic_store(&slot->hang, 1);
	kill(pid, SIGABRT);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_died_of(status, SIGABRT);
	capture_from_slot(slot, &capture);
	assert_int_equal(capture.kind, CAPTURE_HANG);
	assert_true(capture.stack.length > 0);
}

static void test_ends_without_a_word(void **state)
{
	struct capture_slot *slot = slot_make();
	struct capture capture;

	(void)state;
	crash_child(slot, crash_exit, &capture);
	assert_int_equal(capture.kind, CAPTURE_EXIT);
	assert_int_equal(capture.exit_status, 3);
	crash_child(slot, crash_kill, &capture);
	assert_int_equal(capture.kind, CAPTURE_KILLED);
	assert_int_equal(capture.signo, SIGKILL);
	assert_int_equal(capture.stack.length, 0);
}

/* With a stack pointer beyond all memory. */
static void crash_without_stack(void)
{
#if defined(__x86_64__)
	__asm__ volatile("mov $-4096, %%rsp\n\tud2" : : : "memory");
#elif defined(__aarch64__)
	__asm__ volatile("mov x9, #-4096\n\tmov sp, x9\n\tudf #0" : : : "x9", "memory");
#endif
}

static void test_a_lost_stack_pointer_leaves_all_but_the_stack(void **state)
{
	struct capture_slot *slot = slot_make();
	struct capture capture;

	(void)state;
#if !defined(__x86_64__) && !defined(__aarch64__)
	skip();
#endif
	if (SANITIZED)
		skip();
	assert_died_of(crash_child(slot, crash_without_stack, &capture), SIGILL);
	assert_int_equal(capture.kind, CAPTURE_SIGNAL);
	assert_int_equal(capture.signo, SIGILL);
	assert_int_equal(machine_sp(&capture), -4096);
	assert_in_range(machine_pc(&capture), (uintptr_t)crash_without_stack,
			(uintptr_t)crash_without_stack + 256);
	assert_int_equal(capture.stack.length, 0);
	assert_int_equal(capture.base.length, 0);
	assert_true(text_has(capture.maps, "[stack]"));
}

static void crash_unless_a_stack_is_kept(void)
{
	stack_t first, second;

	assert(sigaltstack(NULL, &first) == 0 && !(first.ss_flags & SS_DISABLE));
	capture_install(slots[slots_count - 1]);
	assert(sigaltstack(NULL, &second) == 0);
	_exit(first.ss_sp == second.ss_sp && first.ss_size == second.ss_size ? 7 : 8);
}

/* A child has that of its nursery. */
static void test_the_stack_of_the_handler_is_made_once(void **state)
{
	struct capture_slot *slot = slot_make();
	struct capture capture;
	int status;

	(void)state;
	if (SANITIZED)
		skip();
	status = crash_child(slot, crash_unless_a_stack_is_kept, &capture);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

static pthread_barrier_t together;

static void *crash_at_once(void *owner)
{
	(void)owner;
	pthread_barrier_wait(&together);
	abort();
}

static void crash_in_two_threads(void)
{
	pthread_t thread;

	pthread_barrier_init(&together, NULL, 2);
	pthread_create(&thread, NULL, crash_at_once, NULL);
	pthread_setname_np(thread, "second");
	pthread_barrier_wait(&together);
	crash_segv();
}

static void test_two_threads_give_one_capture(void **state)
{
	struct capture_slot *slot = slot_make();
	struct capture capture;

	(void)state;
	if (SANITIZED)
		skip();
	for (int i = 0; i < 20; i++) {
		int status = crash_child(slot, crash_in_two_threads, &capture);

		assert_true(WIFSIGNALED(status));
		assert_int_equal(atomic_load(&slot->state), 2);
		assert_int_equal(WTERMSIG(status), capture.signo);
	}
}

static void test_hostile_slot_is_clamped(void **state)
{
	struct capture_slot *slot = slot_make();
	struct capture capture;

	(void)state;
	memset(slot, 0xff, sizeof(*slot));
	capture_from_slot(slot, &capture);
	assert_int_equal(capture.stack.length, CAPTURE_STACK_MAX);
	assert_int_equal(capture.base.length, 0);
	assert_int_equal(capture.maps.length, CAPTURE_MAPS_MAX);
	assert_int_equal(capture.modules.length, CAPTURE_MODULES_MAX);
	assert_int_equal(capture.message.length, sizeof(slot->message));
	assert_int_equal(capture.thread.length, sizeof(slot->thread));
}

static void test_code_goes_round(void **state)
{
	struct capture_slot *slot = slot_make();
	struct capture in, out;
	struct buffer code = { 0 };
	struct why why;

	(void)state;
	crash_child(slot, crash_abort, &in);
	in.trace = trace_id_make();
	in.attempt = 2;
	in.update_id = -5;
	in.update_mode = CRASH_UPDATE_REDACTED;
	in.update = (struct text) { "\x81\xa1x\x01", 4 };
	in.started_ns = 1;
	in.ended_ns = UINT64_MAX;
	capture_encode(&in, &code);
	assert_true(capture_decode(buffer_unread(&code), buffer_unread_size(&code), &out, &why));
	assert_int_equal(out.kind, in.kind);
	assert_int_equal(out.update_id, -5);
	assert_int_equal(out.attempt, 2);
	assert_int_equal(out.update_mode, CRASH_UPDATE_REDACTED);
	assert_int_equal(out.ended_ns, UINT64_MAX);
	assert_int_equal(out.stack.length, in.stack.length);
	assert_memory_equal(out.stack.data, in.stack.data, in.stack.length);
	assert_memory_equal(out.registers, in.registers, sizeof(in.registers));
	assert_memory_equal(&out.trace, &in.trace, sizeof(in.trace));
	assert_int_equal(out.update.length, 4);
	for (size_t size = 0; size < 64; size++)
		assert_false(capture_decode(buffer_unread(&code), size, &out, &why));
	buffer_finish(&code);
}

struct found {
	char path[300];
	int count;
};

static void note_file(void *owner, const char *path)
{
	struct found *found = owner;

	snprintf(found->path, sizeof(found->path), "%s", path);
	found->count++;
}

static void assert_torn_file_is_refused(const char *path, struct buffer *memory)
{
	struct capture capture;
	struct trace_id id;
	struct why why;
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	for (off_t size = status.st_size - 1; size > 0; size -= status.st_size / 16) {
		assert_int_equal(truncate(path, size), 0);
		assert_false(capture_file_read(path, memory, &capture, &id, &why));
	}
}

static void test_process_without_parent_leaves_a_file(void **state)
{
	char directory[] = "/tmp/korone-test-XXXXXX";
	struct found found = { .count = 0 };
	struct buffer memory = { 0 };
	struct capture capture;
	struct trace_id id;
	struct stat status;
	struct why why;
	char host[256];
	int end;
	pid_t pid;

	(void)state;
	assert_non_null(mkdtemp(directory));
	pid = fork();
	if (pid == 0) {
		child_begin();
		if (capture_install_file(directory, "ingress", &why))
			crash_panic();
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &end, 0), pid);
	assert_died_of(end, SIGABRT);
	capture_files_each(directory, note_file, &found);
	assert_int_equal(found.count, 1);
	assert_int_equal(stat(found.path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_true(capture_file_read(found.path, &memory, &capture, &id, &why));
	assert_true(text_is(capture.process, "ingress"));
	assert_true(text_is(capture.version, KORONE_VERSION));
	assert_true(text_is(capture.build_id, capture_build_id()));
	assert_int_equal(gethostname(host, sizeof(host)), 0);
	assert_true(text_is(capture.host, host));
	assert_true(text_has(capture.message, "the number is 42"));
	assert_true(text_has(capture.maps, "[stack]"));
	assert_true(capture.stack.length > 1000);
	assert_int_equal(capture.pid, pid);
	assert_true(capture.ended_ns >= capture.started_ns);
	assert_false(trace_id_is_zero(&id));
	assert_torn_file_is_refused(found.path, &memory);
	unlink(found.path);
	rmdir(directory);
	buffer_finish(&memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_segv),
		cmocka_unit_test(test_abort_has_stack_and_no_message),
		cmocka_unit_test(test_assert_message_is_kept),
		cmocka_unit_test(test_panic_message_is_kept),
		cmocka_unit_test(test_smashed_stack),
		cmocka_unit_test(test_overflow_keeps_both_ends),
		cmocka_unit_test(test_jump_through_null),
		cmocka_unit_test(test_fpe_bus_ill),
		cmocka_unit_test(test_hang_is_told_from_abort),
		cmocka_unit_test(test_ends_without_a_word),
		cmocka_unit_test(test_a_lost_stack_pointer_leaves_all_but_the_stack),
		cmocka_unit_test(test_the_stack_of_the_handler_is_made_once),
		cmocka_unit_test(test_two_threads_give_one_capture),
		cmocka_unit_test(test_hostile_slot_is_clamped),
		cmocka_unit_test(test_code_goes_round),
		cmocka_unit_test(test_process_without_parent_leaves_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, unmap_slots);
}
