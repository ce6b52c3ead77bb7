/* fuzz_host.c - any update through routing and handlers: nothing crashes, and whatever is sent
 * respects the limits of the Bot API. The input is a byte for the kind, one for flags, then the
 * update as JSON, or as msgpack if it is not JSON. */
#include <string.h>

#include <jansson.h>

#include "common/utf8.h"
#include "ingress/update/transcode.h"
#include "tests/fuzz/fuzz.h"
#include "tests/modules/fake_storage.h"
#include "workers/host/host.h"

/* The modules that use the whole API; a target is one file. */
#include "tests/modules/examples.c"

static void answer_call(void *owner, const struct call *call, struct arena *arena,
			struct call_result *out)
{
	static const char member[] = "{\"status\":\"administrator\",\"can_restrict_members\":true}";

	(void)owner;
	(void)arena;
	*out = (struct call_result) { .status = CALL_OK };
	if (text_is(call->method, "getChatMember"))
		out->result = (struct text) { member, sizeof(member) - 1 };
}

static void release_lane(void *owner)
{
	(void)owner;
}

static struct host *make_host(void)
{
	static const struct settings settings = {
		.modules_load = "*",
		.modules_not_load = "",
		.default_locale = "en_US",
		.privacy_key = "key",
	};
	const struct host_services services = { .call = answer_call,
						.release = release_lane,
						.storage = &fake_storage_table,
						.storage_owner = fake_storage_create() };
	struct why why;
	struct host *host = host_create(example_modules, &settings, &why);

	PROMISE(host);
	host_start(host, &(struct bot) { .id = 1, .username = "korone_bot" }, &services, NULL);
	return host;
}

static void check_entities(const json_t *body, size_t units)
{
	const json_t *entities = json_object_get(body, "entities"), *entity;
	size_t i;

	PROMISE(json_array_size(entities) <= 100);
	json_array_foreach(entities, i, entity)
	{
		json_int_t offset = json_integer_value(json_object_get(entity, "offset"));
		json_int_t length = json_integer_value(json_object_get(entity, "length"));

		PROMISE(offset >= 0 && length > 0 && (size_t)(offset + length) <= units);
	}
}

/* jansson refuses invalid UTF-8. */
static void check_call(const struct call *call)
{
	json_t *body = json_loadb(call->body.data, call->body.length, JSON_ALLOW_NUL, NULL);
	const json_t *text = json_object_get(body, "text");
	size_t units = text ? utf8_units(json_string_value(text), json_string_length(text)) : 1;

	PROMISE(body);
	PROMISE(units > 0 && units <= 4096);
	check_entities(body, units);
	json_decref(body);
}

static size_t count_press_answers(const struct host_outcome *outcome)
{
	size_t count = 0;

	for (size_t i = 0; i < outcome->calls_count; i++)
		count += text_is(outcome->calls[i].method, "answerCallbackQuery");
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct host *host;
	struct buffer body = { 0 };
	struct host_outcome outcome;
	struct message_item item = { .seq = 1, .attempt = 1 };
	struct why why;

	if (size < 2)
		return 0;
	if (!host)
		host = make_host();
	item.kind = (enum update_kind)(data[0] % KIND_COUNT);
	item.flags = data[1] & (ITEM_LATE | ITEM_INCIDENT | ITEM_WORK);
	item.body = (struct text) { (const char *)data + 2, size - 2 };
	if (transcode((const char *)data + 2, size - 2, &body, &why))
		item.body = (struct text) { (char *)buffer_unread(&body),
					    buffer_unread_size(&body) };
	host_handle(host, &item, &outcome);
	for (size_t i = 0; i < outcome.calls_count; i++)
		check_call(&outcome.calls[i]);
	PROMISE(count_press_answers(&outcome) <= 1);
	buffer_finish(&body);
	return 0;
}
