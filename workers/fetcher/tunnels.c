/* tunnels.c - libcurl connects, so that names, addresses and the operator's own proxy are as for
 * fetches; then bytes go to and fro. */
#include "workers/fetcher/tunnels.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/transfer.h"
#include "common/xalloc.h"
#include "workers/fetcher/jobs.h"
#include "workers/fetcher/proxy.h"
#include "workers/fetcher/proxy_request.h"
#include "workers/wire/fetch.h"

#define LOG_SUBSYSTEM "tunnels"
#include "common/log.h"

#define PART_SIZE (32u << 10)

struct program_web {
	struct tunnels *tunnels;
	uint64_t id, bytes;
	char *module;
	int listener; /* -1: closed */
	unsigned open;
	TAILQ_ENTRY(program_web) link;
};

/* One end of a tunnel, and what is to be written to it. */
struct end {
	int fd; /* -1: not there */
	struct buffer out;
	bool has_ended;  /* nothing more comes from it */
	bool was_closed; /* it was told that nothing more comes */
};

enum tunnel_state {
	TUNNEL_FREE,
	TUNNEL_READING,
	TUNNEL_CONNECTING,
	TUNNEL_PUMPING,
	TUNNEL_REFUSING
};

struct tunnel {
	struct tunnels *tunnels;
	struct program_web *program;
	enum tunnel_state state;
	struct end client, host;
	struct buffer head;
	struct proxy_request request; /* in `head` */
	struct target target;
	const char *refused; /* the class of an address that was not connected to */
	bool uses_proxy;
	struct loop_timer timer;
	struct transfer transfer; /* open as soon as it was needed once, and kept */
};

struct tunnels {
	struct loop *loop;
	const struct target_rules *rules;
	struct transfers *transfers;
	TAILQ_HEAD(program_webs, program_web) programs;
	unsigned programs_count;
	struct tunnel all[TUNNELS_MAX];
};

/* --- ends ------------------------------------------------------------------------------------- */

static void close_end(struct tunnels *tunnels, struct end *end)
{
	if (end->fd >= 0) {
		loop_unwatch(tunnels->loop, end->fd);
		close(end->fd);
	}
	buffer_finish(&end->out);
	*end = (struct end) { .fd = -1 };
}

static void watch_listener(struct program_web *program);

static void end_tunnel(struct tunnel *tunnel)
{
	struct tunnels *tunnels = tunnel->tunnels;
	struct program_web *program;

	if (tunnel->state == TUNNEL_FREE)
		return;
	if (tunnel->state == TUNNEL_CONNECTING)
		transfer_abort(&tunnel->transfer);
	close_end(tunnels, &tunnel->client);
	close_end(tunnels, &tunnel->host);
	buffer_finish(&tunnel->head);
	target_finish(&tunnel->target);
	loop_timer_clear(tunnels->loop, &tunnel->timer);
	tunnel->state = TUNNEL_FREE;
	tunnel->program->open--;
	tunnel->program = NULL;
	TAILQ_FOREACH(program, &tunnels->programs, link)
	watch_listener(program);
}

static void on_event(void *owner, int fd, uint32_t events);

/* Nothing is read from one end that the other does not take. */
static void watch(struct tunnel *tunnel, struct end *end, const struct end *other, bool reads)
{
	uint32_t events = buffer_unread_size(&end->out) ? EPOLLOUT : 0;

	if (end->fd < 0)
		return;
	if (reads && !end->has_ended && !buffer_unread_size(&other->out))
		events |= EPOLLIN;
	if (events)
		loop_watch(tunnel->tunnels->loop, end->fd, events, on_event, tunnel);
	else
		loop_unwatch(tunnel->tunnels->loop, end->fd);
}

static void watch_both(struct tunnel *tunnel)
{
	const bool reads = tunnel->state == TUNNEL_READING || tunnel->state == TUNNEL_PUMPING;

	watch(tunnel, &tunnel->client, &tunnel->host, reads);
	watch(tunnel, &tunnel->host, &tunnel->client, reads);
}

/* --- bytes ------------------------------------------------------------------------------------ */

/* False when the end is broken. */
static bool write_out(struct end *end)
{
	while (end->fd >= 0 && buffer_unread_size(&end->out)) {
		ssize_t done = send(end->fd, buffer_unread(&end->out),
				    buffer_unread_size(&end->out), MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return errno == EAGAIN;
		buffer_consume(&end->out, (size_t)done);
	}
	return true;
}

/* What has come, at most a part; -1: it is broken. */
static ssize_t read_in(struct end *end, struct buffer *into)
{
	ssize_t got = recv(end->fd, buffer_reserve(into, PART_SIZE), PART_SIZE, 0);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	end->has_ended = got == 0;
	buffer_commit(into, (size_t)got);
	return got;
}

static bool count_bytes(struct tunnel *tunnel, size_t count)
{
	struct program_web *program = tunnel->program;

	program->bytes += count;
	if (program->bytes <= TUNNEL_BYTES_MAX)
		return true;
	log_notice("a program moved too much over the web", log_text("module", program->module),
		   log_unsigned("bytes", program->bytes));
	return false;
}

/* From one end to the other; false: the tunnel is over. */
static bool move(struct tunnel *tunnel, struct end *from, struct end *to)
{
	ssize_t got = 0;

	if (!from->has_ended && !buffer_unread_size(&to->out)) {
		got = read_in(from, &to->out);
		if (got < 0 || !count_bytes(tunnel, (size_t)got))
			return false;
	}
	if (!write_out(to))
		return false;
	if (from->has_ended && !buffer_unread_size(&to->out) && !to->was_closed) {
		to->was_closed = true;
		(void)shutdown(to->fd, SHUT_WR);
	}
	if (got)
		loop_timer_set(tunnel->tunnels->loop, &tunnel->timer, TUNNEL_IDLE_MS);
	return true;
}

static void pump(struct tunnel *tunnel)
{
	if (!move(tunnel, &tunnel->client, &tunnel->host) ||
	    !move(tunnel, &tunnel->host, &tunnel->client) ||
	    (tunnel->client.was_closed && tunnel->host.was_closed))
		end_tunnel(tunnel);
	else
		watch_both(tunnel);
}

/* --- refusals --------------------------------------------------------------------------------- */

static void flush_refusal(struct tunnel *tunnel)
{
	if (!write_out(&tunnel->client) || !buffer_unread_size(&tunnel->client.out))
		end_tunnel(tunnel);
	else
		watch_both(tunnel);
}

/* The reason names no host: it may be what a person wrote. */
static void refuse(struct tunnel *tunnel, const char *status, const char *why)
{
	struct tunnels *tunnels = tunnel->tunnels;

	log_notice("a program does not reach the web", log_text("module", tunnel->program->module),
		   log_text("status", status), log_text("error", why));
	close_end(tunnels, &tunnel->host);
	tunnel->state = TUNNEL_REFUSING;
	buffer_printf(&tunnel->client.out,
		      "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nConnection: close\r\n"
		      "Content-Length: %zu\r\n\r\n%s\n",
		      status, strlen(why) + 1, why);
	loop_timer_set(tunnels->loop, &tunnel->timer, TUNNEL_HEAD_MS);
	flush_refusal(tunnel);
}

/* --- a connection to the host ----------------------------------------------------------------- */

static bool on_address(void *owner, const struct sockaddr *address)
{
	struct tunnel *tunnel = owner;
	const char *class = target_refuses(tunnel->tunnels->rules, &tunnel->target, address);

	if (tunnel->uses_proxy || !class)
		return true;
	tunnel->refused = class;
	return false;
}

static void take_failure(struct tunnel *tunnel, CURLcode code)
{
	struct why why;
	char cause[160];

	transfer_cause(&tunnel->transfer, code, cause, sizeof(cause));
	/* libcurl's own words may quote the URL. */
	why_set(&why, "%s%s%s", curl_easy_strerror(code), cause[0] ? ": " : "", cause);
	if (tunnel->refused) {
		why_set(&why, "the address is %s", tunnel->refused);
		refuse(tunnel, "403 Forbidden", why.text);
	} else if (code == CURLE_OPERATION_TIMEDOUT) {
		refuse(tunnel, "504 Gateway Timeout", why.text);
	} else {
		refuse(tunnel, "502 Bad Gateway", why.text);
	}
}

static void on_connected(void *owner, CURLcode code)
{
	static const char established[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	struct tunnel *tunnel = owner;
	int fd = transfer_take_socket(&tunnel->transfer);

	tunnel->state = TUNNEL_READING; /* nothing is to be aborted any more */
	if (code == CURLE_OK && fd < 0)
		code = CURLE_COULDNT_CONNECT;
	if (code != CURLE_OK) {
		if (fd >= 0)
			close(fd);
		take_failure(tunnel, code);
		return;
	}
	tunnel->host.fd = fd;
	tunnel->state = TUNNEL_PUMPING;
	if (tunnel->request.tunnels)
		buffer_append(&tunnel->client.out, established, sizeof(established) - 1);
	else
		proxy_request_pass_on(&tunnel->request, &tunnel->target, &tunnel->host.out);
	/* What came with the head already. */
	buffer_consume(&tunnel->head, tunnel->request.size);
	buffer_append(&tunnel->host.out, buffer_unread(&tunnel->head),
		      buffer_unread_size(&tunnel->head));
	buffer_finish(&tunnel->head);
	loop_timer_set(tunnel->tunnels->loop, &tunnel->timer, TUNNEL_IDLE_MS);
	pump(tunnel);
}

static void open_transfer(struct tunnel *tunnel)
{
	CURL *easy;

	transfer_open(&tunnel->transfer, tunnel->tunnels->transfers, on_connected, tunnel);
	tunnel->transfer.guard = on_address;
	tunnel->transfer.keeps_socket = true;
	easy = tunnel->transfer.easy;
	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)FETCH_CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	/* Through the operator's proxy, too, the other end is the host. */
	curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

static void connect_to_host(struct tunnel *tunnel)
{
	const struct target *target = &tunnel->target;
	const char *proxy = proxy_for(target->host, target->secure);
	/* TLS, if any, is between the program and the host. */
	char *url = xasprintf("http://%s:%u/", target->host, (unsigned)target->port);

	if (!tunnel->transfer.easy)
		open_transfer(tunnel);
	tunnel->uses_proxy = *proxy != '\0';
	tunnel->refused = NULL;
	curl_easy_setopt(tunnel->transfer.easy, CURLOPT_URL, url);
	curl_easy_setopt(tunnel->transfer.easy, CURLOPT_PROXY, proxy);
	free(url);
	tunnel->state = TUNNEL_CONNECTING;
	loop_timer_clear(tunnel->tunnels->loop, &tunnel->timer); /* libcurl has its own */
	watch_both(tunnel);
	transfer_start(&tunnel->transfer);
}

/* --- requests --------------------------------------------------------------------------------- */

static void judge(struct tunnel *tunnel)
{
	char *url = proxy_request_url(&tunnel->request);
	struct why why = { "" };
	enum fetch_outcome outcome = target_judge(tunnel->tunnels->rules,
						  text_of(tunnel->program->module), url,
						  &tunnel->target, &why);

	free(url);
	if (outcome == FETCH_OK && target_is_of_this_machine(&tunnel->target) &&
	    *proxy_for(tunnel->target.host, tunnel->target.secure)) {
		outcome = FETCH_FORBIDDEN;
		why_set(&why, "the address is loopback");
	}
	if (outcome == FETCH_OK)
		connect_to_host(tunnel);
	else
		refuse(tunnel, outcome == FETCH_MALFORMED ? "400 Bad Request" : "403 Forbidden",
		       why.text);
}

static void read_head(struct tunnel *tunnel)
{
	ssize_t got = read_in(&tunnel->client, &tunnel->head);

	if (got < 0 || tunnel->client.has_ended || !count_bytes(tunnel, (size_t)got)) {
		end_tunnel(tunnel);
		return;
	}
	switch (proxy_request_read(buffer_unread(&tunnel->head), buffer_unread_size(&tunnel->head),
				   &tunnel->request)) {
	case PROXY_MORE:
		break;
	case PROXY_READ:
		judge(tunnel);
		break;
	case PROXY_MALFORMED:
		refuse(tunnel, "400 Bad Request", "neither CONNECT nor a request of http");
		break;
	}
}

static void on_event(void *owner, int fd, uint32_t events)
{
	struct tunnel *tunnel = owner;

	(void)fd;
	(void)events;
	if (tunnel->state == TUNNEL_READING)
		read_head(tunnel);
	else if (tunnel->state == TUNNEL_PUMPING)
		pump(tunnel);
	else if (tunnel->state == TUNNEL_REFUSING)
		flush_refusal(tunnel);
}

static void on_timeout(void *owner)
{
	end_tunnel(owner);
}

/* --- programs --------------------------------------------------------------------------------- */

static void close_listener(struct program_web *program)
{
	if (program->listener < 0)
		return;
	loop_unwatch(program->tunnels->loop, program->listener);
	close(program->listener);
	program->listener = -1;
}

static struct tunnel *find_free(struct tunnels *tunnels)
{
	for (size_t i = 0; i < TUNNELS_MAX; i++)
		if (tunnels->all[i].state == TUNNEL_FREE)
			return &tunnels->all[i];
	return NULL;
}

static void on_connection(void *owner, int fd, uint32_t events)
{
	struct program_web *program = owner;
	struct tunnel *tunnel = find_free(program->tunnels);
	int client;

	(void)events;
	if (!tunnel) {
		loop_unwatch(program->tunnels->loop, fd); /* until one ends */
		return;
	}
	client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			log_warn("a program loses its proxy", log_text("error", strerror(errno)));
			close_listener(program);
		}
		return;
	}
	tunnel->program = program;
	tunnel->state = TUNNEL_READING;
	tunnel->client.fd = client;
	program->open++;
	loop_timer_set(program->tunnels->loop, &tunnel->timer, TUNNEL_HEAD_MS);
	watch_both(tunnel);
	watch_listener(program);
}

/* Those beyond the limit wait in its queue. */
static void watch_listener(struct program_web *program)
{
	if (program->listener < 0)
		return;
	if (program->open < TUNNELS_OF_PROGRAM)
		loop_watch(program->tunnels->loop, program->listener, EPOLLIN, on_connection,
			   program);
	else
		loop_unwatch(program->tunnels->loop, program->listener);
}

static void remove_program(struct program_web *program)
{
	struct tunnels *tunnels = program->tunnels;

	close_listener(program);
	for (size_t i = 0; i < TUNNELS_MAX; i++)
		if (tunnels->all[i].program == program)
			end_tunnel(&tunnels->all[i]);
	TAILQ_REMOVE(&tunnels->programs, program, link);
	tunnels->programs_count--;
	free(program->module);
	free(program);
}

static bool is_listener(int fd)
{
	int listens = 0, domain = 0;
	socklen_t size = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens &&
	       getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_INET &&
	       fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

bool tunnels_add(struct tunnels *tunnels, uint64_t id, struct text module, int listener)
{
	struct program_web *program;

	if (!is_listener(listener) || tunnels->programs_count == TUNNELS_PROGRAMS_MAX) {
		if (listener >= 0)
			close(listener);
		return false;
	}
	program = xmalloc(sizeof(*program));
	*program = (struct program_web) { .tunnels = tunnels,
					  .id = id,
					  .module = xstrndup(module.data, module.length),
					  .listener = listener };
	TAILQ_INSERT_TAIL(&tunnels->programs, program, link);
	tunnels->programs_count++;
	watch_listener(program);
	return true;
}

void tunnels_remove(struct tunnels *tunnels, uint64_t id)
{
	struct program_web *program;

	TAILQ_FOREACH(program, &tunnels->programs, link)
	if (program->id == id) {
		remove_program(program);
		return;
	}
}

void tunnels_leave(struct tunnels *tunnels)
{
	struct program_web *program;

	TAILQ_FOREACH(program, &tunnels->programs, link)
	close_listener(program);
}

/* --- life ------------------------------------------------------------------------------------- */

struct tunnels *tunnels_create(struct loop *loop, const struct target_rules *rules, struct why *why)
{
	struct tunnels *tunnels = xcalloc(1, sizeof(*tunnels));

	tunnels->loop = loop;
	tunnels->rules = rules;
	TAILQ_INIT(&tunnels->programs);
	for (size_t i = 0; i < TUNNELS_MAX; i++) {
		struct tunnel *tunnel = &tunnels->all[i];

		tunnel->tunnels = tunnels;
		tunnel->client.fd = tunnel->host.fd = -1;
		tunnel->timer = (struct loop_timer) { .fn = on_timeout, .owner = tunnel };
	}
	tunnels->transfers = transfers_create(loop, 0, why);
	if (tunnels->transfers)
		return tunnels;
	free(tunnels);
	return NULL;
}

void tunnels_destroy(struct tunnels *tunnels)
{
	struct program_web *program;

	if (!tunnels)
		return;
	while ((program = TAILQ_FIRST(&tunnels->programs)))
		remove_program(program);
	for (size_t i = 0; i < TUNNELS_MAX; i++) {
		transfer_close(&tunnels->all[i].transfer);
		buffer_finish(&tunnels->all[i].transfer.answer);
	}
	transfers_destroy(tunnels->transfers);
	free(tunnels);
}
