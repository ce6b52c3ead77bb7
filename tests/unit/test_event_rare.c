/* test_event_rare.c - what handlers of every rarer kind of update are given. */
#include "tests/unit/host_world.h"

static char seen[1000];

#define SEE(...)                                           \
	do {                                               \
		snprintf(seen, sizeof(seen), __VA_ARGS__); \
		(void)ctx;                                 \
		return DONE;                               \
	} while (0)

static enum verdict on_inline(struct ctx *ctx, const struct inline_query *query)
{
	SEE("%s asks “%s” at “%s” in “%s”", query->from->first_name, query->query, query->offset,
	    query->chat_type);
}

static enum verdict on_chosen(struct ctx *ctx, const struct chosen_result *result)
{
	SEE("%s chose “%s” of “%s”", result->from->first_name, result->result_id, result->query);
}

static enum verdict on_shipping(struct ctx *ctx, const struct shipping_query *query)
{
	SEE("%s wants “%s” to %s %s %s %s %s %s", query->from->first_name, query->payload,
	    query->country, query->state, query->city, query->street, query->street2,
	    query->postcode);
}

static enum verdict on_payment(struct ctx *ctx, const struct payment *payment)
{
	SEE("%s pays %lld %s for “%s” by “%s”", payment->from->first_name,
	    (long long)payment->amount, payment->currency, payment->payload, payment->shipping);
}

static enum verdict on_media(struct ctx *ctx, const struct paid_media *media)
{
	SEE("%s bought “%s”", media->from->first_name, media->payload);
}

static enum verdict on_subscription(struct ctx *ctx, const struct subscription *subscription)
{
	SEE("%s: “%s” is %s", subscription->from->first_name, subscription->payload,
	    subscription->state);
}

static enum verdict on_poll(struct ctx *ctx, const struct poll *poll)
{
	SEE("%s “%s” %zu options, “%s” has %lld, %lld voted%s", poll->id, poll->question,
	    poll->options_count, poll->options_count ? poll->options[0].text : "",
	    (long long)(poll->options_count ? poll->options[0].votes : 0), (long long)poll->voters,
	    poll->closed ? ", closed" : "");
}

static enum verdict on_vote(struct ctx *ctx, const struct poll_answer *answer)
{
	SEE("%s votes %zu of “%s”, last %lld%s%s", answer->from->first_name, answer->options_count,
	    answer->poll_id,
	    (long long)(answer->options_count ? answer->options[answer->options_count - 1] : -1),
	    answer->sender_chat ? " as " : "",
	    answer->sender_chat ? answer->sender_chat->title : "");
}

static enum verdict on_count(struct ctx *ctx, const struct reaction_count *count)
{
	SEE("%lld in %s: %zu, “%s” %lld", (long long)count->message_id, count->chat->title,
	    count->reactions_count, count->reactions_count ? count->reactions[0].emoji : "",
	    (long long)(count->reactions_count ? count->reactions[0].count : 0));
}

static enum verdict on_boost(struct ctx *ctx, const struct boost *boost)
{
	SEE("%s of %s by %s to %lld", boost->id, boost->chat->title, boost->source,
	    (long long)boost->ends);
}

static enum verdict on_removed(struct ctx *ctx, const struct removed_boost *boost)
{
	SEE("%s of %s by %s is gone", boost->id, boost->chat->title, boost->source);
}

static enum verdict on_stopped(struct ctx *ctx, const struct stopped_generation *stopped)
{
	SEE("%lld in %lld", (long long)stopped->draft_id, (long long)stopped->chat->id);
}

static enum verdict on_connection(struct ctx *ctx, const struct business_connection *connection)
{
	SEE("%s of %s in %lld%s", connection->id, connection->from->first_name,
	    (long long)connection->user_chat_id, connection->enabled ? "" : " is off");
}

static enum verdict on_deletion(struct ctx *ctx, const struct business_deletion *deletion)
{
	SEE("%s: %zu of %lld, first %lld", deletion->connection, deletion->message_ids_count,
	    (long long)deletion->chat->id,
	    (long long)(deletion->message_ids_count ? deletion->message_ids[0] : 0));
}

static enum verdict on_managed(struct ctx *ctx, const struct managed_bot *managed)
{
	SEE("%s has %s", managed->from->first_name, managed->bot->username);
}

#define MESSAGE_HANDLER(name)                                                    \
	static enum verdict name(struct ctx *ctx, const struct message *message) \
	{                                                                        \
		SEE(#name " %lld “%s”", (long long)message->id, message->text);  \
	}

MESSAGE_HANDLER(on_message)
MESSAGE_HANDLER(on_post)
MESSAGE_HANDLER(on_edited_post)
MESSAGE_HANDLER(on_guest)
MESSAGE_HANDLER(on_business)
MESSAGE_HANDLER(on_edited_business)

static const struct route routes[] = {
	MESSAGE(on_message, .contents = CONTENT_PHOTO | CONTENT_SERVICE),
	POST(on_post),
	EDITED_POST(on_edited_post, .contents = CONTENT_TEXT),
	GUEST(on_guest),
	BUSINESS(on_business),
	EDITED_BUSINESS(on_edited_business),
	DELETED_BUSINESS(on_deletion),
	BUSINESS_CONNECTION(on_connection),
	INLINE(on_inline),
	CHOSEN(on_chosen),
	SHIPPING(on_shipping),
	PAYMENT(on_payment),
	PAID_MEDIA(on_media),
	SUBSCRIPTION(on_subscription),
	POLL(on_poll),
	POLL_ANSWER(on_vote),
	REACTION_COUNT(on_count),
	BOOST(on_boost),
	REMOVED_BOOST(on_removed),
	MANAGED_BOT(on_managed),
	STOPPED(on_stopped),
	END_OF_ROUTES,
};

static const struct module module = { .name = "rare", .routes = routes };
static const struct module *const modules[] = { &module, NULL };

static int set_up(void **state)
{
	*state = world_open(modules);
	return 0;
}

static int tear_down(void **state)
{
	world_close(*state);
	return 0;
}

#define ANNA "{\"id\":7,\"is_bot\":false,\"first_name\":\"Anna\"}"
#define NEWS "{\"id\":-100,\"type\":\"channel\",\"title\":\"News\"}"
#define PRIVATE "{\"id\":7,\"type\":\"private\",\"first_name\":\"Anna\"}"

static const char *sees(struct host_world *world, enum update_kind kind, const char *body)
{
	char json[2000];

	seen[0] = '\0';
	snprintf(json, sizeof(json), "{\"update_id\":1,\"%s\":%s}", kinds[kind].field, body);
	world_handle(world, kind, json);
	return seen;
}

static void what_is_asked_in_no_chat(void **state)
{
	assert_string_equal(sees(*state, KIND_INLINE_QUERY,
				 "{\"id\":\"q\",\"from\":" ANNA ",\"query\":\"cats\",\"offset\":"
				 "\"50\",\"chat_type\":\"sender\"}"),
			    "Anna asks “cats” at “50” in “sender”");
	assert_string_equal(sees(*state, KIND_CHOSEN_INLINE_RESULT,
				 "{\"result_id\":\"r\",\"from\":" ANNA ",\"query\":\"cats\"}"),
			    "Anna chose “r” of “cats”");
	assert_string_equal(sees(*state, KIND_SHIPPING_QUERY,
				 "{\"id\":\"q\",\"from\":" ANNA ",\"invoice_payload\":\"tea\","
				 "\"shipping_address\":{\"country_code\":\"DE\",\"state\":\"BE\","
				 "\"city\":\"Berlin\",\"street_line1\":\"A 1\",\"street_line2\":"
				 "\"B 2\",\"post_code\":\"10115\"}}"),
			    "Anna wants “tea” to DE BE Berlin A 1 B 2 10115");
	assert_string_equal(sees(*state, KIND_PRE_CHECKOUT_QUERY,
				 "{\"id\":\"q\",\"from\":" ANNA ",\"invoice_payload\":\"tea\","
				 "\"currency\":\"EUR\",\"total_amount\":450,"
				 "\"shipping_option_id\":\"fast\"}"),
			    "Anna pays 450 EUR for “tea” by “fast”");
	assert_string_equal(sees(*state, KIND_PURCHASED_PAID_MEDIA,
				 "{\"from\":" ANNA ",\"paid_media_payload\":\"cat\"}"),
			    "Anna bought “cat”");
	assert_string_equal(sees(*state, KIND_SUBSCRIPTION,
				 "{\"user\":" ANNA ",\"invoice_payload\":\"club\","
				 "\"state\":\"canceled\"}"),
			    "Anna: “club” is canceled");
	assert_string_equal(sees(*state, KIND_MANAGED_BOT,
				 "{\"user\":" ANNA ",\"bot\":{\"id\":9,\"is_bot\":true,"
				 "\"first_name\":\"B\",\"username\":\"b_bot\"}}"),
			    "Anna has b_bot");
	assert_string_equal(sees(*state, KIND_BUSINESS_CONNECTION,
				 "{\"id\":\"bc\",\"user\":" ANNA
				 ",\"user_chat_id\":7,\"date\":1,\"is_enabled\":false}"),
			    "bc of Anna in 7 is off");
}

static void polls_and_votes(void **state)
{
	assert_string_equal(sees(*state, KIND_POLL,
				 "{\"id\":\"p\",\"question\":\"Tea?\",\"options\":[{\"text\":"
				 "\"yes\",\"voter_count\":3},{\"text\":\"no\"}],"
				 "\"total_voter_count\":4,\"is_closed\":true}"),
			    "p “Tea?” 2 options, “yes” has 3, 4 voted, closed");
	assert_string_equal(sees(*state, KIND_POLL_ANSWER,
				 "{\"poll_id\":\"p\",\"user\":" ANNA ",\"option_ids\":[0,2]}"),
			    "Anna votes 2 of “p”, last 2");
	assert_string_equal(sees(*state, KIND_POLL_ANSWER,
				 "{\"poll_id\":\"p\",\"user\":" ANNA ",\"voter_chat\":" NEWS
				 ",\"option_ids\":[]}"),
			    "Anna votes 0 of “p”, last -1 as News");
}

static void what_happens_to_a_chat(void **state)
{
	assert_string_equal(
		sees(*state, KIND_MESSAGE_REACTION_COUNT,
		     "{\"chat\":" NEWS ",\"message_id\":5,\"date\":1,\"reactions\":[{"
		     "\"type\":{\"type\":\"emoji\",\"emoji\":\"x\"},\"total_count\":3},{"
		     "\"type\":{\"type\":\"paid\"},\"total_count\":1}]}"),
		"5 in News: 2, “x” 3");
	assert_string_equal(sees(*state, KIND_CHAT_BOOST,
				 "{\"chat\":" NEWS ",\"boost\":{\"boost_id\":\"b\",\"add_date\":1,"
				 "\"expiration_date\":9,\"source\":{\"source\":\"premium\"}}}"),
			    "b of News by premium to 9");
	assert_string_equal(sees(*state, KIND_REMOVED_CHAT_BOOST,
				 "{\"chat\":" NEWS ",\"boost_id\":\"b\",\"remove_date\":1,"
				 "\"source\":{\"source\":\"gift_code\"}}"),
			    "b of News by gift_code is gone");
	assert_string_equal(sees(*state, KIND_STOPPED_MESSAGE_GENERATION,
				 "{\"chat\":" PRIVATE ",\"draft_id\":12}"),
			    "12 in 7");
	assert_string_equal(sees(*state, KIND_DELETED_BUSINESS_MESSAGES,
				 "{\"business_connection_id\":\"bc\",\"chat\":" PRIVATE
				 ",\"message_ids\":[4,\"x\",5]}"),
			    "bc: 2 of 7, first 4");
}

#define SAID(more) "{\"message_id\":5,\"date\":1," more "}"

static void every_kind_of_message(void **state)
{
	assert_string_equal(
		sees(*state, KIND_CHANNEL_POST, SAID("\"chat\":" NEWS ",\"text\":\"/hi\"")),
		"on_post 5 “/hi”");
	assert_string_equal(
		sees(*state, KIND_EDITED_CHANNEL_POST, SAID("\"chat\":" NEWS ",\"text\":\"hi\"")),
		"on_edited_post 5 “hi”");
	assert_string_equal(
		sees(*state, KIND_EDITED_CHANNEL_POST, SAID("\"chat\":" NEWS ",\"photo\":[]")), "");
	assert_string_equal(sees(*state, KIND_GUEST_MESSAGE,
				 SAID("\"chat\":" NEWS ",\"from\":" ANNA
				      ",\"guest_query_id\":\"g\",\"text\":\"hi\"")),
			    "on_guest 5 “hi”");
	assert_string_equal(sees(*state, KIND_BUSINESS_MESSAGE,
				 SAID("\"chat\":" PRIVATE ",\"from\":" ANNA
				      ",\"business_connection_id\":\"bc\",\"text\":\"hi\"")),
			    "on_business 5 “hi”");
	assert_string_equal(sees(*state, KIND_EDITED_BUSINESS_MESSAGE,
				 SAID("\"chat\":" PRIVATE ",\"from\":" ANNA ",\"text\":\"hi\"")),
			    "on_edited_business 5 “hi”");
	assert_string_equal(sees(*state, KIND_MESSAGE,
				 SAID("\"chat\":" PRIVATE ",\"from\":" ANNA
				      ",\"photo\":[],\"caption\":\"hi\"")),
			    "on_message 5 “hi”");
	assert_string_equal(
		sees(*state, KIND_MESSAGE,
		     SAID("\"chat\":" PRIVATE ",\"from\":" ANNA ",\"new_chat_title\":\"T\"")),
		"on_message 5 “”");
	assert_string_equal(sees(*state, KIND_MESSAGE,
				 SAID("\"chat\":" PRIVATE ",\"photo\":[],\"caption\":\"hi\"")),
			    "");
	assert_string_equal(sees(*state, KIND_MESSAGE,
				 SAID("\"chat\":" PRIVATE ",\"from\":" ANNA ",\"text\":\"hi\"")),
			    "");
}

/* No promise of Telegram's is trusted: a handler is not called with less than its struct says. */
static void what_lacks_its_fields_runs_nobody(void **state)
{
	static const char *const bodies[] = { "{}", "7", "null", "[]", "{\"from\":7,\"chat\":[]}" };

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		for (enum update_kind kind = 0; kind < KIND_UNKNOWN; kind++)
			assert_string_equal(sees(*state, kind, bodies[i]), "");
}

static void all_kinds_are_asked_for(void **state)
{
	const struct host_world *world = *state;
	uint32_t none = 1u << KIND_EDITED_MESSAGE | 1u << KIND_CALLBACK_QUERY |
			1u << KIND_MESSAGE_REACTION | 1u << KIND_MY_CHAT_MEMBER |
			1u << KIND_CHAT_MEMBER | 1u << KIND_CHAT_JOIN_REQUEST;

	assert_int_equal(host_kinds(world->host), ((1u << KIND_UNKNOWN) - 1) & ~none);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_is_asked_in_no_chat),
		TEST(polls_and_votes),
		TEST(what_happens_to_a_chat),
		TEST(every_kind_of_message),
		TEST(what_lacks_its_fields_runs_nobody),
		TEST(all_kinds_are_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
