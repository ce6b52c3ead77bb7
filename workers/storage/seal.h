/* seal.h - a short keyed mark on data that goes out and comes back: only the holder of the key can
 * make one. */
#ifndef WORKERS_STORAGE_SEAL_H
#define WORKERS_STORAGE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_SIZE 8         /* characters of base64url: 48 bits */
#define SEALED_DATA_MAX 128 /* more to seal is a panic */

/* What a mark is for. A mark that was made for one use is refused for any other. */
enum seal_use {
	SEAL_BUTTON,   /* the data of a button */
	SEAL_QUESTION, /* the link in a question */
	SEAL_LINK,     /* a deep link */
	SEAL_VALUE,    /* the name of a short-lived value in Redis */
	SEAL_MARKS,    /* the name of the marks of an update in Redis */
	SEAL_NAME,     /* the name of a message in Redis */
	SEAL_RANDOM,   /* the numbers of ctx_random() */
	SEAL_SECRET,   /* the numbers of ctx_secret() */
	SEAL_PIECE,    /* the key of work that waits at ingress */
	SEAL_FETCHED,  /* what was asked of another host, in Redis */
	SEAL_CACHED,   /* what something is kept about for a week, in Redis */
};

/* The mark of `data` and these two numbers under `key`; not terminated. */
void seal_make(const char *key, enum seal_use use, int64_t first, int64_t second, const void *data,
	       size_t size, char out[SEAL_SIZE]);
/* 64 bits that only the holder of the key can tell. */
uint64_t seal_number(const char *key, enum seal_use use, int64_t first, int64_t second);
/* Whether `mark` is that mark; compares in constant time. */
bool seal_fits(const char *key, enum seal_use use, int64_t first, int64_t second, const void *data,
	       size_t size, const char mark[SEAL_SIZE]);

#define SEAL_DIGEST_SIZE 32
/* The whole HMAC of data of any size, for names that must not collide. */
void seal_digest(const char *key, enum seal_use use, const void *data, size_t size,
		 uint8_t out[SEAL_DIGEST_SIZE]);

#endif
