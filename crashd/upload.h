/* upload.h - POST requests with a gzip body, a few at once, on the loop: crashd's only file with
 * libcurl. No redirects: a token must not follow one to another host. */
#ifndef CRASHD_UPLOAD_H
#define CRASHD_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/loop.h"

#define UPLOADS_MAX 4

struct upload_answer {
	int status;             /* 0: none came */
	uint64_t retry_after_s; /* of the Retry-After header; 0: none */
	const char *body;       /* borrowed for the callback */
	size_t size;
	const char *warning; /* X-Logfire-Warning, "" without */
	const char *error;   /* why there is no answer; "" when there is */
};

typedef void upload_done_fn(void *owner, void *job, const struct upload_answer *answer);

struct uploader;

/* `authorization`: the header's value as it is; "" sends none. */
struct uploader *uploader_create(struct loop *loop, const char *url, const char *authorization,
				 upload_done_fn *fn, void *owner);
/* Ends what is under way without a call. NULL is allowed. */
void uploader_destroy(struct uploader *uploader);
size_t uploader_busy(const struct uploader *uploader);
/* Takes the body, JSON packed with gzip, and calls fn with `job` later; only when less than
 * UPLOADS_MAX are under way. */
void uploader_post(struct uploader *uploader, struct buffer *body, void *job);

#endif
