/* http_server.c - the only file that includes libmicrohttpd.
 *
 * libmicrohttpd neither listens nor keeps time here: at its connection limit it takes its listener
 * out of epoll and needs another call to resume; its timeout restarts with each byte; and without
 * descriptors it spins or goes deaf. It is given accepted connections, and those to be ended are
 * shut down, which it notices by itself. */
#include "common/http_server.h"

#include <errno.h>
#include <linux/tcp.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "common/listener.h"
#include "common/log.h"
#include "common/xalloc.h"

#define LOOK_MS 1000u
#define ACCEPTS_PER_RUN 64u

struct connection {
	struct http_place place; /* first: see connection_of() */
	struct http_server *server;
	int fd;
	uint64_t received; /* total bytes when its last request ended */
};

struct http_request {
	struct connection *connection;
	struct MHD_Connection *mhd;
	char *target;
	const char *method; /* NULL: the head has not arrived */
	struct buffer body;
	bool too_large;
	bool asked; /* the owner has been called */
	struct MHD_Response *response;
	unsigned status;
	LIST_ENTRY(http_request) link;
	bool waits; /* for its answer */
};

struct http_server {
	struct http_server_options options;
	struct MHD_Daemon *daemon;
	int listener, epoll, port;
	struct http_places places;
	bool listening;
	uint64_t listen_at_ms; /* while not listening */
	uint64_t look_at_ms;
	uint64_t crowded_since_ms; /* 0: nobody is waiting for a place */
	int lacks;                 /* see http_server_lacks() */
	LIST_HEAD(http_request_list, http_request) waiting;
};

const char *const http_end_names[] = { "head_timeout", "request_timeout", "idle_timeout", "crowded",
				       NULL };

static struct connection *connection_of(struct http_place *place)
{
	return (struct connection *)place;
}

/* --- places ----------------------------------------------------------------------------------- */

static void count_connections(const struct http_server *server)
{
	if (server->options.connections)
		metric_set(server->options.connections, server->places.count);
}

static void on_connection(void *owner, struct MHD_Connection *mhd, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct http_server *server = owner;
	struct connection *connection = *context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		connection = xmalloc(sizeof(*connection));
		connection->server = server;
		connection->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)
					 ->connect_fd;
		http_place_take(&server->places, &connection->place, clock_boot_ms());
		*context = connection;
	} else if (connection) {
		http_place_leave(&server->places, &connection->place);
		free(connection);
		*context = NULL;
		server->listen_at_ms = 0;
	}
	count_connections(server);
}

/* Nothing else tells when the first byte of a further request arrives. */
static uint64_t bytes_received(const struct connection *connection)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	if (getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
		return connection->received;
	return info.tcpi_bytes_received;
}

static void notice_first_byte(struct connection *connection, uint64_t now_ms)
{
	if (connection->place.phase == HTTP_PHASE_IDLE &&
	    bytes_received(connection) != connection->received)
		http_place_enter(&connection->place, HTTP_PHASE_HEAD, now_ms);
}

static void end_connection(struct connection *connection, enum http_end reason)
{
	connection->place.ended = true;
	shutdown(connection->fd, SHUT_RDWR);
	if (connection->server->options.ended)
		metric_add_at(connection->server->options.ended, reason - 1, 0, 1);
}

static void look(struct http_server *server, uint64_t now_ms)
{
	for (struct http_place *place = LIST_FIRST(&server->places.all); place;
	     place = LIST_NEXT(place, link)) {
		enum http_end end;

		if (place->ended)
			continue;
		notice_first_byte(connection_of(place), now_ms);
		end = http_place_end(&server->places, place, now_ms);
		if (end != HTTP_END_NONE)
			end_connection(connection_of(place), end);
	}
}

/* --- newcomers -------------------------------------------------------------------------------- */

static void listen_again(struct http_server *server)
{
	struct epoll_event event = { .events = EPOLLIN };

	server->listening = epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->listener, &event) == 0;
}

static void pause_listening(struct http_server *server, uint64_t now_ms)
{
	epoll_ctl(server->epoll, EPOLL_CTL_DEL, server->listener, NULL);
	server->listening = false;
	server->listen_at_ms = http_places_victim_at_ms(&server->places);
	if (server->listen_at_ms <= now_ms || server->listen_at_ms > now_ms + LOOK_MS)
		server->listen_at_ms = now_ms + LOOK_MS;
}

static bool make_room(struct http_server *server, uint64_t now_ms)
{
	unsigned before = server->places.count;
	struct http_place *victim;

	while ((victim = http_places_victim(&server->places, now_ms))) {
		enum http_phase phase = victim->phase;

		notice_first_byte(connection_of(victim), now_ms);
		if (victim->phase != phase)
			continue;
		end_connection(connection_of(victim), HTTP_END_CROWDED);
		MHD_run(server->daemon);
		return server->places.count < before;
	}
	return false;
}

/* Whether there is a place, and a descriptor if `descriptor` is missing. */
static bool has_room(struct http_server *server, bool descriptor, uint64_t now_ms)
{
	if (server->places.count < server->places.max && !descriptor)
		return true;
	if (!listener_has_newcomer(server->listener)) {
		server->crowded_since_ms = 0;
		server->lacks = 0; /* accept() misses the descriptor before the newcomer */
		return false;
	}
	if (server->crowded_since_ms == 0)
		server->crowded_since_ms = now_ms;
	if (make_room(server, now_ms))
		return true;
	pause_listening(server, now_ms);
	return false;
}

static void accept_newcomers(struct http_server *server, uint64_t now_ms)
{
	bool descriptor = false; /* whether one was missing */

	if (!server->listening && now_ms >= server->listen_at_ms) {
		server->listen_at_ms = now_ms + LOOK_MS;
		listen_again(server);
	}
	for (unsigned i = 0; server->listening && i < ACCEPTS_PER_RUN; i++) {
		struct sockaddr_storage address;
		socklen_t size = sizeof(address);
		int fd;

		if (!has_room(server, descriptor, now_ms))
			return;
		fd = accept4(server->listener, (struct sockaddr *)&address, &size,
			     SOCK_NONBLOCK | SOCK_CLOEXEC);
		descriptor = fd < 0 && listener_lacks_resources(errno);
		server->lacks = descriptor ? errno : 0;
		if (fd < 0 && errno == EAGAIN) {
			server->crowded_since_ms = 0;
			return;
		}
		if (fd < 0)
			continue;
		MHD_add_connection(server->daemon, fd, (struct sockaddr *)&address, size);
		/* Later versions only note it, and start with it in here. */
		MHD_run(server->daemon);
	}
}

/* --- requests --------------------------------------------------------------------------------- */

static struct http_server *server_of(const struct http_request *request)
{
	return request->connection->server;
}

static void *on_request_line(void *owner, const char *target, struct MHD_Connection *mhd)
{
	struct http_request *request = xmalloc(sizeof(*request));

	(void)owner;
	request->mhd = mhd;
	request->connection = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
				      ->socket_context;
	request->target = xstrdup(target);
	return request;
}

static enum MHD_Result send_answer(struct http_request *request)
{
	http_place_enter(&request->connection->place, HTTP_PHASE_REQUEST, clock_boot_ms());
	return MHD_queue_response(request->mhd, request->status, request->response);
}

static void wait_for_answer(struct http_request *request)
{
	struct http_server *server = server_of(request);

	LIST_INSERT_HEAD(&server->waiting, request, link);
	request->waits = true;
	MHD_suspend_connection(request->mhd);
}

static void stop_waiting(struct http_request *request)
{
	LIST_REMOVE(request, link);
	request->waits = false;
}

static void take_body(struct http_request *request, const char *data, size_t size)
{
	size_t before = buffer_unread_size(&request->body);

	request->too_large = request->too_large ||
			     before + size > server_of(request)->options.body_max;
	if (!request->too_large)
		buffer_append(&request->body, data, size);
}

static void give_to_owner(struct http_request *request)
{
	const struct http_server_options *options = &server_of(request)->options;

	request->asked = true;
	http_place_enter(&request->connection->place, HTTP_PHASE_OWNER, clock_boot_ms());
	options->on_request(options->owner, request);
	if (!request->response)
		wait_for_answer(request);
}

/* Called when the head is complete, for each piece of the body, at its end, and again after it is
 * resumed. */
static enum MHD_Result on_call(void *owner, struct MHD_Connection *mhd, const char *path,
			       const char *method, const char *version, const char *data,
			       size_t *size, void **state)
{
	struct http_server *server = owner;
	struct http_request *request = *state;

	(void)mhd;
	(void)path;
	(void)version;
	if (!request->method) {
		request->method = method;
		http_place_enter(&request->connection->place, HTTP_PHASE_REQUEST, clock_boot_ms());
		if (server->options.on_head)
			server->options.on_head(server->options.owner, request);
	} else if (*size > 0) {
		take_body(request, data, *size);
		*size = 0;
		return MHD_YES;
	} else if (!request->asked) {
		give_to_owner(request);
	}
	return request->response ? send_answer(request) : MHD_YES;
}

static void on_completed(void *owner, struct MHD_Connection *mhd, void **state,
			 enum MHD_RequestTerminationCode code)
{
	struct http_server *server = owner;
	struct http_request *request = *state;
	struct connection *connection;

	(void)mhd;
	(void)code;
	if (!request)
		return;
	connection = request->connection;
	http_place_enter(&connection->place, HTTP_PHASE_IDLE, clock_boot_ms());
	connection->received = bytes_received(connection);
	server->listen_at_ms = 0;
	if (request->waits)
		stop_waiting(request);
	if (request->response)
		MHD_destroy_response(request->response);
	buffer_finish(&request->body);
	free(request->target);
	free(request);
	*state = NULL;
}

const char *http_request_method(const struct http_request *request)
{
	return request->method;
}

const char *http_request_target(const struct http_request *request)
{
	return request->target;
}

const char *http_request_header(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->mhd, MHD_HEADER_KIND, name);
}

const char *http_request_body(struct http_request *request, size_t *size)
{
	*size = buffer_unread_size(&request->body);
	return request->too_large ? NULL : buffer_text(&request->body);
}

void *http_request_owner(const struct http_request *request)
{
	return server_of(request)->options.owner;
}

void http_request_answer(struct http_request *request, const struct http_reply *reply)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		reply->size, (void *)(uintptr_t)(reply->size ? reply->body : ""),
		MHD_RESPMEM_MUST_COPY);

	if (!response)
		panic("no memory for an answer");
	for (const struct http_header *header = reply->headers; header && header->name; header++)
		MHD_add_response_header(response, header->name, header->value);
	request->status = reply->status;
	request->response = response;
	if (!request->waits)
		return;
	stop_waiting(request);
	MHD_resume_connection(request->mhd);
}

/* --- running ---------------------------------------------------------------------------------- */

static int wait_ms(const struct http_server *server, uint64_t now_ms)
{
	MHD_UNSIGNED_LONG_LONG pending_ms;
	uint64_t at_ms = server->look_at_ms;

	/* We set no timeouts: there is one when it has work pending. */
	if (MHD_get_timeout(server->daemon, &pending_ms) == MHD_YES)
		return 0;
	if (server->places.count == 0 && server->listening)
		return -1;
	if (!server->listening && server->listen_at_ms < at_ms)
		at_ms = server->listen_at_ms;
	return at_ms > now_ms ? (int)(at_ms - now_ms) : 0;
}

int http_server_run(struct http_server *server)
{
	uint64_t now_ms = clock_boot_ms();

	if (now_ms >= server->look_at_ms) {
		look(server, now_ms);
		server->look_at_ms = now_ms + LOOK_MS;
	}
	MHD_run(server->daemon);
	accept_newcomers(server, now_ms);
	return wait_ms(server, now_ms);
}

uint64_t http_server_crowded_ms(const struct http_server *server)
{
	/* Also in the first millisecond somebody waits. */
	return server->crowded_since_ms ? clock_boot_ms() - server->crowded_since_ms + 1 : 0;
}

int http_server_lacks(const struct http_server *server)
{
	return server->lacks;
}

unsigned http_server_connections(const struct http_server *server)
{
	return server->places.count;
}

int http_server_fd(const struct http_server *server)
{
	return server->epoll;
}

int http_server_port(const struct http_server *server)
{
	return server->port;
}

/* --- start and stop --------------------------------------------------------------------------- */

static bool start_daemon(struct http_server *server)
{
	const struct http_server_options *options = &server->options;
	struct MHD_OptionItem memory[] = {
		{ MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)options->memory, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};

	/* One more than there are places: otherwise it would refuse one of ours. */
	server->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
		on_call, server, MHD_OPTION_CONNECTION_LIMIT, options->places + 1,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_URI_LOG_CALLBACK,
		on_request_line, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
		MHD_OPTION_ARRAY, options->memory ? memory : memory + 1, MHD_OPTION_END);
	return server->daemon != NULL;
}

static bool watch_all(struct http_server *server)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon,
							       MHD_DAEMON_INFO_EPOLL_FD);
	struct epoll_event event = { .events = EPOLLIN };

	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!info || server->epoll < 0 ||
	    epoll_ctl(server->epoll, EPOLL_CTL_ADD, info->epoll_fd, &event) < 0)
		return false;
	listen_again(server);
	return server->listening;
}

struct http_server *http_server_open(const struct http_server_options *options, struct why *why)
{
	struct http_server *server;
	/* Who finds no place waits here; what the kernel drops comes again only a second later. */
	int listener = listener_open(options->listen, SOMAXCONN, why);

	if (listener < 0)
		return NULL;
	server = xmalloc(sizeof(*server));
	server->options = *options;
	server->listener = listener;
	server->port = listener_port(listener);
	server->epoll = -1;
	server->places = (struct http_places) { .limits = options->limits, .max = options->places };
	if (start_daemon(server) && watch_all(server))
		return server;
	why_set(why, "the HTTP server does not start: %s", strerror(errno));
	http_server_close(server);
	return NULL;
}

void http_server_close(struct http_server *server)
{
	if (!server)
		return;
	if (server->daemon) {
		MHD_run(server->daemon);
		while (!LIST_EMPTY(&server->waiting)) {
			struct http_request *request = LIST_FIRST(&server->waiting);

			stop_waiting(request);
			MHD_resume_connection(request->mhd);
		}
		MHD_stop_daemon(server->daemon);
	}
	if (server->epoll >= 0)
		close(server->epoll);
	close(server->listener);
	free(server);
}
