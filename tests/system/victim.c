/* victim.c - ends in the way asked for, and provides the capture: for tests of crashd.
 *
 *   victim WAY              in a child; the encoded capture goes to standard output
 *   victim --file DIR WAY   itself, leaving a capture file in DIR
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "tests/system/capture_end.h"
#include "workers/modules/op_crash.h"

static volatile int zero;
static volatile int sink;

__attribute__((noinline)) static void write_to_null(void)
{
	*(volatile int *)(uintptr_t)(unsigned)(8 * zero) = 1;
	sink++;
}

__attribute__((noinline)) static void divide_by_zero(void)
{
	sink = DIVIDE(7, zero);
}

__attribute__((noinline)) static void run_illegal_instruction(void)
{
	ILLEGAL_INSTRUCTION();
	sink++;
}

/* A real one: reads beyond the end of a mapped file. */
__attribute__((noinline)) static void read_past_a_file(void)
{
	volatile const char *bytes = mmap(NULL, 8192, PROT_READ, MAP_SHARED,
					  memfd_create("short", MFD_CLOEXEC), 0);

	sink = bytes[5000];
	sink++;
}

__attribute__((noinline)) static void call_abort(void)
{
	abort();
}

__attribute__((noinline)) static void fail_an_assertion(void)
{
	assert(zero == 1);
	sink++;
}

__attribute__((noinline)) static void smash_the_stack(void)
{
	volatile char small[16];
	volatile char *at = small;

	for (int i = 0; i < 64 + zero; i++)
		at[i] = 'x';
	sink = small[3];
}

__attribute__((noinline)) static void overflow_a_buffer(void)
{
	char small[8];

	memset(small, 'x', (size_t)(100 + zero)); /* FORTIFY knows the size */
	sink = small[zero];
}

__attribute__((noinline)) static void free_twice(void)
{
	char *volatile block = malloc(5000);
	char *volatile again = block;

	free(block);
	free(again);
	sink++;
}

__attribute__((noinline)) static int overflow_the_stack(int depth)
{
	volatile char frame[2048];

	frame[depth % 2048] = 1;
	return zero ? depth : overflow_the_stack(depth + 1) + frame[depth % 2048];
}

__attribute__((noinline)) static void jump_to_bad_pointer(void)
{
	void (*volatile nowhere)(void) = (void (*)(void))(uintptr_t)(0x414141410000 + zero);

	nowhere();
	sink++;
}

/* Every return address above is lost: the unwinder has to guess. */
__attribute__((noinline, no_stack_protector)) static void lose_the_callers(void)
{
	uint64_t *frame = __builtin_frame_address(0);

	for (int i = 0; i < 24; i++)
		frame[i] = 0x5151515151515151;
	__asm__ volatile("" ::: "memory");
	*(volatile int *)(uintptr_t)(unsigned)zero = 1;
}

static void *run_thread(void *argument)
{
	prctl(PR_SET_NAME, "second");
	write_to_null();
	return argument;
}

static void crash_in_a_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, run_thread, NULL);
	pthread_join(thread, NULL);
}

static int compare(const void *a, const void *b)
{
	write_to_null();
	return *(const char *)a - *(const char *)b;
}

static void crash_in_a_callback(void)
{
	char bytes[2] = { 'b', 'a' };

	qsort(bytes, 2, 1, compare);
	sink = bytes[0];
}

/* From now on the system call has this result. */
static void forbid(int number, unsigned action)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT_OF(filter), filter };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

__attribute__((noinline)) static void make_forbidden_call(void)
{
	forbid(SYS_getppid, SECCOMP_RET_TRAP);
	sink = (int)syscall(SYS_getppid);
	sink++;
}

/* As with older container engines: the call that reads a stack safely is refused. */
static void crash_under_old_seccomp(void)
{
	forbid(SYS_process_vm_readv, SECCOMP_RET_ERRNO | EPERM);
	write_to_null();
}

static void overflow(void)
{
	sink = overflow_the_stack(0);
}

static void call_panic(void)
{
	panic("a state that cannot be");
}

static void kill_itself(void)
{
	raise(SIGKILL);
}

static void exit_itself(void)
{
	_exit(3);
}

static const struct {
	const char *name;
	void (*run)(void);
} ways[] = {
	{ "segv", write_to_null },
	{ "fpe", divide_by_zero },
	{ "ill", run_illegal_instruction },
	{ "bus", read_past_a_file },
	{ "abort", call_abort },
	{ "assert", fail_an_assertion },
	{ "smash", smash_the_stack },
	{ "fortify", overflow_a_buffer },
	{ "free", free_twice },
	{ "overflow", overflow },
	{ "jump", jump_to_bad_pointer },
	{ "lost", lose_the_callers },
	{ "thread", crash_in_a_thread },
	{ "callback", crash_in_a_callback },
	{ "sys", make_forbidden_call },
	{ "container", crash_under_old_seccomp },
	{ "panic", call_panic },
	{ "kill", kill_itself },
	{ "exit", exit_itself },
};

static void run_way(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(ways); i++)
		if (strcmp(ways[i].name, name) == 0)
			ways[i].run();
	_exit(64);
}

static void write_capture(const struct capture_slot *slot, int status)
{
	struct buffer bytes = { 0 };
	struct capture capture;

	capture_from_slot(slot, &capture);
	capture_add_end(&capture, status);
	capture.process = text_of("child");
	capture.pool = text_of("test");
	capture.host = text_of("here");
	capture.started_ns = capture.ended_ns = clock_utc_ns();
	capture_encode(&capture, &bytes);
	fwrite(buffer_unread(&bytes), 1, buffer_unread_size(&bytes), stdout);
	buffer_finish(&bytes);
}

static void capture_child(const char *way)
{
	struct capture_slot *slot = mmap(NULL, sizeof(*slot), PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		capture_install(slot);
		snprintf(slot->module, sizeof(slot->module), "victim");
		snprintf(slot->handler, sizeof(slot->handler), "/%s", way);
		run_way(way);
	}
	waitpid(pid, &status, 0);
	write_capture(slot, status);
}

int main(int argc, char **argv)
{
	struct rlimit none = { 0, 0 };
	struct why why;

	setrlimit(RLIMIT_CORE, &none);
	if (argc == 2) {
		capture_child(argv[1]);
		return 0;
	}
	if (argc != 4 || !capture_install_file(argv[2], "child", &why))
		return 64;
	run_way(argv[3]);
}
