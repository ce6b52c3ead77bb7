/* capture_server.c - binds the crashes endpoint, stores each capture, then confirms it. */
#include "crashd/capture_server.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/capture.h"
#include "common/capture_file.h"
#include "common/clock.h"
#include "common/curve.h"
#include "common/log.h"
#include "common/log_limit.h"
#include "common/message.h"
#include "common/random.h"
#include "common/xalloc.h"
#include "crashd/metrics.h"

#define LOG_SUBSYSTEM "capture_server"

#define COMPLAIN_MS 60000u

struct capture_server {
	struct capture_server_options options;
	struct zlink *socket;
	struct arena arena;
	uint64_t complained_ms;
	struct log_limit refused;
};

/* A message that cannot be decoded still means that something crashed: it is kept as an empty
 * capture, so that the sender may forget it and the report says so. */
static void describe_malformed(const char *reason, struct buffer *out)
{
	struct capture capture = { .kind = CAPTURE_SIGNAL, .update_mode = CRASH_UPDATE_FULL };

	capture.message = (struct text) { reason, strlen(reason) };
	capture.started_ns = capture.ended_ns = clock_utc_ns();
	capture_encode(&capture, out);
}

static bool put_capture(struct store *store, const struct message_capture *message, struct why *why)
{
	struct buffer garbage = { 0 };
	struct capture capture;
	bool is_stored;

	if (capture_decode(message->body.data, message->body.length, &capture, why)) {
		is_stored = crash_store_put(store, STORE_CAPTURE, &message->id, 0,
					    message->body.data, message->body.length, why);
	} else {
		log_warn("cannot read a capture", log_text("error", why->text));
		describe_malformed(why->text, &garbage);
		is_stored = crash_store_put(store, STORE_CAPTURE, &message->id, 0,
					    buffer_unread(&garbage), buffer_unread_size(&garbage),
					    why);
		buffer_finish(&garbage);
	}
	if (is_stored)
		metric_add_at(&crashd_reports, REPORT_RECEIVED, 0, 1);
	else
		metric_add(&crashd_store_errors, 1);
	return is_stored;
}

static void confirm(struct capture_server *capture_server, const struct zpeer *to,
		    const struct trace_id *id)
{
	struct message_capture_stored message = { .id = *id };
	struct buffer frame = { 0 };

	message_encode_capture_stored(&message, &frame);
	/* If the confirmation is lost the capture comes a second time. */
	(void)zlink_send(capture_server->socket, to, buffer_unread(&frame),
			 buffer_unread_size(&frame));
	buffer_finish(&frame);
}

static void complain(struct capture_server *capture_server, const struct why *why)
{
	uint64_t now_ms = loop_now_ms(capture_server->options.loop);

	if (capture_server->complained_ms != 0 &&
	    now_ms - capture_server->complained_ms < COMPLAIN_MS)
		return;
	capture_server->complained_ms = now_ms;
	log_error("cannot store a capture; its sender keeps it", log_text("error", why->text));
}

static void take_capture(struct capture_server *capture_server, const struct zpeer *from,
			 const struct message_capture *message)
{
	struct why why;

	if (!crash_store_has(capture_server->options.store, &message->id) &&
	    !dedup_has(capture_server->options.delivered, &message->id)) {
		if (!put_capture(capture_server->options.store, message, &why)) {
			complain(capture_server, &why);
			return;
		}
	}
	confirm(capture_server, from, &message->id);
	capture_server->options.fn(capture_server->options.owner);
}

static void on_message(void *owner, const struct zpeer *from, const uint8_t *data, size_t size)
{
	struct capture_server *capture_server = owner;
	struct message_capture message;
	uint64_t left_out;
	struct why why;

	arena_reset(&capture_server->arena);
	if (message_decode_capture(data, size, &capture_server->arena, &message, &why))
		take_capture(capture_server, from, &message);
	else if (log_limit_pass(&capture_server->refused, loop_now_ms(capture_server->options.loop),
				&left_out))
		log_warn("refused a message", log_text("error", why.text),
			 log_unsigned("left_out", left_out));
}

struct capture_server *capture_server_open(struct zcontext *context,
					   const struct capture_server_options *options,
					   struct why *why)
{
	struct zlink_options socket_options = {
		.endpoint = options->settings->crashes_endpoint,
		/* A capture has at most 330 KiB of memory and an update (512 KiB). */
		.receive_max = MESSAGE_BOUND_MAX,
		.run_dir = options->settings->run_dir,
		.curve_dir = options->settings->curve_dir,
		.curve_name = "crashd",
		.curve_roles = CURVE_WORKER | CURVE_RECORDER | CURVE_INGRESS,
	};
	struct zlink *socket = zlink_bind(context, &socket_options, why);
	struct capture_server *capture_server;

	if (!socket)
		return NULL;
	capture_server = xcalloc(1, sizeof(*capture_server));
	capture_server->options = *options;
	capture_server->socket = socket;
	zlink_attach(socket, options->loop, on_message, capture_server);
	return capture_server;
}

void capture_server_close(struct capture_server *capture_server)
{
	if (!capture_server)
		return;
	zlink_close(capture_server->socket);
	arena_finish(&capture_server->arena);
	free(capture_server);
}

static void take_own_file(void *owner, const char *path)
{
	struct buffer memory = { 0 }, body = { 0 };
	struct message_capture message = { .id = trace_id_make() };
	struct capture capture;
	struct why why;

	if (capture_file_read(path, &memory, &capture, &message.id, &why))
		capture_encode(&capture, &body);
	else
		describe_malformed(why.text, &body);
	message.body.data = (const char *)buffer_unread(&body);
	message.body.length = buffer_unread_size(&body);
	if (crash_store_has(owner, &message.id) || put_capture(owner, &message, &why))
		unlink(path);
	else
		log_error("cannot store a capture of crashd itself", log_text("error", why.text));
	buffer_finish(&memory);
	buffer_finish(&body);
}

void capture_server_take_own(struct store *store, const char *directory)
{
	capture_files_each(directory, take_own_file, store);
}
