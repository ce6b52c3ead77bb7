/* typing.c - the call of a child, kept while its handler runs. */
#include "workers/parent/typing.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#define FIRST_MS 1000u
#define AGAIN_MS 4500u
#define CALL_SIZE_MAX 1024u

bool typing_begin(struct typing *typing, const void *call, size_t size, uint64_t now_ms)
{
	typing_end(typing);
	if (size > CALL_SIZE_MAX)
		return false;
	typing->call = xmalloc(size);
	memcpy(typing->call, call, size);
	typing->size = size;
	typing->due_ms = now_ms + FIRST_MS;
	return true;
}

bool typing_take_due(struct typing *typing, uint64_t now_ms)
{
	if (!typing->call || now_ms < typing->due_ms)
		return false;
	typing->due_ms = now_ms + AGAIN_MS;
	return true;
}

void typing_end(struct typing *typing)
{
	free(typing->call);
	*typing = (struct typing) { 0 };
}
