/* own_network.c - a user namespace gives the right to make one of networks, and no other: the
 * process has no more rights over the machine than before. */
#include "workers/child/own_network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROXY_PORT 3128
#define WAITING_MAX 64

static bool fail(struct why *why, const char *what)
{
	why_set(why, "%s: %s", what, strerror(errno));
	return false;
}

static bool raise_loopback(struct why *why)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	bool up = (fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0) || fail(why, "loopback");

	if (fd >= 0)
		close(fd);
	return up;
}

static int listen_there(struct why *why)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons(PROXY_PORT),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    listen(fd, WAITING_MAX) == 0)
		return fd;
	fail(why, "a socket for the proxy");
	if (fd >= 0)
		close(fd);
	return -1;
}

int own_network_enter(struct why *why)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		fail(why, "no network of its own (namespaces of users and networks)");
		return -1;
	}
	return raise_loopback(why) ? listen_there(why) : -1;
}
