/* http.h - a GET with a deadline. The only file of koronectl that includes curl.h is http.c. */
#ifndef KORONECTL_HTTP_H
#define KORONECTL_HTTP_H

#include "common/buffer.h"
#include "common/why.h"

/* The answer's status, or 0 and a reason when there was none. The body is appended. */
long http_get(const char *url, struct buffer *body, struct why *why);

#endif
