/* crash_text.c - tables and rules. Signal codes are those of sigaction(2). */
#include "crashd/crash_text.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "common/signal_name.h"
#include "common/xalloc.h"
#include "crashd/machine.h"

#define FIRST_PAGES 65536u /* below vm.mmap_min_addr nothing is ever mapped */
#define NEAR_STACK (1u << 20)

const char *crash_text_signal(int signo, struct arena *arena)
{
	const char *name = signal_name(signo);

	return name ? name : arena_printf(arena, "signal %d", signo);
}

/* What glibc prints before it aborts, and what we call it. */
static const struct {
	const char *part;
	const char *type;
	const char *words;
} abort_reasons[] = {
	{ "stack smashing detected", "abort:stack smashing", "the stack was overwritten" },
	{ "buffer overflow detected", "abort:buffer overflow", "a buffer overflowed" },
	{ "Assertion `", "assert", "an assertion failed" },
	{ "double free", "abort:heap corruption", "the heap was corrupted" },
	{ "free(): ", "abort:heap corruption", "the heap was corrupted" },
	{ "malloc", "abort:heap corruption", "the heap was corrupted" },
	{ "realloc(): ", "abort:heap corruption", "the heap was corrupted" },
	{ "corrupted ", "abort:heap corruption", "the heap was corrupted" },
	{ "munmap_chunk", "abort:heap corruption", "the heap was corrupted" },
	{ "invalid pointer", "abort:heap corruption", "the heap was corrupted" },
};

static bool has(struct text text, const char *part)
{
	return text.length > 0 && memmem(text.data, text.length, part, strlen(part)) != NULL;
}

static bool has_panicked(const struct frames *frames)
{
	for (size_t i = 0; i < frames->count; i++)
		if (frames->list[i].is_ours && text_is(frames->list[i].function, "panic_at"))
			return true;
	return false;
}

static const char *abort_type(const struct capture *capture, const struct frames *frames)
{
	if (has_panicked(frames))
		return "panic";
	for (size_t i = 0; i < COUNT_OF(abort_reasons); i++)
		if (has(capture->message, abort_reasons[i].part))
			return abort_reasons[i].type;
	return "SIGABRT";
}

static bool is_overflow(const struct capture *capture)
{
	uint64_t sp = machine_sp(capture);
	uint64_t address = capture->fault_address;

	return capture->signo == SIGSEGV && capture->base.length > 0 && address < sp + NEAR_STACK &&
	       address + NEAR_STACK > sp;
}

const char *crash_text_type(const struct capture *capture, const struct frames *frames,
			    struct arena *arena)
{
	switch (capture->kind) {
	case CAPTURE_SIGNAL:
		if (capture->signo == SIGABRT)
			return abort_type(capture, frames);
		if (capture->signo == 0)
			return "lost capture";
		return is_overflow(capture) ? "stack overflow"
					    : crash_text_signal(capture->signo, arena);
	case CAPTURE_HANG:
		return "handler timeout";
	case CAPTURE_EXIT:
		return arena_printf(arena, "exit(%d)", capture->exit_status);
	case CAPTURE_KILLED:
		return "killed";
	case CAPTURE_MEMORY:
		return "memory limit";
	case CAPTURE_ERROR:
		return "handler error";
	}
	return "unknown";
}

static const char *describe_segv(const struct capture *capture, struct arena *arena)
{
	static const char *const words[] = { [MACHINE_ACCESS] = "access",
					     [MACHINE_READ] = "read",
					     [MACHINE_WRITE] = "write",
					     [MACHINE_CALL] = "call" };
	const struct machine *machine = machine_find(capture->machine);
	enum machine_access access = machine ? machine->access(capture) : MACHINE_ACCESS;
	uint64_t address = capture->fault_address;

	if (is_overflow(capture))
		return "the stack overflowed";
	if (capture->code == SI_KERNEL)
		return "access to an address that cannot exist (a wild pointer)";
	if (address < FIRST_PAGES && access == MACHINE_CALL)
		return arena_printf(arena, "call through a null pointer (0x%" PRIx64 ")", address);
	if (address < FIRST_PAGES)
		return arena_printf(arena, "null pointer %s at 0x%" PRIx64, words[access], address);
	if (capture->code == SEGV_ACCERR)
		return arena_printf(arena, "%s at 0x%" PRIx64 " (not permitted there)",
				    words[access], address);
	return arena_printf(arena, "%s at 0x%" PRIx64 " (nothing is mapped there)", words[access],
			    address);
}

static const char *describe_bus(const struct capture *capture, struct arena *arena)
{
	if (capture->code == BUS_ADRALN)
		return arena_printf(arena, "misaligned access at 0x%" PRIx64,
				    capture->fault_address);
	if (capture->code == BUS_ADRERR)
		return arena_printf(arena,
				    "access at 0x%" PRIx64 " beyond the end of a mapped file",
				    capture->fault_address);
	return "a memory error that the system reported";
}

static const char *describe_fpe(const struct capture *capture)
{
	switch (capture->code) {
	case FPE_INTDIV:
		return "integer division by zero";
	case FPE_INTOVF:
		return "integer overflow";
	case FPE_FLTDIV:
		return "floating-point division by zero";
	default:
		return "arithmetic that has no result";
	}
}

static const char *describe_abort(const struct capture *capture)
{
	for (size_t i = 0; i < COUNT_OF(abort_reasons); i++)
		if (has(capture->message, abort_reasons[i].part))
			return abort_reasons[i].words;
	return "the program gave up (abort)";
}

/* By raise() or kill(): faults reported by the processor have a positive code (sigaction(2)). */
static bool was_sent(const struct capture *capture)
{
	return capture->code <= 0 && capture->signo != SIGABRT && capture->signo != 0;
}

static const char *describe_signal(const struct capture *capture, struct arena *arena)
{
	if (was_sent(capture))
		return arena_printf(arena, "%s was sent by a process",
				    crash_text_signal(capture->signo, arena));
	switch (capture->signo) {
	case SIGSEGV:
		return describe_segv(capture, arena);
	case SIGBUS:
		return describe_bus(capture, arena);
	case SIGFPE:
		return describe_fpe(capture);
	case SIGILL:
		return "an instruction that does not exist or is not permitted";
	case SIGABRT:
		return describe_abort(capture);
	case SIGTRAP:
		return "a debugger trap";
	case SIGSYS:
		return arena_printf(arena, "system call %" PRIu64 " is forbidden here",
				    capture->fault_address);
	case 0:
		return "the process ended and left no readable capture";
	default:
		return arena_printf(arena, "ended by %s", crash_text_signal(capture->signo, arena));
	}
}

static const char *describe_end(const struct capture *capture, struct arena *arena)
{
	switch (capture->kind) {
	case CAPTURE_SIGNAL:
		return describe_signal(capture, arena);
	case CAPTURE_HANG:
		return "the handler ran past its time and was stopped";
	case CAPTURE_EXIT:
		return arena_printf(arena, "the process ended itself with status %d",
				    capture->exit_status);
	case CAPTURE_KILLED:
		return "the process was killed from outside";
	case CAPTURE_MEMORY:
		return "the process grew over its memory limit";
	case CAPTURE_ERROR:
		return "the handler reported that it failed";
	}
	return "unknown";
}

const char *crash_text_describe(const struct capture *capture, struct text function,
				struct arena *arena)
{
	const char *end = describe_end(capture, arena);

	if (function.length == 0 || was_sent(capture)) /* the function is not the cause */
		return end;
	return arena_printf(arena, "%s in %.*s", end, (int)function.length, function.data);
}
