/* http.c - requests over transfer.c. Handles are created when first needed, so that a caller with
 * one request at a time has one. */
#include "common/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/log.h"
#include "common/transfer.h"
#include "common/xalloc.h"

#define ANSWER_KEPT (1u << 20) /* memory kept between answers */
#define RECEIVE_BUFFER (256L << 10)

struct request {
	struct http *http;
	struct transfer transfer;
	http_answer_fn *fn; /* NULL: idle */
	void *owner;
	struct buffer body;
	char notice[256];
	char error[256];
};

struct http {
	struct http_options options;
	struct curl_slist *headers;
	struct transfers *transfers;
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
	{ CURLE_PARTIAL_FILE, HTTP_INCOMPLETE, "the answer was cut off" },
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

static void explain(struct request *request, CURLcode code, struct http_answer *out)
{
	char cause[160];

	transfer_cause(&request->transfer, code, cause, sizeof(cause));
	if (cause[0] == '\0')
		return;
	snprintf(request->error, sizeof(request->error), "%s: %s", out->error, cause);
	out->error = request->error;
}

static void read_head(const struct request *request, struct http_answer *out)
{
	curl_off_t retry_after = 0;
	long status = 0;

	curl_easy_getinfo(request->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(request->transfer.easy, CURLINFO_RETRY_AFTER, &retry_after);
	out->status = (int)status;
	out->retry_after_s = retry_after > 0 ? (uint64_t)retry_after : 0;
}

static void finish_request(void *owner, CURLcode code)
{
	struct request *request = owner;
	struct http_answer answer = { .notice = request->notice };
	http_answer_fn *fn = request->fn;

	judge(code, &answer);
	explain(request, code, &answer);
	if (code == CURLE_OK)
		read_head(request, &answer);
	answer.body = buffer_text(&request->transfer.answer);
	answer.size = buffer_unread_size(&request->transfer.answer);
	request->fn = NULL;
	fn(request->owner, &answer);
}

/* --- requests --------------------------------------------------------------------------------- */

static size_t take_header(char *line, size_t size, size_t count, void *owner)
{
	struct request *request = owner;
	const char *name = request->http->options.notice;
	size_t length = name ? strlen(name) : 0;

	if (length > 0 && size * count > length && strncasecmp(line, name, length) == 0)
		log_redact_copy(request->notice, sizeof(request->notice), line + length,
				size * count - length);
	return size * count;
}

static void open_request(struct request *request)
{
	const struct http_options *options = &request->http->options;
	CURL *easy;

	transfer_open(&request->transfer, request->http->transfers, finish_request, request);
	easy = request->transfer.easy;
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 5L);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, options->user_agent);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->http->headers);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
}

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
	CURL *easy;

	if (!request->transfer.easy)
		open_request(request);
	easy = request->transfer.easy;
	request->notice[0] = '\0';
	buffer_trim(&request->transfer.answer, ANSWER_KEPT);
	buffer_clear(&request->body);
	buffer_append(&request->body, body, size);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, buffer_text(&request->body));
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
}

void http_post(struct http *http, const char *url, const void *body, size_t size,
	       uint64_t timeout_ms, http_answer_fn *fn, void *owner)
{
	struct request *request = find_free(http);

	fill_request(request, url, body, size, timeout_ms);
	request->fn = fn;
	request->owner = owner;
	transfer_start(&request->transfer);
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

		if (request->fn)
			transfer_abort(&request->transfer);
		request->fn = NULL;
	}
}

/* --- life ------------------------------------------------------------------------------------- */

struct http *http_create(const struct http_options *options)
{
	struct http *http = xmalloc(sizeof(*http));
	struct why why;

	http->options = *options;
	http->transfers = transfers_create(options->loop, options->answer_max, &why);
	if (!http->transfers)
		panic("%s", why.text);
	http->headers = curl_slist_append(NULL, "Expect:");
	for (size_t i = 0; options->headers[i]; i++)
		http->headers = curl_slist_append(http->headers, options->headers[i]);
	for (size_t i = 0; i < HTTP_REQUESTS_MAX; i++)
		http->requests[i].http = http;
	return http;
}

static void close_transfers(struct http *http)
{
	for (size_t i = 0; i < HTTP_REQUESTS_MAX; i++)
		transfer_close(&http->requests[i].transfer);
}

void http_destroy(struct http *http)
{
	if (!http)
		return;
	close_transfers(http);
	transfers_destroy(http->transfers);
	curl_slist_free_all(http->headers);
	for (size_t i = 0; i < HTTP_REQUESTS_MAX; i++) {
		buffer_finish(&http->requests[i].body);
		buffer_finish(&http->requests[i].transfer.answer);
	}
	free(http);
}

void http_rebuild(struct http *http)
{
	close_transfers(http);
	transfers_reset(http->transfers);
}
