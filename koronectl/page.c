/* page.c - `koronectl page`: the system in a browser. It asks ingress and crashd as `koronectl
 * status` does, and tells each page over a stream of server-sent events; 15 minutes of the past are
 * kept here. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sysexits.h>

#include "common/loop.h"
#include "common/web/origin.h"
#include "common/web/page.h"
#include "common/web/server.h"
#include "common/xalloc.h"
#include "koronectl/answer.h"
#include "koronectl/command.h"
#include "koronectl/page_deed.h"
#include "koronectl/page_sample.h"

#define DEFAULT_PORT 9105
#define SAMPLE_MS 2000
#define UNSEEN_MS 10000 /* while nobody looks: each sample wakes ingress and crashd */
#define PAST_MS (15 * 60 * 1000)
#define PAST_MAX 450 /* samples; also where the clock is put back */
#define VIEWERS_MAX 8
#define BYTES_A_SECOND 20000 /* to one page; large samples come less often */

PAGE_FILE(system_index, "koronectl/page/index.html");
PAGE_FILE(system_script, "koronectl/page/system.js");
PAGE_FILE(system_icon, "common/web/page/icon.svg");
PAGE_FILE(system_base, "common/web/page/base.css");
PAGE_FILE(system_dom, "common/web/page/dom.js");
PAGE_FILE(system_style, "koronectl/page/system.css");

struct viewer {
	LIST_ENTRY(viewer) link;
	struct page *page;
	struct exchange *exchange;
	uint64_t next_ms; /* not before */
};

struct page {
	const struct settings *settings;
	const char *simulator_url, *deeds_path; /* NULL: none */
	struct loop *loop;
	struct server *server;
	struct host_names hosts;
	struct loop_timer timer;
	LIST_HEAD(viewer_list, viewer) viewers;
	size_t viewers_count;
	json_t *past; /* arrays of numbers, oldest first */
	json_t *last; /* sample */
	uint64_t sampled_ms;
	struct page_memory *memory;
};

/* --- samples ---------------------------------------------------------------------------------- */

static json_t *at(const json_t *sample, const char *part, const char *name)
{
	json_t *value = json_object_get(json_object_get(sample, part), name);

	return value ? json_incref(value) : json_null();
}

static json_int_t when(const json_t *row)
{
	return json_integer_value(json_array_get(row, 0));
}

/* [now_ms, received, acked, backlog, oldest_ms, handled within ms, done within ms] */
static void remember(struct page *page)
{
	json_t *row = json_array();

	json_array_append(row, json_object_get(page->last, "now_ms"));
	json_array_append_new(row, at(page->last, "updates", "received"));
	json_array_append_new(row, at(page->last, "updates", "acked"));
	json_array_append_new(row, at(page->last, "ingress", "backlog"));
	json_array_append_new(row, at(page->last, "ingress", "backlog_oldest_ms"));
	json_array_append_new(row, at(page->last, "latency", "handled"));
	json_array_append_new(row, at(page->last, "latency", "done"));
	json_array_append_new(page->past, row);
	while (json_array_size(page->past) > PAST_MAX ||
	       when(row) - when(json_array_get(page->past, 0)) > PAST_MS)
		json_array_remove(page->past, 0);
}

static void take_sample(struct page *page)
{
	json_decref(page->last);
	page->last = page_sample(page->settings, page->simulator_url, page->memory);
	page->sampled_ms = loop_now_ms(page->loop);
	remember(page);
}

/* For who comes while nobody looked. */
static void refresh(struct page *page)
{
	if (loop_now_ms(page->loop) - page->sampled_ms >= SAMPLE_MS)
		take_sample(page);
}

static void send_event(struct viewer *viewer, const char *name, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT);
	char *event = xasprintf("event: %s\ndata: %s\n\n", name, text);

	exchange_stream_write(viewer->exchange, event, strlen(event));
	viewer->next_ms = loop_now_ms(viewer->page->loop) + strlen(event) * 1000 / BYTES_A_SECOND;
	free(event);
	free(text);
}

static void on_sample(void *owner)
{
	struct page *page = owner;
	struct viewer *viewer = NULL;

	take_sample(page);
	LIST_FOREACH(viewer, &page->viewers, link)
	{
		if (viewer->next_ms <= loop_now_ms(page->loop) &&
		    exchange_stream_unsent(viewer->exchange) == 0)
			send_event(viewer, "sample", page->last);
	}
	loop_timer_set(page->loop, &page->timer, page->viewers_count > 0 ? SAMPLE_MS : UNSEEN_MS);
}

/* --- requests --------------------------------------------------------------------------------- */

static void answer_json(struct exchange *exchange, int status, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT);

	exchange_answer(exchange, &(struct answer) { .status = status,
						     .headers = PAGE_HEADERS,
						     .body = text,
						     .size = strlen(text) });
	free(text);
	json_decref(value);
}

static void refuse(struct exchange *exchange, int status, const char *reason)
{
	answer_json(exchange, status, json_pack("{ss}", "error", reason));
}

static void on_gone(void *owner, struct exchange *exchange)
{
	struct viewer *viewer = owner;

	(void)exchange;
	LIST_REMOVE(viewer, link);
	viewer->page->viewers_count--;
	free(viewer);
}

static void open_stream(struct page *page, struct exchange *exchange)
{
	struct viewer *viewer;
	json_t *hello;

	if (page->viewers_count == VIEWERS_MAX) {
		refuse(exchange, 503, "8 pages are open already; close one");
		return;
	}
	viewer = xmalloc(sizeof(*viewer));
	*viewer = (struct viewer) { .page = page, .exchange = exchange };
	LIST_INSERT_HEAD(&page->viewers, viewer, link);
	refresh(page);
	if (page->viewers_count++ == 0)
		loop_timer_set(page->loop, &page->timer, SAMPLE_MS);
	exchange_on_gone(exchange, on_gone, viewer);
	exchange_stream_begin(exchange, &(struct answer) { .status = 200,
							   .content_type = "text/event-stream",
							   .headers = PAGE_HEADERS });
	hello = json_pack("{sOsOsb}", "past", page->past, "sample", page->last, "deeds",
			  page->deeds_path != NULL);
	send_event(viewer, "hello", hello);
	json_decref(hello);
}

static void answer_children(struct page *page, struct exchange *exchange, struct text query)
{
	size_t place = query.length > 5 && query.length < 12 && !memcmp(query.data, "pool=", 5)
			       ? strtoul(query.data + 5, NULL, 10)
			       : SIZE_MAX;
	json_t *children = page_sample_children(page->memory, place);

	if (children)
		answer_json(exchange, 200, children);
	else
		refuse(exchange, 404, "there is no such pool");
}

static void take_deed(struct page *page, struct exchange *exchange, struct text body)
{
	struct why why;

	if (!page->deeds_path)
		refuse(exchange, 404, "nothing may be broken here");
	else if (page_deed(page->deeds_path, body.data ? body.data : "", body.length, &why))
		answer_json(exchange, 200, json_object());
	else
		refuse(exchange, 400, why.text);
}

/* Without scripts: the same as JSON. */
static void answer_plain(struct page *page, struct exchange *exchange)
{
	char *text;

	refresh(page);
	text = json_dumps(page->last, JSON_INDENT(2));
	exchange_answer(exchange, &(struct answer) { .status = 200,
						     .content_type = "text/plain; charset=utf-8",
						     .headers = PAGE_HEADERS,
						     .body = text,
						     .size = strlen(text) });
	free(text);
}

static bool answer_asset(struct exchange *exchange, struct text path)
{
	const struct page_asset assets[] = {
		PAGE_ASSET("/", "text/html; charset=utf-8", system_index),
		PAGE_ASSET("/icon.svg", "image/svg+xml", system_icon),
		PAGE_ASSET("/system.js", "text/javascript", system_script),
		PAGE_ASSET("/base.css", "text/css", system_base),
		PAGE_ASSET("/dom.js", "text/javascript", system_dom),
		PAGE_ASSET("/system.css", "text/css", system_style),
	};

	for (size_t i = 0; i < COUNT_OF(assets); i++) {
		if (!text_is(path, assets[i].path))
			continue;
		exchange_answer(exchange, &(struct answer) { .status = 200,
							     .content_type = assets[i].content_type,
							     .headers = PAGE_HEADERS PAGE_POLICY,
							     .body = assets[i].bytes,
							     .size = assets[i].size });
		return true;
	}
	return false;
}

static void on_request(void *owner, struct exchange *exchange, const struct http_request *request)
{
	struct page *page = owner;
	const char *reason;
	int status = origin_check(request, &page->hosts, &reason);

	if (status != 0)
		refuse(exchange, status, reason);
	else if (text_is(request->path, "/deed") && text_is(request->method, "POST"))
		take_deed(page, exchange, request->body);
	else if (!text_is(request->method, "GET"))
		refuse(exchange, 405, "only GET");
	else if (text_is(request->path, "/stream"))
		open_stream(page, exchange);
	else if (text_is(request->path, "/children"))
		answer_children(page, exchange, request->query);
	else if (text_is(request->path, "/plain"))
		answer_plain(page, exchange);
	else if (!answer_asset(exchange, request->path))
		refuse(exchange, 404, "there is no such page");
}

/* --- command ---------------------------------------------------------------------------------- */

static void on_stop(void *owner, int signo)
{
	struct page *page = owner;

	(void)signo;
	loop_stop(page->loop);
}

/* "PORT" or "ADDRESS:PORT" */
static bool take_place(const char *text, struct in_addr *address, int *port)
{
	const char *colon = strrchr(text, ':');
	char host[INET_ADDRSTRLEN] = "127.0.0.1";
	char *end;
	long number = strtol(colon ? colon + 1 : text, &end, 10);

	if (colon && (size_t)(colon - text) < sizeof(host)) {
		memcpy(host, text, (size_t)(colon - text));
		host[colon - text] = '\0';
	}
	*port = (int)number;
	return *end == '\0' && end != text && number >= 0 && number <= 65535 &&
	       inet_pton(AF_INET, host, address) == 1;
}

static const char *take_arguments(struct page *page, int argc, char **argv, struct in_addr *address,
				  int *port)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (argv[i][0] != '-') {
			if (!take_place(argv[i], address, port))
				return "where it listens is a port or ADDRESS:PORT";
			continue;
		}
		if (!value)
			return "an option lacks its value";
		if (!strcmp(argv[i], "--simulator"))
			page->simulator_url = value;
		else if (!strcmp(argv[i], "--deeds"))
			page->deeds_path = value;
		else if (strcmp(argv[i], "--host") != 0 || !host_names_add(&page->hosts, value))
			return "only --host, --simulator and --deeds are known";
		i++;
	}
	return NULL;
}

static int serve(struct page *page, struct in_addr address, int port)
{
	char host[INET_ADDRSTRLEN];
	struct why why;

	page->loop = loop_create();
	page->past = json_array();
	page->memory = page_memory_create();
	page->server = server_create(page->loop, address, port, on_request, page, &why);
	if (page->server) {
		loop_on_signal(page->loop, SIGINT, on_stop, page);
		loop_on_signal(page->loop, SIGTERM, on_stop, page);
		page->timer = (struct loop_timer) { .fn = on_sample, .owner = page };
		on_sample(page);
		printf("The page is at http://%s:%d/\n",
		       inet_ntop(AF_INET, &address, host, sizeof(host)), server_port(page->server));
		fflush(stdout);
		loop_run(page->loop);
		loop_timer_clear(page->loop, &page->timer);
	} else {
		fprintf(stderr, "koronectl page: %s\n", why.text);
	}
	return page->server ? EX_OK : EX_UNAVAILABLE;
}

int command_page(const struct settings *settings, int argc, char **argv)
{
	struct page page = { .settings = settings };
	struct in_addr address = { .s_addr = htonl(INADDR_LOOPBACK) };
	int port = DEFAULT_PORT, code;
	const char *fault = take_arguments(&page, argc, argv, &address, &port);

	if (fault)
		return usage_error("page", fault);
	signal(SIGPIPE, SIG_IGN);
	code = serve(&page, address, port);
	server_destroy(page.server);
	page_memory_destroy(page.memory);
	json_decref(page.past);
	json_decref(page.last);
	loop_destroy(page.loop);
	return code;
}
