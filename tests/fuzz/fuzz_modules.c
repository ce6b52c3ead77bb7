/* fuzz_modules.c - any update through the modules that we ship, while Telegram, asked by them,
 * answers anything. The input is a byte for the kind, one for flags, one for the status of the
 * answer, the answer's body up to a NUL, then the update as JSON, or as msgpack if it is not JSON.
 */
#include <string.h>

#include "ingress/update/transcode.h"
#include "tests/fuzz/host_checks.h"
#include "tests/modules/fake_storage.h"
#include "workers/modules/modules.h"
#include "workers/wire/answer.h"

#define OPERATOR 123456789 /* who writes in the seeds */

static struct host *host;
static int status;
static struct text body;

static void answer_call(void *owner, const struct call *call, struct arena *arena,
			struct call_result *out)
{
	struct rights *rights = host_rights(host);
	uint64_t stamp = rights_stamp(rights, call->chat_id);

	(void)owner;
	if (text_is(call->method, CALL_FORGET_RIGHTS)) {
		rights_forget(rights, call->chat_id);
		*out = (struct call_result) { .status = CALL_OK };
		return;
	}
	check_call(call);
	(void)answer_read(status, body.data, body.length, true, arena, out);
	rights_learn(rights, call, out, stamp); /* as the sender does */
}

static void release_lane(void *owner)
{
	(void)owner;
}

/* Without op_crash, which does what it says. */
static void make_host(void)
{
	static const struct settings settings = {
		.modules_load = "*",
		.modules_not_load = "op_crash",
		.links_sites = "all",
		.default_locale = "en_US",
		.privacy_key = "key",
		.api_url = "https://api.telegram.org",
		.owner_id = OPERATOR,
	};
	const struct recorded_person ann = { OPERATOR, "Ann", "", "ann" };
	struct fake_storage *storage = fake_storage_create();
	const struct host_services services = { .call = answer_call,
						.release = release_lane,
						.storage = &fake_storage_table,
						.storage_owner = storage };
	struct why why;

	fake_storage_record(storage, &ann);
	host = host_create(compiled_modules, &settings, &why);
	PROMISE(host);
	host_start(host, &(struct bot) { .id = 1, .username = "korone_bot" }, &services, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = { 200, 0, 400, 401, 403, 404, 429, 500 };
	struct message_item item = { .seq = 1, .attempt = 1 };
	const uint8_t *end = size > 3 ? memchr(data + 3, '\0', size - 3) : NULL, *update;
	struct host_outcome outcome;
	struct buffer packed = { 0 };
	struct why why;

	if (!end)
		return 0;
	if (!host)
		make_host();
	status = statuses[data[2] % (sizeof(statuses) / sizeof(statuses[0]))];
	body = (struct text) { (const char *)data + 3, (size_t)(end - data - 3) };
	update = end + 1;
	size -= (size_t)(update - data);
	item.kind = (enum update_kind)(data[0] % KIND_COUNT);
	item.flags = data[1] & (ITEM_LATE | ITEM_INCIDENT | ITEM_WORK);
	item.body = (struct text) { (const char *)update, size };
	if (transcode((const char *)update, size, &packed, &why))
		item.body = (struct text) { (char *)buffer_unread(&packed),
					    buffer_unread_size(&packed) };
	host_handle(host, &item, &outcome);
	check_outcome(&outcome);
	buffer_finish(&packed);
	return 0;
}
