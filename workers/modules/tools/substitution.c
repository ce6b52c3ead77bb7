/* substitution.c - sed's s command by PCRE2. Its patterns are PCRE2's; in replacements &, \1 and \U
 * mean what they mean to GNU sed ("The "s" Command" in its manual). */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "workers/modules/tools/substitution.h"

#include <pcre2.h>
#include <string.h>
#include <time.h>

#define DELIMITERS "/|#"
#define DEPTH_MAX 5000
#define HEAP_KIB 2048
#define STEPS_MAX 10000000
#define LOOK_EVERY 64 /* callouts between two looks at the clock */
#define NTH_MAX 100000
#define OPTIONS (PCRE2_UTF | PCRE2_UCP | PCRE2_AUTO_CALLOUT | PCRE2_NEVER_BACKSLASH_C)
#define HOW (PCRE2_SUBSTITUTE_EXTENDED | PCRE2_SUBSTITUTE_UNSET_EMPTY | PCRE2_SUBSTITUTE_GLOBAL)

/* --- reading ---------------------------------------------------------------------------------- */

static bool fail(struct substitution_problem *problem, enum substitution_fault fault,
		 const char *detail)
{
	problem->fault = fault;
	snprintf(problem->detail, sizeof(problem->detail), "%s", detail);
	return false;
}

/* Where a class that begins at `at` ("[…]") ends: a delimiter in it is a character of it. `at` when
 * it does not end. */
static const char *class_end(const char *at)
{
	const char *next = at + 1;

	next += *next == '^';
	next += *next == ']';
	for (; *next; next++) {
		if (*next == '\\' && next[1])
			next++;
		else if (*next == ']')
			return next;
	}
	return at;
}

/* Takes a part up to the delimiter; one with a backslash before it is itself, to PCRE2 and below.
 * `closed` is false when the text ends before. */
static const char *take_part(struct ctx *ctx, const char **at, char delimiter, bool pattern,
			     bool *closed)
{
	char *part = ctx_alloc(ctx, strlen(*at) + 1), *end = part;
	const char *inside = NULL; /* the last character of a class */

	for (; **at && (**at != delimiter || inside); (*at)++) {
		if (pattern && !inside && **at == '[' && class_end(*at) != *at)
			inside = class_end(*at);
		else if (*at == inside)
			inside = NULL;
		if (**at == '\\' && (*at)[1])
			*end++ = *(*at)++;
		*end++ = **at;
	}
	*end = '\0';
	*closed = **at == delimiter;
	*at += *closed;
	return part;
}

static char *add(char *end, const char *text)
{
	size_t size = strlen(text);

	memcpy(end, text, size);
	return end + size;
}

/* What follows a backslash in a replacement. */
static char *add_escape(char *end, char letter)
{
	if (letter >= '0' && letter <= '9')
		return add(end, (char[]) { '$', '{', letter, '}', '\0' });
	if (letter == 'n' || letter == 't')
		return add(end, letter == 'n' ? "\n" : "\t");
	if (letter && strchr("ULulE", letter))
		return add(end, (char[]) { '\\', letter, '\0' });
	if (letter == '$')
		return add(end, "$$");
	if (letter == '\\')
		return add(end, "\\\\");
	return add(end, (char[]) { letter, '\0' });
}

/* From sed's replacement to PCRE2's: pcre2_substitute(), "PCRE2_SUBSTITUTE_EXTENDED". */
static const char *translate(struct ctx *ctx, const char *from)
{
	char *to = ctx_alloc(ctx, 4 * strlen(from) + 1), *end = to;

	for (; *from; from++) {
		if (*from == '\\' && from[1])
			end = add_escape(end, *++from);
		else if (*from == '\\')
			end = add(end, "\\\\");
		else if (*from == '&')
			end = add(end, "${0}");
		else if (*from == '$')
			end = add(end, "$$");
		else
			*end++ = *from;
	}
	*end = '\0';
	return to;
}

static uint32_t option_of(char flag)
{
	switch (flag) {
	case 'i':
	case 'I':
		return PCRE2_CASELESS;
	case 'm':
	case 'M':
		return PCRE2_MULTILINE;
	case 's':
		return PCRE2_DOTALL;
	case 'x':
		return PCRE2_EXTENDED;
	default:
		return 0;
	}
}

static bool take_flags(const char **at, struct substitution *out,
		       struct substitution_problem *problem)
{
	for (; **at && !strchr("; \n", **at); (*at)++) {
		if (**at == 'g')
			out->all = true;
		else if (**at >= '0' && **at <= '9')
			out->nth = out->nth < NTH_MAX ? out->nth * 10 + (**at - '0') : NTH_MAX;
		else if (option_of(**at))
			out->options |= option_of(**at);
		else
			return fail(problem, SUBSTITUTION_FLAG, *at);
	}
	if (out->nth == 0)
		out->nth = 1;
	return true;
}

/* SUBSTITUTION_NONE for what only begins like it: "s/he is right". */
static bool take_one(struct ctx *ctx, const char **at, struct substitution *out,
		     struct substitution_problem *problem)
{
	char delimiter = **at == 's' ? (*at)[1] : '\0';
	bool closed = false;

	*out = (struct substitution) { .options = OPTIONS };
	if (!delimiter || !strchr(DELIMITERS, delimiter))
		return fail(problem, SUBSTITUTION_NONE, *at);
	*at += 2;
	out->pattern = take_part(ctx, at, delimiter, true, &closed);
	if (!closed || !out->pattern[0])
		return fail(problem, SUBSTITUTION_NONE, *at);
	out->replacement = take_part(ctx, at, delimiter, false, &closed);
	if (strlen(out->pattern) > SUBSTITUTION_PART_MAX ||
	    strlen(out->replacement) > SUBSTITUTION_PART_MAX)
		return fail(problem, SUBSTITUTION_TOO_LONG, "");
	out->replacement = translate(ctx, out->replacement);
	return take_flags(at, out, problem);
}

size_t substitutions_read(struct ctx *ctx, const char *text,
			  struct substitution out[SUBSTITUTIONS_MAX],
			  struct substitution_problem *problem)
{
	size_t count = 0;

	while (*text) {
		const char *start = text;

		if (count == SUBSTITUTIONS_MAX) {
			fail(problem, SUBSTITUTION_TOO_MANY, "");
			return 0;
		}
		if (!take_one(ctx, &text, &out[count], problem)) {
			if (count > 0 && problem->fault == SUBSTITUTION_NONE)
				fail(problem, SUBSTITUTION_NO_END, start);
			return 0;
		}
		count++;
		text += strspn(text, " \n");
		if (*text && *text != ';' && text[-1] != '\n') {
			fail(problem, SUBSTITUTION_NO_END, text);
			return 0;
		}
		text += strspn(text, "; \n");
	}
	return count;
}

/* --- applying --------------------------------------------------------------------------------- */

/* What all substitutions of a message share. */
struct engine {
	pcre2_match_context *context;
	int64_t end_ns; /* of the processor's time of this thread */
	unsigned calls;
	const struct substitution *current;
	int64_t seen;
};

static int64_t processor_ns(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Before each item of a pattern. Limits of steps are for one match, and a text has thousands. */
static int on_item(pcre2_callout_block *block, void *of)
{
	struct engine *engine = of;

	(void)block;
	if (++engine->calls % LOOK_EVERY || processor_ns() < engine->end_ns)
		return 0;
	return PCRE2_ERROR_MATCHLIMIT;
}

/* After each match: 0 takes the replacement, 1 leaves this one as it is, -1 all from here on. */
static int on_match(pcre2_substitute_callout_block *block, void *of)
{
	struct engine *engine = of;

	(void)block;
	engine->seen++;
	if (engine->seen < engine->current->nth)
		return 1;
	return engine->seen == engine->current->nth || engine->current->all ? 0 : -1;
}

static bool fail_of(struct substitution_problem *problem, int status)
{
	switch (status) {
	case PCRE2_ERROR_MATCHLIMIT:
	case PCRE2_ERROR_DEPTHLIMIT:
	case PCRE2_ERROR_HEAPLIMIT:
		return fail(problem, SUBSTITUTION_TOO_SLOW, "");
	case PCRE2_ERROR_NOMEMORY:
		return fail(problem, SUBSTITUTION_TOO_LARGE, "");
	default:
		pcre2_get_error_message(status, (PCRE2_UCHAR *)problem->detail,
					sizeof(problem->detail));
		problem->fault = SUBSTITUTION_FAILED;
		return false;
	}
}

static int64_t characters(const char *text, size_t size)
{
	int64_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

static pcre2_code *compile(const struct substitution *one, struct substitution_problem *problem)
{
	PCRE2_SIZE place = 0;
	int status;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)one->pattern, PCRE2_ZERO_TERMINATED,
					 one->options, &status, &place, NULL);

	if (!code) {
		fail_of(problem, status);
		problem->fault = SUBSTITUTION_PATTERN;
		problem->place = characters(one->pattern, place);
	}
	return code;
}

/* `text` is set to the result. */
static bool apply_one(struct engine *engine, const struct substitution *one, struct ctx *ctx,
		      const char **text, struct substitution_problem *problem)
{
	PCRE2_SIZE size = SUBSTITUTION_RESULT_MAX;
	char *result = ctx_alloc(ctx, size);
	pcre2_code *code = compile(one, problem);
	int status;

	if (!code)
		return false;
	engine->current = one;
	engine->seen = 0;
	status = pcre2_substitute(code, (PCRE2_SPTR)*text, PCRE2_ZERO_TERMINATED, 0, HOW, NULL,
				  engine->context, (PCRE2_SPTR)one->replacement,
				  PCRE2_ZERO_TERMINATED, (PCRE2_UCHAR *)result, &size);
	pcre2_code_free(code);
	if (status < 0)
		return fail_of(problem, status);
	*text = result;
	return true;
}

static void set_limits(struct engine *engine)
{
	engine->end_ns = processor_ns() + SUBSTITUTION_BUDGET_MS * INT64_C(1000000);
	pcre2_set_match_limit(engine->context, STEPS_MAX);
	pcre2_set_depth_limit(engine->context, DEPTH_MAX);
	pcre2_set_heap_limit(engine->context, HEAP_KIB);
	pcre2_set_callout(engine->context, on_item, engine);
	pcre2_set_substitute_callout(engine->context, on_match, engine);
}

const char *substitutions_apply(struct ctx *ctx, const struct substitution *list, size_t count,
				const char *text, struct substitution_problem *problem)
{
	struct engine engine = { .context = pcre2_match_context_create(NULL) };
	bool fine = engine.context != NULL;

	if (!fine)
		fail(problem, SUBSTITUTION_TOO_LARGE, "");
	else
		set_limits(&engine);
	for (size_t i = 0; i < count && fine; i++)
		fine = apply_one(&engine, &list[i], ctx, &text, problem);
	pcre2_match_context_free(engine.context);
	return fine ? text : NULL;
}
