/* test_draft_edit.c - each change of a message by its own method, and deletions. */
#include "tests/unit/draft_world.h"

static enum verdict (*press_fn)(struct ctx *ctx, const struct button *button);

static enum verdict on_go(struct ctx *ctx, const struct button *button)
{
	return press_fn(ctx, button);
}

static const struct route routes[] = {
	TEXT(on_text),
	BUTTON("go", on_go),
	END_OF_ROUTES,
};

static const struct module test_module = { .name = "test", .routes = routes };
static const struct module *const modules[] = { &test_module, NULL };

static int set_up(void **state)
{
	*state = world_open(modules);
	return 0;
}

static enum verdict show(struct ctx *ctx, struct draft *draft)
{
	(void)ctx;
	draft_add(draft, "x");
	draft_button(draft, "Go", "go");
	return draft_reply(draft);
}

/* Presses the button, under a message with these members. */
static void press(struct host_world *world, const char *members,
		  enum verdict (*fn)(struct ctx *ctx, const struct button *button))
{
	char data[65], json[1200];
	const char *at;

	say_in_group(world, show);
	at = strstr(world_body(world, 0), "\"callback_data\":\"");
	assert_int_equal(sscanf(at, "\"callback_data\":\"%64[^\"]", data), 1);
	press_fn = fn;
	snprintf(json, sizeof(json),
		 "{\"update_id\":2,\"callback_query\":{\"id\":\"q\"," ANNA
		 ",\"data\":\"%s\",\"message\":{" GROUP ",%s}}}",
		 data, members);
	world_handle(world, KIND_CALLBACK_QUERY, json);
	for (size_t i = 0; i < world->outcome.calls_count; i++)
		assert_is_taken(world, i);
}

#define TEXT_MESSAGE "\"message_id\":6,\"date\":1,\"text\":\"old\""
#define PHOTO "\"photo\":[{\"file_id\":\"p\",\"file_unique_id\":\"u\",\"width\":1,\"height\":1}]"
#define PHOTO_MESSAGE "\"message_id\":6,\"date\":1," PHOTO
#define EPHEMERAL "\"message_id\":0,\"date\":1,\"ephemeral_message_id\":4"
#define STICKER_MESSAGE                                                                        \
	"\"message_id\":6,\"date\":1,\"sticker\":{\"file_id\":\"s\",\"file_unique_id\":\"u\"," \
	"\"type\":\"regular\",\"width\":1,\"height\":1}"

static enum verdict new_text(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "<b>new</b>");
	return draft_edit(draft, button);
}

static enum verdict new_media(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_media(draft, "photo", "id", NULL);
	draft_add(draft, "new");
	draft_flags(draft, DRAFT_SPOILER);
	return draft_edit(draft, button);
}

static enum verdict new_buttons(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_link(draft, "a", "https://a/");
	return draft_edit(draft, button);
}

#define BOLD "[{\"type\":\"bold\",\"offset\":0,\"length\":3}]"
#define NEW_TEXT "\"text\":\"new\",\"entities\":" BOLD "," NO_PREVIEW "}"
#define NEW_CAPTION "\"caption\":\"new\",\"caption_entities\":" BOLD "}"
#define NEW_MEDIA                                                                             \
	"\"media\":{\"type\":\"photo\",\"media\":\"id\",\"caption\":\"new\",\"has_spoiler\":" \
	"true}}"
#define NEW_BUTTONS                                                                          \
	"\"reply_markup\":{\"inline_keyboard\":[[{\"text\":\"a\",\"url\":\"https://a/\"}]]}" \
	"}"
#define PLAIN_ID "{\"chat_id\":-100,\"message_id\":6,"
#define EPHEMERAL_ID "{\"chat_id\":-100,\"receiver_user_id\":7,\"ephemeral_message_id\":4,"

static void an_edit_is_made_by_the_method_for_what_the_message_is(void **state)
{
	static const struct {
		const char *message;
		enum verdict (*fn)(struct ctx *ctx, const struct button *button);
		const char *method, *body;
	} rows[] = {
		{ TEXT_MESSAGE, new_text, "editMessageText", PLAIN_ID NEW_TEXT },
		{ TEXT_MESSAGE, new_media, "editMessageMedia", PLAIN_ID NEW_MEDIA },
		{ TEXT_MESSAGE, new_buttons, "editMessageReplyMarkup", PLAIN_ID NEW_BUTTONS },
		{ PHOTO_MESSAGE, new_text, "editMessageCaption", PLAIN_ID NEW_CAPTION },
		{ PHOTO_MESSAGE, new_media, "editMessageMedia", PLAIN_ID NEW_MEDIA },
		{ PHOTO_MESSAGE, new_buttons, "editMessageReplyMarkup", PLAIN_ID NEW_BUTTONS },
		{ "\"message_id\":6,\"date\":1,\"paid_media\":{\"star_count\":1,\"paid_media\":[]}",
		  new_text, "editMessageCaption", PLAIN_ID NEW_CAPTION },
		{ STICKER_MESSAGE, new_buttons, "editMessageReplyMarkup", PLAIN_ID NEW_BUTTONS },
		{ EPHEMERAL ",\"text\":\"old\"", new_text, "editEphemeralMessageText",
		  EPHEMERAL_ID NEW_TEXT },
		{ EPHEMERAL "," PHOTO, new_text, "editEphemeralMessageCaption",
		  EPHEMERAL_ID NEW_CAPTION },
		{ EPHEMERAL "," PHOTO, new_media, "editEphemeralMessageMedia",
		  EPHEMERAL_ID NEW_MEDIA },
		{ EPHEMERAL "," PHOTO, new_buttons, "editEphemeralMessageReplyMarkup",
		  EPHEMERAL_ID NEW_BUTTONS },
		/* One that is too old is not described. */
		{ "\"message_id\":6,\"date\":0", new_text, "editMessageText", PLAIN_ID NEW_TEXT },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		press(*state, rows[i].message, rows[i].fn);
		assert_call(*state, 0, rows[i].method, rows[i].body);
	}
}

static void assert_edit_fails(struct host_world *world, const char *message,
			      enum verdict (*fn)(struct ctx *ctx, const struct button *button),
			      const char *reason)
{
	press(world, message, fn);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_string_equal(world->outcome.reason, reason);
}

static enum verdict new_voice(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_media(draft, "voice", "id", NULL);
	return draft_edit(draft, button);
}

static enum verdict new_album(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_media(draft, "photo", "a", NULL);
	draft_media(draft, "photo", "b", NULL);
	return draft_edit(draft, button);
}

static enum verdict new_keys(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "x");
	draft_key(draft, "a");
	return draft_edit(draft, button);
}

static enum verdict new_long_caption(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%01025d", 1);
	return draft_edit(draft, button);
}

static enum verdict nothing_new(struct ctx *ctx, const struct button *button)
{
	return draft_edit(ctx_draft(ctx), button);
}

static enum verdict new_poll(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_poll(draft, "x");
	draft_option(draft, "a");
	return draft_edit(draft, button);
}

static void what_cannot_be_edited_fails_with_the_reason(void **state)
{
	assert_edit_fails(*state, STICKER_MESSAGE, new_text,
			  "a text for a sticker, which has none");
	assert_edit_fails(*state, PHOTO_MESSAGE, new_voice, "media: a voice in an edit");
	assert_edit_fails(*state, PHOTO_MESSAGE, new_album, "media: an album in an edit");
	assert_edit_fails(*state, TEXT_MESSAGE, new_keys,
			  "buttons: a message that is edited has inline buttons only");
	assert_edit_fails(*state, PHOTO_MESSAGE, new_long_caption,
			  "a text that does not fit into the one message to edit");
	assert_edit_fails(*state, TEXT_MESSAGE, nothing_new,
			  "the text of a message: an empty text");
	assert_edit_fails(*state, TEXT_MESSAGE, new_poll, "a poll: it cannot be edited");
}

/* --- by id ------------------------------------------------------------------------------------ */

static enum verdict edit_here(struct ctx *ctx, struct draft *draft)
{
	(void)ctx;
	draft_add(draft, "<b>new</b>");
	return draft_edit_message(draft, 6);
}

static enum verdict edit_caption_elsewhere(struct ctx *ctx, struct draft *draft)
{
	(void)ctx;
	draft_add(draft, "<b>new</b>");
	draft_flags(draft, DRAFT_CAPTION);
	draft_to(draft, -200, 0);
	return draft_edit_message(draft, 9);
}

static void a_message_is_edited_by_its_id(void **state)
{
	say_in_group(*state, edit_here);
	assert_one_call(*state, "editMessageText", PLAIN_ID NEW_TEXT);
	say_in_group(*state, edit_caption_elsewhere);
	assert_one_call(*state, "editMessageCaption",
			"{\"chat_id\":-200,\"message_id\":9," NEW_CAPTION);
	assert_int_equal(((struct host_world *)*state)->outcome.calls[0].chat_id, -200);
}

/* --- deletions -------------------------------------------------------------------------------- */

static enum verdict delete_it(struct ctx *ctx, struct draft *draft)
{
	(void)draft;
	return ctx_delete(ctx, 5);
}

static enum verdict delete_zero(struct ctx *ctx, struct draft *draft)
{
	(void)draft;
	return ctx_delete(ctx, 0);
}

static enum verdict delete_pressed(struct ctx *ctx, const struct button *button)
{
	return ctx_delete(ctx, button->message_id);
}

static void a_message_is_deleted_in_the_chat_in_hand(void **state)
{
	say_in_group(*state, delete_it);
	assert_one_call(*state, "deleteMessage", "{\"chat_id\":-100,\"message_id\":5}");
	press(*state, TEXT_MESSAGE, delete_pressed);
	assert_call(*state, 0, "deleteMessage", "{\"chat_id\":-100,\"message_id\":6}");
	press(*state, EPHEMERAL ",\"text\":\"x\"", delete_pressed);
	assert_call(*state, 0, "deleteEphemeralMessage",
		    "{\"chat_id\":-100,\"receiver_user_id\":7,\"ephemeral_message_id\":4}");
	say_in_group(*state, delete_zero);
	assert_int_equal(((struct host_world *)*state)->outcome.end, HOST_FAILED);
}

static enum verdict on_any(struct ctx *ctx, const struct any_update *update)
{
	(void)update;
	return ctx_delete(ctx, 5);
}

static const struct route any_routes[] = { ANY(on_any), END_OF_ROUTES };
static const struct module any_module = { .name = "test", .routes = any_routes };

static void messages_of_business_accounts_have_a_method_of_their_own(void **state)
{
	static const struct module *const any_modules[] = { &any_module, NULL };
	struct host_world *world = world_open(any_modules);

	(void)state;
	world_handle(world, KIND_BUSINESS_MESSAGE,
		     "{\"update_id\":1,\"business_message\":{\"message_id\":5," ANNA "," PRIVATE
		     ",\"business_connection_id\":\"bc\"}}");
	assert_one_call(world, "deleteBusinessMessages",
			"{\"business_connection_id\":\"bc\",\"message_ids\":[5]}");
	assert_is_taken(world, 0);
	world_close(world);
}

int main(void)
{
#define TEST_CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST_CASE(an_edit_is_made_by_the_method_for_what_the_message_is),
		TEST_CASE(what_cannot_be_edited_fails_with_the_reason),
		TEST_CASE(a_message_is_edited_by_its_id),
		TEST_CASE(a_message_is_deleted_in_the_chat_in_hand),
		TEST_CASE(messages_of_business_accounts_have_a_method_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
