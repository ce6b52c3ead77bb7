/* attachments.c - takes descriptors over and looks at what they are. */
#include "workers/sender/attachments.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/xalloc.h"

struct call_file *attachments_take(struct call *call, struct descriptors *came, size_t count)
{
	struct call_file *files = NULL;
	size_t left = came->count > count ? came->count - count : 0;

	if (call->files_count)
		files = xcalloc(call->files_count, sizeof(*files));
	for (size_t i = 0; i < call->files_count; i++) {
		files[i] = call->files[i];
		if (!files[i].bytes.data && came->count > left)
			files[i].descriptor = descriptors_take(came);
	}
	descriptors_drop(came, left);
	call->files = files;
	return files;
}

void attachments_free(struct call_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (files[i].descriptor >= 0)
			close(files[i].descriptor);
	free(files);
}

/* Reading anything else could block: a pipe, a terminal, a socket. */
static bool check_descriptor(int fd, int64_t size_max, struct why *why)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat status;

	if (fd < 0 || flags < 0)
		return why_set(why, "a file is missing");
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || flags & O_PATH ||
	    (flags & O_ACCMODE) == O_WRONLY)
		return why_set(why, "a file that cannot be read");
	if (status.st_size == 0)
		return why_set(why, "an empty file");
	if (status.st_size > size_max)
		return why_set(why, "a file of over %lld MB", (long long)(size_max / 1000000));
	return true;
}

bool attachments_check(const struct call *call, int64_t size_max, struct why *why)
{
	for (size_t i = 0; i < call->files_count; i++)
		if (!call->files[i].bytes.data &&
		    !check_descriptor(call->files[i].descriptor, size_max, why))
			return false;
	return true;
}

int64_t attachment_size(const struct call_file *file)
{
	struct stat status;

	if (file->bytes.data)
		return (int64_t)file->bytes.length;
	return fstat(file->descriptor, &status) == 0 ? status.st_size : 0;
}

int64_t attachments_size(const struct call *call)
{
	int64_t size = 0;

	for (size_t i = 0; i < call->files_count; i++)
		size += attachment_size(&call->files[i]);
	return size;
}
