/* boot.h - the boot of this machine in which everything that went to a session was noted in
 * the file of what is in flight: its id, in a file beside that one.
 *
 * What a process wrote outlives its death without a sync, but not the death of the machine. So the
 * notes of what is in flight are whole in the boot in which they were written, and in another one
 * they say nothing: some or all of them may be gone. Neither file needs a sync: after a power
 * failure no remains of them name the new boot. */
#ifndef INGRESS_SPOOL_BOOT_H
#define INGRESS_SPOOL_BOOT_H

#include <stdbool.h>

/* Whether `directory` (a descriptor) says that the notes are whole in the boot that is now; if not,
 * `*doubt` says why, for people. */
bool spool_boot_is_noted(int directory, const char **doubt);
/* False when the machine has no boot id or the disk has no room: then it is not noted. */
bool spool_boot_note(int directory);
void spool_boot_forget(int directory);

#endif
