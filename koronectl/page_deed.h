/* page_deed.h - what the page may break: it asks deploy/deeds, over a pipe that only their user can
 * open, and does nothing itself. */
#ifndef KORONECTL_PAGE_DEED_H
#define KORONECTL_PAGE_DEED_H

#include <stddef.h>

#include "common/why.h"

/* `body` is {"word": …, "deed": …}. False with a reason that the page shows: no such deed, or
 * nobody reads the pipe. Whether the word is right is up to who reads it. */
MUST_CHECK bool page_deed(const char *pipe_path, const char *body, size_t size, struct why *why);

#endif
