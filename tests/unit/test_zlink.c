/* test_zlink.c - links over ipc and tcp in one loop: nothing stalls or blocks, and bad peers and
 * endpoints are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <zmq.h>

#include "common/clock.h"
#include "common/curve.h"
#include "common/loop.h"
#include "common/xalloc.h"
#include "common/zlink.h"
#include "tests/unit/moved_clock.h"

#define RECEIVE_MAX 4096
#define ENDPOINT_SIZE 256
#define LOOP_SLEEPS_MS 900u /* at least, when no event wakes it up before its second is over */

struct fixture {
	char directory[64];
	char endpoint[128];
	struct loop *loop;
	struct zcontext *context;
	struct zlink *router, *dealer;
	struct loop_timer timer;
	int wanted;   /* messages after which the loop stops */
	int received; /* by the router */
	int answered; /* received by the dealer */
	int queued;   /* to be sent by a hook */
	int stalls;   /* messages that were there without an event to announce them */
	uint64_t turned_ms;
	int after_turn, after_events; /* received and answered at that moment */
	bool close_when_received;
	bool timed_out;
	struct zpeer last_peer;
	size_t last_size;
};

/* Of the shared key of the test's links over tcp. */
static char run_dir[128];

static int set_up(void **state)
{
	struct fixture *fixture = xmalloc(sizeof(*fixture));

	strcpy(fixture->directory, "/tmp/test_zlink.XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	snprintf(fixture->endpoint, sizeof(fixture->endpoint), "ipc://%s/run/updates",
		 fixture->directory);
	snprintf(run_dir, sizeof(run_dir), "%s/run", fixture->directory);
	fixture->loop = loop_create();
	fixture->context = zcontext_create(1);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	char *command = xasprintf("rm -r %s", fixture->directory);
	uint64_t start = clock_boot_ms();

	zlink_close(fixture->router);
	zlink_close(fixture->dealer);
	zcontext_destroy(fixture->context);
	assert_in_range(clock_boot_ms() - start, 0, 1000);
	loop_destroy(fixture->loop);
	assert_int_equal(system(command), 0);
	free(command);
	free(fixture);
	return 0;
}

static struct zlink_options options_of(const char *endpoint)
{
	return (struct zlink_options) { .endpoint = endpoint,
					.receive_max = RECEIVE_MAX,
					.run_dir = run_dir };
}

static struct zlink *bind_to(struct fixture *fixture, const char *endpoint)
{
	struct zlink_options options = options_of(endpoint);
	struct why why = { "" };
	struct zlink *link = zlink_bind(fixture->context, &options, &why);

	assert_string_equal(why.text, "");
	assert_non_null(link);
	return link;
}

static struct zlink *connect_to(struct fixture *fixture, const char *endpoint)
{
	struct zlink_options options = options_of(endpoint);
	struct zlink *link = zlink_connect(fixture->context, &options, NULL);

	assert_non_null(link);
	return link;
}

static void on_timeout(void *owner)
{
	struct fixture *fixture = owner;

	fixture->timed_out = true;
	loop_stop(fixture->loop);
}

/* Runs the loop until a callback stops it; false after `limit_ms`. */
static bool run(struct fixture *fixture, uint64_t limit_ms)
{
	fixture->timed_out = false;
	fixture->timer.fn = on_timeout;
	fixture->timer.owner = fixture;
	loop_timer_set(fixture->loop, &fixture->timer, limit_ms);
	loop_run(fixture->loop);
	loop_timer_clear(fixture->loop, &fixture->timer);
	return !fixture->timed_out;
}

/* A DEALER is full until it is connected. */
static void send_when_connected(struct zlink *dealer, const void *data, size_t size)
{
	for (int i = 0; i < 500; i++) {
		if (zlink_send(dealer, NULL, data, size) == ZLINK_SENT)
			return;
		usleep(10000);
	}
	fail();
}

/* The port of this process' only TCP socket that listens. */
static unsigned listening_port(void)
{
	for (int fd = 0; fd < 1024; fd++) {
		struct sockaddr_in address = { 0 };
		socklen_t size = sizeof(address), int_size = sizeof(int);
		int listens = 0;

		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &int_size) == 0 &&
		    listens && getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
		    address.sin_family == AF_INET)
			return ntohs(address.sin_port);
	}
	fail_msg("nothing listens");
	return 0;
}

/* With the port that the kernel chose for port 0. */
static void read_endpoint(const char *wanted, char out[ENDPOINT_SIZE])
{
	size_t length = strlen(wanted);

	if (length > 2 && strcmp(wanted + length - 2, ":0") == 0)
		snprintf(out, ENDPOINT_SIZE, "%.*s%u", (int)length - 1, wanted, listening_port());
	else
		snprintf(out, ENDPOINT_SIZE, "%s", wanted);
}

/* --- receiving -------------------------------------------------------------------------------- */

static void answer(void *owner, const struct zpeer *from, const uint8_t *data, size_t size)
{
	struct fixture *fixture = owner;

	assert_non_null(from);
	fixture->received++;
	fixture->last_peer = *from;
	fixture->last_size = size;
	assert_int_equal(zlink_send(fixture->router, from, data, size), ZLINK_SENT);
}

static void on_answer(void *owner, const struct zpeer *from, const uint8_t *data, size_t size)
{
	struct fixture *fixture = owner;

	assert_null(from);
	assert_int_equal(size, 4);
	assert_memory_equal(data, "ping", 4);
	if (++fixture->answered == fixture->wanted)
		loop_stop(fixture->loop);
	else
		fixture->queued++;
}

/* A lost wake-up: the loop slept its full second, no descriptor reported anything, and the check
 * before the next sleep finds a message nevertheless. Between events and that check: */
static bool note_events(void *owner)
{
	struct fixture *fixture = owner;

	fixture->after_events = fixture->received + fixture->answered;
	return false;
}

/* After that check: */
static bool note_turn(void *owner)
{
	struct fixture *fixture = owner;
	uint64_t now_ms = loop_now_ms(fixture->loop);
	bool slept = fixture->turned_ms && now_ms - fixture->turned_ms >= LOOP_SLEEPS_MS;
	bool told = fixture->after_events > fixture->after_turn;
	int count = fixture->received + fixture->answered;

	if (slept && !told && count > fixture->after_events)
		fixture->stalls++;
	fixture->after_turn = count;
	fixture->turned_ms = now_ms;
	return false;
}

/* Sends from a hook, after this turn's receiving: the case in which libzmq's descriptor does not
 * announce what has come meanwhile. */
static bool send_queued(void *owner)
{
	struct fixture *fixture = owner;

	for (; fixture->queued > 0; fixture->queued--)
		assert_int_equal(zlink_send(fixture->dealer, NULL, "ping", 4), ZLINK_SENT);
	return false;
}

static void round_trips(struct fixture *fixture, const char *endpoint, int in_flight, int wanted)
{
	char bound[ENDPOINT_SIZE];

	fixture->router = bind_to(fixture, endpoint);
	read_endpoint(endpoint, bound);
	fixture->dealer = connect_to(fixture, bound);
	loop_add_hook(fixture->loop, note_events, fixture);
	loop_add_hook(fixture->loop, send_queued, fixture);
	zlink_attach(fixture->router, fixture->loop, answer, fixture);
	zlink_attach(fixture->dealer, fixture->loop, on_answer, fixture);
	loop_add_last_hook(fixture->loop, note_turn, fixture);
	fixture->wanted = wanted;
	fixture->queued = in_flight - 1;
	send_when_connected(fixture->dealer, "ping", 4);
	assert_true(run(fixture, 20000));
	assert_true(fixture->answered >= wanted);
	assert_int_equal(fixture->stalls, 0);
}

static void one_at_a_time_does_not_stall(void **state)
{
	round_trips(*state, ((struct fixture *)*state)->endpoint, 1, 3000);
}

static void many_at_a_time_do_not_stall(void **state)
{
	round_trips(*state, ((struct fixture *)*state)->endpoint, 300, 50000);
}

static void tcp_on_loopback_works(void **state)
{
	round_trips(*state, "tcp://127.0.0.1:0", 10, 1000);
}

static void sockets_are_private(void **state)
{
	struct fixture *fixture = *state;
	struct zlink_options options = options_of(fixture->endpoint);
	struct stat status;
	struct why why;
	char path[128];

	fixture->router = bind_to(fixture, fixture->endpoint);
	snprintf(path, sizeof(path), "%s/run", fixture->directory);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	assert_int_equal(stat(fixture->endpoint + strlen("ipc://"), &status), 0);
	assert_true(S_ISSOCK(status.st_mode));
	assert_int_equal(status.st_mode & 0777, 0600);

	/* libzmq would silently take the path from the first one */
	assert_null(zlink_bind(fixture->context, &options, &why));
	assert_non_null(strstr(why.text, "another process is bound"));
	zlink_close(fixture->router);
	fixture->router = bind_to(fixture, fixture->endpoint);
}

/* The units have such directories: one user binds, and a group connects. */
static void a_directory_with_the_setgid_bit_is_for_its_group(void **state)
{
	struct fixture *fixture = *state;
	char path[128];
	struct stat status;

	snprintf(path, sizeof(path), "%s/run", fixture->directory);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, 02750), 0);
	fixture->router = bind_to(fixture, fixture->endpoint);
	assert_int_equal(stat(fixture->endpoint + strlen("ipc://"), &status), 0);
	assert_int_equal(status.st_mode & 0777, 0660);
}

static void on_message(void *owner, const struct zpeer *from, const uint8_t *data, size_t size)
{
	struct fixture *fixture = owner;

	(void)data;
	fixture->received++;
	fixture->last_size = size;
	if (from)
		fixture->last_peer = *from;
	if (fixture->close_when_received) {
		zlink_close(fixture->router);
		fixture->router = NULL;
	}
	if (fixture->received >= fixture->wanted)
		loop_stop(fixture->loop);
}

static struct zlink *listen_at(struct fixture *fixture, const char *endpoint)
{
	struct zlink *link = bind_to(fixture, endpoint);

	zlink_attach(link, fixture->loop, on_message, fixture);
	return link;
}

static void a_link_may_close_itself(void **state)
{
	struct fixture *fixture = *state;

	fixture->router = listen_at(fixture, fixture->endpoint);
	fixture->dealer = connect_to(fixture, fixture->endpoint);
	fixture->close_when_received = true;
	fixture->wanted = 1;
	for (int i = 0; i < 5; i++)
		send_when_connected(fixture->dealer, "x", 1);
	assert_true(run(fixture, 5000));
	assert_int_equal(fixture->received, 1);
	assert_false(run(fixture, 50));
	assert_int_equal(fixture->received, 1);
}

static void an_empty_message_arrives(void **state)
{
	struct fixture *fixture = *state;

	fixture->router = listen_at(fixture, fixture->endpoint);
	fixture->dealer = connect_to(fixture, fixture->endpoint);
	assert_false(run(fixture, 10));
	send_when_connected(fixture->dealer, "", 0);
	assert_true(run(fixture, 5000));
	assert_int_equal(fixture->received, 1);
	assert_int_equal(fixture->last_size, 0);
}

static void too_large_messages_cut_the_peer_off(void **state)
{
	struct fixture *fixture = *state;
	char large[RECEIVE_MAX + 1] = { 0 };
	struct zpeer first;

	fixture->router = listen_at(fixture, fixture->endpoint);
	fixture->dealer = connect_to(fixture, fixture->endpoint);
	send_when_connected(fixture->dealer, large, RECEIVE_MAX);
	assert_true(run(fixture, 5000));
	assert_int_equal(fixture->last_size, RECEIVE_MAX);
	first = fixture->last_peer;
	assert_int_equal(zlink_send(fixture->dealer, NULL, large, sizeof(large)), ZLINK_SENT);
	assert_false(run(fixture, 200));
	assert_int_equal(zlink_send(fixture->router, &first, "x", 1), ZLINK_GONE);
	/* it reconnects, under another name */
	send_when_connected(fixture->dealer, "y", 1);
	assert_true(run(fixture, 5000));
	assert_false(zpeer_equal(&first, &fixture->last_peer));
}

/* --- sending ---------------------------------------------------------------------------------- */

static void sends_never_block_or_lose_silently(void **state)
{
	struct fixture *fixture = *state;
	struct zpeer stranger = { .length = 5, .id = { 0, 1, 2, 3, 4 } };
	enum zlink_sent sent = ZLINK_SENT;
	char block[RECEIVE_MAX] = { 0 };
	int accepted = 0;

	fixture->dealer = connect_to(fixture, fixture->endpoint);
	assert_int_equal(zlink_send(fixture->dealer, NULL, "x", 1), ZLINK_FULL);
	fixture->router = listen_at(fixture, fixture->endpoint);
	assert_int_equal(zlink_send(fixture->router, &stranger, "x", 1), ZLINK_GONE);
	send_when_connected(fixture->dealer, "x", 1);
	assert_true(run(fixture, 5000));
	/* the dealer does not read */
	for (int i = 0; i < 100000 && sent == ZLINK_SENT; i++) {
		sent = zlink_send(fixture->router, &fixture->last_peer, block, sizeof(block));
		accepted += sent == ZLINK_SENT;
	}
	assert_int_equal(sent, ZLINK_FULL);
	/* whatever was accepted arrives */
	fixture->received = 0;
	zlink_attach(fixture->dealer, fixture->loop, on_message, fixture);
	while (fixture->received < accepted && run(fixture, 10000))
		continue;
	assert_int_equal(fixture->received, accepted);
	zlink_close(fixture->dealer);
	fixture->dealer = NULL;
	for (int i = 0; i < 500 && sent != ZLINK_GONE; i++) {
		usleep(10000);
		sent = zlink_send(fixture->router, &fixture->last_peer, "x", 1);
	}
	assert_int_equal(sent, ZLINK_GONE);
}

static void what_is_given_is_taken_only_when_it_is_sent(void **state)
{
	struct fixture *fixture = *state;
	struct zpeer stranger = { .length = 5, .id = { 0, 1, 2, 3, 4 } };
	struct buffer frame = { 0 };

	fixture->router = listen_at(fixture, fixture->endpoint);
	fixture->dealer = connect_to(fixture, fixture->endpoint);
	zlink_attach(fixture->dealer, fixture->loop, on_message, fixture);
	fixture->wanted = 1;
	send_when_connected(fixture->dealer, "x", 1);
	assert_true(run(fixture, 5000));
	buffer_append_text(&frame, "not a word of this");
	buffer_consume(&frame, 4);
	assert_int_equal(zlink_give(fixture->router, &stranger, &frame), ZLINK_GONE);
	assert_string_equal(buffer_text(&frame), "a word of this");
	assert_int_equal(zlink_give(fixture->router, &fixture->last_peer, &frame), ZLINK_SENT);
	assert_null(frame.data);
	assert_int_equal(buffer_unread_size(&frame), 0);
	fixture->wanted = 2;
	assert_true(run(fixture, 5000));
	assert_int_equal(fixture->last_size, 14);
	buffer_finish(&frame);
}

/* --- peers that are not ours, but have the key
 * ------------------------------------------------------------------ */

/* Gives a socket of the test's own the keys of a client: that of the server, and a pair. */
static void set_keys(void *socket, const char *server, const struct curve_pair *pair)
{
	zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server, strlen(server));
	zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, pair->public_key, strlen(pair->public_key));
	zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, pair->secret_key, strlen(pair->secret_key));
}

static void set_shared_key(void *socket)
{
	struct curve_pair pair;
	struct why why = { "" };

	assert_true(curve_read_shared(run_dir, &pair, &why));
	set_keys(socket, pair.public_key, &pair);
}

static void messages_of_another_form_are_dropped(void **state)
{
	struct fixture *fixture = *state;
	void *foreign_context = zmq_ctx_new();
	void *foreign = zmq_socket(foreign_context, ZMQ_DEALER);
	char long_id[ZPEER_ID_MAX + 1];

	fixture->router = listen_at(fixture, fixture->endpoint);
	set_shared_key(foreign);
	assert_int_equal(zmq_connect(foreign, fixture->endpoint), 0);
	zmq_send(foreign, "a", 1, ZMQ_SNDMORE);
	zmq_send(foreign, "b", 1, ZMQ_SNDMORE);
	zmq_send(foreign, "c", 1, 0);
	zmq_send(foreign, "good", 4, 0);
	while (fixture->received == 0)
		assert_true(run(fixture, 5000));
	assert_int_equal(fixture->received, 1);
	assert_int_equal(fixture->last_size, 4);
	zmq_close(foreign);

	/* a name longer than a zpeer has room for */
	memset(long_id, 'i', sizeof(long_id));
	foreign = zmq_socket(foreign_context, ZMQ_DEALER);
	zmq_setsockopt(foreign, ZMQ_ROUTING_ID, long_id, sizeof(long_id));
	set_shared_key(foreign);
	assert_int_equal(zmq_connect(foreign, fixture->endpoint), 0);
	zmq_send(foreign, "d", 1, 0);
	run(fixture, 300);
	assert_int_equal(fixture->received, 1);
	zmq_close(foreign);
	zmq_ctx_term(foreign_context);
}

/* --- endpoints -------------------------------------------------------------------------------- */

static void wrong_endpoints_are_refused(void **state)
{
	static const struct {
		const char *endpoint;
		const char *reason;
	} cases[] = {
		{ "tcp://0.0.0.0:5555", "KORONE_CURVE_DIR" },
		{ "tcp://*:5555", "KORONE_CURVE_DIR" },
		{ "tcp://10.0.0.1:5555", "KORONE_CURVE_DIR" },
		{ "tcp://eth0:5555", "KORONE_CURVE_DIR" },
		{ "tcp://127.evil.example:5555", "KORONE_CURVE_DIR" },
		{ "tcp://localhost.example:5555", "KORONE_CURVE_DIR" },
		{ "tcp://[::]:5555", "KORONE_CURVE_DIR" },
		{ "tcp://10.0.0.1:5;127.0.0.1:5555", "is not tcp://HOST:PORT" },
		{ "tcp://127.0.0.1", "is not tcp://HOST:PORT" },
		{ "tcp://127.0.0.1:99999", "is not tcp://HOST:PORT" },
		{ "tcp://127.0.0.1:http", "is not tcp://HOST:PORT" },
		{ "tcp://127.0.0.1:", "is not tcp://HOST:PORT" },
		{ "ipc://@abstract", "is not ipc://PATH" },
		{ "ipc://*", "is not ipc://PATH" },
		{ "ipc://", "is not ipc://PATH" },
		{ "inproc://x", "neither" },
		{ "udp://127.0.0.1:1", "neither" },
		{ "", "neither" },
	};
	struct fixture *fixture = *state;
	char long_path[256] = "ipc:///tmp/";
	struct zlink_options options;
	struct why why;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		options = options_of(cases[i].endpoint);
		assert_null(zlink_bind(fixture->context, &options, &why));
		assert_non_null(strstr(why.text, cases[i].reason));
		assert_null(zlink_connect(fixture->context, &options, &why));
		assert_non_null(strstr(why.text, cases[i].reason));
	}
	memset(long_path + strlen(long_path), 'p', 120);
	options = options_of(long_path);
	assert_null(zlink_bind(fixture->context, &options, &why));
	assert_non_null(strstr(why.text, "too long"));
}

/* --- CURVE ------------------------------------------------------------------------------------ */

static void make_keys(struct fixture *fixture, const char *name)
{
	struct why why = { "" };

	assert_true(curve_make(fixture->directory, name, curve_role_of_name(name), &why));
}

static struct zlink *connect_as(struct fixture *fixture, const char *name, const char *endpoint)
{
	struct zlink_options options = options_of(endpoint);
	struct why why = { "" };
	struct zlink *link;

	options.curve_dir = name ? fixture->directory : NULL;
	options.curve_name = name;
	options.curve_peer = "ingress";
	link = zlink_connect(fixture->context, &options, &why);
	assert_string_equal(why.text, "");
	return link;
}

static bool gets_through(struct fixture *fixture, struct zlink *client, int patience_ms)
{
	bool arrived = false;

	for (int i = 0; i < patience_ms / 20 && !arrived; i++) {
		zlink_send(client, NULL, "x", 1);
		arrived = run(fixture, 20);
	}
	return arrived;
}

/* Whether a message from a client with these keys arrives. */
static bool client_gets_through(struct fixture *fixture, const char *name, const char *endpoint,
				int patience_ms)
{
	struct zlink *client = connect_as(fixture, name, endpoint);
	bool arrived = gets_through(fixture, client, patience_ms);

	zlink_close(client);
	return arrived;
}

/* Two of them at the same time: whether a message from either arrives. */
static bool either_gets_through(struct fixture *fixture, const char *const names[2],
				const char *endpoint, int patience_ms)
{
	struct zlink *clients[] = { connect_as(fixture, names[0], endpoint),
				    connect_as(fixture, names[1], endpoint) };
	bool arrived = false;

	for (int i = 0; i < patience_ms / 20 && !arrived; i++) {
		zlink_send(clients[0], NULL, "x", 1);
		zlink_send(clients[1], NULL, "x", 1);
		arrived = run(fixture, 20);
	}
	zlink_close(clients[0]);
	zlink_close(clients[1]);
	return arrived;
}

static void remove_key(struct fixture *fixture, const char *file)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", fixture->directory, file);
	assert_int_equal(unlink(path), 0);
}

/* Whether a message from a socket that this code did not make arrives. `server` NULL: no CURVE. */
static bool foreigner_gets_through(struct fixture *fixture, const char *endpoint, int mechanism,
				   const char *server, const struct curve_pair *pair,
				   uint64_t patience_ms)
{
	void *context = zmq_ctx_new();
	void *foreign = zmq_socket(context, ZMQ_DEALER);
	int linger = 0;
	bool arrived;

	zmq_setsockopt(foreign, ZMQ_LINGER, &linger, sizeof(linger));
	if (mechanism == ZMQ_PLAIN) {
		zmq_setsockopt(foreign, ZMQ_PLAIN_USERNAME, "ingress", 7);
		zmq_setsockopt(foreign, ZMQ_PLAIN_PASSWORD, "", 0);
	} else if (mechanism == ZMQ_CURVE) {
		set_keys(foreign, server, pair);
	}
	assert_int_equal(zmq_connect(foreign, endpoint), 0);
	zmq_send(foreign, "x", 1, ZMQ_DONTWAIT);
	arrived = run(fixture, patience_ms);
	zmq_close(foreign);
	zmq_ctx_term(context);
	return arrived;
}

/* A child of a pool has the same user as the sockets, but cannot open the file of the key. */
static void refuses_strangers(struct fixture *fixture, const char *endpoint)
{
	struct curve_pair stranger, shared;
	struct zlink *client;
	struct why why = { "" };
	char bound[ENDPOINT_SIZE], path[160];
	struct stat status;

	fixture->router = bind_to(fixture, endpoint);
	zlink_attach(fixture->router, fixture->loop, on_message, fixture);
	fixture->wanted = 1;
	read_endpoint(endpoint, bound);
	snprintf(path, sizeof(path), "%s/" CURVE_SHARED_NAME, run_dir);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0600);
	assert_true(curve_read_shared(run_dir, &shared, &why));
	assert_true(curve_make(fixture->directory, "stranger", CURVE_WORKER, &why));
	assert_true(curve_read_pair(fixture->directory, "stranger", &stranger, &why));

	assert_false(foreigner_gets_through(fixture, bound, ZMQ_NULL, NULL, NULL, 300));
	assert_false(foreigner_gets_through(fixture, bound, ZMQ_PLAIN, NULL, NULL, 300));
	/* another server's key; then that of this one, but a pair of its own */
	assert_false(foreigner_gets_through(fixture, bound, ZMQ_CURVE, stranger.public_key,
					    &stranger, 300));
	assert_false(foreigner_gets_through(fixture, bound, ZMQ_CURVE, shared.public_key, &stranger,
					    300));
	assert_true(foreigner_gets_through(fixture, bound, ZMQ_CURVE, shared.public_key, &shared,
					   5000));

	/* what has the file gets in */
	fixture->wanted = fixture->received + 1;
	client = connect_to(fixture, bound);
	assert_true(gets_through(fixture, client, 5000));
	zlink_close(client);
}

static void without_the_shared_key_nobody_gets_in(void **state)
{
	struct fixture *fixture = *state;

	refuses_strangers(fixture, fixture->endpoint);
}

static void nor_over_tcp_on_loopback(void **state)
{
	refuses_strangers(*state, "tcp://127.0.0.1:0");
}

/* Whoever connects may be started first, and the key may be another one after a restart. */
static void the_shared_key_may_come_later(void **state)
{
	struct fixture *fixture = *state;
	struct zlink *client = connect_to(fixture, fixture->endpoint);
	char path[160];

	assert_int_equal(zlink_send(client, NULL, "x", 1), ZLINK_FULL);
	for (int i = 1; i <= 2; i++) {
		fixture->router = listen_at(fixture, fixture->endpoint);
		fixture->wanted = fixture->received + 1;
		assert_true(gets_through(fixture, client, 5000));
		zlink_close(fixture->router);
		fixture->router = NULL;
		snprintf(path, sizeof(path), "%s/" CURVE_SHARED_NAME, run_dir);
		assert_int_equal(unlink(path), 0);
	}
	zlink_close(client);
}

/* The socket's directory, and the key in it, are only ours. */
static void a_shared_key_that_others_can_have_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct zlink_options options = options_of(fixture->endpoint);
	char path[160], other[160];
	struct why why = { "" };

	zlink_close(bind_to(fixture, fixture->endpoint));
	snprintf(path, sizeof(path), "%s/" CURVE_SHARED_NAME, run_dir);
	assert_int_equal(chmod(path, 0604), 0);
	assert_null(zlink_bind(fixture->context, &options, &why));
	assert_non_null(strstr(why.text, "chmod 0600"));
	assert_null(zlink_connect(fixture->context, &options, &why));
	assert_int_equal(chmod(path, 0600), 0);

	assert_int_equal(chmod(run_dir, 0777), 0);
	assert_null(zlink_bind(fixture->context, &options, &why));
	assert_non_null(strstr(why.text, "may be written by other users"));
	assert_null(zlink_connect(fixture->context, &options, &why));
	assert_non_null(strstr(why.text, "may be written by other users"));
	assert_int_equal(chmod(run_dir, 0700), 0);

	snprintf(other, sizeof(other), "%s/elsewhere", fixture->directory);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_null(zlink_bind(fixture->context, &options, &why));
	assert_non_null(strstr(why.text, "links are not followed"));
}

static void curve_lets_in_known_keys_only(void **state)
{
	struct fixture *fixture = *state;
	struct zlink_options options = options_of("tcp://127.0.0.1:0");
	struct why why = { "" };
	char endpoint[ENDPOINT_SIZE];

	make_keys(fixture, "ingress");
	make_keys(fixture, "pool-1");
	make_keys(fixture, "stranger");
	options.curve_dir = fixture->directory;
	options.curve_name = "ingress";
	options.curve_roles = CURVE_WORKER;
	fixture->router = zlink_bind(fixture->context, &options, &why);
	assert_string_equal(why.text, "");
	zlink_attach(fixture->router, fixture->loop, on_message, fixture);
	read_endpoint(options.endpoint, endpoint);
	assert_false(foreigner_gets_through(fixture, endpoint, ZMQ_NULL, NULL, NULL, 300));
	/* the stranger knows the server's key but is not on the list */
	remove_key(fixture, "stranger.pub");
	assert_true(client_gets_through(fixture, "pool-1", endpoint, 5000));
	assert_false(either_gets_through(fixture, (const char *const[]) { "stranger", NULL },
					 endpoint, 500));
	/* shut out without a restart */
	remove_key(fixture, "pool-1.pub");
	assert_false(client_gets_through(fixture, "pool-1", endpoint, 500));
}

/* libzmq never retries after "400". */
static void curve_lets_in_who_was_refused_before(void **state)
{
	struct fixture *fixture = *state;
	struct zlink_options options = options_of("tcp://127.0.0.1:0");
	char endpoint[ENDPOINT_SIZE], from[160], to[160];
	struct why why = { "" };
	struct zlink *client;

	make_keys(fixture, "ingress");
	make_keys(fixture, "pool-1");
	snprintf(from, sizeof(from), "%s/pool-1.pub", fixture->directory);
	snprintf(to, sizeof(to), "%s/pool-1.later", fixture->directory);
	assert_int_equal(rename(from, to), 0);
	options.curve_dir = fixture->directory;
	options.curve_name = "ingress";
	options.curve_roles = CURVE_WORKER;
	fixture->router = zlink_bind(fixture->context, &options, &why);
	assert_string_equal(why.text, "");
	zlink_attach(fixture->router, fixture->loop, on_message, fixture);
	read_endpoint(options.endpoint, endpoint);
	client = connect_as(fixture, "pool-1", endpoint);
	assert_false(gets_through(fixture, client, 500));
	assert_int_equal(rename(to, from), 0);
	put_clock_forward(5000); /* it reconnects */
	assert_true(gets_through(fixture, client, 15000));
	zlink_close(client);
}

static void curve_allows_tcp_beyond_loopback(void **state)
{
	struct fixture *fixture = *state;
	struct zlink_options options = options_of("tcp://0.0.0.0:0");
	struct why why = { "" };

	options.curve_dir = fixture->directory;
	options.curve_name = "ingress";
	options.curve_roles = CURVE_WORKER;
	assert_null(zlink_bind(fixture->context, &options, &why));
	assert_non_null(strstr(why.text, "ingress.key"));
	make_keys(fixture, "ingress");
	fixture->router = zlink_bind(fixture->context, &options, &why);
	assert_non_null(fixture->router);
}

/* A key opens what its program is for. */
static void curve_keys_have_roles(void **state)
{
	static const struct {
		const char *name;
		bool opens_updates, opens_sightings;
	} cases[] = {
		{ "worker", true, false },    { "worker.old", true, false },
		{ "recorder", false, true },  { "recorder.old", false, true },
		{ "crashd", false, false },   { "ingress", false, false },
		{ "machine-7", true, false }, { "crashd2", true, false },
	};
	struct fixture *fixture = *state;
	char endpoint[ENDPOINT_SIZE], path[160];

	make_keys(fixture, "ingress");
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct curve_peer peer;
		struct why why = { "" };
		FILE *file;

		if (strcmp(cases[i].name, "ingress") != 0)
			make_keys(fixture, cases[i].name);
		/* as it was made before there were roles */
		assert_true(curve_read_peer(fixture->directory, cases[i].name, &peer, &why));
		snprintf(path, sizeof(path), "%s/%s.pub", fixture->directory, cases[i].name);
		assert_non_null(file = fopen(path, "w"));
		fprintf(file, "%s\n", peer.public_key);
		fclose(file);
		assert_true(curve_read_peer(fixture->directory, cases[i].name, &peer, &why));
		assert_false(peer.is_marked);
		for (int sightings = 0; sightings < 2; sightings++) {
			struct zlink_options options = options_of(endpoint);
			bool opens = sightings ? cases[i].opens_sightings : cases[i].opens_updates;

			options.curve_dir = fixture->directory;
			options.curve_name = "ingress";
			options.curve_roles = sightings ? CURVE_RECORDER : CURVE_WORKER;
			snprintf(endpoint, sizeof(endpoint), "ipc://%s/%zu.%d", run_dir, i,
				 sightings);
			fixture->router = zlink_bind(fixture->context, &options, &why);
			zlink_attach(fixture->router, fixture->loop, on_message, fixture);
			fixture->wanted = fixture->received + 1;
			assert_int_equal(client_gets_through(fixture, cases[i].name, endpoint,
							     opens ? 5000 : 200),
					 opens);
			zlink_close(fixture->router);
			fixture->router = NULL;
		}
	}
}

/* What `koronectl keys` writes decides, not the name. */
static void a_mark_decides(void **state)
{
	struct fixture *fixture = *state;
	struct curve_peer peer;
	char path[160];
	struct why why = { "" };
	FILE *file;

	assert_true(curve_make(fixture->directory, "machine-7", CURVE_RECORDER, &why));
	assert_true(curve_read_peer(fixture->directory, "machine-7", &peer, &why));
	assert_true(peer.is_marked);
	assert_int_equal(peer.role, CURVE_RECORDER);
	assert_string_equal(curve_role_name(peer.role), "recorder");
	snprintf(path, sizeof(path), "%s/machine-7.pub", fixture->directory);
	assert_non_null(file = fopen(path, "w"));
	fprintf(file, "%s role=recoder\n", peer.public_key);
	fclose(file);
	assert_false(curve_read_peer(fixture->directory, "machine-7", &peer, &why));
	assert_non_null(strstr(why.text, "allowed: worker, recorder, ingress, crashd"));
	/* a remark of the operator's, which was always allowed */
	assert_non_null(file = fopen(path, "w"));
	fprintf(file, "%s of the cellar\n", peer.public_key);
	fclose(file);
	assert_true(curve_read_peer(fixture->directory, "machine-7", &peer, &why));
	assert_false(peer.is_marked);
	assert_int_equal(peer.role, CURVE_WORKER);
}

static void curve_keys_are_checked(void **state)
{
	struct fixture *fixture = *state;
	struct curve_pair pair;
	char public_key[CURVE_KEY_SIZE], path[160];
	struct stat status;
	struct why why;
	FILE *file;

	make_keys(fixture, "a");
	assert_true(curve_read_pair(fixture->directory, "a", &pair, &why));
	assert_true(curve_read_public(fixture->directory, "a", public_key, &why));
	assert_string_equal(pair.public_key, public_key);
	assert_string_not_equal(pair.secret_key, public_key);
	snprintf(path, sizeof(path), "%s/a.key", fixture->directory);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_false(
		curve_make(fixture->directory, "a", CURVE_WORKER, &why)); /* never replaces a key */
	assert_non_null(strstr(why.text, "already exists"));
	assert_int_equal(chmod(path, 0604), 0);
	assert_false(curve_read_pair(fixture->directory, "a", &pair, &why));
	assert_non_null(strstr(why.text, "chmod 0600"));
	assert_int_equal(chmod(path, 0640), 0);
	assert_true(curve_read_pair(fixture->directory, "a", &pair, &why));

	file = fopen(path, "w");
	fputs("too short\n", file);
	fclose(file);
	assert_false(curve_read_pair(fixture->directory, "a", &pair, &why));
	assert_non_null(strstr(why.text, "does not hold a key"));
	assert_null(strstr(why.text, "too short")); /* it may be a secret */
	assert_false(curve_read_public(fixture->directory, "nobody", public_key, &why));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(one_at_a_time_does_not_stall),
		TEST(many_at_a_time_do_not_stall),
		TEST(tcp_on_loopback_works),
		TEST(sockets_are_private),
		TEST(a_directory_with_the_setgid_bit_is_for_its_group),
		TEST(a_link_may_close_itself),
		TEST(an_empty_message_arrives),
		TEST(too_large_messages_cut_the_peer_off),
		TEST(sends_never_block_or_lose_silently),
		TEST(what_is_given_is_taken_only_when_it_is_sent),
		TEST(messages_of_another_form_are_dropped),
		TEST(wrong_endpoints_are_refused),
		TEST(without_the_shared_key_nobody_gets_in),
		TEST(nor_over_tcp_on_loopback),
		TEST(the_shared_key_may_come_later),
		TEST(a_shared_key_that_others_can_have_is_refused),
		TEST(curve_lets_in_known_keys_only),
		TEST(curve_lets_in_who_was_refused_before),
		TEST(curve_allows_tcp_beyond_loopback),
		TEST(curve_keys_have_roles),
		TEST(a_mark_decides),
		TEST(curve_keys_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
