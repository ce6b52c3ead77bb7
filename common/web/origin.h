/* origin.h - keeps web pages out: a page that is open in a browser on the same machine can send
 * requests here, too. Checked for every request before anything else looks at it. */
#ifndef COMMON_WEB_ORIGIN_H
#define COMMON_WEB_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/web/http.h"

#define HOST_NAMES_MAX 16

/* What Host may say besides localhost, 127.0.0.1 and [::1]; texts are borrowed. */
struct host_names {
	const char *names[HOST_NAMES_MAX];
	size_t count;
};

bool host_names_add(struct host_names *hosts, const char *name); /* false: too many */

/* 0, or the status to refuse with and the reason.
 *  421: Host is another name. A page's own name that its owner points to 127.0.0.1 (DNS rebinding)
 *       would count as the page's origin.
 *  403: Origin (RFC 6454) or Sec-Fetch-Site (W3C Fetch Metadata) tell of a page from elsewhere. The
 *       latter comes with images, links and event streams, too, which have no Origin.
 * A request without these headers does not come from a browser, and neither does one without
 * Host. */
int origin_check(const struct http_request *request, const struct host_names *hosts,
		 const char **reason);

#endif
