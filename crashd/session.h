/* session.h - the files of an address space as libdwfl sees them, kept with what it has read of
 * them: children of one pool are forks of one nursery and have the same addresses, so that the next
 * crash finds everything warm. */
#ifndef CRASHD_SESSION_H
#define CRASHD_SESSION_H

#include <elfutils/libdwfl.h>

#include "crashd/image.h"
#include "crashd/symbols.h"

#define SESSIONS_MAX 4 /* the one used longest ago makes room */

struct sessions;

/* `symbols` is borrowed for its life. */
struct sessions *sessions_create(const struct symbols *symbols);
void sessions_destroy(struct sessions *sessions);
/* The session of just these files at these addresses; it is opened when there is none. Fills in the
 * descriptors of the image, which belong to the session. NULL when libdwfl cannot start. */
Dwfl *sessions_find(struct sessions *sessions, struct image *image);

#endif
