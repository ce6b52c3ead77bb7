/* verdicts.c - a ring that grows, indexed by number. */
#include "workers/parent/verdicts.h"

#include <stdlib.h>

#include "common/xalloc.h"

struct verdict_entry {
	struct message_verdict verdict;
	char *bytes; /* owned; the body or the orders; NULL: it has neither */
};

static struct verdict_entry *entry_of(const struct verdicts *verdicts, uint64_t number)
{
	return &verdicts->ring[number & (verdicts->capacity - 1)];
}

void verdicts_finish(struct verdicts *verdicts)
{
	for (uint64_t number = verdicts->stored + 1; number <= verdicts->last; number++)
		free(entry_of(verdicts, number)->bytes);
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

/* A verdict has a body or orders. */
static void keep_bytes(struct verdict_entry *entry, struct text *text)
{
	if (!text->data)
		return;
	entry->bytes = xmemdup(text->data, text->length);
	text->data = entry->bytes;
}

uint64_t verdicts_add(struct verdicts *verdicts, const struct message_verdict *verdict)
{
	struct verdict_entry *entry;

	if (verdicts->last - verdicts->stored == verdicts->capacity)
		grow(verdicts);
	entry = entry_of(verdicts, ++verdicts->last);
	entry->verdict = *verdict;
	entry->verdict.number = verdicts->last;
	entry->bytes = NULL;
	keep_bytes(entry, &entry->verdict.body);
	keep_bytes(entry, &entry->verdict.orders);
	return verdicts->last;
}

size_t verdicts_unsent(const struct verdicts *verdicts, struct message_verdict *out, size_t max)
{
	size_t count = 0, bytes = 0;

	for (uint64_t number = verdicts->sent + 1;
	     number <= verdicts->last && count < max && bytes < MESSAGE_VERDICTS_BYTES; number++) {
		out[count] = entry_of(verdicts, number)->verdict;
		bytes += out[count].body.length + out[count].orders.length;
		count++;
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

		free(entry->bytes);
		entry->bytes = NULL;
	}
	if (verdicts->sent < verdicts->stored)
		verdicts->sent = verdicts->stored;
	return true;
}

size_t verdicts_unstored(const struct verdicts *verdicts)
{
	return (size_t)(verdicts->last - verdicts->stored);
}
