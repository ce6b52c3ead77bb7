/* address_spaces.h - a cache of address spaces with everything that libdwfl has read of their
 * files: children of one pool are forks of one nursery and have the same addresses, so the next
 * crash needs no reading. */
#ifndef CRASHD_ADDRESS_SPACES_H
#define CRASHD_ADDRESS_SPACES_H

#include <elfutils/libdwfl.h>

#include "crashd/image.h"
#include "crashd/symbols.h"

#define SPACES_MAX 4 /* the least recently used one makes room */

struct address_spaces;

/* `symbols` is borrowed for its life. */
struct address_spaces *address_spaces_create(const struct symbols *symbols);
void address_spaces_destroy(struct address_spaces *spaces);
/* The space of exactly these files at these addresses, opened if necessary. Fills in the
 * descriptors of the image, which belong to the space. NULL when libdwfl cannot start. */
Dwfl *address_spaces_find(struct address_spaces *spaces, struct image *image);

#endif
