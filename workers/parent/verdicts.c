/* verdicts.c - a ring that grows, indexed by number. */
#include "workers/parent/verdicts.h"

#include <stdlib.h>

#include "common/xalloc.h"

struct verdict_entry {
	struct message_verdict verdict;
	char *body; /* owned; WAITING and UNSENT, else NULL */
};

static struct verdict_entry *entry_of(const struct verdicts *verdicts, uint64_t number)
{
	return &verdicts->ring[number & (verdicts->capacity - 1)];
}

void verdicts_finish(struct verdicts *verdicts)
{
	for (uint64_t number = verdicts->stored + 1; number <= verdicts->last; number++)
		free(entry_of(verdicts, number)->body);
	free(verdicts->ring);
	*verdicts = (struct verdicts) { 0 };
}

static void grow(struct verdicts *verdicts)
{
	struct verdicts old = *verdicts;

	verdicts->capacity = old.capacity ? old.capacity * 2 : 1024;
	verdicts->ring = xcalloc(verdicts->capacity, sizeof(*verdicts->ring));
	for (uint64_t number = old.stored + 1; number <= old.last; number++)
		*entry_of(verdicts, number) = *entry_of(&old, number);
	free(old.ring);
}

uint64_t verdicts_add(struct verdicts *verdicts, const struct message_verdict *verdict)
{
	struct verdict_entry *entry;

	if (verdicts->last - verdicts->stored == verdicts->capacity)
		grow(verdicts);
	entry = entry_of(verdicts, ++verdicts->last);
	entry->verdict = *verdict;
	entry->verdict.number = verdicts->last;
	entry->body = NULL;
	if (verdict->body.data) {
		entry->body = xmemdup(verdict->body.data, verdict->body.length);
		entry->verdict.body.data = entry->body;
	}
	return verdicts->last;
}

size_t verdicts_unsent(const struct verdicts *verdicts, struct message_verdict *out, size_t max)
{
	size_t count = 0, bytes = 0;

	for (uint64_t number = verdicts->sent + 1;
	     number <= verdicts->last && count < max && bytes < MESSAGE_VERDICTS_BYTES; number++) {
		out[count] = entry_of(verdicts, number)->verdict;
		bytes += out[count++].body.length;
	}
	return count;
}

void verdicts_sent(struct verdicts *verdicts, size_t count)
{
	verdicts->sent += count;
}

void verdicts_resend(struct verdicts *verdicts)
{
	verdicts->sent = verdicts->stored;
}

bool verdicts_stored(struct verdicts *verdicts, uint64_t number)
{
	if (number > verdicts->last)
		return false;
	for (; verdicts->stored < number; verdicts->stored++) {
		struct verdict_entry *entry = entry_of(verdicts, verdicts->stored + 1);

		free(entry->body);
		entry->body = NULL;
	}
	if (verdicts->sent < verdicts->stored)
		verdicts->sent = verdicts->stored;
	return true;
}

size_t verdicts_unstored(const struct verdicts *verdicts)
{
	return (size_t)(verdicts->last - verdicts->stored);
}
