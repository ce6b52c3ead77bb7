/* machine.h - what differs between the machines whose captures are read: registers, how a call
 * looks, what the processor says about a fault. A crashd reads those of every machine here,
 * whichever it runs on. */
#ifndef CRASHD_MACHINE_H
#define CRASHD_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/capture.h"

#define MACHINE_NO_REGISTER SIZE_MAX
#define MACHINE_DWARF_MAX 32
/* The longest call instruction, in bytes. */
#define MACHINE_CALL_MAX 7

enum machine_access { MACHINE_ACCESS, MACHINE_READ, MACHINE_WRITE, MACHINE_CALL };

struct machine {
	uint16_t elf; /* e_machine, <elf.h> */
	/* of capture.registers, by their order there */
	const char *const *register_names;
	size_t register_count;
	size_t pc, sp;
	size_t link; /* holds the return address after a call; MACHINE_NO_REGISTER: the stack does
		      */
	/* Where each DWARF register, from 0 on, is in capture.registers. */
	const uint8_t *dwarf;
	size_t dwarf_count;
	uint64_t address_mask; /* bits of a code address; the others may hold a signature of it */
	/* Whether a call instruction ends where these bytes end. */
	bool (*is_call)(const uint8_t bytes[MACHINE_CALL_MAX]);
	/* What a SIGSEGV was about; MACHINE_ACCESS when the processor did not say. */
	enum machine_access (*access)(const struct capture *capture);
};

/* NULL for a machine that is not known. */
const struct machine *machine_find(uint16_t elf);
/* 0 when the machine is not known. */
uint64_t machine_pc(const struct capture *capture);
uint64_t machine_sp(const struct capture *capture);

#endif
