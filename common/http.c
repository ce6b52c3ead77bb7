/* http.c - libcurl's multi interface on our loop; the only file of ingress and crashd that includes
 * curl. Handles are made when they are first needed, so that one request at a time has one. */
#include "common/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

#include "common/buffer.h"
#include "common/log.h"
#include "common/xalloc.h"

#define ANSWER_KEPT (1u << 20) /* memory that stays between answers */
#define RECEIVE_BUFFER (256L << 10)

struct request {
	struct http *http;
	CURL *easy;         /* NULL: not made yet */
	http_answer_fn *fn; /* NULL: nothing under way */
	void *owner;
	struct buffer body;
	struct buffer answer;
	char notice[256];
};

struct http {
	struct http_options options;
	struct curl_slist *headers;
	CURLM *multi;
	struct loop_timer timer;
	struct request requests[HTTP_REQUESTS_MAX];
};

/* --- the end of a request --------------------------------------------------------------------- */

static const struct {
	CURLcode code;
	enum http_result result;
	const char *error;
} outcomes[] = {
	{ CURLE_OK, HTTP_ANSWERED, "" },
	{ CURLE_OPERATION_TIMEDOUT, HTTP_TIMED_OUT, "no answer in time" },
	{ CURLE_COULDNT_RESOLVE_HOST, HTTP_NO_CONNECTION, "the host name is not known" },
	{ CURLE_COULDNT_RESOLVE_PROXY, HTTP_NO_CONNECTION, "the proxy's name is not known" },
	{ CURLE_COULDNT_CONNECT, HTTP_NO_CONNECTION, "cannot connect" },
	{ CURLE_SEND_ERROR, HTTP_NO_CONNECTION, "the connection broke while sending" },
	{ CURLE_RECV_ERROR, HTTP_NO_CONNECTION, "the connection broke while receiving" },
	{ CURLE_GOT_NOTHING, HTTP_INCOMPLETE, "the connection was closed without an answer" },
	{ CURLE_PARTIAL_FILE, HTTP_INCOMPLETE, "the answer broke off" },
	{ CURLE_WEIRD_SERVER_REPLY, HTTP_INCOMPLETE, "the answer is not HTTP" },
	{ CURLE_UNSUPPORTED_PROTOCOL, HTTP_INCOMPLETE, "the answer is not HTTP" },
	{ CURLE_WRITE_ERROR, HTTP_TOO_LARGE, "the answer is too large" },
	{ CURLE_SSL_CONNECT_ERROR, HTTP_TLS_FAILED, "no TLS with the server" },
	{ CURLE_PEER_FAILED_VERIFICATION, HTTP_TLS_FAILED, "the server's certificate is wrong" },
	{ CURLE_SSL_CACERT_BADFILE, HTTP_TLS_FAILED, "no certificates to check the server with" },
};

static void judge(CURLcode code, struct http_answer *out)
{
	out->result = HTTP_FAILED;
	out->error = "the request failed";
	for (size_t i = 0; i < COUNT_OF(outcomes); i++)
		if (outcomes[i].code == code) {
			out->result = outcomes[i].result;
			out->error = outcomes[i].error;
		}
}

static void read_head(const struct request *request, struct http_answer *out)
{
	curl_off_t retry_after = 0;
	long status = 0;

	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(request->easy, CURLINFO_RETRY_AFTER, &retry_after);
	out->status = (int)status;
	out->retry_after_s = retry_after > 0 ? (uint64_t)retry_after : 0;
}

static void finish_request(struct request *request, CURLcode code)
{
	struct http_answer answer = { .notice = request->notice };
	http_answer_fn *fn = request->fn;

	judge(code, &answer);
	if (code == CURLE_OK)
		read_head(request, &answer);
	answer.body = buffer_text(&request->answer);
	answer.size = buffer_unread_size(&request->answer);
	curl_multi_remove_handle(request->http->multi, request->easy);
	request->fn = NULL;
	fn(request->owner, &answer);
}

/* What a callback does, a new request or new handles, is seen by the next look. */
static void finish_what_ended(struct http *http)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		struct request *request;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&request);
		finish_request(request, code);
	}
}

/* --- libcurl and the loop --------------------------------------------------------------------- */

static void on_socket(void *owner, int fd, uint32_t events)
{
	struct http *http = owner;
	int action = 0, running;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP))
		action |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		action |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		action |= CURL_CSELECT_ERR;
	curl_multi_socket_action(http->multi, fd, action, &running);
	finish_what_ended(http);
}

static void on_timer(void *owner)
{
	struct http *http = owner;
	int running;

	curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	finish_what_ended(http);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *owner, void *socket_owner)
{
	struct http *http = owner;
	uint32_t events = 0;

	(void)easy;
	(void)socket_owner;
	if (what == CURL_POLL_REMOVE) {
		loop_unwatch(http->options.loop, fd);
		return 0;
	}
	if (what != CURL_POLL_OUT)
		events |= EPOLLIN;
	if (what != CURL_POLL_IN)
		events |= EPOLLOUT;
	loop_watch(http->options.loop, fd, events, on_socket, http);
	return 0;
}

static int set_timer(CURLM *multi, long timeout_ms, void *owner)
{
	struct http *http = owner;

	(void)multi;
	if (timeout_ms < 0)
		loop_timer_clear(http->options.loop, &http->timer);
	else
		loop_timer_set(http->options.loop, &http->timer, (uint64_t)timeout_ms);
	return 0;
}

static size_t take_bytes(char *bytes, size_t size, size_t count, void *owner)
{
	struct request *request = owner;

	/* Another return than what came ends the transfer with CURLE_WRITE_ERROR. */
	if (buffer_unread_size(&request->answer) + size * count > request->http->options.answer_max)
		return 0;
	buffer_append(&request->answer, bytes, size * count);
	return size * count;
}

static size_t take_header(char *line, size_t size, size_t count, void *owner)
{
	struct request *request = owner;
	const char *name = request->http->options.notice;
	size_t length = name ? strlen(name) : 0;

	if (length > 0 && size * count > length && strncasecmp(line, name, length) == 0)
		snprintf(request->notice, sizeof(request->notice), "%.*s",
			 (int)(size * count - length), line + length);
	return size * count;
}

/* --- handles ---------------------------------------------------------------------------------- */

static void open_multi(struct http *http)
{
	http->multi = curl_multi_init();
	if (!http->multi)
		panic("libcurl gives no handle");
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)HTTP_REQUESTS_MAX);
}

static void set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500 /* Ubuntu 22.04 has 7.81 */
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static void open_request(struct request *request)
{
	const struct http_options *options = &request->http->options;
	CURL *easy = curl_easy_init();

	if (!easy)
		panic("libcurl gives no handle");
	request->easy = easy;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	set_protocols(easy);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 15L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 5L);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, options->user_agent);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->http->headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_bytes);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
}

static void close_handles(struct http *http)
{
	for (size_t i = 0; i < HTTP_REQUESTS_MAX; i++) {
		curl_easy_cleanup(http->requests[i].easy);
		http->requests[i].easy = NULL;
	}
	curl_multi_cleanup(http->multi);
	loop_timer_clear(http->options.loop, &http->timer);
}

struct http *http_create(const struct http_options *options)
{
	struct http *http = xmalloc(sizeof(*http));

	curl_global_init(CURL_GLOBAL_DEFAULT);
	http->options = *options;
	http->timer = (struct loop_timer) { .fn = on_timer, .owner = http };
	http->headers = curl_slist_append(NULL, "Expect:");
	for (size_t i = 0; options->headers[i]; i++)
		http->headers = curl_slist_append(http->headers, options->headers[i]);
	for (size_t i = 0; i < HTTP_REQUESTS_MAX; i++)
		http->requests[i].http = http;
	open_multi(http);
	return http;
}

void http_destroy(struct http *http)
{
	if (!http)
		return;
	http_abort(http);
	close_handles(http);
	curl_slist_free_all(http->headers);
	curl_global_cleanup();
	for (size_t i = 0; i < HTTP_REQUESTS_MAX; i++) {
		buffer_finish(&http->requests[i].body);
		buffer_finish(&http->requests[i].answer);
	}
	free(http);
}

/* --- requests --------------------------------------------------------------------------------- */

static struct request *find_free(struct http *http)
{
	for (size_t i = 0; i < HTTP_REQUESTS_MAX; i++)
		if (!http->requests[i].fn)
			return &http->requests[i];
	panic("more requests than allowed");
}

/* libcurl does not copy the body. */
static void fill_request(struct request *request, const char *url, const void *body, size_t size,
			 uint64_t timeout_ms)
{
	if (!request->easy)
		open_request(request);
	request->notice[0] = '\0';
	buffer_clear(&request->answer);
	buffer_trim(&request->answer, ANSWER_KEPT);
	buffer_clear(&request->body);
	buffer_append(&request->body, body, size);
	curl_easy_setopt(request->easy, CURLOPT_URL, url);
	curl_easy_setopt(request->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(request->easy, CURLOPT_POSTFIELDS, buffer_text(&request->body));
	curl_easy_setopt(request->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
}

void http_post(struct http *http, const char *url, const void *body, size_t size,
	       uint64_t timeout_ms, http_answer_fn *fn, void *owner)
{
	struct request *request = find_free(http);

	fill_request(request, url, body, size, timeout_ms);
	request->fn = fn;
	request->owner = owner;
	curl_multi_add_handle(http->multi, request->easy);
}

unsigned http_busy(const struct http *http)
{
	unsigned busy = 0;

	for (size_t i = 0; i < HTTP_REQUESTS_MAX; i++)
		busy += http->requests[i].fn != NULL;
	return busy;
}

void http_abort(struct http *http)
{
	for (size_t i = 0; i < HTTP_REQUESTS_MAX; i++) {
		struct request *request = &http->requests[i];

		/* The connection is closed with it: an answer may still be on its way. */
		if (request->fn)
			curl_multi_remove_handle(http->multi, request->easy);
		request->fn = NULL;
	}
}

void http_rebuild(struct http *http)
{
	close_handles(http);
	open_multi(http);
}
