/* names.h - which row of a batch keeps a username that several were seen with. */
#ifndef RECORDER_NAMES_H
#define RECORDER_NAMES_H

#include <stddef.h>

#include "recorder/batch.h"

/* A username at Telegram belongs to one account at a time, people and groups alike, and case does
 * not matter: of rows with the same one all except the newest (highest version) lose it. */
void names_resolve(struct row *const *rows, size_t count);

#endif
