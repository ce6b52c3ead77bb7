/* pieces.c - a chunked array beside that of the live updates, and a map of names. */
#include "ingress/dispatch/pieces.h"

#include <stdlib.h>

#include "common/xalloc.h"

#define CHUNK 1024u

void pieces_finish(struct pieces *pieces)
{
	for (size_t i = 0; i < pieces->chunks_count; i++)
		free(pieces->chunks[i]);
	free(pieces->chunks);
	position_map_finish(&pieces->names);
	*pieces = (struct pieces) { 0 };
}

/* Those without a key, from before there were names, share none. */
static uint64_t name_of(int64_t chat_id, uint64_t key)
{
	return key ? hash_mix(hash_number(key), (uint64_t)chat_id) : 0;
}

static struct piece_entry *entry_at(const struct pieces *pieces, uint32_t position)
{
	size_t chunk = position / CHUNK;

	if (chunk >= pieces->chunks_count || !pieces->chunks[chunk])
		return NULL;
	return &pieces->chunks[chunk][position % CHUNK];
}

static struct piece_entry *require_entry(struct pieces *pieces, uint32_t position)
{
	size_t chunk = position / CHUNK;

	if (chunk >= pieces->chunks_count) {
		pieces->chunks = xreallocarray(pieces->chunks, chunk + 1, sizeof(*pieces->chunks));
		while (pieces->chunks_count <= chunk)
			pieces->chunks[pieces->chunks_count++] = NULL;
	}
	if (!pieces->chunks[chunk])
		pieces->chunks[chunk] = xcalloc(CHUNK, sizeof(**pieces->chunks));
	return &pieces->chunks[chunk][position % CHUNK];
}

struct piece_entry *pieces_find(const struct pieces *pieces, uint32_t position)
{
	struct piece_entry *entry = entry_at(pieces, position);

	return entry && entry->used ? entry : NULL;
}

void pieces_add(struct pieces *pieces, uint32_t position, const struct piece *piece)
{
	uint64_t name = name_of(piece->chat_id, piece->key);

	*require_entry(pieces, position) = (struct piece_entry) { .piece = *piece, .used = true };
	pieces->count++;
	if (name)
		position_map_set(&pieces->names, name, position);
}

static void drop_name(struct pieces *pieces, uint32_t position, const struct piece *piece)
{
	uint64_t name = name_of(piece->chat_id, piece->key);

	if (name && position_map_find(&pieces->names, name) == position)
		position_map_remove(&pieces->names, name);
}

void pieces_remove(struct pieces *pieces, uint32_t position)
{
	struct piece_entry *entry = pieces_find(pieces, position);

	if (!entry)
		return;
	drop_name(pieces, position, &entry->piece);
	*entry = (struct piece_entry) { 0 };
	pieces->count--;
}

uint32_t pieces_find_name(const struct pieces *pieces, int64_t chat_id, uint64_t key)
{
	uint64_t name = name_of(chat_id, key);

	return name ? position_map_find(&pieces->names, name) : POSITION_NONE;
}

void pieces_withdraw(struct pieces *pieces, uint32_t position)
{
	struct piece_entry *entry = pieces_find(pieces, position);

	if (!entry)
		return;
	drop_name(pieces, position, &entry->piece);
	entry->withdrawn = true;
}

uint32_t pieces_next(const struct pieces *pieces, uint32_t *at)
{
	for (; *at < pieces->chunks_count * CHUNK; ++*at) {
		if (!pieces->chunks[*at / CHUNK])
			*at += CHUNK - 1 - *at % CHUNK;
		else if (pieces->chunks[*at / CHUNK][*at % CHUNK].used)
			return (*at)++;
	}
	return POSITION_NONE;
}
