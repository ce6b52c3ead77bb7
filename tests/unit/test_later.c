/* test_later.c - what waits with work that is put off: who, where, topic and language, never what
 * was said. Work is put off for updates of every kind, and done in their place. */
#include "tests/unit/host_world.h"

#include "common/piece.h"
#include "workers/host/skeleton.h"
#include "workers/wire/wire.h"

#define ANNA                                                                                  \
	"\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"Anna\",\"last_name\":\"Berg\"," \
	"\"username\":\"anna\",\"language_code\":\"de\",\"is_premium\":true}"
#define GROUP                                                                                      \
	"\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"Friends\",\"username\":\"fr\"," \
	"\"is_forum\":true}"
#define TOPIC "\"message_thread_id\":3,\"is_topic_message\":true"
#define REPLIED                                                                                    \
	"\"reply_to_message\":{\"message_id\":4," GROUP ",\"text\":\"SECRET\",\"from\":{\"id\":9," \
	"\"is_bot\":false,\"first_name\":\"SECRET\"}}"
#define PHOTO "\"photo\":[{\"file_id\":\"SECRET\",\"file_unique_id\":\"SECRET\"}]"
#define SAID                                                                                \
	"\"text\":\"SECRET\",\"caption\":\"SECRET\",\"entities\":[{\"type\":\"text_link\"," \
	"\"offset\":0,\"length\":6,\"url\":\"SECRET\"}]," REPLIED "," PHOTO
#define MESSAGE_5 "\"message_id\":5,\"date\":1767225600," ANNA "," GROUP "," TOPIC

static bool runs_once_more, fails;
static const char *repeats; /* NULL: it is put off once */
static int64_t put_off_minute;

static struct {
	int times;
	int64_t chat_id, user_id, topic, now;
	char first_name[16], language[16], title[16], text[16];
	bool has_message, is_operator;
} seen;

static enum verdict put_off(struct ctx *ctx, const struct any_update *any)
{
	(void)any;
	if (repeats && strcmp(repeats, "daily") == 0)
		return ctx_daily(ctx, put_off_minute, "again:%d", 12);
	if (repeats)
		return ctx_every(ctx, 3600, "again:%d", 12);
	return ctx_laterf(ctx, 60, "again:%d", 12);
}

static enum verdict again(struct ctx *ctx, const struct work *work)
{
	const struct message *message = ctx_find_message(ctx);

	seen.times++;
	seen.chat_id = work->chat ? work->chat->id : 0;
	seen.user_id = work->from ? work->from->id : 0;
	seen.topic = ctx_topic(ctx);
	seen.now = ctx_now(ctx);
	seen.has_message = message != NULL;
	seen.is_operator = work->from && ctx_is_operator(ctx, work->from);
	snprintf(seen.title, sizeof(seen.title), "%s", work->chat ? work->chat->title : "");
	snprintf(seen.first_name, sizeof(seen.first_name), "%s",
		 work->from ? work->from->first_name : "");
	snprintf(seen.language, sizeof(seen.language), "%s",
		 work->from ? work->from->language_code : "");
	snprintf(seen.text, sizeof(seen.text), "%s", message ? message->text : "");
	assert_int_equal(slug_integer(ctx, 0), 12);
	if (fails)
		return ctx_fail(ctx, "on purpose");
	return runs_once_more ? ctx_laterf(ctx, 60, "again:%d", 12) : DONE;
}

static const struct route routes[] = {
	ANY(put_off),
	WORK("again:%d", again),
	END_OF_ROUTES,
};

static const struct module module = { .name = "later", .routes = routes };
static const struct module *const modules[] = { &module, NULL };

static int open_world(void **state)
{
	*state = world_open(modules);
	return 0;
}

static int close_world(void **state)
{
	world_close(*state);
	return 0;
}

static char kept[ORDER_BODY_MAX];
static size_t kept_size;

/* Keeps what waits, which lives no longer than until the next update. */
static void keep(const struct host_world *world)
{
	struct text body = world_put(world);

	kept_size = body.length;
	assert_in_range(kept_size, 1, sizeof(kept));
	memcpy(kept, body.data, kept_size);
}

static void put_off_for(struct host_world *world, enum update_kind kind, const char *json)
{
	world_handle(world, kind, json);
	assert_int_not_equal(world->outcome.end, HOST_FAILED);
	keep(world);
}

static void become_due(struct host_world *world)
{
	struct message_item item = { .seq = 1, .flags = ITEM_WORK, .attempt = 1 };

	item.body = (struct text) { kept, kept_size };
	memset(&seen, 0, sizeof(seen));
	host_handle(world->host, &item, &world->outcome);
	assert_int_not_equal(world->outcome.end, HOST_FAILED);
	assert_int_equal(seen.times, 1);
}

static void assert_nothing_said_is_kept(void)
{
	assert_null(memmem(kept, kept_size, "SECRET", 6));
}

static void nothing_that_was_said_waits(void **state)
{
	static const struct {
		enum update_kind kind;
		const char *json;
	} rows[] = {
		{ KIND_MESSAGE, "{\"update_id\":1,\"message\":{" MESSAGE_5 "," SAID "}}" },
		{ KIND_EDITED_MESSAGE,
		  "{\"update_id\":1,\"edited_message\":{" MESSAGE_5 "," SAID "}}" },
		{ KIND_MESSAGE,
		  "{\"update_id\":1,\"message\":{" MESSAGE_5 ",\"forward_origin\":{\"type\":"
		  "\"hidden_user\",\"sender_user_name\":\"SECRET\"},\"via_bot\":{\"id\":3,"
		  "\"first_name\":\"SECRET\"}," SAID "}}" },
		{ KIND_CALLBACK_QUERY, "{\"update_id\":1,\"callback_query\":{\"id\":\"1\"," ANNA
				       ",\"data\":\"SECRET\",\"message\":{\"message_id\":5," GROUP
				       "," TOPIC ",\"text\":\"SECRET\"}}}" },
		{ KIND_GUEST_MESSAGE, "{\"update_id\":1,\"guest_message\":{" MESSAGE_5 "," SAID
				      ",\"guest_query_id\":\"g1\"}}" },
		{ KIND_CHAT_JOIN_REQUEST, "{\"update_id\":1,\"chat_join_request\":{" ANNA "," GROUP
					  ",\"user_chat_id\":70,\"date\":1,\"bio\":\"SECRET\"}}" },
		{ KIND_MESSAGE_REACTION,
		  "{\"update_id\":1,\"message_reaction\":{" GROUP
		  ",\"message_id\":5,\"date\":1,\"user\":{\"id\":7,\"is_bot\":false,"
		  "\"first_name\":\"Anna\",\"language_code\":\"de\"},\"old_reaction\":[],"
		  "\"new_reaction\":[{\"type\":\"custom_emoji\",\"custom_emoji_id\":\"SECRET\"}]}"
		  "}" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		put_off_for(*state, rows[i].kind, rows[i].json);
		assert_nothing_said_is_kept();
		assert_in_range(kept_size, 1, 600);
		become_due(*state);
		assert_int_equal(seen.chat_id, -100);
		assert_int_equal(seen.user_id, 7);
		assert_string_equal(seen.first_name, "Anna");
		assert_string_equal(seen.language, "de");
		assert_string_equal(seen.title, "Friends");
		assert_string_equal(seen.text, "");
	}
}

static void the_topic_and_the_message_stay_known(void **state)
{
	put_off_for(*state, KIND_MESSAGE, "{\"update_id\":1,\"message\":{" MESSAGE_5 "," SAID "}}");
	become_due(*state);
	assert_int_equal(seen.topic, 3);
	assert_int_equal(seen.now, 1767225660);
	assert_true(seen.has_message);
}

/* Else whoever has an operator's message forwarded would be taken for the operator. */
static void what_another_wrote_stays_anothers(void **state)
{
	static const char *const marks[] = {
		"\"forward_origin\":{\"type\":\"user\"}",
		"\"forward_date\":1",
		"\"via_bot\":{\"id\":3,\"is_bot\":true,\"first_name\":\"b\"}",
		"\"sender_business_bot\":{\"id\":3,\"is_bot\":true,\"first_name\":\"b\"}",
		NULL,
	};
	char json[512];

	for (const char *const *mark = marks;; mark++) {
		snprintf(json, sizeof(json),
			 "{\"update_id\":1,\"message\":{\"message_id\":5,\"from\":{\"id\":8,"
			 "\"is_bot\":false,\"first_name\":\"Olga\"},\"chat\":{\"id\":8,"
			 "\"type\":\"private\"}%s%s}}",
			 *mark ? "," : "", *mark ? *mark : "");
		put_off_for(*state, KIND_MESSAGE, json);
		become_due(*state);
		assert_int_equal(seen.is_operator, *mark == NULL);
		if (!*mark)
			return;
	}
}

/* Put off in turn it is as small as before, and due as much later. */
static void work_is_put_off_again(void **state)
{
	struct host_world *world = *state;
	size_t size;

	runs_once_more = true;
	put_off_for(world, KIND_MESSAGE, "{\"update_id\":1,\"message\":{" MESSAGE_5 "," SAID "}}");
	size = kept_size;
	become_due(world);
	keep(world);
	runs_once_more = false;
	assert_int_equal(kept_size, size);
	become_due(world);
	assert_int_equal(seen.user_id, 7);
	assert_int_equal(seen.now, 1767225720);
}

/* --- repeated --------------------------------------------------------------------------------- */

#define NOW 1767225600 /* midnight */

static void put_off_repeated(struct host_world *world, const char *how, int64_t minute)
{
	repeats = how;
	put_off_minute = minute;
	world_handle(world, KIND_MESSAGE, "{\"update_id\":1,\"message\":{" MESSAGE_5 "," SAID "}}");
	repeats = NULL;
	keep(world);
}

/* It is given to the host at this time; returns after how many seconds it is to come again. */
static int64_t come(struct host_world *world, int64_t at_s, uint8_t flags)
{
	struct message_item item = { .seq = 2,
				     .flags = flags,
				     .attempt = 1,
				     .received_s = NOW,
				     .age_ms = (uint64_t)(at_s - NOW) * 1000,
				     .body = { kept, kept_size } };
	int64_t after_s;

	memset(&seen, 0, sizeof(seen));
	host_handle(world->host, &item, &world->outcome);
	after_s = (int64_t)(world_put_order(world).after_ms / 1000);
	keep(world);
	return after_s;
}

/* At its own times, however late it runs; what was missed is not made up for. */
static void what_repeats_comes_again(void **state)
{
	struct host_world *world = *state;

	put_off_repeated(world, "every", 0);
	assert_int_equal(come(world, NOW + 3600, ITEM_WORK), 3600);
	assert_int_equal(seen.times, 1);
	assert_int_equal(seen.now, NOW + 3600);
	assert_int_equal(seen.user_id, 0);
	assert_int_equal(seen.topic, 3);
	assert_int_equal(come(world, NOW + 2 * 3600 + 100, ITEM_WORK), 3500);
	assert_int_equal(come(world, NOW + 9 * 3600 + 1, ITEM_WORK), 3599);
	assert_null(memmem(kept, kept_size, "Anna", 4));
	fails = true;
	assert_int_equal(come(world, NOW + 10 * 3600, ITEM_WORK), 3600);
	fails = false;
	assert_int_equal(world->outcome.end, HOST_FAILED);
}

static void what_is_daily_comes_every_day(void **state)
{
	struct host_world *world = *state;
	int64_t due_s = NOW + 480 * 60;

	put_off_repeated(world, "daily", 480);
	assert_int_equal(come(world, due_s, ITEM_WORK), 86400);
	assert_int_equal(seen.times, 1);
	/* A clock that goes a little behind does not make it come twice. */
	assert_int_equal(come(world, due_s + 86400 - 2, ITEM_WORK), 86402);
	assert_int_equal(seen.times, 1);
	/* Hastened, because the zone is another: it is looked at, not done. */
	assert_int_equal(come(world, due_s + 86400 + 3600, ITEM_WORK), 82800);
	assert_int_equal(seen.times, 0);
}

/* Its attempts are used up. */
static void what_repeats_goes_on_after_an_incident(void **state)
{
	struct incident given = { .kind = KIND_MESSAGE };
	struct host_world *world = *state;
	struct buffer body = { 0 };
	struct message_item item = { .seq = 2, .flags = ITEM_INCIDENT, .received_s = NOW + 3601 };

	put_off_repeated(world, "every", 0);
	given.work = (struct text) { kept, kept_size };
	incident_encode(&given, &body);
	item.body = (struct text) { (const char *)buffer_unread(&body), buffer_unread_size(&body) };
	memset(&seen, 0, sizeof(seen));
	host_handle(world->host, &item, &world->outcome);
	assert_int_equal(seen.times, 0);
	assert_int_equal(world_put_order(world).after_ms, 3599000);
	buffer_finish(&body);
}

/* A slug that no module has, because it is not loaded now. */
static void what_nobody_knows_comes_back_in_a_day(void **state)
{
	static const struct route none[] = { ANY(put_off), END_OF_ROUTES };
	static const struct module other = { .name = "other", .routes = none };
	static const struct module *const others[] = { &other, NULL };
	struct host_world *world = *state, *without;

	put_off_repeated(world, "every", 0);
	without = world_open(others);
	assert_int_equal(come(without, NOW + 3600, ITEM_WORK), 86400);
	assert_int_equal(seen.times, 0);
	world_close(without);
}

/* Ingress has the new id in the head. */
static void it_follows_a_group_that_became_a_supergroup(void **state)
{
	struct host_world *world = *state;
	struct buffer moved = { 0 };
	struct piece piece;

	put_off_for(world, KIND_MESSAGE,
		    "{\"update_id\":1,\"message\":{\"message_id\":5,\"date\":1767225600," ANNA
		    ",\"chat\":{\"id\":-5,\"type\":\"group\",\"title\":\"Friends\"}}}");
	assert_true(piece_read((struct text) { kept, kept_size }, &piece));
	assert_int_equal(piece.chat_id, -5);
	assert_int_equal(piece.person_id, 7);
	piece.chat_id = -100;
	piece_write(&piece, &moved);
	memcpy(kept, buffer_unread(&moved), PIECE_HEAD_SIZE);
	buffer_finish(&moved);
	runs_once_more = true;
	become_due(world);
	runs_once_more = false;
	assert_int_equal(seen.chat_id, -100);
	assert_int_equal(seen.user_id, 7);
	assert_string_equal(seen.title, "Friends");
	keep(world);
	assert_true(piece_read((struct text) { kept, kept_size }, &piece));
	assert_int_equal(piece.chat_id, -100);
}

/* As the spool has it from before: the whole update waits, in three versions of the record. */
static void what_waits_already_is_done(void **state)
{
	struct host_world *world = *state;

	world_handle(world, KIND_MESSAGE, "{\"update_id\":1,\"message\":{" MESSAGE_5 "," SAID "}}");
	for (unsigned version = 1; version <= 3; version++) {
		struct buffer old = { 0 };

		pack_array(&old, version == 3 ? 6 : version == 2 ? 4 : 5);
		pack_uint(&old, version);
		pack_text(&old, version == 1 ? "again" : "again:12");
		if (version == 1)
			pack_text(&old, "12");
		pack_uint(&old, KIND_MESSAGE);
		pack_bytes(&old, buffer_unread(&world->body), buffer_unread_size(&world->body));
		if (version == 3) {
			pack_uint(&old, 2);
			pack_int(&old, 99);
		}
		kept_size = buffer_unread_size(&old);
		memcpy(kept, buffer_unread(&old), kept_size);
		buffer_finish(&old);
		runs_once_more = true;
		become_due(world);
		runs_once_more = false;
		assert_string_equal(seen.text, "SECRET");
		keep(world);
		assert_nothing_said_is_kept();
	}
}

/* Of an update as nobody at Telegram would write it, too, little is kept. */
static void a_skeleton_is_small(void **state)
{
	static const char *const names[] = { "update_id", "from", "chat", "message",
					     "sender_chat" };
	struct buffer update = { 0 }, out = { 0 };
	static char long_text[SKELETON_TEXT_MAX + 1];

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	for (size_t length = SKELETON_TEXT_MAX; length <= SKELETON_TEXT_MAX + 1; length++) {
		struct text body;

		buffer_clear(&update);
		buffer_clear(&out);
		pack_map(&update, 2);
		pack_text(&update, "update_id");
		pack_array(&update, 0);
		pack_text(&update, "message");
		pack_map(&update, COUNT_OF(names) + 1);
		for (size_t i = 0; i < COUNT_OF(names); i++) {
			pack_text(&update, names[i]);
			pack_text_n(&update, long_text, length);
		}
		pack_text(&update, "date");
		pack_text_n(&update, long_text, length);
		body = (struct text) { (const char *)buffer_unread(&update),
				       buffer_unread_size(&update) };
		skeleton_write(body, KIND_MESSAGE, &(struct skeleton_changes) { 0 }, &out);
		assert_in_range(buffer_unread_size(&out), 1, 2 * SKELETON_TEXT_MAX);
		assert_int_equal(memmem(buffer_unread(&out), buffer_unread_size(&out), "xxx", 3) !=
					 NULL,
				 length <= SKELETON_TEXT_MAX);
	}
	buffer_clear(&out);
	skeleton_write((struct text) { "\x81\xa9", 2 }, KIND_MESSAGE,
		       &(struct skeleton_changes) { 0 }, &out);
	assert_int_equal(buffer_unread_size(&out), 1);
	buffer_finish(&update);
	buffer_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_that_was_said_waits, open_world,
						close_world),
		cmocka_unit_test_setup_teardown(the_topic_and_the_message_stay_known, open_world,
						close_world),
		cmocka_unit_test_setup_teardown(what_another_wrote_stays_anothers, open_world,
						close_world),
		cmocka_unit_test_setup_teardown(work_is_put_off_again, open_world, close_world),
		cmocka_unit_test_setup_teardown(what_waits_already_is_done, open_world,
						close_world),
		cmocka_unit_test_setup_teardown(what_repeats_comes_again, open_world, close_world),
		cmocka_unit_test_setup_teardown(what_is_daily_comes_every_day, open_world,
						close_world),
		cmocka_unit_test_setup_teardown(what_repeats_goes_on_after_an_incident, open_world,
						close_world),
		cmocka_unit_test_setup_teardown(what_nobody_knows_comes_back_in_a_day, open_world,
						close_world),
		cmocka_unit_test_setup_teardown(it_follows_a_group_that_became_a_supergroup,
						open_world, close_world),
		cmocka_unit_test(a_skeleton_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
