/* upload.c - see upload.h. libcurl's socket interface on our loop. */
#include "crashd/upload.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

#include "common/log.h"
#include "common/xalloc.h"

#define CONNECT_TIMEOUT_MS 3000L /* as Logfire's own exporter */
#define TOTAL_TIMEOUT_MS 10000L
#define ANSWER_MAX (4u << 20) /* OTLP: what a client should read of an answer at most */
#define WARNING_HEADER "x-logfire-warning:"

struct transfer {
	struct uploader *uploader;
	CURL *easy;
	void *job;
	bool is_busy;
	struct buffer body;
	struct buffer answer;
	char warning[256];
};

struct uploader {
	struct loop *loop;
	CURLM *multi;
	struct curl_slist *headers;
	struct loop_timer timer;
	struct transfer transfers[UPLOADS_MAX];
	upload_done_fn *fn;
	void *owner;
};

/* --- the end of a transfer ------------------------------------------------------------------ */

static void finish_transfer(struct transfer *transfer, CURLcode code)
{
	struct uploader *uploader = transfer->uploader;
	struct upload_answer answer = { .warning = transfer->warning, .error = "" };
	curl_off_t retry_after = 0;
	long status = 0;

	curl_multi_remove_handle(uploader->multi, transfer->easy);
	if (code == CURLE_OK) {
		curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
		curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after);
	} else {
		answer.error = curl_easy_strerror(code);
	}
	answer.status = (int)status;
	answer.retry_after_s = retry_after > 0 ? (uint64_t)retry_after : 0;
	answer.body = buffer_text(&transfer->answer);
	answer.size = buffer_unread_size(&transfer->answer);
	transfer->is_busy = false;
	uploader->fn(uploader->owner, transfer->job, &answer);
}

static void finish_what_ended(struct uploader *uploader)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(uploader->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		struct transfer *transfer;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
		finish_transfer(transfer, code);
	}
}

/* --- the loop and libcurl ------------------------------------------------------------------- */

static void on_socket(void *owner, int fd, uint32_t events)
{
	struct uploader *uploader = owner;
	int action = 0, running;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP))
		action |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		action |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		action |= CURL_CSELECT_ERR;
	curl_multi_socket_action(uploader->multi, fd, action, &running);
	finish_what_ended(uploader);
}

static void on_timer(void *owner)
{
	struct uploader *uploader = owner;
	int running;

	curl_multi_socket_action(uploader->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	finish_what_ended(uploader);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *owner, void *socket_owner)
{
	struct uploader *uploader = owner;

	(void)easy;
	(void)socket_owner;
	if (what == CURL_POLL_REMOVE)
		loop_unwatch(uploader->loop, fd);
	else
		loop_watch(uploader->loop, fd,
			   (what != CURL_POLL_OUT ? (uint32_t)EPOLLIN : 0u) |
				   (what != CURL_POLL_IN ? (uint32_t)EPOLLOUT : 0u),
			   on_socket, uploader);
	return 0;
}

static int set_timer(CURLM *multi, long timeout_ms, void *owner)
{
	struct uploader *uploader = owner;

	(void)multi;
	if (timeout_ms < 0)
		loop_timer_clear(uploader->loop, &uploader->timer);
	else
		loop_timer_set(uploader->loop, &uploader->timer, (uint64_t)timeout_ms);
	return 0;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *owner)
{
	struct transfer *transfer = owner;

	if (buffer_unread_size(&transfer->answer) + size * count > ANSWER_MAX)
		return 0; /* ends the transfer */
	buffer_append(&transfer->answer, bytes, size * count);
	return size * count;
}

static size_t take_header(char *line, size_t size, size_t count, void *owner)
{
	struct transfer *transfer = owner;
	size_t name = strlen(WARNING_HEADER);

	if (size * count > name && strncasecmp(line, WARNING_HEADER, name) == 0)
		snprintf(transfer->warning, sizeof(transfer->warning), "%.*s",
			 (int)(size * count - name), line + name);
	return size * count;
}

/* --- handles -------------------------------------------------------------------------------- */

static void open_transfer(struct uploader *uploader, struct transfer *transfer, const char *url)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		panic("libcurl gives no handle");
	transfer->uploader = uploader;
	transfer->easy = easy;
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, uploader->headers);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TOTAL_TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "korone-crashd/" KORONE_VERSION);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
}

static struct curl_slist *make_headers(const char *authorization)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	char *line;

	headers = curl_slist_append(headers, "Content-Encoding: gzip");
	headers = curl_slist_append(headers, "Expect:");
	if (authorization[0] == '\0')
		return headers;
	line = xasprintf("Authorization: %s", authorization);
	headers = curl_slist_append(headers, line);
	explicit_bzero(line, strlen(line));
	free(line);
	return headers;
}

struct uploader *uploader_create(struct loop *loop, const char *url, const char *authorization,
				 upload_done_fn *fn, void *owner)
{
	struct uploader *uploader = xcalloc(1, sizeof(*uploader));

	curl_global_init(CURL_GLOBAL_DEFAULT);
	uploader->loop = loop;
	uploader->fn = fn;
	uploader->owner = owner;
	uploader->timer = (struct loop_timer) { .fn = on_timer, .owner = uploader };
	uploader->headers = make_headers(authorization);
	uploader->multi = curl_multi_init();
	if (!uploader->multi)
		panic("libcurl gives no handle");
	curl_multi_setopt(uploader->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(uploader->multi, CURLMOPT_SOCKETDATA, uploader);
	curl_multi_setopt(uploader->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(uploader->multi, CURLMOPT_TIMERDATA, uploader);
	for (size_t i = 0; i < UPLOADS_MAX; i++)
		open_transfer(uploader, &uploader->transfers[i], url);
	return uploader;
}

void uploader_destroy(struct uploader *uploader)
{
	if (!uploader)
		return;
	for (size_t i = 0; i < UPLOADS_MAX; i++) {
		struct transfer *transfer = &uploader->transfers[i];

		if (transfer->is_busy)
			curl_multi_remove_handle(uploader->multi, transfer->easy);
		curl_easy_cleanup(transfer->easy);
		buffer_finish(&transfer->body);
		buffer_finish(&transfer->answer);
	}
	curl_multi_cleanup(uploader->multi);
	curl_slist_free_all(uploader->headers);
	loop_timer_clear(uploader->loop, &uploader->timer);
	curl_global_cleanup();
	free(uploader);
}

size_t uploader_busy(const struct uploader *uploader)
{
	size_t busy = 0;

	for (size_t i = 0; i < UPLOADS_MAX; i++)
		busy += uploader->transfers[i].is_busy;
	return busy;
}

void uploader_post(struct uploader *uploader, struct buffer *body, void *job)
{
	struct transfer *transfer = uploader->transfers;

	while (transfer < uploader->transfers + UPLOADS_MAX && transfer->is_busy)
		transfer++;
	if (transfer == uploader->transfers + UPLOADS_MAX)
		panic("more uploads than allowed");
	transfer->is_busy = true;
	transfer->job = job;
	transfer->warning[0] = '\0';
	buffer_clear(&transfer->answer);
	buffer_finish(&transfer->body);
	transfer->body = *body;
	*body = (struct buffer) { 0 };
	curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS,
			 (const char *)buffer_unread(&transfer->body));
	curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE_LARGE,
			 (curl_off_t)buffer_unread_size(&transfer->body));
	curl_multi_add_handle(uploader->multi, transfer->easy);
}
