/* host_world.h - a host with the modules of a test, a storage of lists and a Telegram that
 * answers what the test says. */
#ifndef TESTS_UNIT_HOST_WORLD_H
#define TESTS_UNIT_HOST_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/buffer.h"
#include "common/files.h"
#include "common/xalloc.h"
#include "ingress/update/transcode.h"
#include "tests/modules/fake_storage.h"
#include "workers/host/host.h"
#include "workers/module.h"
#include "workers/wire/places.h"

struct host_world {
	char directory[32]; /* its state directory */
	struct settings settings;
	struct host *host;
	struct storage storage; /* a test may put functions of its own in the place of these */
	struct fake_storage *memory;
	struct buffer body;
	int64_t updates; /* so far */
	struct host_outcome outcome;
	/* What Telegram answers to calls whose result is waited for; NULL: it fails. */
	const char *answer;
	const char *refusal; /* why it refuses them, with error 400; NULL: it does not */
	int refusal_code;    /* another one; 0: 400 */
	unsigned calls;      /* of that kind */
	char typing[200]; /* the chat action that was to be shown, with its parameters; "" none */
	char call[200];   /* the parameters of the last */
};

static inline void world_call(void *owner, const struct call *call, struct arena *arena,
			      struct call_result *out)
{
	struct host_world *world = owner;
	struct rights *rights = host_rights(world->host);
	uint64_t stamp = rights_stamp(rights, call->chat_id);

	(void)arena;
	if (text_is(call->method, CALL_FORGET_RIGHTS)) {
		rights_forget(rights, call->chat_id);
		*out = (struct call_result) { .status = CALL_OK };
		return;
	}
	world->calls++;
	snprintf(world->call, sizeof(world->call), "%.*s %.*s", (int)call->method.length,
		 call->method.data, (int)call->body.length, call->body.data);
	*out = (struct call_result) { .status = CALL_FAILED };
	if (world->refusal)
		*out = (struct call_result) {
			.status = CALL_REFUSED,
			.error_code = world->refusal_code ? world->refusal_code : 400,
			.description = { world->refusal, strlen(world->refusal) }
		};
	else if (world->answer)
		*out = (struct call_result) { .status = CALL_OK,
					      .result = { world->answer, strlen(world->answer) } };
	rights_learn(rights, call, out, stamp); /* as the sender does */
}

static inline void world_type(void *owner, const struct call *call)
{
	struct host_world *world = owner;

	snprintf(world->typing, sizeof(world->typing), "%.*s %.*s", (int)call->method.length,
		 call->method.data, (int)call->body.length, call->body.data);
}

static inline void world_release_nothing(void *owner)
{
	(void)owner;
}

static inline void world_make_directory(struct host_world *world)
{
	char path[64];
	struct why why;

	strcpy(world->directory, "/tmp/host_world.XXXXXX");
	assert_non_null(mkdtemp(world->directory));
	world->settings.state_dir = world->directory;
	place_of_files(&world->settings, path, sizeof(path));
	assert_true(directory_make(path, &why));
}

/* Fails when something is left in it. */
static inline void world_remove_directory(struct host_world *world)
{
	char path[64];

	world->settings.state_dir = world->directory;
	place_of_files(&world->settings, path, sizeof(path));
	assert_int_equal(rmdir(path), 0);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(world->directory), 0);
}

static inline struct host_world *world_open(const struct module *const *modules)
{
	struct host_world *world = xcalloc(1, sizeof(*world));
	struct host_services services = { .owner = world,
					  .call = world_call,
					  .release = world_release_nothing,
					  .typing = world_type };
	struct why why = { "" };

	world->settings = (struct settings) { .modules_load = "*",
					      .modules_not_load = "",
					      .links_sites = "all",
					      .default_locale = "en_US",
					      .privacy_key = "key",
					      .api_url = "https://api.telegram.org",
					      .owner_id = 8 };
	world_make_directory(world);
	world->memory = fake_storage_create();
	world->storage = fake_storage_table;
	services.storage = &world->storage;
	services.storage_owner = world->memory;
	world->host = host_create(modules, &world->settings, &why);
	assert_string_equal(why.text, "");
	host_start(world->host, &(struct bot) { .id = 1, .username = "korone_bot" }, &services,
		   NULL);
	return world;
}

static inline void world_close(struct host_world *world)
{
	host_destroy(world->host);
	fake_storage_destroy(world->memory);
	world_remove_directory(world);
	buffer_finish(&world->body);
	free(world);
}

static inline void world_handle_item(struct host_world *world, struct message_item *item)
{
	item->update_id = world->updates;
	item->received_s = 1767225600;
	item->body = (struct text) { (char *)buffer_unread(&world->body),
				     buffer_unread_size(&world->body) };
	host_handle(world->host, item, &world->outcome);
}

/* Has the host handle an update. */
static inline void world_handle(struct host_world *world, enum update_kind kind, const char *json)
{
	struct message_item item = { .seq = 1, .kind = kind, .attempt = 1 };
	struct why why;

	buffer_clear(&world->body);
	if (!transcode(json, strlen(json), &world->body, &why))
		fail_msg("%s: %s", json, why.text);
	world->updates++;
	world_handle_item(world, &item);
}

/* Has it handle the last update again, as after the end of the child that handled it. */
static inline void world_repeat(struct host_world *world, enum update_kind kind)
{
	struct message_item item = { .seq = 1, .kind = kind, .attempt = 2, .flags = ITEM_REPEAT };

	world_handle_item(world, &item);
}

/* The order by which a piece of work was put off last (common/orders.h), which lives until the next
 * update; one without a body: none was. */
static inline struct order world_put_order(const struct host_world *world)
{
	struct text rest = world->outcome.orders;
	struct order order, put = { 0 };

	while (orders_next(&rest, &order))
		if (order.kind == ORDER_PUT)
			put = order;
	return put;
}

static inline struct text world_put(const struct host_world *world)
{
	return world_put_order(world).body;
}

/* The parameters of a queued call; borrowed until the next. */
static inline const char *world_body(const struct host_world *world, size_t index)
{
	static char body[65536];
	const struct call *call;

	assert_true(index < world->outcome.calls_count);
	call = &world->outcome.calls[index];
	assert_in_range(call->body.length, 0, sizeof(body) - 1);
	memcpy(body, call->body.data, call->body.length);
	body[call->body.length] = '\0';
	return body;
}

#endif
