/* machine.c - x86-64 and arm64. */
#include "crashd/machine.h"

#include <elf.h>
#include <string.h>

#include "common/xalloc.h"

/* --- x86-64: gregs[] of <sys/ucontext.h> ---------------------------------------------------- */

static const char *const x86_names[] = {
	"r8",  "r9",  "r10",    "r11", "r12",    "r13",     "r14", "r15",
	"rdi", "rsi", "rbp",    "rbx", "rdx",    "rax",     "rcx", "rsp",
	"rip", "efl", "csgsfs", "err", "trapno", "oldmask", "cr2",
};
#define X86_SP 15
#define X86_PC 16
#define X86_ERROR 19

/* x86-64 psABI, figure 3.36. */
static const uint8_t x86_dwarf[] = {
	13 /* rax */,
	12 /* rdx */,
	14 /* rcx */,
	11 /* rbx */,
	9 /* rsi */,
	8 /* rdi */,
	10 /* rbp */,
	X86_SP,
	0 /* r8 */,
	1,
	2,
	3,
	4,
	5,
	6,
	7 /* r15 */,
	X86_PC,
};

/* E8 rel32, or FF /2 with any operand. */
static bool x86_is_call(const uint8_t bytes[MACHINE_CALL_MAX])
{
	if (bytes[2] == 0xe8)
		return true;
	for (size_t at = 0; at < 6; at++) { /* operands of 0 to 5 bytes after FF and ModRM */
		if (bytes[at] == 0xff && (bytes[at + 1] & 0x38) == 0x10)
			return true;
	}
	return false;
}

/* The page fault's error code, Intel SDM volume 3, 4.7. */
static enum machine_access x86_access(const struct capture *capture)
{
	uint64_t error = capture->registers[X86_ERROR];

	if (error & 16)
		return MACHINE_CALL;
	return error & 2 ? MACHINE_WRITE : MACHINE_READ;
}

/* --- arm64: x0 to x30, sp, pc, ESR_EL1 (capture.h) ------------------------------------------ */

static const char *const arm_names[] = {
	"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10", "x11",
	"x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23",
	"x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp",  "pc",  "esr",
};
#define ARM_LINK 30
#define ARM_SP 31
#define ARM_PC 32
#define ARM_ESR 33

/* DWARF for the Arm 64-bit Architecture, 4.1: x0 to x30 and sp. */
static const uint8_t arm_dwarf[] = {
	0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, ARM_SP,
};

/* Arm ARM C6.2: BL, or BLR with or without authentication of the address. */
static bool arm_is_call(const uint8_t bytes[MACHINE_CALL_MAX])
{
	const uint8_t *at = bytes + MACHINE_CALL_MAX - 4;
	uint32_t word = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
			(uint32_t)at[3] << 24;

	return (word & 0xfc000000) == 0x94000000 || (word & 0xfefff000) == 0xd63f0000;
}

/* Arm ARM D17.2.37: the class of the exception, and of a data abort bit 6, "write not read". */
static enum machine_access arm_access(const struct capture *capture)
{
	uint64_t syndrome = capture->registers[ARM_ESR];

	if (capture->registers[ARM_PC] == capture->fault_address || syndrome >> 26 == 0x20)
		return MACHINE_CALL;
	if (syndrome >> 26 != 0x24)
		return MACHINE_ACCESS;
	return syndrome & 64 ? MACHINE_WRITE : MACHINE_READ;
}

/* --- all ------------------------------------------------------------------------------------ */

static const struct machine machines[] = {
	{ .elf = EM_X86_64,
	  .register_names = x86_names,
	  .register_count = COUNT_OF(x86_names),
	  .pc = X86_PC,
	  .sp = X86_SP,
	  .link = MACHINE_NO_REGISTER,
	  .dwarf = x86_dwarf,
	  .dwarf_count = COUNT_OF(x86_dwarf),
	  .address_mask = UINT64_MAX,
	  .is_call = x86_is_call,
	  .access = x86_access },
	{ .elf = EM_AARCH64,
	  .register_names = arm_names,
	  .register_count = COUNT_OF(arm_names),
	  .pc = ARM_PC,
	  .sp = ARM_SP,
	  .link = ARM_LINK,
	  .dwarf = arm_dwarf,
	  .dwarf_count = COUNT_OF(arm_dwarf),
	  /* Pointer authentication uses the bits above the 48 of an address. */
	  .address_mask = (UINT64_C(1) << 48) - 1,
	  .is_call = arm_is_call,
	  .access = arm_access },
};

_Static_assert(COUNT_OF(x86_names) <= CAPTURE_REGISTERS, "");
_Static_assert(COUNT_OF(arm_names) <= CAPTURE_REGISTERS, "");
_Static_assert(COUNT_OF(x86_dwarf) <= MACHINE_DWARF_MAX, "");
_Static_assert(COUNT_OF(arm_dwarf) <= MACHINE_DWARF_MAX, "");

const struct machine *machine_find(uint16_t elf)
{
	for (size_t i = 0; i < COUNT_OF(machines); i++)
		if (machines[i].elf == elf)
			return &machines[i];
	return NULL;
}

uint64_t machine_pc(const struct capture *capture)
{
	const struct machine *machine = machine_find(capture->machine);

	return machine ? capture->registers[machine->pc] : 0;
}

uint64_t machine_sp(const struct capture *capture)
{
	const struct machine *machine = machine_find(capture->machine);

	return machine ? capture->registers[machine->sp] : 0;
}
