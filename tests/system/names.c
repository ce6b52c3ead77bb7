/* names.c - a resolver that a test fills: preloaded into a program, it answers getaddrinfo() for
 * the names in TEST_NAMES, "good.test=127.0.0.1 moves.test=127.0.0.1|127.0.0.2,::1": several
 * addresses after commas, and after a bar those of the next question. Other names are not known. */
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#define NAMES_MAX 32

static struct {
	char name[64], addresses[256];
	size_t at; /* of the next answer */
} names[NAMES_MAX];
static size_t names_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void read_names(void)
{
	const char *text = getenv("TEST_NAMES");

	while (text && *text && names_count < NAMES_MAX) {
		size_t length = strcspn(text, " ");

		if (sscanf(text, "%63[^=]=%255[^ ]", names[names_count].name,
			   names[names_count].addresses) == 2)
			names_count++;
		text += length;
		text += strspn(text, " ");
	}
}

/* In one block, as freeaddrinfo() of a list of ours needs it. */
struct node {
	struct addrinfo info;
	struct sockaddr_storage address;
};

static struct addrinfo *make_node(const char *text, size_t length, const char *service,
				  const struct addrinfo *hints)
{
	struct node *node = calloc(1, sizeof(*node));
	struct sockaddr_in *v4 = (struct sockaddr_in *)&node->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&node->address;
	const in_port_t port = htons((uint16_t)strtol(service ? service : "0", NULL, 10));
	char one[64];

	snprintf(one, sizeof(one), "%.*s", (int)length, text);
	node->info = (struct addrinfo) { .ai_family = strchr(one, ':') ? AF_INET6 : AF_INET,
					 .ai_socktype = hints ? hints->ai_socktype : SOCK_STREAM,
					 .ai_protocol = hints ? hints->ai_protocol : 0,
					 .ai_addr = (struct sockaddr *)&node->address };
	if (node->info.ai_family == AF_INET) {
		*v4 = (struct sockaddr_in) { .sin_family = AF_INET, .sin_port = port };
		node->info.ai_addrlen = sizeof(*v4);
		inet_pton(AF_INET, one, &v4->sin_addr);
	} else {
		*v6 = (struct sockaddr_in6) { .sin6_family = AF_INET6, .sin6_port = port };
		node->info.ai_addrlen = sizeof(*v6);
		inet_pton(AF_INET6, one, &v6->sin6_addr);
	}
	return &node->info;
}

/* The addresses of this question; the next one gets those after the bar, and the last stay. */
static struct addrinfo *answer(size_t name, const char *service, const struct addrinfo *hints)
{
	const char *at = names[name].addresses + names[name].at;
	const char *end = at + strcspn(at, "|");
	struct addrinfo *first = NULL, **next = &first;

	if (*end)
		names[name].at = (size_t)(end + 1 - names[name].addresses);
	while (at < end) {
		size_t length = strcspn(at, ",|");

		*next = make_node(at, length, service, hints);
		next = &(*next)->ai_next;
		at += length + (at[length] == ',');
	}
	return first;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **out)
{
	*out = NULL;
	pthread_mutex_lock(&lock);
	for (size_t i = 0; node && i < names_count; i++)
		if (strcmp(names[i].name, node) == 0)
			*out = answer(i, service, hints);
	if (!*out && node && (inet_addr(node) != INADDR_NONE || strchr(node, ':')))
		*out = make_node(node, strlen(node), service, hints);
	pthread_mutex_unlock(&lock);
	return *out ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;

		free(list);
		list = next;
	}
}
