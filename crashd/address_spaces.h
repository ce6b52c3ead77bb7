/* address_spaces.h - the files of an address space as libdwfl sees them, kept with what it has read
 * of them: children of one pool are forks of one nursery and have the same addresses, so that the
 * next crash finds everything warm. */
#ifndef CRASHD_ADDRESS_SPACES_H
#define CRASHD_ADDRESS_SPACES_H

#include <elfutils/libdwfl.h>

#include "crashd/image.h"
#include "crashd/symbols.h"

#define SPACES_MAX 4 /* the one used longest ago makes room */

struct address_spaces;

/* `symbols` is borrowed for its life. */
struct address_spaces *address_spaces_create(const struct symbols *symbols);
void address_spaces_destroy(struct address_spaces *spaces);
/* The space of just these files at these addresses; it is opened when there is none. Fills in the
 * descriptors of the image, which belong to the space. NULL when libdwfl cannot start. */
Dwfl *address_spaces_find(struct address_spaces *spaces, struct image *image);

#endif
