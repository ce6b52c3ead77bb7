/* http.h - a GET with a deadline. Only http.c includes curl.h. */
#ifndef KORONECTL_HTTP_H
#define KORONECTL_HTTP_H

#include "common/buffer.h"
#include "common/why.h"

/* Returns the status, or 0 and a reason without an answer. The body is appended. */
long http_get(const char *url, struct buffer *body, struct why *why);

#endif
