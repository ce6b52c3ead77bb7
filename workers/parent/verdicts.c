/* verdicts.c - a ring indexed by number. */
#include "workers/parent/verdicts.h"

#include <stdlib.h>

#include "common/xalloc.h"

struct verdict_entry {
	struct message_verdict verdict;
	char *body; /* owned; WAITING and UNSENT, else NULL */
};

static struct verdict_entry *entry_of(const struct verdicts *book, uint64_t number)
{
	return &book->ring[number & (book->capacity - 1)];
}

void verdicts_finish(struct verdicts *book)
{
	for (uint64_t number = book->stored + 1; number <= book->last; number++)
		free(entry_of(book, number)->body);
	free(book->ring);
	*book = (struct verdicts) { 0 };
}

static void grow(struct verdicts *book)
{
	struct verdicts old = *book;

	book->capacity = old.capacity ? old.capacity * 2 : 1024;
	book->ring = xcalloc(book->capacity, sizeof(*book->ring));
	for (uint64_t number = old.stored + 1; number <= old.last; number++)
		*entry_of(book, number) = *entry_of(&old, number);
	free(old.ring);
}

uint64_t verdicts_add(struct verdicts *book, const struct message_verdict *verdict)
{
	struct verdict_entry *entry;

	if (book->last - book->stored == book->capacity)
		grow(book);
	entry = entry_of(book, ++book->last);
	entry->verdict = *verdict;
	entry->verdict.number = book->last;
	entry->body = NULL;
	if (verdict->body.data) {
		entry->body = xmemdup(verdict->body.data, verdict->body.length);
		entry->verdict.body.data = entry->body;
	}
	return book->last;
}

size_t verdicts_unsent(const struct verdicts *book, struct message_verdict *out, size_t max)
{
	size_t count = 0;

	for (uint64_t number = book->sent + 1; number <= book->last && count < max; number++)
		out[count++] = entry_of(book, number)->verdict;
	return count;
}

void verdicts_sent(struct verdicts *book, size_t count)
{
	book->sent += count;
}

void verdicts_resend(struct verdicts *book)
{
	book->sent = book->stored;
}

bool verdicts_stored(struct verdicts *book, uint64_t number)
{
	if (number > book->last)
		return false;
	for (; book->stored < number; book->stored++) {
		struct verdict_entry *entry = entry_of(book, book->stored + 1);

		free(entry->body);
		entry->body = NULL;
	}
	if (book->sent < book->stored)
		book->sent = book->stored;
	return true;
}

size_t verdicts_unstored(const struct verdicts *book)
{
	return (size_t)(book->last - book->stored);
}
