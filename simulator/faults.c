#include "simulator/faults.h"

#include <string.h>
#include <strings.h>

static const char *const mode_names[] = {
	[FAULT_NONE] = "none",   [FAULT_SLOW] = "slow",       [FAULT_SILENT] = "silent",
	[FAULT_HALF] = "half",   [FAULT_GARBAGE] = "garbage", [FAULT_NOT_JSON] = "not_json",
	[FAULT_HTML] = "html",   [FAULT_ERROR] = "error",     [FAULT_CLOSE] = "close",
	[FAULT_RESET] = "reset",
};

const char *fault_mode_name(enum fault_mode mode)
{
	return mode_names[mode];
}

bool fault_mode_find(const char *name, enum fault_mode *out)
{
	for (unsigned i = 0; i < sizeof(mode_names) / sizeof(mode_names[0]); i++) {
		if (!strcmp(mode_names[i], name)) {
			*out = (enum fault_mode)i;
			return true;
		}
	}
	return false;
}

bool faults_add(struct faults *faults, const struct fault *fault)
{
	if (faults->count == FAULTS_MAX)
		return false;
	faults->list[faults->count++] = *fault;
	return true;
}

void faults_remove(struct faults *faults, const char *method)
{
	size_t kept = 0;

	for (size_t i = 0; i < faults->count; i++) {
		if (method && strcasecmp(faults->list[i].method, method) != 0)
			faults->list[kept++] = faults->list[i];
	}
	faults->count = kept;
}

/* A fixed sequence: the same test hits the same calls. */
static uint32_t next_percent(struct faults *faults)
{
	faults->random = faults->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(faults->random >> 33) % 100;
}

static bool hits(struct faults *faults, const struct fault *fault, const char *method,
		 int64_t chat_id)
{
	if (fault->times == 0 || (fault->chat_id && fault->chat_id != chat_id))
		return false;
	if (strcmp(fault->method, "*") != 0 && strcasecmp(fault->method, method) != 0)
		return false;
	return fault->percent >= 100 || next_percent(faults) < fault->percent;
}

struct fault faults_take(struct faults *faults, const char *method, int64_t chat_id)
{
	for (size_t i = 0; i < faults->count; i++) {
		struct fault *fault = &faults->list[i];

		if (!hits(faults, fault, method, chat_id))
			continue;
		faults->applied++;
		if (fault->times > 0)
			fault->times--;
		return *fault;
	}
	return (struct fault) { .mode = FAULT_NONE };
}
