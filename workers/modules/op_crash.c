/* op_crash.c - /op_crash [way] ends its handler in exactly that way, so that operators and tests
 * see the consequences: the report, the message with the reference id, the next update answered.
 *
 * Each way is a separate function with a telling name, which the report must show. What they do is
 * undefined or fatal on purpose: the compiler must neither remove nor merge it. */
#include "workers/module.h"
#include "workers/modules/op_crash.h"

#include <stdlib.h>
#include <string.h>

static volatile int sink;

/* The use of `sink` prevents a tail call to raise(), which would replace this frame. */
#define WAY_OF(name, statement)        \
	CRASHES static void name(void) \
	{                              \
		statement;             \
		sink = 1;              \
	}
WAY_OF(call_abort, abort())
WAY_OF(raise_bus_error, raise(SIGBUS))
WAY_OF(run_illegal_instruction, ILLEGAL_INSTRUCTION())
WAY_OF(exit_on_its_own, exit(3))
WAY_OF(kill_itself, raise(SIGKILL))

CRASHES UNCHECKED static void write_to_null(void)
{
	volatile int *nowhere = NULL;

	/* Through a variable unknown to the compiler, which may delete code that it sees
	 * through. */
	__asm__ volatile("" : "+r"(nowhere));
	*nowhere = 1;
}

CRASHES UNCHECKED static void divide_by_zero(void)
{
	volatile int one = 1, zero = 0;

	sink = DIVIDE(one, zero);
}

/* Each level is a call and no more, so that the stack can end nowhere else: where it begins is
 * drawn in steps of 16 bytes. With local data another line would be reported once in a while. The
 * use of `sink` after the call keeps the levels. */
CRASHES UNCHECKED static void overflow_the_stack(void)
{
	if (sink >= 0)
		overflow_the_stack();
	sink = 1;
}

/* Writes past an array, over the canary of -fstack-protector. */
CRASHES UNCHECKED static void smash_the_stack(void)
{
	char small[8];
	volatile size_t length = 64;
	volatile char *at = small;

	for (size_t i = 0; i < length; i++)
		at[i] = 'A';
	sink = small[0];
}

CRASHES UNCHECKED static void jump_to_bad_pointer(void)
{
	void (*volatile nowhere)(void) = (void (*)(void))0x10;

	nowhere();
	sink = 1;
}

/* On one line, which is reported whichever instruction the time limit stops. */
CRASHES static void hang_forever(void)
{
	for (sink = 1; sink;)
		;
}

/* Until KORONE_CHILD_MEMORY_MAX is reached. */
CRASHES static void use_up_memory(void)
{
	for (;;) {
		char *memory = malloc((size_t)1 << 20);

		if (!memory)
			abort();
		sink = *(char *)memset(memory, 1, (size_t)1 << 20);
	}
}

#define WAYS(WAY)                         \
	WAY(segv, write_to_null)          \
	WAY(abort, call_abort)            \
	WAY(fpe, divide_by_zero)          \
	WAY(bus, raise_bus_error)         \
	WAY(ill, run_illegal_instruction) \
	WAY(overflow, overflow_the_stack) \
	WAY(smash, smash_the_stack)       \
	WAY(jump, jump_to_bad_pointer)    \
	WAY(hang, hang_forever)           \
	WAY(exit, exit_on_its_own)        \
	WAY(kill, kill_itself)            \
	WAY(memory, use_up_memory)

/* "error" ends nothing except the handler's work. */
#define WAY_NAME(name, fn) #name,
static const char *const names[] = { WAYS(WAY_NAME) "error", NULL };
#define WAY_FUNCTION(name, fn) fn,
static void (*const ways[])(void) = { WAYS(WAY_FUNCTION) };

struct op_crash_values {
	const char *way;
};

static const struct field op_crash_arguments[] = {
	CHOICE_FIELD(struct op_crash_values, way, N_("way"), .choices = names, .optional = true),
	END_OF_FIELDS(struct op_crash_values),
};

static enum verdict op_crash(struct ctx *ctx, const struct command *cmd)
{
	const struct op_crash_values *values = cmd->values;
	const char *wanted = values->way[0] ? values->way : names[0];

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(names[i], wanted) == 0) {
			ways[i]();
			return ctx_fail(ctx, "still alive after %s", wanted);
		}
	return ctx_fail(ctx, "the operator asked for an error");
}

static const struct route routes[] = {
	COMMAND("op_crash", op_crash, .operators = true, .arguments = op_crash_arguments,
		.help = N_("end a handler in a way of your choice, to try the reports")),
	END_OF_ROUTES,
};

const struct module op_crash_module = {
	.name = "op_crash",
	.title = N_("Operators"),
	.icon = "🛠",
	.routes = routes,
};
