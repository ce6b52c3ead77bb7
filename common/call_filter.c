/* call_filter.c - compiles a policy to a binary search by number: a call is decided after about
 * eight comparisons, and once per number where the arguments do not matter (the kernel remembers
 * which numbers are always allowed, since Linux 5.11). */
#include "common/call_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/log.h"
#include "common/xalloc.h"

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "call_filter.c: name this architecture as in linux/audit.h"
#endif

#define CODE_MAX 1024
#define CALLS (CALL_LAST_KNOWN + 1)

/* Calls from `first` to the first of the next range are treated alike. */
struct range {
	unsigned first;
	const struct call_rule *rule;
};

#define OWN_MAX 16

struct call_filter {
	unsigned short used;
	struct sock_filter *code;
	size_t own[OWN_MAX]; /* where the number of the process goes */
	size_t own_count;
};

struct compiler {
	struct sock_filter code[CODE_MAX];
	size_t used;
	size_t own[OWN_MAX];
	size_t own_count;
	struct range ranges[CALLS + 1];
	size_t range_count;
};

/* --- code ------------------------------------------------------------------------------------- */

static void emit(struct compiler *compiler, struct sock_filter instruction)
{
	if (compiler->used == CODE_MAX)
		panic("a system call filter of more than %d instructions", CODE_MAX);
	compiler->code[compiler->used++] = instruction;
}

static void emit_load(struct compiler *compiler, size_t offset)
{
	emit(compiler, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void emit_answer(struct compiler *compiler, uint32_t answer)
{
	emit(compiler, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
}

/* Answers when the comparison of what is loaded with `value` holds (or, `unless`, does not). */
static void emit_answer_if(struct compiler *compiler, uint16_t comparison, uint32_t value,
			   bool unless, uint32_t answer)
{
	emit(compiler, (struct sock_filter)BPF_JUMP(BPF_JMP | comparison | BPF_K, value,
						    unless ? 1 : 0, unless ? 0 : 1));
	emit_answer(compiler, answer);
}

#define REFUSED (SECCOMP_RET_ERRNO | EPERM)
#define UNKNOWN (SECCOMP_RET_ERRNO | ENOSYS)

static void emit_load_argument(struct compiler *compiler, unsigned argument)
{
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the lower half of an argument is its second"
#endif
	emit_load(compiler, offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t));
}

/* The next instruction compares with this process. */
static void note_own(struct compiler *compiler)
{
	if (compiler->own_count == OWN_MAX)
		panic("a system call filter with more than %d rules for itself", OWN_MAX);
	compiler->own[compiler->own_count++] = compiler->used;
}

static void emit_rule(struct compiler *compiler, const struct call_rule *rule)
{
	switch (rule->kind) {
	case CALL_ALLOW:
		break;
	case CALL_REFUSE:
		emit_answer(compiler, REFUSED);
		return;
	case CALL_UNKNOWN:
		emit_answer(compiler, UNKNOWN);
		return;
	case CALL_OF_ITSELF:
		emit_load_argument(compiler, 0);
		note_own(compiler);
		emit_answer_if(compiler, BPF_JEQ, 0, true, REFUSED);
		break;
	case CALL_OF_CALLER:
		emit_load_argument(compiler, 0);
		emit_answer_if(compiler, BPF_JEQ, 0, true, REFUSED);
		break;
	case CALL_WITHOUT_BITS:
		emit_load_argument(compiler, rule->argument);
		emit_answer_if(compiler, BPF_JSET, rule->values[0], false, REFUSED);
		break;
	case CALL_WITHOUT_VALUES:
		emit_load_argument(compiler, rule->argument);
		for (size_t i = 0; i < rule->values_count; i++)
			emit_answer_if(compiler, BPF_JEQ, rule->values[i], false, REFUSED);
		break;
	case CALL_WITH_VALUES:
		emit_load_argument(compiler, rule->argument);
		for (size_t i = 0; i < rule->values_count; i++)
			emit_answer_if(compiler, BPF_JEQ, rule->values[i], false,
				       SECCOMP_RET_ALLOW);
		emit_answer(compiler, REFUSED);
		return;
	}
	emit_answer(compiler, SECCOMP_RET_ALLOW);
}

static void emit_search(struct compiler *compiler, size_t from, size_t to)
{
	size_t middle = from + (to - from) / 2, jump = compiler->used, distance;

	if (to - from == 1) {
		emit_rule(compiler, compiler->ranges[from].rule);
		return;
	}
	emit(compiler, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
						    compiler->ranges[middle].first, 0, 0));
	emit_search(compiler, from, middle);
	distance = compiler->used - jump - 1;
	if (distance > UINT8_MAX)
		panic("a system call filter with a jump of %zu", distance);
	compiler->code[jump].jt = (uint8_t)distance;
	emit_search(compiler, middle, to);
}

/* --- ranges ----------------------------------------------------------------------------------- */

static bool are_alike(const struct call_rule *a, const struct call_rule *b)
{
	return a == b || (a->kind == b->kind && a->kind <= CALL_UNKNOWN);
}

static void add_range(struct compiler *compiler, unsigned first, const struct call_rule *rule)
{
	if (compiler->range_count &&
	    are_alike(compiler->ranges[compiler->range_count - 1].rule, rule))
		return;
	compiler->ranges[compiler->range_count++] = (struct range) { first, rule };
}

static void find_ranges(struct compiler *compiler, const struct call_policy *policy,
			const struct call_rule *otherwise)
{
	static const struct call_rule unknown = { .kind = CALL_UNKNOWN };
	const struct call_rule *by_number[CALLS];

	for (unsigned number = 0; number < CALLS; number++)
		by_number[number] = otherwise;
	for (size_t i = 0; i < policy->count; i++)
		if (policy->rules[i].number >= 0 && policy->rules[i].number < CALLS)
			by_number[policy->rules[i].number] = &policy->rules[i];
	for (unsigned number = 0; number < CALLS; number++)
		add_range(compiler, number, by_number[number]);
	add_range(compiler, CALLS, &unknown);
}

static void compile(struct compiler *compiler, const struct call_policy *policy)
{
	const struct call_rule otherwise = { .kind = policy->otherwise };

	find_ranges(compiler, policy, &otherwise);
	emit_load(compiler, offsetof(struct seccomp_data, arch));
	emit_answer_if(compiler, BPF_JEQ, OWN_ARCHITECTURE, true, REFUSED);
	emit_load(compiler, offsetof(struct seccomp_data, nr));
	emit_search(compiler, 0, compiler->range_count);
}

struct call_filter *call_filter_create(const struct call_policy *policy)
{
	struct compiler *compiler = xcalloc(1, sizeof(*compiler));
	struct call_filter *filter = xcalloc(1, sizeof(*filter));

	compile(compiler, policy);
	filter->used = (unsigned short)compiler->used;
	filter->code = xmalloc(compiler->used * sizeof(*filter->code));
	memcpy(filter->code, compiler->code, compiler->used * sizeof(*filter->code));
	memcpy(filter->own, compiler->own, sizeof(filter->own));
	filter->own_count = compiler->own_count;
	free(compiler);
	return filter;
}

void call_filter_destroy(struct call_filter *filter)
{
	if (!filter)
		return;
	free(filter->code);
	free(filter);
}

/* --- installing ------------------------------------------------------------------------------- */

/* Where a container's or unit's own filter refuses seccomp(), prctl() does the same, for the
 * calling thread. */
static bool install(const struct sock_fprog *program)
{
	const unsigned flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW;

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program) == 0 ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program) == 0;
}

bool call_filter_install(struct call_filter *filter, struct why *why)
{
	const struct sock_fprog program = { .len = filter->used, .filter = filter->code };

	for (size_t i = 0; i < filter->own_count; i++)
		filter->code[filter->own[i]].k = (uint32_t)getpid();
	return install(&program) || why_set(why, "seccomp: %s", strerror(errno));
}

bool call_filter_enter(const struct call_policy *policy, struct why *why)
{
	struct call_filter *filter = call_filter_create(policy);
	bool is_installed = call_filter_install(filter, why);

	call_filter_destroy(filter);
	return is_installed;
}
