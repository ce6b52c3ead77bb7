/* operations.h - what the program makes: each is a file, and a row in main.c. */
#ifndef PICTURE_OPERATIONS_H
#define PICTURE_OPERATIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/why.h"
#include "picture/raster.h"

struct request {
	const void *bytes; /* of the input */
	size_t size;
	int side; /* of the option --side; 0: not given */
};

/* False and a reason: it cannot be made of this input; `out` is then empty, or to be finished all
 * the same. */
typedef bool operation_fn(const struct request *request, struct raster *out, struct why *why);

operation_fn operation_sticker, operation_thumbnail, operation_collage, operation_captcha,
	operation_card;

#endif
