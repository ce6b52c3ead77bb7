/* listener.c - resolves an address and binds a listening socket to it. */
#include "common/listener.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* "HOST:PORT", "[ADDRESS]:PORT" or ":PORT" for all addresses. */
static bool split_listen(const char *listen, char *host, size_t host_size, const char **port)
{
	const char *colon = strrchr(listen, ':');
	size_t length;

	if (!colon)
		return false;
	length = (size_t)(colon - listen);
	if (length >= 2 && listen[0] == '[' && listen[length - 1] == ']') {
		listen++;
		length -= 2;
	}
	if (length >= host_size || colon[1] == '\0')
		return false;
	memcpy(host, listen, length);
	host[length] = '\0';
	*port = colon + 1;
	return true;
}

static int listen_on(const struct addrinfo *address, int backlog)
{
	int one = 1;
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, backlog) == 0)
		return fd;
	one = errno;
	close(fd);
	errno = one;
	return -1;
}

int listener_open(const char *where, int backlog, struct why *why)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM };
	struct addrinfo *addresses = NULL;
	char host[256];
	const char *port;
	int fd = -1;
	int error;

	if (!split_listen(where, host, sizeof(host), &port)) {
		why_set(why, "%s is not HOST:PORT", where);
		return -1;
	}
	error = getaddrinfo(host[0] ? host : NULL, port, &hints, &addresses);
	if (error != 0) {
		why_set(why, "cannot listen on %s: %s", where, gai_strerror(error));
		return -1;
	}
	for (struct addrinfo *one = addresses; one && fd < 0; one = one->ai_next)
		fd = listen_on(one, backlog);
	if (fd < 0)
		why_set(why, "cannot listen on %s: %s", where, strerror(errno));
	freeaddrinfo(addresses);
	return fd;
}

int listener_port(int fd)
{
	struct sockaddr_storage address = { 0 };
	socklen_t size = sizeof(address);
	char port[16] = "0";

	getsockname(fd, (struct sockaddr *)&address, &size);
	getnameinfo((struct sockaddr *)&address, size, NULL, 0, port, sizeof(port), NI_NUMERICSERV);
	return atoi(port);
}

bool listener_has_newcomer(int fd)
{
	struct pollfd listener = { .fd = fd, .events = POLLIN };

	return poll(&listener, 1, 0) > 0;
}

bool listener_lacks_resources(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}
