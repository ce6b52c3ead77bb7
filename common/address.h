/* address.h - which addresses belong to the internet: nothing connects to others for people. */
#ifndef COMMON_ADDRESS_H
#define COMMON_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>

/* NULL for an address that anybody on the internet can have, else what it is: "loopback",
 * "private", … The ranges are those of IANA's special-purpose registries (RFC 6890) that are not
 * globally reachable, and all IPv6 addresses that carry one of IPv4 (mapped, NAT64, 6to4, Teredo):
 * who translates them may reach what we cannot see. */
const char *address_class(const struct sockaddr *address);

#endif
