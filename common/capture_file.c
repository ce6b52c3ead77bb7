/* capture_file.c - capture files: written by the handler of a process without a parent to look
 * after it, read at its next start. The slot as it is in memory, without its unused parts. */
#include "common/capture_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/capture_handler.h"
#include "common/clock.h"
#include "common/files.h"
#include "common/random.h"
#include "common/xalloc.h"

/* Increase it with every change of struct capture_slot or of the head. */
#define LAYOUT 2
#define MAGIC "KORONECR"
#define SUFFIX ".capture"
#define PART ".part"

struct file_head {
	char magic[8];
	uint32_t layout;
	uint32_t slot_size; /* bytes of the slot before `maps` */
	struct trace_id id;
	uint64_t started_ns, ended_ns;
	char process[32];
	char host[65];
	char version[32];
	char build_id[80];
};

#define SLOT_HEAD offsetof(struct capture_slot, maps)
#define FILE_MAX (sizeof(struct file_head) + sizeof(struct capture_slot))

/* Prepared at startup, for the handler. */
static struct {
	char path[PATH_MAX];
	char part[PATH_MAX]; /* its name until it is complete */
	struct file_head head;
} file;

/* --- in the handler ------------------------------------------------------------------------- */

static bool write_part(int fd, const void *bytes, size_t size)
{
	return write(fd, bytes, size) == (ssize_t)size;
}

static void write_file(const struct capture_slot *slot)
{
	struct timespec now;
	int fd = open(file.part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool whole;

	if (fd < 0)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	file.head.ended_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	whole = write_part(fd, &file.head, sizeof(file.head)) && write_part(fd, slot, SLOT_HEAD) &&
		write_part(fd, slot->maps, slot->maps_size) &&
		write_part(fd, slot->stack, slot->stack_size + slot->base_size);
	close(fd);
	/* On a full disk, half a capture is useless and takes space. */
	if (!whole || rename(file.part, file.path) != 0)
		unlink(file.part);
}

/* --- at the start --------------------------------------------------------------------------- */

bool capture_install_file(const char *directory, const char *process, struct why *why)
{
	struct capture_slot *slot;
	int length;

	if (!directory_make(directory, why))
		return why_prefix(why, "directory for crash captures");
	memcpy(file.head.magic, MAGIC, sizeof(file.head.magic));
	file.head.layout = LAYOUT;
	file.head.slot_size = SLOT_HEAD;
	file.head.id = trace_id_make();
	file.head.started_ns = clock_utc_ns();
	snprintf(file.head.process, sizeof(file.head.process), "%s", process);
	snprintf(file.head.version, sizeof(file.head.version), "%s", KORONE_VERSION);
	snprintf(file.head.build_id, sizeof(file.head.build_id), "%s", capture_build_id());
	if (gethostname(file.head.host, sizeof(file.head.host) - 1) != 0)
		file.head.host[0] = '\0';
	length = snprintf(file.path, sizeof(file.path), "%s/crash-%016llx-%d" SUFFIX, directory,
			  (unsigned long long)file.head.started_ns, (int)getpid());
	if (length < 0 || (size_t)length >= sizeof(file.path))
		return why_set(why, "the directory's name is too long: %s", directory);
	memcpy(file.part, file.path, sizeof(file.part));
	memcpy(file.part + length - strlen(SUFFIX), PART, sizeof(PART));
	slot = mmap(NULL, sizeof(*slot), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
	if (slot == MAP_FAILED)
		return why_set(why, "no memory for a crash capture: %s", strerror(errno));
	capture_install_with(slot, write_file);
	return true;
}

/* --- the next start ------------------------------------------------------------------------- */

static int is_capture_file(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return strncmp(entry->d_name, "crash-", 6) == 0 && length > strlen(SUFFIX) &&
	       strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX) == 0;
}

void capture_files_each(const char *directory, capture_file_fn *fn, void *owner)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_capture_file, alphasort);

	for (int i = 0; i < count; i++) {
		char *path = xasprintf("%s/%s", directory, entries[i]->d_name);

		if (i < count - CAPTURE_FILES_MAX)
			unlink(path);
		else if (strcmp(path, file.path) != 0)
			fn(owner, path);
		free(path);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static struct text head_text(const char *data, size_t size)
{
	return (struct text) { .data = data, .length = strnlen(data, size) };
}

/* Moves the parts to where they belong in a complete slot: `memory` then holds the head and a slot.
 */
static bool spread(struct buffer *memory, struct why *why)
{
	size_t parts = sizeof(struct file_head) + SLOT_HEAD;
	size_t size = buffer_unread_size(memory);
	const struct file_head *head = (const void *)buffer_unread(memory);
	struct capture_slot *slot;
	size_t stack;

	if (size < parts || memcmp(head->magic, MAGIC, sizeof(head->magic)) != 0)
		return why_set(why, "incomplete capture file");
	if (head->layout != LAYOUT || head->slot_size != SLOT_HEAD)
		return why_set(why, "written by another version of the program");
	buffer_reserve(memory, FILE_MAX - size);
	slot = (void *)(buffer_unread(memory) + sizeof(struct file_head));
	if (slot->maps_size > CAPTURE_MAPS_MAX || slot->maps_size > size - parts)
		return why_set(why, "incomplete capture file");
	stack = size - parts - slot->maps_size;
	if (stack > CAPTURE_STACK_MAX || stack != (uint64_t)slot->stack_size + slot->base_size)
		return why_set(why, "incomplete capture file");
	memmove(slot->stack, slot->maps + slot->maps_size, stack);
	buffer_commit(memory, FILE_MAX - size);
	return true;
}

bool capture_file_read(const char *path, struct buffer *memory, struct capture *out,
		       struct trace_id *id, struct why *why)
{
	const struct file_head *head;

	buffer_clear(memory);
	if (!file_read_own(path, FILE_MAX, memory, why) || !spread(memory, why))
		return why_prefix(why, "%s", path);
	head = (const void *)buffer_unread(memory);
	capture_from_slot((const void *)(buffer_unread(memory) + sizeof(*head)), out);
	out->process = head_text(head->process, sizeof(head->process));
	out->host = head_text(head->host, sizeof(head->host));
	out->version = head_text(head->version, sizeof(head->version));
	out->build_id = head_text(head->build_id, sizeof(head->build_id));
	out->started_ns = head->started_ns;
	out->ended_ns = head->ended_ns;
	*id = head->id;
	return true;
}
