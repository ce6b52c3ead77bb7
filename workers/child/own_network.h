/* own_network.h - a network with nothing in it but a loopback, for a program with `.web`: of the
 * machine and its network, nothing can be reached from there, however it is tried. One socket
 * listens in it, and leads out: whoever has that descriptor answers. */
#ifndef WORKERS_CHILD_OWN_NETWORK_H
#define WORKERS_CHILD_OWN_NETWORK_H

#include "common/why.h"

/* In every such network the same, for nobody else is there. */
#define OWN_NETWORK_PROXY "http://127.0.0.1:3128"

/* This process, which must have one thread, and all that it starts are in a network of their own
 * from now on (namespaces of users and networks, user_namespaces(7)); that cannot be undone.
 * Returns the listening socket at OWN_NETWORK_PROXY; -1 and a reason where the system allows no
 * such thing. */
int own_network_enter(struct why *why);

#endif
