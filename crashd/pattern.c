/* pattern.c - PCRE2 with limits on match steps, depth and heap. */
#include "crashd/pattern.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "common/xalloc.h"

const struct pattern_limits pattern_default_limits = {
	.steps = 10000,
	.depth = 1000,
	.heap_kib = 1024,
};

struct pattern {
	pcre2_code *code;
	pcre2_match_context *context;
	pcre2_match_data *data;
};

/* PCRE2 allocates here, which never fails. */
static void *allocate(size_t size, void *owner)
{
	(void)owner;
	return xmalloc(size);
}

static void release(void *memory, void *owner)
{
	(void)owner;
	free(memory);
}

static pcre2_code *compile(const char *expression, pcre2_general_context *memory, struct why *why)
{
	pcre2_compile_context *context = pcre2_compile_context_create(memory);
	PCRE2_UCHAR message[256] = "";
	PCRE2_SIZE at = 0;
	int error = 0;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED,
					 PCRE2_CASELESS, &error, &at, context);

	pcre2_compile_context_free(context);
	if (!code) {
		pcre2_get_error_message(error, message, sizeof(message));
		why_set(why, "at byte %zu of \"%s\": %s", (size_t)at, expression, (char *)message);
	}
	return code;
}

struct pattern *pattern_compile(const char *expression, const struct pattern_limits *limits,
				struct why *why)
{
	pcre2_general_context *memory = pcre2_general_context_create(allocate, release, NULL);
	pcre2_code *code = compile(expression, memory, why);
	struct pattern *pattern = NULL;

	if (code) {
		pattern = xcalloc(1, sizeof(*pattern));
		pattern->code = code;
		pattern->context = pcre2_match_context_create(memory);
		pattern->data = pcre2_match_data_create(1, memory);
		pcre2_set_match_limit(pattern->context, limits->steps);
		pcre2_set_depth_limit(pattern->context, limits->depth);
		pcre2_set_heap_limit(pattern->context, limits->heap_kib);
	}
	pcre2_general_context_free(memory);
	return pattern;
}

void pattern_destroy(struct pattern *pattern)
{
	if (!pattern)
		return;
	pcre2_match_data_free(pattern->data);
	pcre2_match_context_free(pattern->context);
	pcre2_code_free(pattern->code);
	free(pattern);
}

/* Any error other than "no match" is a limit: everything else that can go wrong is ruled out
 * here. */
enum pattern_result pattern_find(struct pattern *pattern, struct text text, size_t from,
				 struct text *found)
{
	PCRE2_SPTR subject = (PCRE2_SPTR)(text.data ? text.data : "");
	int result = pcre2_match(pattern->code, subject, text.length, from, PCRE2_NOTEMPTY,
				 pattern->data, pattern->context);
	const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(pattern->data);

	if (result == PCRE2_ERROR_NOMATCH)
		return PATTERN_NONE;
	if (result < 0)
		return PATTERN_LIMIT;
	*found = (struct text) { text.data + ends[0], ends[1] - ends[0] };
	return PATTERN_FOUND;
}
