/* transfer.c - libcurl's multi handles with the socket-action interface.
 *
 * A multi handle scans all its connections twice per request, so one with 1,000 of them would spend
 * most of its time on that: each has only a few. */
#include "common/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/xalloc.h"

#define TRANSFERS_PER_MULTI 8
#define KEEPALIVE_IDLE_S 15L
#define FLUSH_ROUNDS 4

/* One of libcurl's descriptors: what libcurl wants to know about it and what epoll was told.
 * libcurl drops and re-adds an idle connection's descriptor with every request; only differences at
 * a flush cost a system call. */
struct watched {
	uint32_t wanted, told;
	bool connection;  /* created by on_open(), closed by on_close() */
	bool changed;     /* wanted and told may differ */
	int next_changed; /* descriptor; -1: the last */
	struct multi *multi;
};

/* A multi handle and its few transfers. */
struct multi {
	struct transfers *transfers;
	struct multi *next, *next_kicked;
	CURLM *curl;
	size_t count;
	struct loop_timer timer;
	bool kicked; /* libcurl wants to be called at once */
};

struct transfers {
	struct loop *loop;
	size_t answer_max;
	struct multi *multis, *kicked; /* newest first */
	CURLSH *share;                 /* shared by all of them: addresses and TLS sessions */
	struct watched *watched;       /* by descriptor */
	size_t watched_count;
	int changed;             /* the first descriptor; -1: none */
	struct loop_timer flush; /* set while something is kicked or changed */
	bool may_have_proxy;     /* the environment sets one */
	int open_error;          /* why the last socket could not be opened; 0: it could */
};

static void on_socket(void *owner, int fd, uint32_t events);

static void need_flush(struct transfers *transfers)
{
	if (!loop_timer_is_set(&transfers->flush))
		loop_timer_set(transfers->loop, &transfers->flush, 0);
}

/* --- descriptors --- */

static struct watched *watched_of(struct transfers *transfers, int fd)
{
	size_t count = transfers->watched_count;

	if ((size_t)fd >= count) {
		array_reserve(transfers->watched, &transfers->watched_count, (size_t)fd + 1);
		memset(transfers->watched + count, 0,
		       (transfers->watched_count - count) * sizeof(*transfers->watched));
	}
	return &transfers->watched[fd];
}

static void tell_epoll(struct transfers *transfers)
{
	for (int fd = transfers->changed; fd >= 0; fd = watched_of(transfers, fd)->next_changed) {
		struct watched *watched = watched_of(transfers, fd);

		watched->changed = false;
		/* An idle connection stays watched for reading, so that its end is noticed at once.
		 */
		if (watched->wanted == watched->told ||
		    (watched->connection && !watched->wanted && watched->told == EPOLLIN))
			continue;
		if (watched->wanted)
			loop_watch(transfers->loop, fd, watched->wanted, on_socket, transfers);
		else
			loop_unwatch(transfers->loop, fd);
		watched->told = watched->wanted;
	}
	transfers->changed = -1;
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *owner, void *unused)
{
	struct multi *multi = owner;
	struct transfers *transfers = multi->transfers;
	struct watched *watched = watched_of(transfers, fd);

	(void)easy;
	(void)unused;
	watched->multi = multi;
	watched->wanted = 0;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		watched->wanted |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		watched->wanted |= EPOLLOUT;
	/* The resolver closes its descriptor without telling us. */
	if (!watched->wanted && !watched->connection && watched->told) {
		loop_unwatch(transfers->loop, fd);
		watched->told = 0;
	}
	if (!watched->changed) {
		watched->changed = true;
		watched->next_changed = transfers->changed;
		transfers->changed = fd;
		need_flush(transfers);
	}
	return 0;
}

static curl_socket_t on_open(void *owner, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = owner;
	struct transfers *transfers = transfer->transfers;
	int fd;

	(void)purpose;
	if (transfer->guard && !transfer->guard(transfer->owner, &address->addr))
		return CURL_SOCKET_BAD;
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	transfers->open_error = fd < 0 ? errno : 0;
	if (fd < 0)
		return CURL_SOCKET_BAD;
	watched_of(transfers, fd)->connection = true;
	return fd;
}

static int on_close(void *owner, curl_socket_t fd)
{
	struct transfers *transfers = owner;
	struct watched *watched = watched_of(transfers, fd);

	if (watched->told)
		loop_unwatch(transfers->loop, fd);
	watched->wanted = watched->told = 0;
	watched->connection = false;
	return close(fd);
}

/* --- what libcurl does --- */

static size_t on_body(char *data, size_t size, size_t count, void *owner)
{
	struct transfer *transfer = owner;

	/* Any other return value ends the transfer with CURLE_WRITE_ERROR. */
	if (buffer_unread_size(&transfer->answer) + size * count > transfer->transfers->answer_max)
		return 0;
	buffer_append(&transfer->answer, data, size * count);
	return size * count;
}

/* A copy: libcurl closes its own with the transfer. */
static void keep_socket(struct transfer *transfer)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (curl_easy_getinfo(transfer->easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
	    fd != CURL_SOCKET_BAD)
		transfer->socket = fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/* What an end callback does (a new transfer or a reset) is seen by the next iteration. */
static void collect(struct multi *multi)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi->curl, &left))) {
		CURLcode code = message->data.result;
		struct transfer *transfer;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
				  (char **)(void *)&transfer);
		if (transfer->keeps_socket && code == CURLE_OK)
			keep_socket(transfer);
		curl_multi_remove_handle(multi->curl, transfer->easy);
		transfer->fn(transfer->owner, code);
	}
}

static void act(struct multi *multi, curl_socket_t fd, int events)
{
	int running;

	(void)curl_multi_socket_action(multi->curl, fd, events, &running);
	collect(multi);
}

static void on_socket(void *owner, int fd, uint32_t events)
{
	struct transfers *transfers = owner;
	struct watched *watched = watched_of(transfers, fd);
	int bits = 0;

	if (!watched->wanted) {
		/* An idle connection ended, or received something unexpected. libcurl closes it
		 * only when it wants to use it, which may be much later; release the server's side
		 * now. */
		(void)shutdown(fd, SHUT_RDWR);
		loop_unwatch(transfers->loop, fd);
		watched->told = 0;
		return;
	}
	if (events & (EPOLLIN | EPOLLHUP))
		bits |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		bits |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		bits |= CURL_CSELECT_ERR;
	act(watched->multi, fd, bits);
}

/* --- the timer --- */

static void on_timer(void *owner)
{
	act(owner, CURL_SOCKET_TIMEOUT, 0);
}

static int on_curl_timer(CURLM *curl, long timeout_ms, void *owner)
{
	struct multi *multi = owner;
	struct transfers *transfers = multi->transfers;

	(void)curl;
	if (timeout_ms < 0) {
		loop_timer_clear(transfers->loop, &multi->timer);
	} else if (timeout_ms > 0) {
		loop_timer_set(transfers->loop, &multi->timer, (uint64_t)timeout_ms);
	} else if (!multi->kicked) {
		multi->kicked = true;
		multi->next_kicked = transfers->kicked;
		transfers->kicked = multi;
		need_flush(transfers);
	}
	return 0;
}

static void kick(struct transfers *transfers)
{
	struct multi *multi = transfers->kicked, *next;

	transfers->kicked = NULL;
	for (; multi; multi = next) {
		next = multi->next_kicked;
		multi->kicked = false;
		act(multi, CURL_SOCKET_TIMEOUT, 0);
	}
}

void transfers_flush(struct transfers *transfers)
{
	/* What libcurl starts may end and ask again; the rest waits for the next turn. */
	for (int i = 0; transfers->kicked && i < FLUSH_ROUNDS; i++)
		kick(transfers);
	tell_epoll(transfers);
	loop_timer_clear(transfers->loop, &transfers->flush);
	if (transfers->kicked)
		need_flush(transfers);
}

static void on_flush(void *owner)
{
	transfers_flush(owner);
}

/* --- transfers --- */

static void open_curl(struct multi *multi)
{
	multi->curl = curl_multi_init();
	if (!multi->curl)
		panic("curl_multi_init failed");
	curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
	curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
	curl_multi_setopt(multi->curl, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	curl_multi_setopt(multi->curl, CURLMOPT_MAXCONNECTS, (long)TRANSFERS_PER_MULTI);
}

static struct multi *multi_with_room(struct transfers *transfers)
{
	struct multi *multi = transfers->multis;

	if (multi && multi->count < TRANSFERS_PER_MULTI)
		return multi;
	multi = xmalloc(sizeof(*multi));
	multi->transfers = transfers;
	multi->timer = (struct loop_timer) { .fn = on_timer, .owner = multi };
	open_curl(multi);
	multi->next = transfers->multis;
	transfers->multis = multi;
	return multi;
}

static void set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500 /* Ubuntu 22.04 has 7.81 */
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

void transfer_open(struct transfer *transfer, struct transfers *transfers, transfer_end_fn *fn,
		   void *owner)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		panic("curl_easy_init failed");
	transfer->easy = easy;
	transfer->transfers = transfers;
	transfer->multi = multi_with_room(transfers);
	transfer->multi->count++;
	transfer->fn = fn;
	transfer->guard = NULL;
	transfer->keeps_socket = false;
	transfer->socket = -1;
	transfer->owner = owner;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
	curl_easy_setopt(easy, CURLOPT_SHARE, transfers->share);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	set_protocols(easy);
	/* Otherwise libcurl searches the environment for a proxy at each request. */
	if (!transfers->may_have_proxy)
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, transfers);
}

void transfer_close(struct transfer *transfer)
{
	if (!transfer->easy)
		return;
	transfer_abort(transfer);
	curl_easy_cleanup(transfer->easy);
	transfer->multi->count--;
	transfer->easy = NULL;
}

void transfer_start(struct transfer *transfer)
{
	buffer_clear(&transfer->answer);
	transfer->error[0] = '\0';
	if (curl_multi_add_handle(transfer->multi->curl, transfer->easy) != CURLM_OK)
		panic("curl_multi_add_handle failed");
}

int transfer_take_socket(struct transfer *transfer)
{
	int fd = transfer->socket;

	transfer->socket = -1;
	return fd;
}

void transfer_abort(struct transfer *transfer)
{
	curl_multi_remove_handle(transfer->multi->curl, transfer->easy);
}

/* --- what failed --- */

/* The proxy that libcurl takes from the environment for this transfer, or NULL. `no_proxy` is not
 * judged here: with it, the proxy must appear in libcurl's words. */
static const char *proxy_of(const struct transfer *transfer)
{
	static const char *const names[][4] = { { "https_proxy", "HTTPS_PROXY", "all_proxy",
						  "ALL_PROXY" },
						{ "http_proxy", "all_proxy", "ALL_PROXY", NULL } };
	const char *url = NULL, *proxy = NULL;
	size_t scheme;

	if (!transfer->transfers->may_have_proxy)
		return NULL;
	curl_easy_getinfo(transfer->easy, CURLINFO_EFFECTIVE_URL, &url);
	scheme = url && strncmp(url, "https:", 6) ? 1 : 0;
	for (size_t i = 0; i < 4 && names[scheme][i] && (!proxy || !*proxy); i++)
		proxy = getenv(names[scheme][i]);
	return proxy && *proxy ? proxy : NULL;
}

/* HOST:PORT of a proxy's URL. */
static const char *host_of(const char *proxy, size_t *length)
{
	const char *host = strstr(proxy, "://"), *login;

	host = host ? host + 3 : proxy;
	login = strrchr(host, '@');
	host = login ? login + 1 : host;
	*length = strcspn(host, "/");
	return host;
}

static bool is_mentioned(const struct transfer *transfer, const char *host, size_t length)
{
	const char *port = memrchr(host, ':', length);
	size_t name = port ? (size_t)(port - host) : length;

	return memmem(transfer->error, strlen(transfer->error), host, name) != NULL;
}

/* Whether it failed before a request could be written. */
static bool is_unconnected(const struct transfer *transfer, CURLcode code)
{
	curl_off_t ready_us = 0;

	if (code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_CONNECT)
		return true;
	curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
	return ready_us == 0 && (code == CURLE_OPERATION_TIMEDOUT || code == CURLE_RECV_ERROR ||
				 code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING);
}

static void name_proxy(const struct transfer *transfer, CURLcode code, char *out, size_t size)
{
	const char *proxy = proxy_of(transfer), *host;
	size_t length;
	long status = 0;

	if (!proxy || !is_unconnected(transfer, code))
		return;
	host = host_of(proxy, &length);
	if ((getenv("no_proxy") || getenv("NO_PROXY")) && !is_mentioned(transfer, host, length))
		return;
	curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	if (status > 0 && status != 200)
		snprintf(out, size, "the proxy %.*s answers HTTP %ld", (int)length, host, status);
	else
		snprintf(out, size, "through the proxy %.*s", (int)length, host);
}

/* Why this process cannot open anything now; 0 when it can. */
static int lacks_descriptors(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0), error = errno;

	if (fd < 0)
		return error == EBADF ? 0 : error;
	close(fd);
	return 0;
}

void transfer_cause(const struct transfer *transfer, CURLcode code, char *out, size_t size)
{
	int error = code == CURLE_COULDNT_CONNECT ? transfer->transfers->open_error : 0;

	out[0] = '\0';
	if (code == CURLE_OK)
		return;
	if (!error && (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY))
		error = lacks_descriptors();
	if (error)
		snprintf(out, size, "%s", strerror(error));
	else if (strstr(transfer->error, "thread"))
		snprintf(out, size, "no thread to look up a name");
	else
		name_proxy(transfer, code, out, size);
}

/* --- life --- */

/* The variables that libcurl reads (CURLOPT_PROXY). */
static bool names_a_proxy(void)
{
	static const char *const names[] = { "http_proxy", "https_proxy", "HTTPS_PROXY",
					     "all_proxy", "ALL_PROXY" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (getenv(names[i]))
			return true;
	return false;
}

static void open_share(struct transfers *transfers)
{
	transfers->share = curl_share_init();
	if (!transfers->share)
		panic("curl_share_init failed");
	curl_share_setopt(transfers->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
	curl_share_setopt(transfers->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
}

struct transfers *transfers_create(struct loop *loop, size_t answer_max, struct why *why)
{
	struct transfers *transfers;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		why_set(why, "libcurl cannot start");
		return NULL;
	}
	transfers = xmalloc(sizeof(*transfers));
	transfers->loop = loop;
	transfers->answer_max = answer_max;
	transfers->changed = -1;
	transfers->flush = (struct loop_timer) { .fn = on_flush, .owner = transfers };
	transfers->may_have_proxy = names_a_proxy();
	open_share(transfers);
	return transfers;
}

void transfers_reset(struct transfers *transfers)
{
	/* Kept in place: this may be called from a transfer's end callback. */
	for (struct multi *multi = transfers->multis; multi; multi = multi->next) {
		curl_multi_cleanup(multi->curl);
		loop_timer_clear(transfers->loop, &multi->timer);
		open_curl(multi);
	}
	curl_share_cleanup(transfers->share);
	open_share(transfers);
}

void transfers_destroy(struct transfers *transfers)
{
	if (!transfers)
		return;
	while (transfers->multis) {
		struct multi *multi = transfers->multis;

		transfers->multis = multi->next;
		curl_multi_cleanup(multi->curl);
		loop_timer_clear(transfers->loop, &multi->timer);
		free(multi);
	}
	curl_share_cleanup(transfers->share);
	loop_timer_clear(transfers->loop, &transfers->flush);
	free(transfers->watched);
	free(transfers);
	curl_global_cleanup();
}
