/* store.c - files DIRECTORY/ID.capture and DIRECTORY/ID.report, with an index in memory. */
#include "crashd/store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/files.h"
#include "common/xalloc.h"
#include "crashd/gzip.h"

#define MAGIC "KORCRSH1"
#define FILE_SIZE_MAX (16u << 20)
#define EVICTIONS_MAX 16 /* attempts at one write */

struct file_head {
	char magic[8];
	uint32_t checksum; /* of head and body, with this field 0 */
	uint32_t size;     /* of the body */
	int64_t stored_at;
	uint64_t group;
};

struct store {
	char *directory;
	struct store_entry *entries; /* oldest first */
	size_t count, capacity;
	uint64_t bytes;
	uint64_t evicted;
};

static const char *suffix_of(enum store_kind kind)
{
	return kind == STORE_CAPTURE ? "capture" : "report";
}

static char *path_of(const struct store *store, enum store_kind kind, const struct trace_id *id)
{
	char hex[TRACE_ID_HEX];

	trace_id_hex(id, hex);
	return xasprintf("%s/%s.%s", store->directory, hex, suffix_of(kind));
}

/* --- the index ------------------------------------------------------------------------------ */

static struct store_entry *find_entry(const struct store *store, enum store_kind kind,
				      const struct trace_id *id)
{
	for (size_t i = 0; i < store->count; i++)
		if (store->entries[i].kind == kind &&
		    memcmp(&store->entries[i].id, id, sizeof(*id)) == 0)
			return &store->entries[i];
	return NULL;
}

static void add_entry(struct store *store, const struct store_entry *entry)
{
	array_reserve(store->entries, &store->capacity, store->count + 1);
	store->entries[store->count++] = *entry;
	store->bytes += entry->size;
}

static void drop_entry(struct store *store, struct store_entry *entry)
{
	size_t after = store->count - (size_t)(entry - store->entries) - 1;

	store->bytes -= entry->size;
	memmove(entry, entry + 1, after * sizeof(*entry));
	store->count--;
}

static void remove_entry(struct store *store, struct store_entry *entry)
{
	char *path = path_of(store, entry->kind, &entry->id);

	unlink(path);
	free(path);
	drop_entry(store, entry);
}

/* --- files ---------------------------------------------------------------------------------- */

static bool check_file(struct buffer *file, struct file_head *head, struct why *why)
{
	uint32_t expected;

	if (buffer_unread_size(file) < sizeof(*head))
		return why_set(why, "torn");
	memcpy(head, buffer_unread(file), sizeof(*head));
	expected = head->checksum;
	memset(buffer_unread(file) + offsetof(struct file_head, checksum), 0, sizeof(expected));
	if (memcmp(head->magic, MAGIC, sizeof(head->magic)) != 0 ||
	    head->size != buffer_unread_size(file) - sizeof(*head) ||
	    checksum(buffer_unread(file), buffer_unread_size(file)) != expected)
		return why_set(why, "torn");
	return true;
}

static bool read_file(const char *path, struct buffer *out, struct file_head *head, struct why *why)
{
	buffer_clear(out);
	if (!file_read_own(path, FILE_SIZE_MAX, out, why))
		return false;
	return check_file(out, head, why) ? true : why_prefix(why, "%s", path);
}

static bool write_file(const struct store *store, const struct store_entry *entry,
		       const void *bytes, struct why *why)
{
	struct file_head head = { .size = entry->size,
				  .stored_at = entry->stored_at,
				  .group = entry->group };
	struct buffer file = { 0 };
	char *path = path_of(store, entry->kind, &entry->id);
	bool written;

	memcpy(head.magic, MAGIC, sizeof(head.magic));
	buffer_append(&file, &head, sizeof(head));
	buffer_append(&file, bytes, entry->size);
	head.checksum = checksum(buffer_unread(&file), buffer_unread_size(&file));
	memcpy(buffer_unread(&file), &head, sizeof(head));
	written = file_replace(path, buffer_unread(&file), buffer_unread_size(&file), why);
	buffer_finish(&file);
	free(path);
	return written;
}

/* --- opening -------------------------------------------------------------------------------- */

/* "0123…ef.report"; false for anything else, like the remains of an interrupted write. */
static bool parse_name(const char *name, struct store_entry *out)
{
	char hex[TRACE_ID_HEX];

	if (strlen(name) < TRACE_ID_HEX || name[TRACE_ID_HEX - 1] != '.')
		return false;
	snprintf(hex, sizeof(hex), "%.*s", TRACE_ID_HEX - 1, name);
	if (!trace_id_parse(hex, &out->id))
		return false;
	name += TRACE_ID_HEX;
	out->kind = strcmp(name, suffix_of(STORE_CAPTURE)) == 0 ? STORE_CAPTURE : STORE_REPORT;
	return strcmp(name, suffix_of(out->kind)) == 0;
}

static bool take_up(struct store *store, const char *name, struct buffer *memory)
{
	struct store_entry entry = { .size = 0 };
	struct file_head head;
	char *path = xasprintf("%s/%s", store->directory, name);
	bool is_whole = parse_name(name, &entry) && read_file(path, memory, &head, NULL);

	if (is_whole) {
		entry.stored_at = head.stored_at;
		entry.group = head.group;
		entry.size = head.size;
		add_entry(store, &entry);
	} else {
		unlink(path);
	}
	free(path);
	return is_whole;
}

static int by_age(const void *a, const void *b)
{
	const struct store_entry *x = a, *y = b;

	if (x->stored_at != y->stored_at)
		return x->stored_at < y->stored_at ? -1 : 1;
	return memcmp(&x->id, &y->id, sizeof(x->id));
}

/* A crash between the two steps of crash_store_put() leaves both. */
static void remove_captures_with_report(struct store *store)
{
	for (size_t i = 0; i < store->count;) {
		struct store_entry *entry = &store->entries[i];

		if (entry->kind == STORE_CAPTURE && find_entry(store, STORE_REPORT, &entry->id))
			remove_entry(store, entry);
		else
			i++;
	}
}

struct store *crash_store_open(const char *directory, size_t *torn, struct why *why)
{
	struct buffer memory = { 0 };
	const struct dirent *file;
	struct store *store;
	DIR *files;

	*torn = 0;
	if (!directory_make(directory, why))
		return NULL;
	files = opendir(directory);
	if (!files) {
		why_set(why, "%s: %s", directory, strerror(errno));
		return NULL;
	}
	store = xcalloc(1, sizeof(*store));
	store->directory = xstrdup(directory);
	while ((file = readdir(files)) != NULL)
		if (file->d_name[0] != '.' && !take_up(store, file->d_name, &memory))
			(*torn)++;
	closedir(files);
	buffer_finish(&memory);
	if (store->count > 0)
		qsort(store->entries, store->count, sizeof(store->entries[0]), by_age);
	remove_captures_with_report(store);
	return store;
}

void crash_store_close(struct store *store)
{
	if (!store)
		return;
	free(store->entries);
	free(store->directory);
	free(store);
}

/* --- putting -------------------------------------------------------------------------------- */

static bool is_being_sent(const struct store_entry *entry)
{
	return entry->claimed != entry->finished;
}

/* The oldest report with a newer one of its group. */
static struct store_entry *find_spare(struct store *store)
{
	for (size_t i = 0; i < store->count; i++) {
		struct store_entry *entry = &store->entries[i];

		if (entry->kind != STORE_REPORT || is_being_sent(entry))
			continue;
		for (size_t k = i + 1; k < store->count; k++)
			if (store->entries[k].kind == STORE_REPORT &&
			    store->entries[k].group == entry->group)
				return entry;
	}
	return NULL;
}

static bool evict_one(struct store *store)
{
	struct store_entry *spare = find_spare(store);

	if (!spare)
		return false;
	remove_entry(store, spare);
	store->evicted++;
	return true;
}

bool crash_store_put(struct store *store, enum store_kind kind, const struct trace_id *id,
		     uint64_t group, const void *bytes, size_t size, struct why *why)
{
	struct store_entry entry = { .id = *id, .kind = kind, .group = group };
	struct store_entry *capture;

	if (size > FILE_SIZE_MAX - sizeof(struct file_head))
		return why_set(why, "too large: %zu bytes", size);
	entry.size = (uint32_t)size;
	entry.stored_at = clock_utc_s();
	capture = find_entry(store, STORE_CAPTURE, id);
	if (kind == STORE_REPORT && capture)
		entry.stored_at = capture->stored_at; /* its time does not start again */
	while (store->bytes + size > STORE_BYTES_MAX)
		if (!evict_one(store))
			return why_set(why, "the limit of %llu MiB is reached",
				       STORE_BYTES_MAX >> 20);
	for (int tries = 0; !write_file(store, &entry, bytes, why); tries++)
		if (tries == EVICTIONS_MAX || !evict_one(store))
			return false;
	add_entry(store, &entry);
	if (kind == STORE_REPORT)
		crash_store_remove(store, STORE_CAPTURE, id);
	return true;
}

bool crash_store_has(const struct store *store, const struct trace_id *id)
{
	return find_entry(store, STORE_CAPTURE, id) || find_entry(store, STORE_REPORT, id);
}

bool crash_store_read(const struct store *store, enum store_kind kind, const struct trace_id *id,
		      struct buffer *out, struct why *why)
{
	struct file_head head;
	char *path = path_of(store, kind, id);
	bool is_read = read_file(path, out, &head, why);

	free(path);
	if (is_read)
		buffer_consume(out, sizeof(head));
	return is_read;
}

void crash_store_remove(struct store *store, enum store_kind kind, const struct trace_id *id)
{
	struct store_entry *entry = find_entry(store, kind, id);

	if (entry)
		remove_entry(store, entry);
}

bool crash_store_claim(struct store *store, enum store_kind kind, unsigned destination,
		       int64_t since, struct store_entry *out)
{
	for (size_t i = 0; i < store->count; i++) {
		struct store_entry *entry = &store->entries[i];

		if (entry->kind == kind && entry->stored_at >= since &&
		    !(entry->claimed & 1u << destination)) {
			entry->claimed |= (uint8_t)(1u << destination);
			*out = *entry;
			return true;
		}
	}
	return false;
}

void crash_store_unclaim(struct store *store, enum store_kind kind, unsigned destination,
			 const struct trace_id *id)
{
	struct store_entry *entry = find_entry(store, kind, id);

	if (entry)
		entry->claimed &= (uint8_t) ~(1u << destination);
}

bool crash_store_finish(struct store *store, const struct trace_id *id, unsigned destination,
			unsigned destinations)
{
	struct store_entry *entry = find_entry(store, STORE_REPORT, id);

	if (!entry)
		return false;
	entry->finished |= (uint8_t)(1u << destination);
	return entry->finished == (1u << destinations) - 1;
}

size_t crash_store_expire(struct store *store, int64_t before)
{
	size_t expired = 0;

	for (size_t i = 0; i < store->count;)
		if (store->entries[i].stored_at < before && !is_being_sent(&store->entries[i])) {
			remove_entry(store, &store->entries[i]);
			expired++;
		} else {
			i++;
		}
	return expired;
}

size_t crash_store_count(const struct store *store, enum store_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < store->count; i++)
		count += store->entries[i].kind == kind;
	return count;
}

uint64_t crash_store_evicted(const struct store *store)
{
	return store->evicted;
}
