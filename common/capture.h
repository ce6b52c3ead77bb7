/* capture.h - what is known about a crash, from the moment it happens until crashd has it.
 *
 * Two halves. The slot: shared memory in which a child notes what it is doing and into which its
 * fatal-signal handler copies signal, registers, memory map and stack (no allocation, no locks).
 * The capture: the same as a value, encoded in msgpack, in MESSAGE_CAPTURE or in a 0600 file that
 * the process sends at its next start. Nothing in a slot can be trusted once its child has crashed.
 */
#ifndef COMMON_CAPTURE_H
#define COMMON_CAPTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/pack.h"
#include "common/settings.h"
#include "common/trace.h"
#include "common/why.h"

#define CAPTURE_STACK_MAX (256u << 10)
#define CAPTURE_MAPS_MAX (64u << 10)
#define CAPTURE_MODULES_MAX (8u << 10)
/* Registers, in the order of the machine that was captured (ELF e_machine, <elf.h>):
 *   EM_X86_64   gregs[23] of <sys/ucontext.h>
 *   EM_AARCH64  x0 to x30, sp, pc, ESR_EL1: the exception syndrome, 0 when unknown
 * Those that a machine does not have are 0. */
#define CAPTURE_REGISTERS 34

enum capture_kind {
	CAPTURE_SIGNAL, /* fatal signal, with stack */
	CAPTURE_HANG,   /* past its deadline, aborted, with stack */
	CAPTURE_EXIT,   /* exited on its own */
	CAPTURE_KILLED, /* SIGKILL from outside */
	CAPTURE_MEMORY, /* over its memory limit */
	CAPTURE_ERROR,  /* ctx_fail(): a handler reported failure */
};

/* A child's or sender's slot is in memory that its parent has mapped too. From `state` on only the
 * crashing side writes, except `hang`. */
struct capture_slot {
	/* what the child is doing: written by the child before each handler, plain stores */
	_Atomic uint64_t seq; /* the update being handled; 0: none */
	_Atomic uint32_t pid;
	char module[32];
	char handler[64];
	/* the capture */
	_Atomic uint32_t state; /* 0 empty, 1 being written, 2 complete */
	_Atomic uint32_t hang;  /* set by the parent before it sends SIGABRT for a hang */
	int32_t signo, code;
	uint64_t fault_address;
	uint32_t tid;
	char thread[16];
	uint64_t registers[CAPTURE_REGISTERS];
	char message[512]; /* libc's abort message, or a panic's */
	uint64_t stack_address;
	uint32_t stack_size; /* at stack_address; the innermost part */
	uint64_t base_address;
	uint32_t base_size; /* the outermost part of an overflowed stack, after stack_size bytes */
	uint32_t modules_size;
	uint32_t maps_size;
	char modules[CAPTURE_MODULES_MAX]; /* "load address in hex, space, build id\n" per ELF file
					    */
	char maps[CAPTURE_MAPS_MAX];       /* text of /proc/self/maps */
	uint8_t stack[CAPTURE_STACK_MAX];
};

/* Installs the handlers (SEGV BUS FPE ILL ABRT TRAP SYS) with an alternate stack for the calling
 * thread, and notes the memory map. From then on a fatal signal fills the slot and the process dies
 * of that signal. Sanitizers keep their own handlers for SEGV, BUS, FPE and ILL. May be called
 * again, in the same process or after fork(), to change the slot. Threads without their own
 * alternate stack are captured too, except when their stack overflows. */
void capture_install(struct capture_slot *slot);
/* The same for a process without a parent to look after it: it has its own slot, which the handler
 * also writes to a file in `directory` (0600, common/capture_file.h) before dying; the next start
 * sends it. `process` is its name in the report: "ingress", "pool", "nursery", … */
MUST_CHECK bool capture_install_file(const char *directory, const char *process, struct why *why);

/* A capture as a value. Texts are borrowed. */
struct capture {
	enum capture_kind kind;
	uint16_t machine;    /* ELF e_machine: which registers these are */
	struct text process; /* "child", "sender", "pool", "ingress", … */
	struct text pool, host, version, build_id /* hex, of the program */;
	uint32_t pid;
	int32_t signo, code, exit_status;
	uint64_t fault_address;
	uint32_t tid;
	struct text thread;
	uint64_t registers[CAPTURE_REGISTERS];
	struct text message; /* abort message, panic, or the reason of ctx_fail */
	uint64_t stack_address, base_address;
	struct text stack, base, modules, maps;
	struct text module, handler;
	struct text file, function; /* CAPTURE_ERROR: where */
	uint32_t line;
	/* the update, if there was one */
	struct trace_id trace;
	uint8_t attempt;
	int64_t update_id;
	enum crash_update update_mode; /* how much of it crashd may forward */
	struct text update;            /* msgpack; nil for CRASH_UPDATE_NONE */
	uint64_t started_ns, ended_ns; /* UTC */
};

/* Takes what a slot holds, with every length clamped; the texts point into the slot; version and
 * build id are those of the running program. If the slot has no capture the kind is CAPTURE_EXIT.
 * The caller adds what only it knows (end, update, pool, times). */
void capture_from_slot(const struct capture_slot *slot, struct capture *out);
void capture_encode(const struct capture *capture, struct buffer *out);
MUST_CHECK bool capture_decode(const void *data, size_t size, struct capture *out, struct why *why);
/* The running program's build id in hex; "" when it has none. */
const char *capture_build_id(void);

#endif
