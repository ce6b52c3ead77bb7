/* http.c - libcurl's multi interface on our loop. */
#include "ingress/http.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/buffer.h"
#include "common/log.h"
#include "common/xalloc.h"

#define CONNECT_TIMEOUT_MS 10000L
#define ANSWER_MAX (64u << 20) /* 100 updates of at most 512 KiB each (TDLib, TQueue.cpp) */
#define ANSWER_KEPT (1u << 20) /* memory that stays between answers */
#define RECEIVE_BUFFER (256L << 10)

struct http {
	struct loop *loop;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	struct loop_timer timer;
	struct buffer answer;
	char *body;
	http_answer_fn *fn; /* NULL: nothing under way */
	void *owner;
};

/* --- libcurl and the loop --------------------------------------------------------------------- */

static void finish_request(struct http *http, CURLcode code);

/* The one request that may be finished. */
static void collect_finished(struct http *http)
{
	int left;
	CURLMsg *message = curl_multi_info_read(http->multi, &left);

	if (message && message->msg == CURLMSG_DONE && http->fn)
		finish_request(http, message->data.result);
}

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
	collect_finished(http);
}

static void on_timer(void *owner)
{
	struct http *http = owner;
	int running;

	curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect_finished(http);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *owner, void *socket_owner)
{
	struct http *http = owner;
	uint32_t events = 0;

	(void)easy;
	(void)socket_owner;
	if (what == CURL_POLL_REMOVE) {
		loop_unwatch(http->loop, fd);
		return 0;
	}
	if (what != CURL_POLL_OUT)
		events |= EPOLLIN;
	if (what != CURL_POLL_IN)
		events |= EPOLLOUT;
	loop_watch(http->loop, fd, events, on_socket, http);
	return 0;
}

static int set_timer(CURLM *multi, long timeout_ms, void *owner)
{
	struct http *http = owner;

	(void)multi;
	if (timeout_ms < 0)
		loop_timer_clear(http->loop, &http->timer);
	else
		loop_timer_set(http->loop, &http->timer, (uint64_t)timeout_ms);
	return 0;
}

static size_t take_bytes(char *bytes, size_t size, size_t count, void *owner)
{
	struct http *http = owner;

	/* Another return than what came ends the transfer with CURLE_WRITE_ERROR. */
	if (buffer_unread_size(&http->answer) + size * count > ANSWER_MAX)
		return 0;
	buffer_append(&http->answer, bytes, size * count);
	return size * count;
}

/* --- handles ---------------------------------------------------------------------------------- */

static void open_handles(struct http *http)
{
	http->multi = curl_multi_init();
	http->easy = curl_easy_init();
	if (!http->multi || !http->easy)
		panic("libcurl gives no handle");
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, 2L);
	curl_easy_setopt(http->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(http->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(http->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(http->easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(http->easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(http->easy, CURLOPT_TCP_KEEPIDLE, 15L);
	curl_easy_setopt(http->easy, CURLOPT_TCP_KEEPINTVL, 5L);
	curl_easy_setopt(http->easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
	curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, http->headers);
	curl_easy_setopt(http->easy, CURLOPT_WRITEFUNCTION, take_bytes);
	curl_easy_setopt(http->easy, CURLOPT_WRITEDATA, http);
}

static void close_handles(struct http *http)
{
	curl_easy_cleanup(http->easy);
	curl_multi_cleanup(http->multi);
	loop_timer_clear(http->loop, &http->timer);
}

struct http *http_create(struct loop *loop)
{
	struct http *http = xmalloc(sizeof(*http));

	curl_global_init(CURL_GLOBAL_DEFAULT);
	http->loop = loop;
	http->timer = (struct loop_timer) { .fn = on_timer, .owner = http };
	http->headers = curl_slist_append(NULL, "Content-Type: application/json");
	http->headers = curl_slist_append(http->headers, "Expect:");
	open_handles(http);
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
	buffer_finish(&http->answer);
	free(http->body);
	free(http);
}

/* --- requests --------------------------------------------------------------------------------- */

void http_post(struct http *http, const char *url, const char *json, uint64_t timeout_ms,
	       http_answer_fn *fn, void *owner)
{
	if (http->fn)
		panic("a request while another one is under way");
	free(http->body);
	http->body = xstrdup(json); /* libcurl does not copy it */
	http->fn = fn;
	http->owner = owner;
	buffer_clear(&http->answer);
	buffer_trim(&http->answer, ANSWER_KEPT);
	curl_easy_setopt(http->easy, CURLOPT_URL, url);
	curl_easy_setopt(http->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(http->easy, CURLOPT_POSTFIELDS, http->body);
	curl_easy_setopt(http->easy, CURLOPT_POSTFIELDSIZE, (long)strlen(http->body));
	curl_multi_add_handle(http->multi, http->easy);
}

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

static void finish_request(struct http *http, CURLcode code)
{
	struct http_answer answer = { .result = HTTP_FAILED, .error = "the request failed" };
	http_answer_fn *fn = http->fn;
	long status = 0;

	for (size_t i = 0; i < COUNT_OF(outcomes); i++)
		if (outcomes[i].code == code) {
			answer.result = outcomes[i].result;
			answer.error = outcomes[i].error;
		}
	curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
	answer.status = (int)status;
	answer.body = buffer_text(&http->answer);
	answer.size = buffer_unread_size(&http->answer);
	curl_multi_remove_handle(http->multi, http->easy);
	http->fn = NULL;
	fn(http->owner, &answer);
}

void http_abort(struct http *http)
{
	if (!http->fn)
		return;
	http->fn = NULL;
	/* The connection is closed with it: an answer may still be on its way. */
	curl_multi_remove_handle(http->multi, http->easy);
}

void http_rebuild(struct http *http)
{
	close_handles(http);
	open_handles(http);
}
