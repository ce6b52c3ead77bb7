/* fuzz_host.c - any update through routing and handlers: nothing crashes, and whatever is sent
 * respects the limits of the Bot API. The input is a byte for the kind, one for flags, then the
 * update as JSON, or as msgpack if it is not JSON. */
#include <stdio.h>
#include <string.h>

#include "ingress/update/transcode.h"
#include "tests/fuzz/host_checks.h"
#include "tests/modules/examples.h"
#include "tests/modules/fake_storage.h"
#include "workers/host/host.h"

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
		.links_sites = "all",
		.default_locale = "en_US",
		.privacy_key = "key",
		.api_url = "https://api.telegram.org",
	};
	const struct host_services services = { .call = answer_call,
						.release = release_lane,
						.storage = &fake_storage_table,
						.storage_owner = fake_storage_create() };
	struct why why;
	struct host *host = host_create(example_modules, &settings, &why);

	if (!host)
		fprintf(stderr, "%s\n", why.text);
	PROMISE(host);
	host_start(host, &(struct bot) { .id = 1, .username = "korone_bot" }, &services, NULL);
	return host;
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
	check_outcome(&outcome);
	buffer_finish(&body);
	return 0;
}
