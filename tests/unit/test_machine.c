/* test_machine.c - what crashd knows of each machine: which bytes are a call, and what a fault was
 * about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <string.h>

#include "common/xalloc.h"
#include "crashd/machine.h"

static void what_ends_in_a_call_is_told_from_the_rest(void **state)
{
	static const struct {
		uint16_t elf;
		uint8_t bytes[MACHINE_CALL_MAX];
		bool is_call;
	} rows[] = {
		{ EM_X86_64, { 0x90, 0x90, 0xe8, 1, 2, 3, 4 }, true },             /* call rel32 */
		{ EM_X86_64, { 0x90, 0x90, 0xe9, 1, 2, 3, 4 }, false },            /* jmp */
		{ EM_X86_64, { 0x90, 0xe8, 1, 2, 3, 4, 5 }, false },               /* ends before */
		{ EM_X86_64, { 0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0xd0 }, true }, /* call *%rax */
		{ EM_X86_64, { 0x90, 0x90, 0x90, 0x90, 0xff, 0x50, 8 }, true }, /* call *8(%rax) */
		{ EM_X86_64, { 0x90, 0xff, 0x15, 1, 2, 3, 4 }, true },          /* call *x(%rip) */
		{ EM_X86_64, { 0xff, 0x14, 0x25, 1, 2, 3, 4 }, true },          /* call *address */
		{ EM_X86_64, { 0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0xe0 }, false }, /* jmp *%rax */
		{ EM_X86_64, { 0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0xc0 }, false }, /* inc %eax */
		{ EM_X86_64, { 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xff }, false },
		{ EM_X86_64, { 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90 }, false },
		{ EM_AARCH64, { 0, 0, 0, 1, 2, 3, 0x94 }, true },        /* bl */
		{ EM_AARCH64, { 0, 0, 0, 1, 2, 3, 0x97 }, true },        /* bl, backwards */
		{ EM_AARCH64, { 0, 0, 0, 1, 2, 3, 0x14 }, false },       /* b */
		{ EM_AARCH64, { 0, 0, 0, 0, 0, 0x3f, 0xd6 }, true },     /* blr x0 */
		{ EM_AARCH64, { 0, 0, 0, 0x1f, 8, 0x3f, 0xd7 }, true },  /* blraaz x0 */
		{ EM_AARCH64, { 0, 0, 0, 0, 0, 0x1f, 0xd6 }, false },    /* br x0 */
		{ EM_AARCH64, { 0, 0, 0, 0xc0, 3, 0x5f, 0xd6 }, false }, /* ret */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (machine_find(rows[i].elf)->is_call(rows[i].bytes) != rows[i].is_call)
			fail_msg("row %zu", i);
}

/* By the names that the registers have there. */
static void set(struct capture *capture, const char *name, uint64_t value)
{
	const struct machine *machine = machine_find(capture->machine);

	for (size_t i = 0; i < machine->register_count; i++)
		if (strcmp(machine->register_names[i], name) == 0)
			capture->registers[i] = value;
}

static void what_a_fault_was_about_is_read_from_the_processor(void **state)
{
	static const struct {
		uint16_t elf;
		const char *name;
		uint64_t value;
		enum machine_access access;
	} rows[] = {
		{ EM_X86_64, "err", 4, MACHINE_READ },
		{ EM_X86_64, "err", 6, MACHINE_WRITE },
		{ EM_X86_64, "err", 0x14, MACHINE_CALL },
		{ EM_X86_64, "err", 0x16, MACHINE_CALL },
		{ EM_AARCH64, "esr", 0x92000004, MACHINE_READ },
		{ EM_AARCH64, "esr", 0x92000044, MACHINE_WRITE },
		{ EM_AARCH64, "esr", 0x82000004, MACHINE_CALL },
		{ EM_AARCH64, "esr", 0, MACHINE_ACCESS }, /* the kernel did not say */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct capture capture = { .machine = rows[i].elf, .fault_address = 8 };

		set(&capture, rows[i].name, rows[i].value);
		if (machine_find(rows[i].elf)->access(&capture) != rows[i].access)
			fail_msg("row %zu", i);
	}
}

static void where_the_program_was_is_read_from_its_registers(void **state)
{
	struct capture x86 = { .machine = EM_X86_64 }, arm = { .machine = EM_AARCH64 },
		       other = { .machine = EM_386 };

	(void)state;
	set(&x86, "rip", 0x1234);
	set(&x86, "rsp", 0x5678);
	set(&arm, "pc", 0x1234);
	set(&arm, "sp", 0x5678);
	assert_int_equal(machine_pc(&x86), 0x1234);
	assert_int_equal(machine_sp(&x86), 0x5678);
	assert_int_equal(machine_pc(&arm), 0x1234);
	assert_int_equal(machine_sp(&arm), 0x5678);
	assert_null(machine_find(EM_386));
	assert_int_equal(machine_pc(&other), 0);
	assert_int_equal(machine_sp(&other), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_ends_in_a_call_is_told_from_the_rest),
		cmocka_unit_test(what_a_fault_was_about_is_read_from_the_processor),
		cmocka_unit_test(where_the_program_was_is_read_from_its_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
