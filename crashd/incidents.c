/* incidents.c - the file is the table as it is in memory, after a head with a checksum: it is only
 * for this machine, and losing it loses no more than a list. */
#include "crashd/incidents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/files.h"
#include "common/xalloc.h"
#include "crashd/gzip.h"

#define MAGIC 0x324e434eu /* increase it with every change of struct incident */
#define FINGERPRINT_PART 8

struct head {
	uint32_t magic;
	uint32_t checksum; /* of the table */
};

struct incidents {
	char *path;
	bool is_new;
	struct incident list[INCIDENTS_MAX];
};

static void set_text(char *to, size_t size, struct text from)
{
	snprintf(to, size, "%.*s", (int)from.length, from.data ? from.data : "");
}

static struct incident *find_or_replace(struct incidents *incidents, struct text fingerprint)
{
	struct incident *oldest = &incidents->list[0];

	for (size_t i = 0; i < INCIDENTS_MAX; i++) {
		struct incident *at = &incidents->list[i];

		if (text_is(fingerprint, at->fingerprint))
			return at;
		if (at->last_s < oldest->last_s)
			oldest = at;
	}
	memset(oldest, 0, sizeof(*oldest));
	return oldest;
}

void incidents_count(struct incidents *incidents, const struct report *report)
{
	struct incident *at = find_or_replace(incidents, report->fingerprint);
	int64_t when_s = (int64_t)(report->ended_ns / 1000000000u);

	set_text(at->fingerprint, sizeof(at->fingerprint), report->fingerprint);
	set_text(at->title, sizeof(at->title), report->title);
	set_text(at->reason, sizeof(at->reason), report->message);
	set_text(at->type, sizeof(at->type), report->type);
	set_text(at->function, sizeof(at->function), report->function);
	set_text(at->file, sizeof(at->file), report->file);
	set_text(at->module, sizeof(at->module), report->module);
	set_text(at->process, sizeof(at->process), report->process);
	set_text(at->version, sizeof(at->version), report->version);
	at->line = report->line;
	if (at->count == 0 || when_s < at->first_s)
		at->first_s = when_s;
	if (when_s > at->last_s)
		at->last_s = when_s;
	at->references[at->count % INCIDENT_REFERENCES] = report->trace;
	at->captures[at->count % INCIDENT_REFERENCES] = report->id;
	at->count++;
	incidents->is_new = true;
}

size_t incident_reference_count(const struct incident *incident)
{
	return incident->count < INCIDENT_REFERENCES ? (size_t)incident->count
						     : INCIDENT_REFERENCES;
}

static int by_last_seen(const void *a, const void *b)
{
	const struct incident *const *x = a, *const *y = b;

	return ((*x)->last_s < (*y)->last_s) - ((*x)->last_s > (*y)->last_s);
}

void incidents_each(const struct incidents *incidents, incident_fn *fn, void *owner)
{
	const struct incident *order[INCIDENTS_MAX] = { NULL };
	size_t count = 0;

	for (size_t i = 0; i < INCIDENTS_MAX; i++)
		if (incidents->list[i].count > 0)
			order[count++] = &incidents->list[i];
	qsort(order, count, sizeof(order[0]), by_last_seen);
	for (size_t i = 0; i < count; i++)
		fn(owner, order[i]);
}

static bool has_reference(const struct incident *incident, const struct trace_id *trace,
			  struct trace_id *capture)
{
	for (size_t i = 0; i < incident_reference_count(incident); i++)
		if (memcmp(&incident->references[i], trace, sizeof(*trace)) == 0) {
			*capture = incident->captures[i];
			return true;
		}
	return false;
}

const struct incident *incidents_find(const struct incidents *incidents, const char *id,
				      struct trace_id *capture)
{
	struct trace_id trace;
	bool is_trace = trace_id_parse(id, &trace);
	size_t length = strlen(id);

	for (size_t i = 0; i < INCIDENTS_MAX; i++) {
		const struct incident *at = &incidents->list[i];

		if (at->count == 0)
			continue;
		if (is_trace && has_reference(at, &trace, capture))
			return at;
		if (length >= FINGERPRINT_PART && strncmp(at->fingerprint, id, length) == 0) {
			*capture = at->captures[(at->count - 1) % INCIDENT_REFERENCES];
			return at;
		}
	}
	return NULL;
}

/* --- the file ------------------------------------------------------------------------------- */

static void end_texts(struct incident *incident)
{
	incident->fingerprint[sizeof(incident->fingerprint) - 1] = '\0';
	incident->title[sizeof(incident->title) - 1] = '\0';
	incident->reason[sizeof(incident->reason) - 1] = '\0';
	incident->type[sizeof(incident->type) - 1] = '\0';
	incident->function[sizeof(incident->function) - 1] = '\0';
	incident->file[sizeof(incident->file) - 1] = '\0';
	incident->module[sizeof(incident->module) - 1] = '\0';
	incident->process[sizeof(incident->process) - 1] = '\0';
	incident->version[sizeof(incident->version) - 1] = '\0';
}

/* Memory of records that are not in use stays untouched, which takes none. */
static void take_table(struct incidents *incidents, const uint8_t *table)
{
	for (size_t i = 0; i < INCIDENTS_MAX; i++) {
		struct incident *at = &incidents->list[i];
		struct incident read;

		memcpy(&read, table + i * sizeof(read), sizeof(read));
		if (!read.fingerprint[0])
			continue;
		*at = read;
		end_texts(at);
	}
}

struct incidents *incidents_open(const char *path)
{
	struct incidents *incidents = xcalloc(1, sizeof(*incidents));
	struct buffer file = { 0 };
	struct head head;

	incidents->path = xstrdup(path);
	if (file_read_own(path, sizeof(head) + sizeof(incidents->list), &file, NULL) &&
	    buffer_unread_size(&file) == sizeof(head) + sizeof(incidents->list)) {
		const uint8_t *table = buffer_unread(&file) + sizeof(head);

		memcpy(&head, buffer_unread(&file), sizeof(head));
		if (head.magic == MAGIC &&
		    head.checksum == checksum(table, sizeof(incidents->list)))
			take_table(incidents, table);
	}
	buffer_finish(&file);
	return incidents;
}

bool incidents_save(struct incidents *incidents, struct why *why)
{
	struct head head = { .magic = MAGIC };
	struct buffer file = { 0 };
	bool is_saved;

	if (!incidents->is_new)
		return true;
	head.checksum = checksum(incidents->list, sizeof(incidents->list));
	buffer_append(&file, &head, sizeof(head));
	buffer_append(&file, incidents->list, sizeof(incidents->list));
	is_saved = file_replace(incidents->path, buffer_unread(&file), buffer_unread_size(&file),
				why);
	buffer_finish(&file);
	incidents->is_new = !is_saved;
	return is_saved;
}

void incidents_close(struct incidents *incidents)
{
	if (!incidents)
		return;
	if (!incidents_save(incidents, NULL))
		incidents->is_new = false; /* a failure loses a list of what Logfire has, too */
	free(incidents->path);
	free(incidents);
}
