/* proxy.h - the proxy that the environment names for a host, as libcurl reads it (curl(1)):
 * https_proxy, http_proxy, all_proxy, no_proxy.
 *
 * Our own, because with a proxy libcurl connects to that one's address and to no other, and the
 * fetcher has to know which of the two it is about to check. */
#ifndef WORKERS_FETCHER_PROXY_H
#define WORKERS_FETCHER_PROXY_H

#include <stdbool.h>

/* "" for none. Lives as long as the environment. */
const char *proxy_for(const char *host, bool secure);

#endif
