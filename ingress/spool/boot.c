/* boot.c - compares the kernel's boot id with the one in the file, and writes it. */
#include "ingress/spool/boot.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/files.h"

#define NAME "boot"
#define NEW_NAME "boot.new"
/* proc_sys_kernel(5), random(4): a UUID that the kernel creates at each boot. */
#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define ID_SIZE 36

/* Reads the id and closes the file. */
static bool read_id(int fd, char id[ID_SIZE])
{
	ssize_t got;

	if (fd < 0)
		return false;
	got = read(fd, id, ID_SIZE);
	close(fd);
	return got == ID_SIZE;
}

bool spool_boot_is_noted(int directory, const char **reason)
{
	char now[ID_SIZE], noted[ID_SIZE];

	if (!read_id(open(BOOT_ID, O_RDONLY | O_CLOEXEC), now))
		*reason = "this machine has no " BOOT_ID;
	else if (!read_id(openat(directory, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), noted))
		*reason = "the last run did not mark the in-flight log as complete";
	else if (memcmp(now, noted, ID_SIZE) != 0)
		*reason = "this machine was restarted, or is a different one";
	else
		return true;
	return false;
}

bool spool_boot_note(int directory)
{
	char id[ID_SIZE];
	bool ok;
	int fd;

	if (!read_id(open(BOOT_ID, O_RDONLY | O_CLOEXEC), id))
		return false;
	fd = openat(directory, NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (fd < 0)
		return false;
	ok = write_all(fd, id, ID_SIZE);
	close(fd);
	ok = ok && renameat(directory, NEW_NAME, directory, NAME) == 0;
	if (!ok)
		unlinkat(directory, NEW_NAME, 0);
	return ok;
}

void spool_boot_forget(int directory)
{
	unlinkat(directory, NAME, 0);
}
