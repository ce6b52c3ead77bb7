/* crash_link.c - a queue of captures for crashd; each leaves it when crashd confirms that it is
 * stored. Unconfirmed captures are sent again under the same id, so that crashd recognises them. */
#include "common/crash_link.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/capture_file.h"
#include "common/clock.h"
#include "common/crash_metric.h"
#include "common/files.h"
#include "common/message.h"
#include "common/random.h"
#include "common/xalloc.h"

#define KEEP_BYTES (64u << 20)
#define WINDOW 16        /* sent but not confirmed: what libzmq may hold, at most 6 MiB */
#define RESEND_MS 10000u /* crashd answers within milliseconds unless its disk is full */
#define RETRY_MS 250u    /* crashd was not reachable */
#define ACKNOWLEDGE_MAX 4096u
#define FRAME_MAX (4u << 20)
#define HELD_PREFIX "held-"
#define HELD_SUFFIX ".frame"
#define HELD_SECONDS (24 * 3600) /* they contain updates: as long as Telegram keeps those */

struct entry {
	TAILQ_ENTRY(entry) link;
	struct trace_id id;
	struct buffer frame; /* empty: still in the file */
	char *path;          /* NULL: not from a file */
	bool is_held;        /* the file is from hold_entry(): the frame as it is */
	uint64_t sent_ms;    /* 0: not sent */
};

struct crash_link {
	struct loop *loop;
	struct zlink *socket;
	struct loop_timer timer;
	struct arena arena;
	char *process;
	char *directory;                       /* of capture files */
	TAILQ_HEAD(entry_list, entry) entries; /* oldest first */
	size_t count;
	size_t bytes;
};

static void entry_destroy(struct entry *entry)
{
	buffer_finish(&entry->frame);
	free(entry->path);
	free(entry);
}

static void remove_entry(struct crash_link *link, struct entry *entry)
{
	TAILQ_REMOVE(&link->entries, entry, link);
	link->count--;
	link->bytes -= buffer_unread_size(&entry->frame);
	entry_destroy(entry);
}

static struct entry *add_entry(struct crash_link *link, const struct trace_id *id)
{
	struct entry *entry = xcalloc(1, sizeof(*entry));

	entry->id = *id;
	TAILQ_INSERT_TAIL(&link->entries, entry, link);
	link->count++;
	return entry;
}

static void fill_entry(struct crash_link *link, struct entry *entry, const struct capture *capture)
{
	struct buffer body = { 0 };
	struct message_capture message;

	capture_encode(capture, &body);
	message.id = entry->id;
	message.body.data = (const char *)buffer_unread(&body);
	message.body.length = buffer_unread_size(&body);
	message_encode_capture(&message, &entry->frame);
	link->bytes += buffer_unread_size(&entry->frame);
	buffer_finish(&body);
}

static void drop_oldest_over_limit(struct crash_link *link)
{
	while (link->bytes > KEEP_BYTES && link->count > 1) {
		metric_add(&captures_dropped, 1);
		remove_entry(link, TAILQ_FIRST(&link->entries));
	}
}

/* A file that cannot be read still proves that the process crashed. */
static void fill_from_file(struct crash_link *link, struct entry *entry)
{
	struct buffer memory = { 0 };
	struct capture capture = { .kind = CAPTURE_SIGNAL };
	struct why why = { "" };

	if (!capture_file_read(entry->path, &memory, &capture, &entry->id, &why)) {
		why_prefix(&why, "cannot read a crash capture");
		capture.process = (struct text) { link->process, strlen(link->process) };
		capture.version = (struct text) { KORONE_VERSION, strlen(KORONE_VERSION) };
		capture.message = (struct text) { why.text, strlen(why.text) };
		capture.started_ns = capture.ended_ns = clock_utc_ns();
	}
	fill_entry(link, entry, &capture);
	buffer_finish(&memory);
}

/* --- over a restart ------------------------------------------------------------------------- */

static char *held_path(const struct crash_link *link, const struct trace_id *id)
{
	char hex[TRACE_ID_HEX];

	trace_id_hex(id, hex);
	return xasprintf("%s/" HELD_PREFIX "%s" HELD_SUFFIX, link->directory, hex);
}

/* Without space the capture is lost, as if the process had been killed. */
static void hold_entry(struct crash_link *link, const struct entry *entry)
{
	char *path = held_path(link, &entry->id);

	if (!directory_make(link->directory, NULL) ||
	    !file_replace(path, buffer_unread(&entry->frame), buffer_unread_size(&entry->frame),
			  NULL))
		metric_add(&captures_dropped, 1);
	free(path);
}

static int is_held_file(const struct dirent *file)
{
	return strncmp(file->d_name, HELD_PREFIX, strlen(HELD_PREFIX)) == 0 &&
	       strlen(file->d_name) == strlen(HELD_PREFIX) + TRACE_ID_HEX - 1 + strlen(HELD_SUFFIX);
}

static bool has_entry(const struct crash_link *link, const struct trace_id *id)
{
	for (const struct entry *entry = TAILQ_FIRST(&link->entries); entry;
	     entry = TAILQ_NEXT(entry, link))
		if (memcmp(&entry->id, id, sizeof(*id)) == 0)
			return true;
	return false;
}

static bool is_too_old(const char *path)
{
	struct stat file;

	return stat(path, &file) == 0 && file.st_mtime < clock_utc_s() - HELD_SECONDS;
}

static void add_held(struct crash_link *link, const char *name)
{
	char hex[TRACE_ID_HEX];
	struct trace_id id;
	struct entry *entry;
	char *path;

	snprintf(hex, sizeof(hex), "%s", name + strlen(HELD_PREFIX));
	if (!trace_id_parse(hex, &id) || has_entry(link, &id))
		return;
	path = held_path(link, &id);
	if (is_too_old(path)) {
		unlink(path);
		free(path);
		metric_add(&captures_dropped, 1);
		return;
	}
	entry = add_entry(link, &id);
	entry->path = path;
	entry->is_held = true;
}

static void take_held(struct crash_link *link)
{
	struct dirent **files;
	int count = scandir(link->directory, &files, is_held_file, alphasort);

	for (int i = 0; i < count; i++) {
		add_held(link, files[i]->d_name);
		free(files[i]);
	}
	if (count >= 0)
		free(files);
}

static void fill_held(struct crash_link *link, struct entry *entry)
{
	struct capture capture = { .kind = CAPTURE_SIGNAL };

	if (file_read_own(entry->path, FRAME_MAX, &entry->frame, NULL) &&
	    buffer_unread_size(&entry->frame) > 0) {
		link->bytes += buffer_unread_size(&entry->frame);
		return;
	}
	buffer_clear(&entry->frame);
	capture.message = (struct text) { "a held capture cannot be read", 29 };
	capture.started_ns = capture.ended_ns = clock_utc_ns();
	fill_entry(link, entry, &capture);
}

/* --- sending -------------------------------------------------------------------------------- */

static bool send_entry(struct crash_link *link, struct entry *entry)
{
	if (buffer_unread_size(&entry->frame) == 0) {
		if (entry->is_held)
			fill_held(link, entry);
		else
			fill_from_file(link, entry);
	}
	if (zlink_send(link->socket, NULL, buffer_unread(&entry->frame),
		       buffer_unread_size(&entry->frame)) != ZLINK_SENT)
		return false;
	entry->sent_ms = clock_boot_ms();
	return true;
}

static void flush(struct crash_link *link)
{
	uint64_t now_ms = clock_boot_ms();
	struct entry *entry = TAILQ_FIRST(&link->entries);

	for (size_t i = 0; entry && i < WINDOW; i++, entry = TAILQ_NEXT(entry, link)) {
		if (entry->sent_ms != 0 && now_ms - entry->sent_ms < RESEND_MS)
			continue;
		if (!send_entry(link, entry))
			break;
	}
	if (!TAILQ_EMPTY(&link->entries))
		loop_timer_set(link->loop, &link->timer, RETRY_MS);
}

static void on_timer(void *owner)
{
	flush(owner);
}

static void on_stored(struct crash_link *link, const struct trace_id *id)
{
	struct entry *entry;

	for (entry = TAILQ_FIRST(&link->entries); entry; entry = TAILQ_NEXT(entry, link))
		if (memcmp(&entry->id, id, sizeof(*id)) == 0)
			break;
	if (!entry)
		return; /* confirmed twice: it was sent twice */
	if (entry->path)
		unlink(entry->path);
	remove_entry(link, entry);
}

static void on_message(void *owner, const struct zpeer *from, const uint8_t *data, size_t size)
{
	struct crash_link *link = owner;
	struct message_capture_stored stored;

	(void)from;
	arena_reset(&link->arena);
	if (!message_decode_capture_stored(data, size, &link->arena, &stored, NULL))
		return;
	on_stored(link, &stored.id);
	flush(link);
}

static void add_file(void *owner, const char *path)
{
	struct crash_link *link = owner;
	struct trace_id id = trace_id_make(); /* replaced by the file's own id when it is read */

	for (const struct entry *entry = TAILQ_FIRST(&link->entries); entry;
	     entry = TAILQ_NEXT(entry, link))
		if (entry->path && strcmp(entry->path, path) == 0)
			return; /* already being sent */
	add_entry(link, &id)->path = xstrdup(path);
}

void crash_link_take_files(struct crash_link *link)
{
	capture_files_each(link->directory, add_file, link);
	take_held(link);
	flush(link);
}

struct crash_link *crash_link_create(struct zcontext *context, struct loop *loop,
				     const struct settings *settings, const char *process,
				     struct why *why)
{
	struct zlink_options options = {
		.endpoint = settings->crashes_endpoint,
		.receive_max = ACKNOWLEDGE_MAX,
		.run_dir = settings->run_dir,
		.curve_dir = settings->curve_dir,
		.curve_name = process,
		.curve_peer = "crashd",
	};
	struct crash_link *link = xcalloc(1, sizeof(*link));

	link->loop = loop;
	link->timer = (struct loop_timer) { .fn = on_timer, .owner = link };
	link->process = xstrdup(process);
	link->directory = xasprintf("%s/%s", settings->state_dir, process);
	TAILQ_INIT(&link->entries);
	link->socket = zlink_connect(context, &options, why);
	if (!link->socket) {
		crash_link_destroy(link);
		return NULL;
	}
	zlink_attach(link->socket, loop, on_message, link);
	crash_link_take_files(link);
	return link;
}

void crash_link_destroy(struct crash_link *link)
{
	struct entry *entry;

	if (!link)
		return;
	loop_timer_clear(link->loop, &link->timer);
	zlink_close(link->socket);
	while ((entry = TAILQ_FIRST(&link->entries))) {
		if (!entry->path)
			hold_entry(link, entry);
		remove_entry(link, entry);
	}
	arena_finish(&link->arena);
	free(link->process);
	free(link->directory);
	free(link);
}

void crash_link_report(struct crash_link *link, const struct capture *capture)
{
	struct trace_id id = trace_id_make();

	fill_entry(link, add_entry(link, &id), capture);
	drop_oldest_over_limit(link);
	flush(link);
}

size_t crash_link_pending(const struct crash_link *link)
{
	return link->count;
}
