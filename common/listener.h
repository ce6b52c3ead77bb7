/* listener.h - listening TCP sockets by "HOST:PORT", "[ADDRESS]:PORT" or ":PORT" (all addresses).
 */
#ifndef COMMON_LISTENER_H
#define COMMON_LISTENER_H

#include <stdbool.h>

#include "common/why.h"

/* Non-blocking and close-on-exec; -1 with a reason on failure. Port 0 picks one. */
int listener_open(const char *where, int backlog, struct why *why);
/* The port that the socket is bound to. */
int listener_port(int fd);
/* Whether a connection is waiting to be accepted. */
bool listener_has_newcomer(int fd);
/* Whether accept() failed for lack of descriptors or memory: the connection keeps waiting. */
bool listener_lacks_resources(int error);

#endif
