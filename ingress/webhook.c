/* webhook.c - libmicrohttpd in our loop; the only file of ingress that includes it. */
#include "ingress/webhook.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/listener.h"
#include "common/log.h"
#include "common/xalloc.h"

#define LOG_SUBSYSTEM "webhook"

#define CONNECTIONS_MAX 256u
#define CONNECTION_TIMEOUT_S 30u
#define RETRY_AFTER_S "5"

struct webhook {
	struct webhook_options options;
	struct MHD_Daemon *daemon;
	int port;
	const char *path;
	int epoll_fd;
	struct loop_timer timer;
	bool run_again; /* connections were resumed */
	bool held;
	struct request *waiting; /* for the disk, their connections suspended */
};

/* One POST, from its head until its connection is done with it. */
struct request {
	struct webhook *webhook;
	struct MHD_Connection *connection;
	struct buffer body;
	bool too_large;
	bool taken;
	bool stored;
	struct request *next, **previous; /* while it waits */
};

/* --- answers ---------------------------------------------------------------------------------- */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(0, (void *)(uintptr_t) "",
									MHD_RESPMEM_PERSISTENT);

	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, RETRY_AFTER_S);
	enum MHD_Result result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

/* Takes the same time wherever the texts differ. */
static bool secret_is_right(const char *given, const char *secret)
{
	size_t length = strlen(secret), given_length = given ? strlen(given) : 0;
	unsigned different = given_length != length;

	for (size_t i = 0; i < length; i++)
		different |= (unsigned)(secret[i] ^ (i < given_length ? given[i] : 0));
	return different == 0;
}

static bool is_for_us(const struct webhook *webhook, struct MHD_Connection *connection,
		      const char *url, const char *method)
{
	const char *given = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
							"X-Telegram-Bot-Api-Secret-Token");

	return secret_is_right(given, webhook->options.secret) &&
	       !strcmp(method, MHD_HTTP_METHOD_POST) && !strcmp(url, webhook->path);
}

/* --- requests --------------------------------------------------------------------------------- */

static void on_stored(void *owner)
{
	struct request *request = owner;

	request->stored = true;
	request->webhook->run_again = true;
	*request->previous = request->next;
	if (request->next)
		request->next->previous = request->previous;
	MHD_resume_connection(request->connection);
}

static enum MHD_Result take(struct request *request)
{
	struct webhook *webhook = request->webhook;
	struct json_slice update = { buffer_text(&request->body),
				     buffer_unread_size(&request->body) };

	if (request->too_large)
		return answer(request->connection, MHD_HTTP_CONTENT_TOO_LARGE);
	if (update.size == 0)
		return answer(request->connection, MHD_HTTP_BAD_REQUEST);
	if (webhook->held || spool_is_full(webhook->options.spool))
		return answer(request->connection, MHD_HTTP_SERVICE_UNAVAILABLE);
	request->taken = true;
	request->next = webhook->waiting;
	request->previous = &webhook->waiting;
	if (request->next)
		request->next->previous = &request->next;
	webhook->waiting = request;
	MHD_suspend_connection(request->connection);
	intake_take_update(webhook->options.intake, update, on_stored, request);
	return MHD_YES;
}

static enum MHD_Result on_request(void *owner, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *data_size, void **state)
{
	struct webhook *webhook = owner;
	struct request *request = *state;

	(void)version;
	if (!request) {
		if (!is_for_us(webhook, connection, url, method))
			return answer(connection, MHD_HTTP_NOT_FOUND);
		request = xmalloc(sizeof(*request));
		request->webhook = webhook;
		request->connection = connection;
		*state = request;
		return MHD_YES;
	}
	if (*data_size > 0) {
		request->too_large = request->too_large ||
				     buffer_unread_size(&request->body) + *data_size >
					     TRANSCODE_UPDATE_MAX;
		if (!request->too_large)
			buffer_append(&request->body, data, *data_size);
		*data_size = 0;
		return MHD_YES;
	}
	if (request->stored)
		return answer(connection, MHD_HTTP_OK);
	return request->taken ? MHD_YES : take(request);
}

static void on_completed(void *owner, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode code)
{
	struct request *request = *state;

	(void)owner;
	(void)connection;
	(void)code;
	if (!request)
		return;
	buffer_finish(&request->body);
	free(request);
	*state = NULL;
}

/* --- the loop --------------------------------------------------------------------------------- */

static void run(struct webhook *webhook)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;

	MHD_run(webhook->daemon);
	if (MHD_get_timeout(webhook->daemon, &timeout_ms) == MHD_YES)
		loop_timer_set(webhook->options.loop, &webhook->timer, timeout_ms);
	else
		loop_timer_clear(webhook->options.loop, &webhook->timer);
}

static void on_ready(void *owner, int fd, uint32_t events)
{
	(void)fd;
	(void)events;
	run(owner);
}

static void on_timer(void *owner)
{
	run(owner);
}

static bool on_turn_end(void *owner)
{
	struct webhook *webhook = owner;

	if (webhook->run_again) {
		webhook->run_again = false;
		run(webhook);
	}
	return false;
}

/* "https://host/path?query" -> "/path"; what the proxy passes on. */
static const char *path_of(const char *url)
{
	const char *host = strstr(url, "://");
	const char *path = host ? strchr(host + 3, '/') : NULL;

	return path ? path : "/";
}

struct webhook *webhook_open(const struct webhook_options *options, struct why *why)
{
	struct webhook *webhook;
	int listener = listener_open(options->listen, (int)CONNECTIONS_MAX, why);

	if (listener < 0)
		return NULL;
	webhook = xmalloc(sizeof(*webhook));
	webhook->options = *options;
	webhook->path = path_of(options->url);
	webhook->port = listener_port(listener);
	webhook->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, webhook,
		MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_TIMEOUT_S, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, webhook, MHD_OPTION_END);
	const union MHD_DaemonInfo *info = webhook->daemon
						   ? MHD_get_daemon_info(webhook->daemon,
									 MHD_DAEMON_INFO_EPOLL_FD)
						   : NULL;
	if (!info) {
		close(listener);
		free(webhook);
		why_set(why, "the HTTP server does not start");
		return NULL;
	}
	webhook->epoll_fd = info->epoll_fd;
	webhook->timer = (struct loop_timer) { .fn = on_timer, .owner = webhook };
	loop_watch(options->loop, webhook->epoll_fd, EPOLLIN, on_ready, webhook);
	loop_add_hook(options->loop, on_turn_end, webhook);
	return webhook;
}

void webhook_hold(struct webhook *webhook, bool held)
{
	if (webhook)
		webhook->held = held;
}

void webhook_close(struct webhook *webhook)
{
	if (!webhook)
		return;
	loop_remove_hook(webhook->options.loop, on_turn_end, webhook);
	loop_unwatch(webhook->options.loop, webhook->epoll_fd);
	loop_timer_clear(webhook->options.loop, &webhook->timer);
	/* Sends the answers of what was stored last, and takes nothing more. What the disk did not
	 * take is not confirmed: Telegram sends it again. */
	webhook->held = true;
	MHD_run(webhook->daemon);
	for (struct request *request = webhook->waiting; request; request = request->next)
		MHD_resume_connection(request->connection);
	MHD_stop_daemon(webhook->daemon);
	free(webhook);
}

int webhook_port(const struct webhook *webhook)
{
	return webhook->port;
}
