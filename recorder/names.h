/* names.h - who of a batch keeps a username that several of it were seen with. */
#ifndef RECORDER_NAMES_H
#define RECORDER_NAMES_H

#include <stddef.h>

#include "recorder/batch.h"

/* Telegram gives a username to one account at a time, people and groups alike, and compares them
 * without case: of the rows with the same one all but the newest (highest version) lose it. */
void names_resolve(struct row *const *rows, size_t count);

#endif
