/* draft_world.h - a host with one handler, that of the test; what it says is checked against the
 * table of the Bot API. */
#ifndef TESTS_UNIT_DRAFT_WORLD_H
#define TESTS_UNIT_DRAFT_WORLD_H

#include <jansson.h>

#include "botapi/check.h"
#include "tests/unit/host_world.h"

#define GROUP "\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"}"
#define PRIVATE "\"chat\":{\"id\":7,\"type\":\"private\"}"
#define ANNA "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"Anna\"}"
#define NO_PREVIEW "\"link_preview_options\":{\"is_disabled\":true}"
#define REPLY "\"reply_parameters\":{\"message_id\":5,\"allow_sending_without_reply\":true}"

typedef enum verdict say_fn(struct ctx *ctx, struct draft *draft);

/* What the handler does with its draft. */
static say_fn *say;

static inline enum verdict say_it(struct ctx *ctx)
{
	return say ? say(ctx, ctx_draft(ctx)) : PASS;
}

static inline void assert_is_taken(const struct host_world *world, size_t index)
{
	const struct call *call = &world->outcome.calls[index];
	const struct botapi_method *method = botapi_find_method(call->method.data,
								call->method.length);
	json_t *body = json_loads(world_body(world, index), 0, NULL);
	struct why why = { "" };

	assert_non_null(method);
	if (!botapi_check_call(method, body, &why))
		fail_msg("%s: %s", why.text, world_body(world, index));
	json_decref(body);
}

/* By a message with these members. */
static inline void say_to(struct host_world *world, const char *members, say_fn *fn)
{
	char json[2000];

	say = fn;
	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"message\":{\"message_id\":5,\"date\":1,%s}}", members);
	world_handle(world, KIND_MESSAGE, json);
	for (size_t i = 0; i < world->outcome.calls_count; i++)
		assert_is_taken(world, i);
}

static inline void say_in_group(struct host_world *world, say_fn *fn)
{
	say_to(world, ANNA "," GROUP ",\"text\":\"x\"", fn);
}

static inline void say_in_private(struct host_world *world, say_fn *fn)
{
	say_to(world, ANNA "," PRIVATE ",\"text\":\"x\"", fn);
}

static inline void assert_call(const struct host_world *world, size_t index, const char *method,
			       const char *body)
{
	if (world->outcome.end == HOST_FAILED)
		fail_msg("%s", world->outcome.reason);
	assert_true(index < world->outcome.calls_count);
	if (!text_is(world->outcome.calls[index].method, method))
		fail_msg("%.*s", (int)world->outcome.calls[index].method.length,
			 world->outcome.calls[index].method.data);
	assert_string_equal(world_body(world, index), body);
}

static inline void assert_one_call(const struct host_world *world, const char *method,
				   const char *body)
{
	assert_call(world, 0, method, body);
	assert_int_equal(world->outcome.calls_count, 1);
}

static inline void assert_has(const struct host_world *world, size_t index, const char *part)
{
	if (world->outcome.end == HOST_FAILED)
		fail_msg("%s", world->outcome.reason);
	if (!strstr(world_body(world, index), part))
		fail_msg("no %s in %s", part, world_body(world, index));
}

static inline void assert_fails(struct host_world *world, say_fn *fn, const char *reason)
{
	say_in_private(world, fn);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_string_equal(world->outcome.reason, reason);
}

/* The handler of TEXT() in their modules. */
static inline enum verdict on_text(struct ctx *ctx, const struct text_message *message)
{
	(void)message;
	return say_it(ctx);
}

static inline int tear_down(void **state)
{
	world_close(*state);
	return 0;
}

/* A say_fn that does this with its draft and replies. */
#define SAYS(name, ...)                                                \
	static enum verdict name(struct ctx *ctx, struct draft *draft) \
	{                                                              \
		(void)ctx;                                             \
		__VA_ARGS__                                            \
		return draft_reply(draft);                             \
	}

#endif
