/* telegram.c - builds requests for transfer.h, and keeps finished ones for reuse.
 *
 * HTTP/1.1: over TLS and without delay a request takes 20 microseconds of CPU, against 24 with
 * HTTP/2, and a slow answer holds up nothing else. */
#include "workers/sender/telegram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/transfer.h"
#include "common/xalloc.h"
#include "workers/sender/attachments.h"

#define CONNECT_TIMEOUT_MS 10000L
#define ANSWER_MAX (16u << 20)
#define ANSWER_KEEP (16u << 10)
#define METHOD_MAX 64
#define SLOWEST_BYTES_PER_S 1000L /* of a download, over that many seconds */
#define SLOWEST_S 30L

struct http_request {
	struct telegram *telegram;
	struct http_request *next; /* in the list of spare requests */
	struct transfer transfer;
	curl_mime *mime;
	CURLU *url;              /* parsed once: parsing is a fifth of a request's work */
	char method[METHOD_MAX]; /* in the URL */
	bool is_download;
	telegram_write_fn *write; /* of a download */
	void *write_owner;
	void *tag;
	unsigned times; /* times it was written */
};

struct telegram {
	struct telegram_events events;
	struct transfers *transfers;
	struct curl_slist *headers;
	char *url;      /* up to the method; contains the token */
	char *file_url; /* up to the path, too */
	struct http_request *spare, *spare_downloads;
};

/* --- answers --- */

static int on_before(void *owner, char *ip, char *local_ip, int port, int local_port)
{
	struct http_request *request = owner;
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

static void put_away(struct telegram *telegram, struct http_request *request)
{
	struct http_request **spare;

	if (request->mime) {
		curl_easy_setopt(request->transfer.easy, CURLOPT_MIMEPOST, NULL);
		curl_mime_free(request->mime);
		request->mime = NULL;
	}
	buffer_trim(&request->transfer.answer, ANSWER_KEEP);
	spare = request->is_download ? &telegram->spare_downloads : &telegram->spare;
	request->next = *spare;
	*spare = request;
}

static void explain(const struct http_request *request, CURLcode code, char *out, size_t size)
{
	char cause[160];

	out[0] = '\0';
	if (code == CURLE_OK)
		return;
	transfer_cause(&request->transfer, code, cause, sizeof(cause));
	snprintf(out, size, "%s%s%s", curl_easy_strerror(code), cause[0] ? ": " : "", cause);
}

static void finish(void *owner, CURLcode code)
{
	struct http_request *request = owner;
	struct telegram *telegram = request->telegram;
	long status = 0;
	curl_off_t total_us = 0;
	struct telegram_answer answer;
	char error[256];

	explain(request, code, error, sizeof(error));
	curl_easy_getinfo(request->transfer.easy, CURLINFO_TOTAL_TIME_T, &total_us);
	if (code == CURLE_OK)
		curl_easy_getinfo(request->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
	answer = (struct telegram_answer) {
		.http_status = (int)status,
		.body = (const char *)buffer_unread(&request->transfer.answer),
		.size = buffer_unread_size(&request->transfer.answer),
		.written = request->times > 0,
		.repeated = request->times > 1,
		.error = error,
		.duration_us = (uint32_t)(total_us > UINT32_MAX ? UINT32_MAX : total_us),
	};
	telegram->events.after(telegram->events.owner, request->tag, &answer);
	put_away(telegram, request);
}

/* --- requests --- */

static struct http_request *make_request(struct telegram *telegram)
{
	struct http_request *request = xmalloc(sizeof(*request));
	CURL *easy;

	request->telegram = telegram;
	transfer_open(&request->transfer, telegram->transfers, finish, request);
	easy = request->transfer.easy;
	request->url = curl_url();
	if (!request->url)
		panic("curl_url failed");
	curl_easy_setopt(easy, CURLOPT_CURLU, request->url);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "korone/" KORONE_VERSION);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_before);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, request);
	return request;
}

static struct http_request *take_spare(struct http_request **spare)
{
	struct http_request *request = *spare;

	if (request)
		*spare = request->next;
	return request;
}

static struct http_request *take_request(struct telegram *telegram)
{
	struct http_request *request = take_spare(&telegram->spare);

	if (request)
		return request;
	request = make_request(telegram);
	curl_easy_setopt(request->transfer.easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(request->transfer.easy, CURLOPT_HTTPHEADER, telegram->headers);
	return request;
}

static void set_url(struct telegram *telegram, struct http_request *request, struct text method)
{
	char url[1024];

	if (method.length == strlen(request->method) &&
	    !memcmp(request->method, method.data, method.length))
		return;
	snprintf(url, sizeof(url), "%s%.*s", telegram->url, (int)method.length, method.data);
	/* If it cannot be parsed the request fails. */
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

/* A file on its way into a request, which never holds more of it than libcurl's buffer. */
struct upload {
	int descriptor;
	int64_t size, at;
};

/* The size was promised to Telegram before: a file that has become shorter ends the request. */
static size_t read_file(char *out, size_t size, size_t count, void *owner)
{
	struct upload *upload = owner;
	int64_t left = upload->size - upload->at;
	size_t want = size * count;
	ssize_t got;

	if (left <= 0)
		return 0;
	got = pread(upload->descriptor, out, (int64_t)want < left ? want : (size_t)left,
		    upload->at);
	if (got <= 0)
		return CURL_READFUNC_ABORT;
	upload->at += got;
	return (size_t)got;
}

static int rewind_file(void *owner, curl_off_t offset, int origin)
{
	struct upload *upload = owner;

	if (origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	upload->at = offset;
	return CURL_SEEKFUNC_OK;
}

static void add_bytes(curl_mimepart *part, const struct call_file *file)
{
	struct upload *upload;

	if (file->bytes.data) {
		curl_mime_data(part, file->bytes.data, file->bytes.length);
		return;
	}
	upload = xmalloc(sizeof(*upload));
	upload->descriptor = file->descriptor;
	upload->size = attachment_size(file);
	curl_mime_data_cb(part, upload->size, read_file, rewind_file, free, upload);
}

static void add_file(curl_mime *mime, const struct call_file *file)
{
	char *name = xstrndup(file->part.data, file->part.length);
	char *file_name = xstrndup(file->name.data ? file->name.data : "", file->name.length);
	curl_mimepart *part = curl_mime_addpart(mime);

	curl_mime_name(part, name);
	curl_mime_filename(part, *file_name ? file_name : "file");
	add_bytes(part, file);
	free(name);
	free(file_name);
}

static void set_upload(struct http_request *request, const struct call *call)
{
	request->mime = curl_mime_init(request->transfer.easy);
	call_form_fields(call, add_field, request->mime);
	for (size_t i = 0; i < call->files_count; i++)
		add_file(request->mime, &call->files[i]);
	curl_easy_setopt(request->transfer.easy, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(request->transfer.easy, CURLOPT_MIMEPOST, request->mime);
}

static void set_json(struct telegram *telegram, struct http_request *request,
		     const struct call *call)
{
	static const char none[] = "{}";
	size_t size = call->body.data ? call->body.length : sizeof(none) - 1;
	CURL *easy = request->transfer.easy;

	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, telegram->headers);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
	/* Not copied by libcurl. */
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body.data ? call->body.data : none);
}

void telegram_request(struct telegram *telegram, const struct call *call, uint32_t timeout_ms,
		      void *tag)
{
	struct http_request *request = take_request(telegram);

	request->tag = tag;
	request->times = 0;
	set_url(telegram, request, call->method);
	curl_easy_setopt(request->transfer.easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	if (call->files_count)
		set_upload(request, call);
	else
		set_json(telegram, request, call);
	transfer_start(&request->transfer);
}

/* --- downloads -------------------------------------------------------------------------------- */

static size_t on_file(char *data, size_t size, size_t count, void *owner)
{
	struct http_request *request = owner;
	struct buffer *answer = &request->transfer.answer;
	long status = 0;

	curl_easy_getinfo(request->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200)
		return request->write(request->write_owner, data, size * count) ? size * count : 0;
	if (buffer_unread_size(answer) + size * count > ANSWER_KEEP)
		return 0;
	buffer_append(answer, data, size * count);
	return size * count;
}

static struct http_request *take_download(struct telegram *telegram)
{
	struct http_request *request = take_spare(&telegram->spare_downloads);
	CURL *easy;

	if (request)
		return request;
	request = make_request(telegram);
	request->is_download = true;
	easy = request->transfer.easy;
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_file);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, SLOWEST_BYTES_PER_S);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, SLOWEST_S);
	return request;
}

static void set_file_url(struct http_request *request, const char *path)
{
	char *url = xasprintf("%s%s", request->telegram->file_url, path);

	/* If it cannot be parsed the request fails. */
	(void)curl_url_set(request->url, CURLUPART_URL, url, CURLU_URLENCODE | CURLU_ALLOW_SPACE);
	explicit_bzero(url, strlen(url));
	free(url);
}

void telegram_download(struct telegram *telegram, const char *path, telegram_write_fn *fn,
		       void *owner, uint32_t timeout_ms, void *tag)
{
	struct http_request *request = take_download(telegram);

	request->tag = tag;
	request->times = 0;
	request->write = fn;
	request->write_owner = owner;
	set_file_url(request, path);
	curl_easy_setopt(request->transfer.easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	transfer_start(&request->transfer);
}

void telegram_kick(struct telegram *telegram)
{
	transfers_flush(telegram->transfers);
}

/* --- life --- */

struct telegram *telegram_create(struct loop *loop, const char *api_url, const char *token,
				 const struct telegram_events *events, struct why *why)
{
	struct transfers *transfers = transfers_create(loop, ANSWER_MAX, why);
	struct telegram *telegram;

	if (!transfers)
		return NULL;
	if (!(curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS)) {
		why_set(why, "this libcurl blocks while it resolves names");
		transfers_destroy(transfers);
		return NULL;
	}
	telegram = xmalloc(sizeof(*telegram));
	telegram->events = *events;
	telegram->transfers = transfers;
	telegram->url = xasprintf("%s/bot%s/", api_url, token);
	telegram->file_url = xasprintf("%s/file/bot%s/", api_url, token);
	telegram->headers = curl_slist_append(NULL, "Content-Type: application/json");
	return telegram;
}

static void free_requests(struct http_request *request)
{
	while (request) {
		struct http_request *next = request->next;

		transfer_close(&request->transfer);
		buffer_finish(&request->transfer.answer);
		curl_url_cleanup(request->url);
		free(request);
		request = next;
	}
}

void telegram_destroy(struct telegram *telegram)
{
	if (!telegram)
		return;
	free_requests(telegram->spare);
	free_requests(telegram->spare_downloads);
	transfers_destroy(telegram->transfers);
	curl_slist_free_all(telegram->headers);
	explicit_bzero(telegram->url, strlen(telegram->url));
	free(telegram->url);
	explicit_bzero(telegram->file_url, strlen(telegram->file_url));
	free(telegram->file_url);
	free(telegram);
}
