/* headers.h - which headers a request may have that a module made. */
#ifndef WORKERS_FETCHER_HEADERS_H
#define WORKERS_FETCHER_HEADERS_H

#include <stdbool.h>

#include "workers/wire/fetch.h"

/* Whether each is "Name: value" and none of those by which libcurl frames and routes a request. */
bool headers_are_good(const struct fetch_request *request);

#endif
