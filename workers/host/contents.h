/* contents.h - what kinds of content a message has, by the names of its fields. */
#ifndef WORKERS_HOST_CONTENTS_H
#define WORKERS_HOST_CONTENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/pack.h"

/* Bits of enum content, without those of texts and captions; CONTENT_OTHER when it has none. */
uint32_t contents_read(struct cursor message);
/* What a field of Bot API "Message" is: a bit of enum content, or 0 for what only describes a
 * message, its text and its caption. False for a field that this program does not know. */
bool contents_know(struct text field, uint32_t *out);

#endif
