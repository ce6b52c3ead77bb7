/* capture.c - the fatal-signal handler: fills the slot of shared memory, then lets the process die.
 *
 * Everything under "in the handler" runs in a process that has just crashed: no allocation, no
 * locks, no stdio, no environment, and memory of unknown state is only read through the kernel. */
#include "common/capture.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sysexits.h>
#include <ucontext.h>
#include <unistd.h>

#include "common/capture_handler.h"
#include "common/log.h"
#include "common/log_pipe.h"
#include "common/xalloc.h"

#define LOG_SUBSYSTEM "capture"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif

/* Room for the handler's own frames besides the largest signal frame (AVX-512, AMX: 11 KiB). */
#define ALTERNATE_STACK_SIZE (64u << 10)
#define RED_ZONE 128u             /* below sp, x86-64 psABI 3.2.2: a leaf's locals */
#define LAST_WORDS_MS 100u        /* to write out the log lines from before the crash */
#define OUTERMOST (64u << 10)     /* of a stack that does not fit: where main() is */
#define OVERFLOW_REACH (1u << 20) /* how far below its stack the sp of an overflow may be */

static const int fatal_signals[] = {
#ifndef UNDER_SANITIZER
	SIGSEGV, SIGBUS,  SIGFPE, SIGILL,
#endif
	SIGABRT, SIGTRAP, SIGSYS,
};

/* glibc's private (GLIBC_PRIVATE, stdlib/abort.c): what assert(), malloc, FORTIFY and the stack
 * protector reported before they called abort(). */
struct abort_message {
	unsigned int size;
	char text[];
};

/* What the handler needs and cannot find out while it runs. */
static struct {
	struct capture_slot *slot;
	capture_done_fn *done;
	struct abort_message **abort_message;
	const void **stack_end;
	_Atomic int claimed_by; /* id of the first thread to crash */
	size_t page;
} handler;

/* --- in the handler ------------------------------------------------------------------------- */

/* Copies through a pipe, where the kernel returns EFAULT instead of raising a fault: for seccomp
 * filters that refuse process_vm_readv. At most a page. */
static bool copy_through_pipe(void *to, uint64_t from, size_t size)
{
	int ends[2];
	bool copied;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	copied = write(ends[1], (const void *)(uintptr_t)from, size) == (ssize_t)size &&
		 read(ends[0], to, size) == (ssize_t)size;
	close(ends[0]);
	close(ends[1]);
	return copied;
}

static size_t copy_some(void *to, uint64_t from, size_t size)
{
	struct iovec local = { .iov_base = to, .iov_len = size };
	struct iovec remote = { .iov_base = (void *)(uintptr_t)from, .iov_len = size };
	ssize_t got = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
	size_t in_page = handler.page - from % handler.page;

	if (got >= 0 || errno == EFAULT)
		return got > 0 ? (size_t)got : 0;
	if (in_page > size)
		in_page = size;
	return copy_through_pipe(to, from, in_page) ? in_page : 0;
}

/* Copies our own memory, of which any page may be unmapped; such pages are zeros in the copy. */
static void copy_memory(uint8_t *to, uint64_t from, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t missing = handler.page - (from + done) % handler.page;
		size_t got = copy_some(to + done, from + done, size - done);

		done += got;
		if (got > 0)
			continue;
		if (missing > size - done)
			missing = size - done;
		memset(to + done, 0, missing);
		done += missing;
	}
}

static void copy_text(char *to, size_t size, const char *from)
{
	copy_memory((uint8_t *)to, (uint64_t)(uintptr_t)from, size - 1);
	to[size - 1] = '\0';
}

static void copy_message(struct capture_slot *slot)
{
	struct abort_message *message = NULL;

	if (handler.abort_message)
		message = *handler.abort_message;
	if (message)
		copy_text(slot->message, sizeof(slot->message), message->text);
	else
		copy_text(slot->message, sizeof(slot->message), panic_message());
}

static void read_maps(struct capture_slot *slot)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	uint32_t size = 0;
	ssize_t got;

	if (fd < 0)
		return; /* keep what was noted at startup */
	while (size < CAPTURE_MAPS_MAX &&
	       (got = read(fd, slot->maps + size, CAPTURE_MAPS_MAX - size)) > 0)
		size += (uint32_t)got;
	close(fd);
	slot->maps_size = size;
}

static uint64_t parse_hex(const char **at, const char *end)
{
	uint64_t value = 0;

	for (; *at < end; (*at)++) {
		char c = **at;

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uint64_t)(c - 'a' + 10);
		else
			break;
	}
	return value;
}

struct range {
	uint64_t start, end;
};

/* The writable mapping that contains sp, or that starts just above it (an overflow). */
static bool find_stack(const struct capture_slot *slot, uint64_t sp, struct range *out)
{
	const char *at = slot->maps;
	const char *end = slot->maps + slot->maps_size;

	while (at < end) {
		struct range range;
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		range.start = parse_hex(&at, end);
		at++;
		range.end = parse_hex(&at, end);
		if (end - at > 3 && at[1] == 'r' && at[2] == 'w' && range.end > sp &&
		    (range.start <= sp || range.start - sp <= OVERFLOW_REACH)) {
			*out = range;
			return true;
		}
		at = newline ? newline + 1 : end;
	}
	if (!handler.stack_end || (uintptr_t)*handler.stack_end <= sp)
		return false;
	*out = (struct range) { .start = sp, .end = (uintptr_t)*handler.stack_end };
	return true;
}

/* The innermost part and, if the stack does not fit, the outermost part too. */
static void copy_stack(struct capture_slot *slot, uint64_t sp)
{
	struct range stack;
	uint64_t start, size;

	if (!find_stack(slot, sp, &stack))
		return;
	start = (sp - RED_ZONE) & ~(uint64_t)15;
	if (start < stack.start)
		start = stack.start;
	size = stack.end - start;
	slot->stack_address = start;
	if (size <= CAPTURE_STACK_MAX) {
		copy_memory(slot->stack, start, size);
		slot->stack_size = (uint32_t)size;
		return;
	}
	slot->base_address = stack.end - OUTERMOST;
	copy_memory(slot->stack, start, CAPTURE_STACK_MAX - OUTERMOST);
	copy_memory(slot->stack + CAPTURE_STACK_MAX - OUTERMOST, slot->base_address, OUTERMOST);
	slot->stack_size = CAPTURE_STACK_MAX - OUTERMOST;
	slot->base_size = OUTERMOST;
}

#ifdef __aarch64__
/* Arm ARM C4.1.88, loads and stores: whether this one stores. */
static bool is_store(uint32_t instruction)
{
	uint32_t opcode = instruction >> 22 & 3;

	if ((instruction & 0x3b000000) == 0x18000000) /* a literal is only loaded */
		return false;
	if ((instruction & 0x34000000) == 0x30000000) /* one general register; 2, 3: signed loads */
		return opcode == 0;
	return (opcode & 1) == 0;
}

/* The syndrome of a data abort, from the instruction: emulators have none to report. */
static uint64_t guess_syndrome(uint64_t pc)
{
	uint32_t instruction;

	copy_memory((uint8_t *)&instruction, pc, sizeof(instruction));
	if ((instruction & 0x0a000000) != 0x08000000)
		return 0;
	return UINT64_C(0x24) << 26 | (is_store(instruction) ? 1u << 6 : 0);
}

/* ESR_EL1, which is among the records of <asm/sigcontext.h> after the registers. */
static uint64_t syndrome_of(const ucontext_t *context)
{
	const uint8_t *at = (const uint8_t *)context->uc_mcontext.__reserved;
	const uint8_t *end = at + sizeof(context->uc_mcontext.__reserved);
	struct _aarch64_ctx head;
	struct esr_context found;

	while ((size_t)(end - at) >= sizeof(found)) {
		memcpy(&head, at, sizeof(head));
		if (head.magic == ESR_MAGIC) {
			memcpy(&found, at, sizeof(found));
			return found.esr;
		}
		if (head.magic == 0 || head.size < sizeof(head) || head.size > end - at)
			break;
		at += head.size;
	}
	return guess_syndrome(context->uc_mcontext.pc);
}
#endif

/* In the order of capture.h. Returns sp. */
static uint64_t copy_registers(struct capture_slot *slot, const ucontext_t *context)
{
#if defined(__x86_64__)
	_Static_assert(sizeof(context->uc_mcontext.gregs) <= sizeof(slot->registers), "gregs[23]");
	memcpy(slot->registers, context->uc_mcontext.gregs, sizeof(context->uc_mcontext.gregs));
	return (uint64_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
	memcpy(slot->registers, context->uc_mcontext.regs, sizeof(context->uc_mcontext.regs));
	slot->registers[31] = context->uc_mcontext.sp;
	slot->registers[32] = context->uc_mcontext.pc;
	slot->registers[33] = syndrome_of(context);
	return context->uc_mcontext.sp;
#else
	(void)slot;
	(void)context;
	return 0;
#endif
}

static uint64_t fault_address(int signo, const siginfo_t *info)
{
	if (signo == SIGSYS)
		return (uint64_t)info->si_syscall;
	if (info->si_code <= 0) /* sent by a process: si_addr is not valid */
		return 0;
	return (uint64_t)(uintptr_t)info->si_addr;
}

/* Dies by the original signal, so that the wait status tells what happened. */
static _Noreturn void die_of(int signo)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t set;

	sigaction(signo, &action, NULL);
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signo);
	sigemptyset(&set);
	sigaddset(&set, signo);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	_exit(128 + signo);
}

static void on_fatal_signal(int signo, siginfo_t *info, void *context)
{
	struct capture_slot *slot = handler.slot;
	int tid = (int)syscall(SYS_gettid);
	int first = 0;
	uint64_t sp;

	if (!atomic_compare_exchange_strong(&handler.claimed_by, &first, tid)) {
		/* Another thread crashed first and is about to end the process. */
		while (first != tid)
			pause();
		die_of(signo);
	}
	atomic_store(&slot->state, 1);
	slot->signo = signo;
	slot->code = info->si_code;
	slot->fault_address = fault_address(signo, info);
	slot->tid = (uint32_t)tid;
	prctl(PR_GET_NAME, slot->thread);
	sp = copy_registers(slot, context);
	copy_message(slot);
	read_maps(slot);
	copy_stack(slot, sp);
	atomic_store(&slot->state, 2);
	if (handler.done)
		handler.done(slot);
	log_pipe_drain(LAST_WORDS_MS);
	die_of(signo);
}

/* --- at the start --------------------------------------------------------------------------- */

/* Never freed: it must outlive everything, and there is one per process. */
static void use_alternate_stack(void)
{
	stack_t current;
	stack_t stack = { .ss_size = ALTERNATE_STACK_SIZE };
	uint8_t *memory;

	if (sigaltstack(NULL, &current) == 0 && !(current.ss_flags & SS_DISABLE))
		return; /* inherited through fork(), or the sanitizer's */
	memory = mmap(NULL, handler.page + ALTERNATE_STACK_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (memory == MAP_FAILED)
		fatal(EX_OSERR, "no memory for the signal stack",
		      log_text("error", strerror(errno)));
	/* An overflow of it must not corrupt other memory. */
	mprotect(memory, handler.page, PROT_NONE);
	stack.ss_sp = memory + handler.page;
	if (sigaltstack(&stack, NULL) != 0)
		panic("sigaltstack: %s", strerror(errno));
}

static void install_handlers(void)
{
	struct sigaction action = { .sa_sigaction = on_fatal_signal,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < COUNT_OF(fatal_signals); i++)
		sigaddset(&action.sa_mask, fatal_signals[i]);
	for (size_t i = 0; i < COUNT_OF(fatal_signals); i++)
		sigaction(fatal_signals[i], &action, NULL);
}

/* The build id in an ELF object's notes as hex, "" when it has none. */
static void read_build_id(const struct dl_phdr_info *object, char *out, size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &object->dlpi_phdr[i];
		const uint8_t *at = (const uint8_t *)(object->dlpi_addr + header->p_vaddr);
		const uint8_t *end = at + header->p_memsz;

		if (header->p_type != PT_NOTE)
			continue;
		while (at + sizeof(ElfW(Nhdr)) < end) {
			const ElfW(Nhdr) *note = (const void *)at;
			const uint8_t *name = at + sizeof(*note);
			const uint8_t *value = name + ((note->n_namesz + 3u) & ~3u);

			if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
			    memcmp(name, "GNU", 4) == 0 && note->n_descsz * 2u < size) {
				hex_encode(value, note->n_descsz, out);
				return;
			}
			at = value + ((note->n_descsz + 3u) & ~3u);
		}
	}
}

static int note_module(struct dl_phdr_info *object, size_t size, void *owner)
{
	struct capture_slot *slot = owner;
	size_t room = CAPTURE_MODULES_MAX - slot->modules_size;
	char id[80];
	int length;

	(void)size;
	read_build_id(object, id, sizeof(id));
	if (id[0] == '\0')
		return 0;
	length = snprintf(slot->modules + slot->modules_size, room, "%llx %s\n",
			  (unsigned long long)object->dlpi_addr, id);
	if (length < 0 || (size_t)length >= room)
		return 1;
	slot->modules_size += (uint32_t)length;
	return 0;
}

void capture_install_with(struct capture_slot *slot, capture_done_fn *done)
{
	handler.slot = slot;
	handler.done = done;
	handler.page = (size_t)sysconf(_SC_PAGESIZE);
#ifdef __GLIBC__
	handler.abort_message = dlvsym(RTLD_DEFAULT, "__abort_msg", "GLIBC_PRIVATE");
	handler.stack_end = dlsym(RTLD_DEFAULT, "__libc_stack_end");
#endif
	atomic_store(&handler.claimed_by, 0);
	atomic_store(&slot->pid, (uint32_t)getpid());
	atomic_store(&slot->state, 0);
	atomic_store(&slot->hang, 0);
	slot->modules_size = 0;
	dl_iterate_phdr(note_module, slot);
	read_maps(slot);
	use_alternate_stack();
	install_handlers();
}

void capture_install(struct capture_slot *slot)
{
	capture_install_with(slot, NULL);
}

struct own_build_id {
	char hex[80];
};

static int take_first_build_id(struct dl_phdr_info *object, size_t size, void *owner)
{
	struct own_build_id *own = owner;

	(void)size;
	read_build_id(object, own->hex, sizeof(own->hex));
	return 1; /* the program itself comes first, dl_iterate_phdr(3) */
}

static struct own_build_id own_build_id;

static void find_own_build_id(void)
{
	dl_iterate_phdr(take_first_build_id, &own_build_id);
}

const char *capture_build_id(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, find_own_build_id);
	return own_build_id.hex;
}
