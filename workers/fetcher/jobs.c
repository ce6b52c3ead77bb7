/* jobs.c - a job per fetch over transfer.h; redirects are followed here and not by libcurl, so that
 * each is checked like the first URL. */
#include "workers/fetcher/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/transfer.h"
#include "common/xalloc.h"
#include "workers/fetcher/headers.h"
#include "workers/fetcher/pace.h"
#include "workers/fetcher/proxy.h"

#define KEEP_SIZE (64u << 10)
#define SPARE_MAX 8u
#define QUIET_WITHOUT_WORD_MS 2000u /* after a 429 without Retry-After */

struct job {
	struct jobs *jobs;
	uint64_t id, began_us, until_ms;
	uint8_t *bytes; /* of the request */
	struct fetch_request request;
	struct target target;
	bool posts, same_host; /* so far; all hops went to the host of the URL */
	unsigned redirects;
	bool runs; /* and counts at its host */
	struct loop_timer timer;
	struct curl_slist *headers;
	size_t head_size;    /* of the answer, so far */
	bool is_too_large;   /* of it or its head */
	const char *refused; /* the class of an address that was not connected to */
	bool uses_proxy;
	int sink;        /* where a good answer is written; -1: it is gathered */
	int64_t written; /* into it */
	int fault;       /* errno of that; 0: none */
	struct transfer transfer;
	TAILQ_ENTRY(job) link;
};

struct jobs {
	struct loop *loop;
	const struct target_rules *rules;
	jobs_end_fn *fn;
	void *owner;
	struct transfers *transfers;
	struct pace pace;
	TAILQ_HEAD(job_list, job) waiting, running;
	TAILQ_HEAD(spare_list, job) spare; /* with an open transfer */
	size_t count, waiting_count, spare_count;
};

/* --- the end of one --------------------------------------------------------------------------- */

static void leave_host(struct job *job)
{
	struct jobs *jobs = job->jobs;

	if (!job->runs)
		return;
	job->runs = false;
	TAILQ_REMOVE(&jobs->running, job, link);
	pace_end(&jobs->pace, job->target.host, loop_now_ms(jobs->loop));
}

static void leave_queue(struct job *job)
{
	TAILQ_REMOVE(&job->jobs->waiting, job, link);
	job->jobs->waiting_count--;
	loop_timer_clear(job->jobs->loop, &job->timer);
}

static void free_job(struct job *job)
{
	transfer_close(&job->transfer);
	buffer_finish(&job->transfer.answer);
	free(job);
}

/* Its transfer is kept for the next one: opening one costs more than many a request. */
static void put_away(struct job *job)
{
	struct jobs *jobs = job->jobs;

	target_finish(&job->target);
	curl_slist_free_all(job->headers);
	job->headers = NULL;
	free(job->bytes);
	job->bytes = NULL;
	if (job->sink >= 0)
		close(job->sink);
	job->sink = -1;
	buffer_trim(&job->transfer.answer, KEEP_SIZE);
	jobs->count--;
	if (jobs->spare_count == SPARE_MAX) {
		free_job(job);
		return;
	}
	jobs->spare_count++;
	TAILQ_INSERT_HEAD(&jobs->spare, job, link);
}

/* The job is in no list. */
static void end(struct job *job, const struct fetch_answer *answer, const char *why)
{
	struct jobs *jobs = job->jobs;
	struct fetch_answer own = *answer;
	uint64_t took_us = clock_boot_us() - job->began_us;

	own.host = text_of(job->target.host);
	jobs->fn(jobs->owner,
		 &(struct fetch_end) {
			 .id = job->id,
			 .duration_us = took_us > UINT32_MAX ? UINT32_MAX : (uint32_t)took_us,
			 .rule = job->target.row ? job->target.row->name : "",
			 .why = why,
			 .answer = &own,
		 });
	put_away(job);
}

static void end_without_answer(struct job *job, enum fetch_outcome outcome, const char *why)
{
	end(job, &(const struct fetch_answer) { .outcome = outcome }, why);
}

/* --- one request ------------------------------------------------------------------------------ */

/* What libcurl is about to connect to: the very address, after names were resolved. */
static bool on_address(void *owner, const struct sockaddr *address)
{
	struct job *job = owner;
	const char *class = target_refuses(job->jobs->rules, &job->target, address);

	if (job->uses_proxy || !class)
		return true;
	job->refused = class;
	return false;
}

/* libcurl 7.88 limits a line, but not how many there are (CVE-2023-38039). */
static size_t on_head(char *data, size_t size, size_t count, void *owner)
{
	struct job *job = owner;

	(void)data;
	job->head_size += size * count;
	job->is_too_large |= job->head_size > FETCH_HEAD_MAX;
	return job->is_too_large ? 0 : size * count;
}

static size_t size_max(const struct job *job)
{
	return job->sink >= 0 ? FETCH_FILE_MAX : FETCH_BODY_MAX;
}

static bool write_out(struct job *job, size_t size)
{
	struct buffer *answer = &job->transfer.answer;

	while (size) {
		ssize_t done = pwrite(job->sink, buffer_unread(answer), size, job->written);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			job->fault = done < 0 ? errno : ENOSPC;
			return false;
		}
		buffer_consume(answer, (size_t)done);
		job->written += done;
		size -= (size_t)done;
	}
	return true;
}

/* All but what may be the beginning of a key, until the rest of that has come. */
static bool pass_on(struct job *job, size_t kept)
{
	const struct target_rules *rules = job->jobs->rules;
	struct buffer *answer = &job->transfer.answer;
	size_t size = buffer_unread_size(answer);

	target_mask_keys(rules, (char *)buffer_unread(answer), size);
	return size <= kept || write_out(job, size - kept);
}

static bool is_good(long status)
{
	return status >= 200 && status <= 299;
}

/* What it unpacks to. Of an answer that is not good, a file gets nothing. */
static size_t on_body(char *data, size_t size, size_t count, void *owner)
{
	struct job *job = owner;
	struct buffer *answer = &job->transfer.answer;
	long status = 0;

	size *= count;
	if ((size_t)job->written + buffer_unread_size(answer) + size > size_max(job)) {
		job->is_too_large = true;
		return 0;
	}
	curl_easy_getinfo(job->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
	if (job->sink >= 0 && !is_good(status))
		return size;
	buffer_append(answer, data, size);
	if (job->sink >= 0 && !pass_on(job, target_longest_key(job->jobs->rules)))
		return 0;
	return size;
}

/* Of the packed body. */
static int on_progress(void *owner, curl_off_t total, curl_off_t now, curl_off_t up_total,
		       curl_off_t up)
{
	struct job *job = owner;

	(void)up_total;
	(void)up;
	job->is_too_large |= total > (curl_off_t)size_max(job) || now > (curl_off_t)size_max(job);
	return job->is_too_large;
}

static void add_header(struct job *job, const char *line)
{
	struct curl_slist *longer = curl_slist_append(job->headers, line);

	if (!longer)
		panic("curl_slist_append failed");
	job->headers = longer;
}

/* Another host gets no header that was meant for the first. */
static void set_headers(struct job *job)
{
	char *key = target_key_header(&job->target);

	curl_slist_free_all(job->headers);
	job->headers = NULL;
	for (size_t i = 0; job->same_host && i < job->request.headers_count; i++) {
		char *line = xstrndup(job->request.headers[i].data, job->request.headers[i].length);

		add_header(job, line);
		free(line);
	}
	if (key) {
		add_header(job, key);
		explicit_bzero(key, strlen(key));
	}
	free(key);
	add_header(job, "Expect:");
	curl_easy_setopt(job->transfer.easy, CURLOPT_HTTPHEADER, job->headers);
}

static void set_method(struct job *job)
{
	CURL *easy = job->transfer.easy;

	/* On a kept connection that has ended, libcurl would post a second time. */
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, (long)job->posts);
	if (!job->posts) {
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
		return;
	}
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, job->request.posted.data);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)job->request.posted.length);
}

static void start(struct job *job)
{
	CURL *easy = job->transfer.easy;
	uint64_t now_ms = loop_now_ms(job->jobs->loop);
	const char *proxy = proxy_for(job->target.host, job->target.secure);
	char *url = target_url_with_key(&job->target);

	job->uses_proxy = *proxy != '\0';
	job->head_size = 0;
	job->is_too_large = false;
	job->refused = NULL;
	job->written = 0;
	job->fault = job->sink >= 0 && ftruncate(job->sink, 0) < 0 ? errno : 0;
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROXY, proxy);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(job->until_ms - now_ms));
	set_headers(job);
	set_method(job);
	explicit_bzero(url, strlen(url));
	free(url);
	transfer_start(&job->transfer);
}

static void on_end(void *owner, CURLcode code);

static void open_transfer(struct job *job)
{
	CURL *easy;

	transfer_open(&job->transfer, job->jobs->transfers, on_end, job);
	job->transfer.guard = on_address;
	easy = job->transfer.easy;
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)FETCH_CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "CKorone/" KORONE_VERSION);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, job);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, job);
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, job);
}

/* --- waiting for a turn ----------------------------------------------------------------------- */

static void on_waited(void *owner)
{
	struct job *job = owner;

	leave_queue(job);
	end_without_answer(job, FETCH_TIMEOUT, "its turn did not come in time");
}

static void wait(struct job *job, bool first)
{
	struct jobs *jobs = job->jobs;
	uint64_t now_ms = loop_now_ms(jobs->loop);

	if (first)
		TAILQ_INSERT_HEAD(&jobs->waiting, job, link);
	else
		TAILQ_INSERT_TAIL(&jobs->waiting, job, link);
	jobs->waiting_count++;
	loop_timer_set(jobs->loop, &job->timer,
		       job->until_ms > now_ms ? job->until_ms - now_ms : 0);
}

static void take_turn(struct job *job)
{
	const char *proxy = proxy_for(job->target.host, job->target.secure);

	leave_queue(job);
	TAILQ_INSERT_TAIL(&job->jobs->running, job, link);
	job->runs = true;
	if (*proxy && target_is_of_this_machine(&job->target)) {
		leave_host(job);
		end_without_answer(job, FETCH_FORBIDDEN, "the address is loopback");
		return;
	}
	start(job);
}

/* False, and the job has ended, when its host wants silence. */
static bool may_ask(struct job *job)
{
	struct jobs *jobs = job->jobs;
	uint64_t quiet_ms = pace_quiet_ms(&jobs->pace, job->target.host, loop_now_ms(jobs->loop));

	if (!quiet_ms)
		return true;
	end(job,
	    &(const struct fetch_answer) { .outcome = FETCH_BUSY,
					   .retry_after_s = (uint32_t)((quiet_ms + 999) / 1000) },
	    "the host said Retry-After");
	return false;
}

void jobs_turn(struct jobs *jobs)
{
	uint64_t now_ms = loop_now_ms(jobs->loop);
	struct job *job, *next;

	for (job = TAILQ_FIRST(&jobs->waiting); job && jobs->pace.active < PACE_AT_ONCE;
	     job = next) {
		next = TAILQ_NEXT(job, link);
		if (pace_quiet_ms(&jobs->pace, job->target.host, now_ms)) {
			leave_queue(job);
			(void)may_ask(job);
		} else if (job->until_ms > now_ms &&
			   pace_begin(&jobs->pace, job->target.host, now_ms)) {
			take_turn(job);
		}
	}
	transfers_flush(jobs->transfers);
}

/* --- answers ---------------------------------------------------------------------------------- */

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* The job has left its host. False, and it has ended, when it may not go on. */
static bool follow(struct job *job, const char *url, long status)
{
	struct jobs *jobs = job->jobs;
	struct target next;
	struct why why = { "" };
	enum fetch_outcome outcome = target_read(jobs->rules, job->request.module, url, &next,
						 &why);

	if (outcome == FETCH_OK)
		outcome = target_follows(jobs->rules, &job->target, &next, &why);
	if (outcome == FETCH_OK && ++job->redirects > FETCH_REDIRECTS_MAX) {
		outcome = FETCH_TOO_LARGE;
		why_set(&why, "more than %u redirects", FETCH_REDIRECTS_MAX);
	}
	if (outcome != FETCH_OK) {
		target_finish(&next);
		why_prefix(&why, "a redirect");
		end_without_answer(job, outcome, why.text);
		return false;
	}
	job->same_host &= strcmp(next.host, job->target.host) == 0;
	/* RFC 9110, 15.4: a 303 is answered with GET, and so, in practice, are 301 and 302. */
	job->posts &= status == 307 || status == 308;
	target_finish(&job->target);
	job->target = next;
	return true;
}

static void note_silence(struct job *job, long status, curl_off_t retry_after_s)
{
	struct jobs *jobs = job->jobs;
	uint64_t for_ms = retry_after_s > 0 ? (uint64_t)retry_after_s * 1000 : 0;

	if (status != 429 && status != 503)
		return;
	if (!for_ms && status == 429)
		for_ms = QUIET_WITHOUT_WORD_MS;
	if (for_ms)
		pace_quiet(&jobs->pace, job->target.host, loop_now_ms(jobs->loop), for_ms);
}

static void copy_type(CURL *easy, char *out, size_t size)
{
	const char *type = NULL;

	curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
	snprintf(out, size, "%s", type ? type : "");
	for (; *out; out++)
		if (*out < ' ' || *out > '~')
			*out = '?';
}

/* libcurl's own words may quote the URL: only its name of the error is passed on. */
static void take_failure(struct job *job, CURLcode code)
{
	enum fetch_outcome outcome = FETCH_NETWORK;
	struct why why;
	char cause[160];

	transfer_cause(&job->transfer, code, cause, sizeof(cause));
	why_set(&why, "%s%s%s", curl_easy_strerror(code), cause[0] ? ": " : "", cause);
	if (job->fault) {
		why_set(&why, "no room for the file: %s", strerror(job->fault));
	} else if (job->is_too_large) {
		outcome = FETCH_TOO_LARGE;
		why_set(&why, "an answer of more than %zu KiB, or a head of more than %u KiB",
			size_max(job) >> 10, FETCH_HEAD_MAX >> 10);
	} else if (job->refused) {
		outcome = FETCH_FORBIDDEN;
		why_set(&why, "the address is %s", job->refused);
	} else if (code == CURLE_OPERATION_TIMEDOUT) {
		outcome = FETCH_TIMEOUT;
	}
	end_without_answer(job, outcome, why.text);
}

/* The job has left its host. */
static void take_answer(struct job *job, long status)
{
	const struct target_rules *rules = job->jobs->rules;
	struct buffer *body = &job->transfer.answer;
	curl_off_t retry_after_s = 0;
	char type[128], why[32] = "";

	curl_easy_getinfo(job->transfer.easy, CURLINFO_RETRY_AFTER, &retry_after_s);
	note_silence(job, status, retry_after_s);
	copy_type(job->transfer.easy, type, sizeof(type));
	target_mask_keys(rules, type, strlen(type));
	if (job->sink >= 0 && (job->fault || !pass_on(job, 0))) {
		take_failure(job, CURLE_WRITE_ERROR);
		return;
	}
	target_mask_keys(rules, (char *)buffer_unread(body), buffer_unread_size(body));
	if (!is_good(status))
		snprintf(why, sizeof(why), "status %ld", status);
	end(job,
	    &(const struct fetch_answer) {
		    .outcome = is_good(status) ? FETCH_OK : FETCH_STATUS,
		    .status = (int)status,
		    .retry_after_s = retry_after_s > 0 && retry_after_s < UINT32_MAX
					     ? (uint32_t)retry_after_s
					     : 0,
		    .type = text_of(type),
		    .body = { (const char *)buffer_unread(body), buffer_unread_size(body) },
	    },
	    why);
}

static void on_end(void *owner, CURLcode code)
{
	struct job *job = owner;
	char *url = NULL;
	long status = 0;

	leave_host(job);
	if (code != CURLE_OK) {
		take_failure(job, code);
		return;
	}
	curl_easy_getinfo(job->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
	if (is_redirect(status))
		curl_easy_getinfo(job->transfer.easy, CURLINFO_REDIRECT_URL, &url);
	if (!url)
		take_answer(job, status);
	else if (follow(job, url, status) && may_ask(job))
		wait(job, true);
}

/* --- life ------------------------------------------------------------------------------------- */

struct jobs *jobs_create(struct loop *loop, const struct target_rules *rules, jobs_end_fn *fn,
			 void *owner, struct why *why)
{
	struct jobs *jobs = xmalloc(sizeof(*jobs));

	*jobs = (struct jobs) { .loop = loop, .rules = rules, .fn = fn, .owner = owner };
	TAILQ_INIT(&jobs->waiting);
	TAILQ_INIT(&jobs->running);
	TAILQ_INIT(&jobs->spare);
	jobs->transfers = transfers_create(loop, FETCH_BODY_MAX, why);
	if (jobs->transfers)
		return jobs;
	free(jobs);
	return NULL;
}

static void destroy_job(struct job *job)
{
	target_finish(&job->target);
	curl_slist_free_all(job->headers);
	free(job->bytes);
	if (job->sink >= 0)
		close(job->sink);
	free_job(job);
}

void jobs_destroy(struct jobs *jobs)
{
	struct job *job;

	if (!jobs)
		return;
	while ((job = TAILQ_FIRST(&jobs->waiting))) {
		leave_queue(job);
		destroy_job(job);
	}
	while ((job = TAILQ_FIRST(&jobs->running))) {
		leave_host(job);
		destroy_job(job);
	}
	while ((job = TAILQ_FIRST(&jobs->spare))) {
		TAILQ_REMOVE(&jobs->spare, job, link);
		destroy_job(job);
	}
	transfers_destroy(jobs->transfers);
	pace_finish(&jobs->pace);
	free(jobs);
}

static struct job *new_job(struct jobs *jobs)
{
	struct job *job = TAILQ_FIRST(&jobs->spare);

	if (job) {
		TAILQ_REMOVE(&jobs->spare, job, link);
		jobs->spare_count--;
	} else {
		job = xmalloc(sizeof(*job));
		job->jobs = jobs;
		job->timer = (struct loop_timer) { .fn = on_waited, .owner = job };
		open_transfer(job);
	}
	job->sink = -1;
	job->target = (struct target) { 0 };
	job->redirects = 0;
	job->same_host = true;
	job->began_us = clock_boot_us();
	job->until_ms = loop_now_ms(jobs->loop) + FETCH_TIME_MS;
	jobs->count++;
	return job;
}

/* With O_APPEND, pwrite() ignores where it is to write. */
static bool is_sink(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat status;

	return flags >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	       !(flags & (O_APPEND | O_PATH)) && (flags & O_ACCMODE) != O_RDONLY;
}

/* The job has ended when it cannot begin. */
static void begin(struct job *job)
{
	struct jobs *jobs = job->jobs;
	char *url = xstrndup(job->request.url.data, job->request.url.length);
	struct why why = { "" };
	enum fetch_outcome outcome = target_read(jobs->rules, job->request.module, url,
						 &job->target, &why);

	free(url);
	if (outcome == FETCH_OK && job->sink >= 0 && !is_sink(job->sink)) {
		outcome = FETCH_MALFORMED;
		why_set(&why, "a descriptor that is no file to write");
	}
	if (outcome == FETCH_OK && !headers_are_good(&job->request)) {
		outcome = FETCH_MALFORMED;
		why_set(&why, "a header that is none, or that is libcurl's");
	}
	if (outcome == FETCH_OK && jobs->waiting_count >= FETCH_WAITING_MAX) {
		outcome = FETCH_BUSY;
		why_set(&why, "more than %u fetches wait", FETCH_WAITING_MAX);
	}
	if (outcome != FETCH_OK)
		end_without_answer(job, outcome, why.text);
	else if (may_ask(job))
		wait(job, false);
}

bool jobs_add(struct jobs *jobs, uint64_t id, int sink, const void *request, size_t size)
{
	struct job *job = new_job(jobs);
	struct cursor cursor;

	job->id = id;
	job->sink = sink;
	if (sink >= 0)
		job->until_ms += FETCH_FILE_TIME_MS - FETCH_TIME_MS;
	job->bytes = xmemdup(request, size);
	cursor = cursor_make(job->bytes, size);
	if (!fetch_request_decode(&cursor, &job->request) || !cursor_end(&cursor, NULL)) {
		put_away(job);
		return false;
	}
	job->posts = job->request.posted.data != NULL;
	begin(job);
	return true;
}

size_t jobs_count(const struct jobs *jobs)
{
	return jobs->count;
}
