/* telegram.c - see telegram.h. Curl multi handles with the socket-action interface; easy handles
 * are kept for reuse, for making one costs more than a request.
 *
 * A multi handle looks through all its connections twice for each request, so with 1,000 of them
 * one handle would spend most of its time on that: each has a few requests only.
 *
 * HTTP/1.1: over TLS and without delay it takes 20 microseconds of CPU a request against 24 for
 * HTTP/2, and one slow answer holds up nothing else. */
#include "workers/sender/telegram.h"

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
#define REQUESTS_PER_MULTI 8
#define KEEPALIVE_IDLE_S 15L

/* A descriptor of libcurl's: what libcurl wants to know of it and what epoll was told. libcurl
 * drops and takes up an idle connection's descriptor with every request; only what differs at the
 * end of a turn costs a system call. */
struct watched {
	uint32_t wanted, told;
	bool listed;
	bool connection; /* made by on_open(), closed by on_curl_close() */
	struct multi *multi;
};

/* A multi handle and its few requests. */
struct multi {
	struct telegram *telegram;
	struct multi *next, *next_kicked;
	CURLM *curl;
	size_t requests;
	struct loop_timer timer;
	bool kicked; /* libcurl wants to be called at once */
};

struct request {
	struct multi *multi;
	struct request *next; /* in the list of spare ones */
	CURL *easy;
	curl_mime *mime;
	CURLU *url;              /* parsed once, for that is a fifth of a request's work */
	char method[METHOD_MAX]; /* that the URL is for */
	struct buffer answer;
	void *tag;
	unsigned times; /* written */
};

struct telegram {
	struct loop *loop;
	struct telegram_events events;
	struct multi *multis, *kicked; /* the newest first */
	CURLSH *share;                 /* of what they know in common: addresses and TLS sessions */
	struct curl_slist *headers;
	char *url; /* up to the method; holds the token */
	struct request *spare;
	struct watched *watched; /* by descriptor */
	size_t watched_count;
	int *changed; /* descriptors whose wanted and told may differ */
	size_t changed_count, changed_capacity;
	bool may_have_proxy; /* the environment names one */
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
	struct multi *multi = owner;
	struct telegram *telegram = multi->telegram;
	uint32_t events = 0;

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= EPOLLOUT;
	want(telegram, fd, events);
	watched_of(telegram, fd)->multi = multi;
	/* A descriptor of the resolver's is closed without a word. */
	if (!events && !watched_of(telegram, fd)->connection && watched_of(telegram, fd)->told) {
		loop_unwatch(telegram->loop, fd);
		watched_of(telegram, fd)->told = 0;
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
	const struct telegram_events *events = &request->multi->telegram->events;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	if (!events->before(events->owner, request->tag, request->times + 1))
		return CURL_PREREQFUNC_ABORT;
	request->times++;
	return CURL_PREREQFUNC_OK;
}

static void put_away(struct telegram *telegram, struct request *request)
{
	if (request->mime) {
		curl_easy_setopt(request->easy, CURLOPT_MIMEPOST, NULL);
		curl_mime_free(request->mime);
		request->mime = NULL;
	}
	buffer_trim(&request->answer, ANSWER_KEEP);
	request->next = telegram->spare;
	telegram->spare = request;
}

static void finish(struct multi *multi, CURL *easy, CURLcode code)
{
	struct telegram *telegram = multi->telegram;
	struct request *request;
	long status = 0;
	curl_off_t total_us = 0;
	struct telegram_answer answer;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)(void *)&request);
	curl_multi_remove_handle(multi->curl, easy);
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
	put_away(telegram, request);
}

static void collect(struct multi *multi)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi->curl, &left)))
		if (message->msg == CURLMSG_DONE)
			finish(multi, message->easy_handle, message->data.result);
}

static void act(struct multi *multi, curl_socket_t fd, int events)
{
	int running;

	(void)curl_multi_socket_action(multi->curl, fd, events, &running);
	collect(multi);
}

static void on_socket(void *owner, int fd, uint32_t events)
{
	struct telegram *telegram = owner;
	struct watched *watched = watched_of(telegram, fd);
	int bits = 0;

	if (!watched->wanted) {
		/* An idle connection ended, or said something out of turn. libcurl closes it when
		 * it comes to use it, which may be long after; Telegram's side is let go now. */
		(void)shutdown(fd, SHUT_RDWR);
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
	act(watched->multi, fd, bits);
}

/* --- the timer --- */

static void on_timer(void *owner)
{
	act(owner, CURL_SOCKET_TIMEOUT, 0);
}

/* At the end of this turn, for all of its requests at once. */
static void note_kick(struct multi *multi)
{
	if (multi->kicked)
		return;
	multi->kicked = true;
	multi->next_kicked = multi->telegram->kicked;
	multi->telegram->kicked = multi;
}

static int on_curl_timer(CURLM *curl, long timeout_ms, void *owner)
{
	struct multi *multi = owner;
	struct loop *loop = multi->telegram->loop;

	(void)curl;
	if (timeout_ms < 0)
		loop_timer_clear(loop, &multi->timer);
	else if (timeout_ms == 0)
		note_kick(multi);
	else
		loop_timer_set(loop, &multi->timer, (uint64_t)timeout_ms);
	return 0;
}

static void kick(struct telegram *telegram)
{
	struct multi *multi = telegram->kicked, *next;

	telegram->kicked = NULL;
	for (; multi; multi = next) {
		next = multi->next_kicked;
		multi->kicked = false;
		act(multi, CURL_SOCKET_TIMEOUT, 0);
	}
}

void telegram_kick(struct telegram *telegram)
{
	/* What libcurl starts may finish and ask again; a turn's end is not the place to insist. */
	for (int i = 0; telegram->kicked && i < 4; i++)
		kick(telegram);
	for (struct multi *multi = telegram->kicked; multi; multi = multi->next_kicked)
		loop_timer_set(telegram->loop, &multi->timer, 0);
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

static struct multi *make_multi(struct telegram *telegram)
{
	struct multi *multi = xmalloc(sizeof(*multi));

	multi->telegram = telegram;
	multi->timer = (struct loop_timer) { .fn = on_timer, .owner = multi };
	multi->curl = curl_multi_init();
	if (!multi->curl)
		panic("curl_multi_init failed");
	curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
	curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
	curl_multi_setopt(multi->curl, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	curl_multi_setopt(multi->curl, CURLMOPT_MAXCONNECTS, (long)REQUESTS_PER_MULTI);
	multi->next = telegram->multis;
	telegram->multis = multi;
	return multi;
}

static struct multi *multi_with_room(struct telegram *telegram)
{
	if (telegram->multis && telegram->multis->requests < REQUESTS_PER_MULTI)
		return telegram->multis;
	return make_multi(telegram);
}

static struct request *make_request(struct telegram *telegram)
{
	struct request *request = xmalloc(sizeof(*request));
	CURL *easy = curl_easy_init();

	if (!easy)
		panic("curl_easy_init failed");
	request->multi = multi_with_room(telegram);
	request->multi->requests++;
	request->easy = easy;
	request->url = curl_url();
	if (!request->url)
		panic("curl_url failed");
	curl_easy_setopt(easy, CURLOPT_CURLU, request->url);
	curl_easy_setopt(easy, CURLOPT_SHARE, telegram->share);
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
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
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

static void set_url(struct telegram *telegram, struct request *request, struct text method)
{
	char url[1024];

	if (method.length == strlen(request->method) &&
	    !memcmp(request->method, method.data, method.length))
		return;
	snprintf(url, sizeof(url), "%s%.*s", telegram->url, (int)method.length, method.data);
	/* One that cannot be parsed fails the request. */
	(void)curl_url_set(request->url, CURLUPART_URL, url, 0);
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

static void set_json(struct telegram *telegram, struct request *request, const struct call *call)
{
	static const char none[] = "{}";
	size_t size = call->body.data ? call->body.length : sizeof(none) - 1;

	curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER, telegram->headers);
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
	set_url(telegram, request, call->method);
	curl_easy_setopt(request->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	if (call->file.data)
		set_upload(request, call);
	else
		set_json(telegram, request, call);
	if (curl_multi_add_handle(request->multi->curl, request->easy) != CURLM_OK)
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
				 const struct telegram_events *events, struct why *why)
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
	telegram->url = xasprintf("%s/bot%s/", api_url, token);
	telegram->may_have_proxy = names_a_proxy();
	telegram->headers = curl_slist_append(NULL, "Content-Type: application/json");
	telegram->share = curl_share_init();
	if (!telegram->share)
		panic("curl_share_init failed");
	curl_share_setopt(telegram->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
	curl_share_setopt(telegram->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
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
		curl_url_cleanup(request->url);
		buffer_finish(&request->answer);
		free(request);
	}
	while (telegram->multis) {
		struct multi *multi = telegram->multis;

		telegram->multis = multi->next;
		curl_multi_cleanup(multi->curl);
		loop_timer_clear(telegram->loop, &multi->timer);
		free(multi);
	}
	curl_share_cleanup(telegram->share);
	curl_slist_free_all(telegram->headers);
	explicit_bzero(telegram->url, strlen(telegram->url));
	free(telegram->url);
	free(telegram->watched);
	free(telegram->changed);
	free(telegram);
	curl_global_cleanup();
}
