/* test_extract.c - what ingress reads from an update: kind, lane, who counts as seen, migrations,
 * incidents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ingress/update/extract.h"
#include "ingress/update/lane_key.h"
#include "ingress/update/transcode.h"

#define ANNA                                                                       \
	"{\"id\":11,\"is_bot\":false,\"first_name\":\"Anna\",\"last_name\":\"A\"," \
	"\"username\":\"anna\",\"language_code\":\"de\"}"
#define BOB "{\"id\":4503599627370496,\"is_bot\":false,\"first_name\":\"Bob\"}"
#define ROBOT "{\"id\":13,\"is_bot\":true,\"first_name\":\"Robot\"}"
#define GROUP "{\"id\":-20,\"type\":\"group\",\"title\":\"G\"}"
#define SUPER \
	"{\"id\":-1002147483648001,\"type\":\"supergroup\",\"title\":\"S\",\"username\":\"s\"}"
#define CHANNEL "{\"id\":-1003,\"type\":\"channel\",\"title\":\"C\"}"
#define PRIVATE "{\"id\":11,\"type\":\"private\",\"first_name\":\"Anna\"}"
#define SUPER_ID INT64_C(-1002147483648001)
#define BOB_ID INT64_C(4503599627370496)

static struct buffer packed;
static struct extract extract;

/* `content` is JSON of the update's content. */
static const struct extract *of(const char *kind, const char *content)
{
	struct buffer json = { 0 };
	struct why why = { "" };

	buffer_printf(&json, "{\"update_id\":5,\"%s\":%s}", kind, content);
	packed.size = 0;
	memset(&extract, 0xa5, sizeof(extract));
	if (!transcode((const char *)json.data, json.size, &packed, &why) ||
	    !extract_update(packed.data, packed.size, &extract, &why))
		fail_msg("%s: %s", content, why.text);
	buffer_finish(&json);
	assert_int_equal(extract.update_id, 5);
	return &extract;
}

/* Asserts the ids that were seen, in any order; ended by 0. */
static void sees(const char *kind, const char *content, const int64_t *ids)
{
	const struct extract *got = of(kind, content);
	size_t count = 0;

	for (; ids[count]; count++) {
		bool found = false;

		for (size_t i = 0; i < got->sightings_count; i++)
			found = found || got->sightings[i].id == ids[count];
		if (!found)
			fail_msg("%s %s: %lld is not seen", kind, content, (long long)ids[count]);
	}
	if (got->sightings_count != count)
		fail_msg("%s %s: %zu seen", kind, content, got->sightings_count);
}

#define SEES(kind, content, ...) sees(kind, content, (const int64_t[]) { __VA_ARGS__, 0 })
#define SEES_NOBODY(kind, content) sees(kind, content, (const int64_t[]) { 0 })

static void text_equal(struct text text, const char *wanted)
{
	if (!wanted) {
		assert_null(text.data);
		return;
	}
	assert_int_equal(text.length, strlen(wanted));
	assert_memory_equal(text.data, wanted, text.length);
}

static void a_message_gives_its_sender_and_group(void **state)
{
	const struct extract *got = of("message", "{\"message_id\":1,\"from\":" ANNA
						  ",\"chat\":" SUPER ",\"text\":\"hi\"}");

	(void)state;
	assert_int_equal(got->kind, KIND_MESSAGE);
	assert_true(got->chat_id == SUPER_ID);
	assert_true(got->lane == lane_of_chat(SUPER_ID));
	assert_int_equal(got->sightings_count, 2);
	assert_int_equal(got->sightings[0].scope, SIGHTING_USER);
	assert_int_equal(got->sightings[0].id, 11);
	text_equal(got->sightings[0].username, "anna");
	text_equal(got->sightings[0].first_name, "Anna");
	text_equal(got->sightings[0].last_name, "A");
	text_equal(got->sightings[0].language_code, "de");
	text_equal(got->sightings[0].title, NULL);
	assert_int_equal(got->sightings[0].seen_at, 0);
	assert_int_equal(got->sightings[1].scope, SIGHTING_GROUP);
	assert_true(got->sightings[1].id == SUPER_ID);
	text_equal(got->sightings[1].username, "s");
	text_equal(got->sightings[1].title, "S");
	text_equal(got->sightings[1].type, "supergroup");
	text_equal(got->sightings[1].first_name, NULL);
}

static void fields_that_are_absent_are_nil(void **state)
{
	const struct extract *got = of("message", "{\"from\":" BOB ",\"chat\":" GROUP "}");

	(void)state;
	assert_true(got->sightings[0].id == BOB_ID);
	text_equal(got->sightings[0].username, NULL);
	text_equal(got->sightings[0].last_name, NULL);
	text_equal(got->sightings[0].language_code, NULL);
	text_equal(got->sightings[1].username, NULL);
	text_equal(got->sightings[1].type, "group");
}

static void only_who_acted_counts_in_messages(void **state)
{
	(void)state;
	SEES("message", "{\"from\":" ANNA ",\"chat\":" PRIVATE "}", 11);
	SEES("edited_message", "{\"from\":" ANNA ",\"chat\":" GROUP "}", 11, -20);
	/* forwarded, replied to, mentioned, contact, via a bot */
	SEES("message",
	     "{\"from\":" ANNA ",\"chat\":" PRIVATE ",\"forward_from\":" BOB
	     ",\"forward_origin\":{\"type\":\"user\",\"sender_user\":" BOB
	     "},\"reply_to_message\":{\"from\":" BOB ",\"chat\":" GROUP
	     "},\"entities\":[{\"type\":\"text_mention\",\"user\":" BOB "}],\"via_bot\":" ROBOT
	     ",\"contact\":{\"user_id\":99},\"forward_from_chat\":" SUPER "}",
	     11);
	SEES("message", "{\"from\":" ROBOT ",\"chat\":" GROUP "}", -20);
	SEES("message", "{\"from\":" ANNA ",\"chat\":" GROUP ",\"left_chat_member\":" BOB "}", 11,
	     -20);
	SEES("message",
	     "{\"from\":" ANNA ",\"chat\":" GROUP ",\"new_chat_members\":[" BOB "," ROBOT "," ANNA
	     "]}",
	     11, BOB_ID, -20);
	SEES("message",
	     "{\"from\":" ANNA
	     ",\"chat\":{\"id\":-9,\"type\":\"supergroup\",\"is_direct_messages\":true}}",
	     11);
}

static void stand_ins_are_no_people(void **state)
{
	(void)state;
	/* an anonymous admin */
	SEES("message",
	     "{\"from\":{\"id\":1087968824,\"is_bot\":true,\"first_name\":\"Group\"},"
	     "\"sender_chat\":" SUPER ",\"chat\":" SUPER "}",
	     SUPER_ID);
	/* a linked channel: its stand-in is not marked as a bot */
	SEES("message",
	     "{\"from\":{\"id\":777000,\"is_bot\":false,\"first_name\":\"Telegram\"},"
	     "\"sender_chat\":" CHANNEL ",\"chat\":" SUPER "}",
	     SUPER_ID);
	SEES("message",
	     "{\"from\":{\"id\":777000,\"is_bot\":false,\"first_name\":\"Telegram\"},"
	     "\"chat\":" SUPER "}",
	     SUPER_ID);
	SEES("message",
	     "{\"from\":{\"id\":136817688,\"is_bot\":false,\"first_name\":\"Channel\"},"
	     "\"chat\":" SUPER "}",
	     SUPER_ID);
	/* accounts that stand in for a chat */
	SEES("message", "{\"from\":" ANNA ",\"sender_chat\":" CHANNEL ",\"chat\":" SUPER "}",
	     SUPER_ID);
	SEES("poll_answer",
	     "{\"poll_id\":\"1\",\"voter_chat\":" CHANNEL
	     ",\"user\":{\"id\":136817688,\"is_bot\":true,\"first_name\":\"Channel\"}}",
	     0);
}

static void channels_are_not_recorded(void **state)
{
	(void)state;
	SEES_NOBODY("channel_post", "{\"sender_chat\":" CHANNEL ",\"chat\":" CHANNEL "}");
	SEES_NOBODY("channel_post", "{\"from\":" ANNA ",\"chat\":" CHANNEL "}");
	SEES_NOBODY("edited_channel_post", "{\"chat\":" CHANNEL "}");
	SEES("my_chat_member", "{\"from\":" ANNA ",\"chat\":" CHANNEL "}", 11);
}

static void every_kind_has_its_actor(void **state)
{
	(void)state;
	SEES("callback_query",
	     "{\"id\":\"7\",\"from\":" ANNA ",\"message\":{\"from\":" ROBOT ",\"chat\":" GROUP "}}",
	     11, -20);
	SEES("callback_query", "{\"id\":\"7\",\"from\":" ANNA ",\"inline_message_id\":\"x\"}", 11);
	SEES("inline_query", "{\"id\":\"7\",\"from\":" ANNA ",\"query\":\"\"}", 11);
	SEES("chosen_inline_result", "{\"from\":" ANNA "}", 11);
	SEES("shipping_query", "{\"from\":" ANNA "}", 11);
	SEES("pre_checkout_query", "{\"from\":" ANNA "}", 11);
	SEES("purchased_paid_media", "{\"from\":" ANNA "}", 11);
	SEES("poll_answer", "{\"poll_id\":\"1\",\"user\":" ANNA "}", 11);
	SEES_NOBODY("poll", "{\"id\":\"1\"}");
	SEES("message_reaction", "{\"chat\":" GROUP ",\"user\":" ANNA "}", 11, -20);
	SEES("message_reaction", "{\"chat\":" SUPER ",\"actor_chat\":" SUPER "}", SUPER_ID);
	SEES("message_reaction_count", "{\"chat\":" SUPER "}", SUPER_ID);
	SEES("chat_join_request", "{\"chat\":" SUPER ",\"from\":" ANNA ",\"user_chat_id\":11}", 11,
	     SUPER_ID);
	SEES_NOBODY("business_connection", "{\"id\":\"b\",\"user\":" ANNA "}");
	SEES("business_message", "{\"from\":" ANNA ",\"chat\":" PRIVATE "}", 11);
	SEES_NOBODY("deleted_business_messages", "{\"chat\":" PRIVATE "}");
	SEES("chat_boost",
	     "{\"chat\":" SUPER ",\"boost\":{\"source\":{\"source\":\"premium\",\"user\":" ANNA
	     "}}}",
	     SUPER_ID);
	SEES("chat_boost",
	     "{\"chat\":" SUPER ",\"boost\":{\"source\":{\"source\":\"giveaway\",\"user\":" ANNA
	     "}}}",
	     SUPER_ID);
	SEES("guest_message", "{\"from\":" ANNA ",\"chat\":" GROUP "}", 11);
	SEES_NOBODY("managed_bot", "{\"user\":" ANNA ",\"bot\":" ROBOT "}");
	SEES_NOBODY("stopped_message_generation", "{\"chat\":" PRIVATE ",\"draft_id\":1}");
	SEES_NOBODY("subscription", "{\"user\":" ANNA ",\"state\":\"active\"}");
	SEES_NOBODY("a_kind_of_next_year", "{\"from\":" ANNA ",\"chat\":" GROUP "}");
}

#define MEMBER(status, user) "{\"status\":\"" status "\",\"user\":" user "}"

static void a_membership_gives_its_actor_and_who_joined(void **state)
{
	(void)state;
	/* added by somebody */
	SEES("chat_member",
	     "{\"chat\":" GROUP ",\"from\":" ANNA ",\"old_chat_member\":" MEMBER(
		     "left", BOB) ",\"new_chat_member\":" MEMBER("member", BOB) "}",
	     11, -20, BOB_ID);
	/* promoted, removed, or left: did not act */
	SEES("chat_member",
	     "{\"chat\":" GROUP ",\"from\":" ANNA ",\"old_chat_member\":" MEMBER(
		     "member", BOB) ",\"new_chat_member\":" MEMBER("administrator", BOB) "}",
	     11, -20);
	SEES("chat_member",
	     "{\"chat\":" GROUP ",\"from\":" ANNA ",\"old_chat_member\":" MEMBER(
		     "member", BOB) ",\"new_chat_member\":" MEMBER("kicked", BOB) "}",
	     11, -20);
	/* a restricted person may be outside */
	SEES("chat_member",
	     "{\"chat\":" GROUP ",\"from\":" ANNA ",\"old_chat_member\":" MEMBER(
		     "left", BOB) ",\"new_chat_member\":{\"status\":\"restricted\",\"is_member\":"
				  "false,\"user\":" BOB "}}",
	     11, -20);
	SEES("chat_member",
	     "{\"chat\":" GROUP ",\"from\":" ANNA
	     ",\"old_chat_member\":{\"status\":\"restricted\",\"is_member\":false,\"user\":" BOB
	     "},\"new_chat_member\":{\"status\":\"restricted\",\"is_member\":true,\"user\":" BOB
	     "}}",
	     11, -20, BOB_ID);
	/* an anonymous admin, and a bot that joins */
	SEES("chat_member",
	     "{\"chat\":" GROUP ",\"from\":" ROBOT ",\"old_chat_member\":" MEMBER(
		     "left", ROBOT) ",\"new_chat_member\":" MEMBER("member", ROBOT) "}",
	     -20);
	SEES("my_chat_member",
	     "{\"chat\":" GROUP ",\"from\":" ANNA ",\"old_chat_member\":" MEMBER(
		     "left", ROBOT) ",\"new_chat_member\":" MEMBER("member", ROBOT) "}",
	     11, -20);
}

static void many_may_join_at_once(void **state)
{
	struct buffer json = { 0 };

	(void)state;
	buffer_append_text(&json, "{\"from\":" ANNA ",\"chat\":" GROUP ",\"new_chat_members\":[");
	for (int i = 0; i < 200; i++)
		buffer_printf(&json, "%s{\"id\":%d,\"is_bot\":false,\"first_name\":\"x\"}",
			      i ? "," : "", 1000 + i);
	buffer_append_text(&json, "]}");
	assert_int_equal(of("message", buffer_text(&json))->sightings_count, 202);
	buffer_clear(&json);
	buffer_append_text(&json, "{\"new_chat_members\":[");
	for (int i = 0; i < 300; i++)
		buffer_printf(&json, "%s{\"id\":%d,\"first_name\":\"x\"}", i ? "," : "", 1 + i);
	buffer_append_text(&json, "]}");
	assert_int_equal(of("message", buffer_text(&json))->sightings_count, EXTRACT_SIGHTINGS_MAX);
	buffer_finish(&json);
}

static void lanes_keep_order_where_it_matters(void **state)
{
	uint64_t chat = lane_of_chat(-20), button, join;

	(void)state;
	assert_true(of("message", "{\"chat\":" GROUP "}")->lane == chat);
	assert_true(of("edited_message", "{\"chat\":" GROUP "}")->lane == chat);
	assert_true(of("message_reaction", "{\"chat\":" GROUP ",\"user\":" ANNA "}")->lane == chat);
	assert_true(of("my_chat_member", "{\"chat\":" GROUP "}")->lane == chat);
	assert_true(of("message", "{\"chat\":" SUPER "}")->lane != chat);
	button = of("callback_query", "{\"from\":" ANNA ",\"message\":{\"chat\":" GROUP "}}")->lane;
	assert_true(button == of("callback_query", "{\"from\":" ANNA "}")->lane);
	assert_true(button != of("callback_query", "{\"from\":" BOB "}")->lane);
	assert_true(button != chat && button != lane_of_chat(11));
	assert_true(of("inline_query", "{\"from\":" ANNA "}")->lane != button);
	assert_true(of("inline_query", "{\"from\":" ANNA "}")->lane ==
		    of("shipping_query", "{\"from\":" ANNA "}")->lane);
	assert_true(of("poll_answer", "{\"user\":" ANNA "}")->lane ==
		    of("inline_query", "{\"from\":" ANNA "}")->lane);
	assert_true(of("pre_checkout_query", "{\"from\":" ANNA "}")->lane !=
		    of("inline_query", "{\"from\":" ANNA "}")->lane);
	assert_true(kinds[KIND_PRE_CHECKOUT_QUERY].urgent);
	assert_true(of("guest_message", "{\"from\":" ANNA ",\"chat\":" GROUP "}")->lane == chat);
	join = of("chat_join_request", "{\"chat\":" GROUP ",\"from\":" ANNA "}")->lane;
	assert_true(join == of("chat_join_request", "{\"chat\":" GROUP ",\"from\":" BOB "}")->lane);
	assert_true(join !=
		    of("chat_join_request", "{\"chat\":" SUPER ",\"from\":" ANNA "}")->lane);
	assert_true(join != chat);
	assert_true(of("callback_query", "{\"from\":" ANNA ",\"message\":{\"chat\":" GROUP "}}")
			    ->chat_id == -20);
}

static void what_has_no_key_has_a_lane_of_its_own(void **state)
{
	static const char one[] = "{\"update_id\":1,\"poll\":{}}",
			  two[] = "{\"update_id\":2,\"poll\":{}}";
	uint64_t first;

	(void)state;
	packed.size = 0;
	assert_true(transcode(one, strlen(one), &packed, NULL));
	assert_true(extract_update(packed.data, packed.size, &extract, NULL));
	first = extract.lane;
	packed.size = 0;
	assert_true(transcode(two, strlen(two), &packed, NULL));
	assert_true(extract_update(packed.data, packed.size, &extract, NULL));
	assert_true(extract.lane != first);
	assert_int_equal(extract.kind, KIND_POLL);
	of("message", "7");
	assert_int_equal(extract.chat_id, 0);
}

static void a_migration_is_told_by_either_chat(void **state)
{
	const struct extract *got = of("message", "{\"from\":" ANNA ",\"chat\":" GROUP
						  ",\"migrate_to_chat_id\":-1002147483648001}");

	(void)state;
	assert_true(got->migrated_from == -20 && got->migrated_to == SUPER_ID);
	assert_int_equal(got->sightings_count, 2); /* Anna and the migration, not the old group */
	assert_int_equal(got->sightings[1].scope, SIGHTING_MIGRATION);
	assert_true(got->sightings[1].id == -20 && got->sightings[1].new_id == SUPER_ID);
	got = of("message", "{\"chat\":" SUPER ",\"migrate_from_chat_id\":-20}");
	assert_true(got->migrated_from == -20 && got->migrated_to == SUPER_ID);
	assert_int_equal(got->sightings_count, 2);
	assert_int_equal(got->sightings[0].scope, SIGHTING_MIGRATION);
	assert_int_equal(got->sightings[1].scope, SIGHTING_GROUP);
	assert_true(got->sightings[1].id == SUPER_ID);
	got = of("message", "{\"migrate_to_chat_id\":-5}");
	assert_true(got->migrated_from == 0 && got->migrated_to == 0);
	assert_int_equal(got->sightings_count, 0);
	got = of("message", "{\"chat\":" GROUP "}");
	assert_true(got->migrated_from == 0 && got->migrated_to == 0);
}

static void updates_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = { "{}",
					   "[]",
					   "7",
					   "{\"update_id\":\"5\",\"message\":{}}",
					   "{\"update_id\":1.5}",
					   "{\"message\":{}}" };
	static const uint8_t cut[] = { 0x82, 0xa9, 'u', 'p', 'd' };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct why why = { "" };

		packed.size = 0;
		assert_true(transcode(bad[i], strlen(bad[i]), &packed, NULL));
		assert_false(extract_update(packed.data, packed.size, &extract, &why));
		assert_string_not_equal(why.text, "");
	}
	assert_false(extract_update(cut, sizeof(cut), &extract, NULL));
	assert_false(extract_update(NULL, 0, &extract, NULL));
	of("message", "{\"chat\":{\"id\":\"x\"},\"from\":[{}],\"new_chat_members\":{}}");
	assert_int_equal(extract.sightings_count, 0);
}

/* Damaged msgpack must neither crash it nor make it read beyond the end. */
static void damaged_updates_are_survived(void **state)
{
	(void)state;
	of("message", "{\"from\":" ANNA ",\"chat\":" SUPER ",\"new_chat_members\":[" BOB "]}");
	for (size_t at = 0; at < packed.size; at++)
		for (unsigned byte = 0; byte < 256; byte += 5) {
			uint8_t *copy = malloc(packed.size);
			struct incident incident;

			memcpy(copy, packed.data, packed.size);
			copy[at] = (uint8_t)byte;
			if (extract_update(copy, packed.size, &extract, NULL))
				assert_in_range(extract.sightings_count, 0, 3);
			extract_incident(copy, packed.size, &incident);
			free(copy);
		}
}

static struct incident incident_of(const char *kind, const char *content)
{
	struct incident incident;

	of(kind, content);
	extract_incident(packed.data, packed.size, &incident);
	assert_true(trace_id_is_zero(&incident.trace));
	return incident;
}

static void an_incident_keeps_where_to_tell(void **state)
{
	struct incident incident = incident_of(
		"message", "{\"from\":" ANNA ",\"chat\":" SUPER
			   ",\"is_topic_message\":true,\"message_thread_id\":77}");

	(void)state;
	assert_int_equal(incident.kind, KIND_MESSAGE);
	assert_true(incident.chat_id == SUPER_ID);
	text_equal(incident.chat_type, "supergroup");
	text_equal(incident.language, "de");
	assert_int_equal(incident.thread_id, 77);
	assert_null(incident.query_id.data);

	incident = incident_of("message", "{\"chat\":" SUPER ",\"message_thread_id\":77}");
	assert_int_equal(incident.thread_id, 0);
	assert_null(incident.language.data);

	incident = incident_of("callback_query",
			       "{\"id\":\"abc\",\"from\":" ANNA ",\"message\":{\"chat\":" GROUP
			       ",\"is_topic_message\":true,\"message_thread_id\":3}}");
	assert_int_equal(incident.chat_id, -20);
	assert_int_equal(incident.thread_id, 3);
	text_equal(incident.query_id, "abc");
	text_equal(incident.chat_type, "group");

	incident = incident_of("pre_checkout_query", "{\"id\":\"pay\",\"from\":" ANNA "}");
	assert_int_equal(incident.chat_id, 0);
	text_equal(incident.query_id, "pay");
	text_equal(incident.language, "de");

	incident = incident_of("message",
			       "{\"from\":" ANNA ",\"chat\":" SUPER
			       ",\"direct_messages_topic\":{\"topic_id\":88,\"user\":" ANNA "}}");
	assert_int_equal(incident.direct_topic_id, 88);
	incident = incident_of("business_message", "{\"from\":" ANNA ",\"chat\":" GROUP
						   ",\"business_connection_id\":\"bc\"}");
	text_equal(incident.business_connection, "bc");
	assert_int_equal(incident.receiver_id, 0);
	incident = incident_of("callback_query",
			       "{\"id\":\"abc\",\"from\":{\"id\":12},\"message\":{\"chat\":" GROUP
			       ",\"message_id\":0,\"ephemeral_message_id\":4,"
			       "\"direct_messages_topic\":{\"topic_id\":89},"
			       "\"business_connection_id\":\"bd\"}}");
	assert_int_equal(incident.direct_topic_id, 89);
	assert_int_equal(incident.receiver_id, 12);
	text_equal(incident.business_connection, "bd");

	incident = incident_of("chat_join_request",
			       "{\"from\":" ANNA ",\"chat\":" SUPER ",\"user_chat_id\":11}");
	assert_int_equal(incident.chat_id, 11);
	text_equal(incident.chat_type, "private");

	incident = incident_of("inline_query", "{\"from\":" ANNA "}");
	assert_int_equal(incident.chat_id, 0);
	assert_null(incident.chat_type.data);

	incident = incident_of("message_reaction", "{\"user\":" ANNA ",\"chat\":" GROUP "}");
	text_equal(incident.language, "de");
}

static int finish(void **state)
{
	(void)state;
	buffer_finish(&packed);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_gives_its_sender_and_group),
		cmocka_unit_test(fields_that_are_absent_are_nil),
		cmocka_unit_test(only_who_acted_counts_in_messages),
		cmocka_unit_test(stand_ins_are_no_people),
		cmocka_unit_test(channels_are_not_recorded),
		cmocka_unit_test(every_kind_has_its_actor),
		cmocka_unit_test(a_membership_gives_its_actor_and_who_joined),
		cmocka_unit_test(many_may_join_at_once),
		cmocka_unit_test(lanes_keep_order_where_it_matters),
		cmocka_unit_test(what_has_no_key_has_a_lane_of_its_own),
		cmocka_unit_test(a_migration_is_told_by_either_chat),
		cmocka_unit_test(updates_that_are_none_are_refused),
		cmocka_unit_test(damaged_updates_are_survived),
		cmocka_unit_test(an_incident_keeps_where_to_tell),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
