/* telegram.c - see telegram.h. One curl multi handle with the socket-action interface; easy handles
 * are kept for reuse, for making one costs more than a request.
 *
 * HTTP/1.1: over TLS and without delay it takes 20 microseconds of CPU a request against 24 for
 * HTTP/2, and one slow answer holds up nothing else. */
#include "workers/telegram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>

#include "common/log.h"
#include "common/xalloc.h"

#define CONNECT_TIMEOUT_MS 10000L
#define ANSWER_MAX (16u << 20)
#define ANSWER_KEEP (16u << 10)
#define METHOD_MAX 64
#define SPARE_CONNECTIONS 16
#define KEEPALIVE_IDLE_S 15L

/* A descriptor of libcurl's: what libcurl wants to know of it and what epoll was told. libcurl
 * drops and takes up an idle connection's descriptor with every request; only what differs at the
 * end of a turn costs a system call. */
struct watched {
	uint32_t wanted, told;
	bool listed;
	bool connection; /* made by on_open(), closed by on_curl_close() */
};

struct request {
	struct telegram *telegram;
	struct request *next; /* in the list of spare ones */
	CURL *easy;
	curl_mime *mime;
	char method[METHOD_MAX]; /* that the easy handle's URL is for */
	struct buffer answer;
	void *tag;
	unsigned times; /* written */
};

struct telegram {
	struct loop *loop;
	struct telegram_events events;
	CURLM *multi;
	struct curl_slist *headers;
	char *url; /* up to the method; holds the token */
	struct request *spare;
	struct loop_timer timer;
	struct watched *watched; /* by descriptor */
	size_t watched_count;
	int *changed; /* descriptors whose wanted and told may differ */
	size_t changed_count, changed_capacity;
	bool may_have_proxy; /* the environment names one */
	bool kick;           /* libcurl wants to be called at once */
};

static void on_socket(void *owner, int fd, uint32_t events);

/* --- descriptors --- */

static struct watched *watched_of(struct telegram *telegram, int fd)
{
	size_t count = telegram->watched_count;

	if ((size_t)fd >= count) {
		size_t more = (size_t)fd + 64;

		telegram->watched = xreallocarray(telegram->watched, more,
						  sizeof(*telegram->watched));
		memset(telegram->watched + count, 0, (more - count) * sizeof(*telegram->watched));
		telegram->watched_count = more;
	}
	return &telegram->watched[fd];
}

static void want(struct telegram *telegram, int fd, uint32_t events)
{
	struct watched *watched = watched_of(telegram, fd);

	watched->wanted = events;
	if (watched->listed)
		return;
	watched->listed = true;
	if (telegram->changed_count == telegram->changed_capacity) {
		telegram->changed_capacity = telegram->changed_capacity * 2 + 64;
		telegram->changed = xreallocarray(telegram->changed, telegram->changed_capacity,
						  sizeof(*telegram->changed));
	}
	telegram->changed[telegram->changed_count++] = fd;
}

static void tell_epoll(struct telegram *telegram)
{
	for (size_t i = 0; i < telegram->changed_count; i++) {
		int fd = telegram->changed[i];
		struct watched *watched = watched_of(telegram, fd);

		watched->listed = false;
		/* An idle connection stays watched for reading: its end is noticed when it comes.
		 */
		if (watched->wanted == watched->told ||
		    (watched->connection && !watched->wanted && watched->told == EPOLLIN))
			continue;
		if (watched->wanted)
			loop_watch(telegram->loop, fd, watched->wanted, on_socket, telegram);
		else
			loop_unwatch(telegram->loop, fd);
		watched->told = watched->wanted;
	}
	telegram->changed_count = 0;
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *owner, void *unused)
{
	uint32_t events = 0;

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= EPOLLOUT;
	want(owner, fd, events);
	/* A descriptor of the resolver's is closed without a word. */
	if (!events && !watched_of(owner, fd)->connection && watched_of(owner, fd)->told) {
		loop_unwatch(((struct telegram *)owner)->loop, fd);
		watched_of(owner, fd)->told = 0;
	}
	return 0;
}

static curl_socket_t on_open(void *owner, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct telegram *telegram = owner;
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

	(void)purpose;
	if (fd < 0)
		return CURL_SOCKET_BAD;
	*watched_of(telegram, fd) = (struct watched) { .connection = true,
						       .listed = watched_of(telegram, fd)->listed };
	return fd;
}

static int on_curl_close(void *owner, curl_socket_t fd)
{
	struct telegram *telegram = owner;
	struct watched *watched = watched_of(telegram, fd);

	if (watched->told)
		loop_unwatch(telegram->loop, fd);
	watched->wanted = watched->told = 0;
	watched->connection = false;
	return close(fd);
}

/* --- answers --- */

static size_t on_body(char *data, size_t size, size_t count, void *owner)
{
	struct request *request = owner;

	if (buffer_unread_size(&request->answer) + size * count > ANSWER_MAX)
		return 0;
	buffer_append(&request->answer, data, size * count);
	return size * count;
}

static int on_before(void *owner, char *ip, char *local_ip, int port, int local_port)
{
	struct request *request = owner;
	const struct telegram_events *events = &request->telegram->events;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	if (!events->before(events->owner, request->tag, request->times + 1))
		return CURL_PREREQFUNC_ABORT;
	request->times++;
	return CURL_PREREQFUNC_OK;
}

static void put_away(struct request *request)
{
	if (request->mime) {
		curl_easy_setopt(request->easy, CURLOPT_MIMEPOST, NULL);
		curl_mime_free(request->mime);
		request->mime = NULL;
	}
	buffer_trim(&request->answer, ANSWER_KEEP);
	request->next = request->telegram->spare;
	request->telegram->spare = request;
}

static void finish(struct telegram *telegram, CURL *easy, CURLcode code)
{
	struct request *request;
	long status = 0;
	curl_off_t total_us = 0;
	struct telegram_answer answer;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)(void *)&request);
	curl_multi_remove_handle(telegram->multi, easy);
	curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &total_us);
	if (code == CURLE_OK)
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	answer = (struct telegram_answer) {
		.http_status = (int)status,
		.body = (const char *)buffer_unread(&request->answer),
		.size = buffer_unread_size(&request->answer),
		.written = request->times > 0,
		.repeated = request->times > 1,
		.error = code == CURLE_OK ? "" : curl_easy_strerror(code),
		.duration_us = (uint32_t)(total_us > UINT32_MAX ? UINT32_MAX : total_us),
	};
	telegram->events.after(telegram->events.owner, request->tag, &answer);
	put_away(request);
}

static void collect(struct telegram *telegram)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(telegram->multi, &left)))
		if (message->msg == CURLMSG_DONE)
			finish(telegram, message->easy_handle, message->data.result);
}

static void act(struct telegram *telegram, curl_socket_t fd, int events)
{
	int running;

	(void)curl_multi_socket_action(telegram->multi, fd, events, &running);
	collect(telegram);
}

static void on_socket(void *owner, int fd, uint32_t events)
{
	struct telegram *telegram = owner;
	struct watched *watched = watched_of(telegram, fd);
	int bits = 0;

	if (!watched->wanted) {
		/* An idle connection ended or said something: libcurl will see it when it wants it.
		 */
		loop_unwatch(telegram->loop, fd);
		watched->told = 0;
		return;
	}
	if (events & (EPOLLIN | EPOLLHUP))
		bits |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		bits |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		bits |= CURL_CSELECT_ERR;
	act(telegram, fd, bits);
}

/* --- the timer --- */

static void on_timer(void *owner)
{
	act(owner, CURL_SOCKET_TIMEOUT, 0);
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *owner)
{
	struct telegram *telegram = owner;

	(void)multi;
	if (timeout_ms < 0)
		loop_timer_clear(telegram->loop, &telegram->timer);
	else if (timeout_ms == 0)
		telegram->kick = true; /* at the end of this turn, for all at once */
	else
		loop_timer_set(telegram->loop, &telegram->timer, (uint64_t)timeout_ms);
	return 0;
}

void telegram_kick(struct telegram *telegram)
{
	/* What libcurl starts may finish and ask again; a turn's end is not the place to insist. */
	for (int i = 0; telegram->kick && i < 4; i++) {
		telegram->kick = false;
		act(telegram, CURL_SOCKET_TIMEOUT, 0);
	}
	if (telegram->kick)
		loop_timer_set(telegram->loop, &telegram->timer, 0);
	tell_epoll(telegram);
}

/* --- requests --- */

static void set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static struct request *make_request(struct telegram *telegram)
{
	struct request *request = xmalloc(sizeof(*request));
	CURL *easy = curl_easy_init();

	if (!easy)
		panic("curl_easy_init failed");
	request->telegram = telegram;
	request->easy = easy;
	set_protocols(easy);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	/* Without this libcurl searches the environment for a proxy at each request. */
	if (!telegram->may_have_proxy)
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "korone/" KORONE_VERSION);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, telegram->headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_before);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, request);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, telegram);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_curl_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, telegram);
	return request;
}

static struct request *take_request(struct telegram *telegram)
{
	struct request *request = telegram->spare;

	if (!request)
		return make_request(telegram);
	telegram->spare = request->next;
	return request;
}

static void set_url(struct request *request, struct text method)
{
	char url[1024];

	if (method.length == strlen(request->method) &&
	    !memcmp(request->method, method.data, method.length))
		return;
	snprintf(url, sizeof(url), "%s%.*s", request->telegram->url, (int)method.length,
		 method.data);
	curl_easy_setopt(request->easy, CURLOPT_URL, url);
	snprintf(request->method, sizeof(request->method), "%.*s", (int)method.length, method.data);
	explicit_bzero(url, sizeof(url));
}

static void add_field(void *owner, const char *name, const char *value)
{
	curl_mimepart *part = curl_mime_addpart(owner);

	curl_mime_name(part, name);
	curl_mime_data(part, value, CURL_ZERO_TERMINATED);
}

static char *terminated(struct text text)
{
	return xstrndup(text.data ? text.data : "", text.length);
}

static void set_upload(struct request *request, const struct call *call)
{
	char *field = terminated(call->file_field), *name = terminated(call->file_name);
	char *type = terminated(call->file_type);
	curl_mimepart *part;

	request->mime = curl_mime_init(request->easy);
	call_form_fields(call, add_field, request->mime);
	part = curl_mime_addpart(request->mime);
	curl_mime_name(part, field);
	curl_mime_filename(part, *name ? name : "file");
	if (*type)
		curl_mime_type(part, type);
	curl_mime_data(part, call->file.data, call->file.length);
	curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(request->easy, CURLOPT_MIMEPOST, request->mime);
	free(field);
	free(name);
	free(type);
}

static void set_json(struct request *request, const struct call *call)
{
	static const char none[] = "{}";
	size_t size = call->body.data ? call->body.length : sizeof(none) - 1;

	curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER, request->telegram->headers);
	curl_easy_setopt(request->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
	/* Not copied by libcurl. */
	curl_easy_setopt(request->easy, CURLOPT_POSTFIELDS,
			 call->body.data ? call->body.data : none);
}

void telegram_request(struct telegram *telegram, const struct call *call, uint32_t timeout_ms,
		      void *tag)
{
	struct request *request = take_request(telegram);

	request->tag = tag;
	request->times = 0;
	set_url(request, call->method);
	curl_easy_setopt(request->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	if (call->file.data)
		set_upload(request, call);
	else
		set_json(request, call);
	if (curl_multi_add_handle(telegram->multi, request->easy) != CURLM_OK)
		panic("curl_multi_add_handle failed");
}

/* --- life --- */

/* The variables that libcurl looks at (CURLOPT_PROXY). */
static bool names_a_proxy(void)
{
	static const char *const names[] = { "http_proxy", "https_proxy", "HTTPS_PROXY",
					     "all_proxy", "ALL_PROXY" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (getenv(names[i]))
			return true;
	return false;
}

struct telegram *telegram_create(struct loop *loop, const char *api_url, const char *token,
				 size_t inflight, const struct telegram_events *events,
				 struct why *why)
{
	struct telegram *telegram;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		why_set(why, "libcurl cannot start");
		return NULL;
	}
	if (!(curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS)) {
		why_set(why, "this libcurl resolves names in the way of everything else");
		return NULL;
	}
	telegram = xmalloc(sizeof(*telegram));
	telegram->loop = loop;
	telegram->events = *events;
	telegram->timer = (struct loop_timer) { .fn = on_timer, .owner = telegram };
	telegram->url = xasprintf("%s/bot%s/", api_url, token);
	telegram->may_have_proxy = names_a_proxy();
	telegram->headers = curl_slist_append(NULL, "Content-Type: application/json");
	telegram->multi = curl_multi_init();
	if (!telegram->multi)
		panic("curl_multi_init failed");
	curl_multi_setopt(telegram->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(telegram->multi, CURLMOPT_SOCKETDATA, telegram);
	curl_multi_setopt(telegram->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(telegram->multi, CURLMOPT_TIMERDATA, telegram);
	curl_multi_setopt(telegram->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	curl_multi_setopt(telegram->multi, CURLMOPT_MAXCONNECTS,
			  (long)inflight + SPARE_CONNECTIONS);
	return telegram;
}

void telegram_destroy(struct telegram *telegram)
{
	if (!telegram)
		return;
	while (telegram->spare) {
		struct request *request = telegram->spare;

		telegram->spare = request->next;
		curl_easy_cleanup(request->easy);
		buffer_finish(&request->answer);
		free(request);
	}
	curl_multi_cleanup(telegram->multi);
	loop_timer_clear(telegram->loop, &telegram->timer);
	curl_slist_free_all(telegram->headers);
	explicit_bzero(telegram->url, strlen(telegram->url));
	free(telegram->url);
	free(telegram->watched);
	free(telegram->changed);
	free(telegram);
	curl_global_cleanup();
}
