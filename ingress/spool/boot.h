/* boot.h - the boot id under which the in-flight file is complete, in a file next to that one.
 *
 * What a process writes without a sync survives the process but not a crash of the machine. So the
 * in-flight file is complete within the boot in which it was written, and proves nothing in
 * another: some or all of it may be gone. Neither file needs a sync: after a power failure nothing
 * left of them can name the new boot. */
#ifndef INGRESS_SPOOL_BOOT_H
#define INGRESS_SPOOL_BOOT_H

#include <stdbool.h>

/* Whether `directory` (a descriptor) says that the in-flight file is complete in the current boot;
 * if not, `*reason` says why, for people. */
bool spool_boot_is_noted(int directory, const char **reason);
/* False when the machine has no boot id or the disk is full: then nothing is written. */
bool spool_boot_note(int directory);
void spool_boot_forget(int directory);

#endif
