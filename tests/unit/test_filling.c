/* test_filling.c - names and numbers in kept texts: only ever text, and the formatting around them
 * stays where it was. */
#include "tests/unit/host_world.h"

#include "common/utf8.h"
#include "workers/host/filling.h"

#define FACE "\xf0\x9f\x98\x80"

static const struct user anna = { .id = 42,
				  .first_name = "<b>" FACE "</b>",
				  .last_name = "{id}",
				  .username = "anna",
				  .language_code = "" };

/* What a test fills, and with what; `out` is what came of it. */
static struct {
	const char *value, *label;
	const struct user *about;
	const struct filling *fillings;
	struct markup out;
	char text[65536];
	char filled_label[1000];
	void (*look)(void);
} test;

static enum verdict on_any(struct ctx *ctx, const struct any_update *update)
{
	struct filler filler = { .ctx = ctx, .about = test.about, .fillings = test.fillings };
	struct kept kept;
	struct why why;

	(void)update;
	if (!kept_read(test.value, ctx->arena, &kept, &why))
		fail_msg("%s: %s", test.value, why.text);
	markup_init(&test.out, ctx->arena);
	markup_add_text(&test.out, "> ", 2);
	filling_add(&filler, &kept, &test.out);
	assert_int_equal(test.out.units, utf8_units(test.out.text, test.out.size));
	snprintf(test.text, sizeof(test.text), "%.*s", (int)test.out.size, test.out.text);
	if (test.label)
		snprintf(test.filled_label, sizeof(test.filled_label), "%s",
			 filling_label(&filler, test.label));
	test.look();
	return DONE;
}

static const struct route routes[] = { ANY(on_any), END_OF_ROUTES };
static const struct module test_module = { .name = "test", .routes = routes };
static const struct module *const modules[] = { &test_module, NULL };

static void look_at_nothing(void)
{
}

static void fill(struct host_world *world, const char *value, const struct user *about)
{
	test.value = value;
	test.about = about;
	if (!test.look)
		test.look = look_at_nothing;
	world_handle(world, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":5,\"text\":\"hi\",\"from\":{"
		     "\"id\":2,\"first_name\":\"Bob\"},\"chat\":{\"id\":-5,\"type\":"
		     "\"supergroup\",\"title\":\"A & B\"}}}");
	assert_int_equal(world->outcome.end, HOST_DONE);
}

static int set_up(void **state)
{
	memset(&test, 0, sizeof(test));
	*state = world_open(modules);
	return 0;
}

static int tear_down(void **state)
{
	world_close(*state);
	return 0;
}

#define TEXT_VALUE(text) "{\"kept\":1,\"text\":\"" text "\"}"

static void assert_filled(struct host_world *world, const char *value, const struct user *about,
			  const char *expected)
{
	fill(world, value, about);
	assert_string_equal(test.text, expected);
}

static void names_are_text_and_nothing_else(void **state)
{
	assert_filled(*state, TEXT_VALUE("{first}|{last}|{fullname}|{username}|{id}"), &anna,
		      "> <b>" FACE "</b>|{id}|<b>" FACE "</b> {id}|@anna|42");
	assert_int_equal(test.out.entities_count, 0);
	assert_filled(*state, TEXT_VALUE("{chat}"), NULL, "> A & B");
}

static void what_is_no_filling_stays(void **state)
{
	assert_filled(*state, TEXT_VALUE("{} { {{ {First} {first {nobody} {first}} }{"), &anna,
		      "> {} { {{ {First} {first {nobody} <b>" FACE "</b>} }{");
	assert_filled(*state, TEXT_VALUE("{first} {mention} {id}"), NULL,
		      "> {first} {mention} {id}");
	assert_filled(*state, TEXT_VALUE("{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}"), &anna,
		      "> {aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}");
}

static void who_has_no_name_is_called_by_the_id(void **state)
{
	static const struct user nobody = {
		.id = 7, .first_name = "\xe2\x80\x8b", .last_name = "", .username = ""
	};

	assert_filled(*state, TEXT_VALUE("{first} {fullname} {username}{last}"), &nobody,
		      "> 7 7 7");
	assert_int_equal(test.out.entities_count, 1); /* {username} is a mention */
	/* A text of which nothing is left is as it was written. */
	assert_filled(*state, TEXT_VALUE("{last}"), &nobody, "> {last}");
}

static void a_channel_is_called_by_its_title(void **state)
{
	static const struct chat news = {
		.id = -7, .type = CHAT_CHANNEL, .title = "News", .username = "news"
	};
	static const struct user channel = { .id = 136817688,
					     .first_name = "Channel",
					     .last_name = "x",
					     .username = "Channel_Bot",
					     .stands_for = &news };

	assert_filled(*state, TEXT_VALUE("{fullname} {username} {mention} {id}"), &channel,
		      "> News @news News -7");
	assert_int_equal(test.out.entities_count, 1);
	assert_string_equal(test.out.entities[0].value, "https://t.me/news");
}

static void assert_entity(size_t i, const char *type, const char *covered)
{
	const struct entity *entity = &test.out.entities[i];
	size_t from = utf8_prefix(test.out.text, test.out.size, entity->offset);
	size_t to = utf8_prefix(test.out.text, test.out.size, entity->offset + entity->length);

	assert_in_range(i + 1, 1, test.out.entities_count);
	assert_string_equal(entity->type, type);
	assert_int_equal(to - from, strlen(covered));
	assert_memory_equal(test.out.text + from, covered, to - from);
}

static void look_at_moved(void)
{
	assert_string_equal(test.text, "> " FACE " Hi <b>" FACE "</b>, see the rules " FACE " now");
	assert_int_equal(test.out.entities_count, 5);
	assert_entity(0, "bold", "Hi");
	assert_entity(1, "italic", "<b>" FACE "</b>");
	assert_entity(2, "text_link", "<b>" FACE "</b>");
	assert_string_equal(test.out.entities[2].value, "tg://user?id=42");
	assert_entity(3, "underline", "the rules " FACE);
	assert_entity(4, "spoiler", "now");
}

static void formatting_stays_where_it_was(void **state)
{
	test.look = look_at_moved;
	fill(*state,
	     "{\"kept\":1,\"text\":\"" FACE " Hi {mention}, see the rules " FACE
	     " now\",\"entities\":[[\"bold\",3,2],[\"italic\",6,9],[\"underline\",21,12],"
	     "[\"spoiler\",34,3]]}",
	     &anna);
}

static void look_at_partly_covered(void)
{
	assert_string_equal(test.text, "> <b>" FACE "</b>{id}<b>" FACE "</b>");
	assert_int_equal(test.out.entities_count, 2);
	assert_entity(0, "bold", "<b>" FACE "</b>");
	assert_entity(1, "italic", "<b>" FACE "</b>{id}<b>" FACE "</b>");
}

/* {first}{last}{first}: the bold ends within the first, the italic begins there. */
static void half_a_name_is_all_of_its_value(void **state)
{
	test.look = look_at_partly_covered;
	fill(*state,
	     "{\"kept\":1,\"text\":\"{first}{last}{first}\",\"entities\":[[\"bold\",0,3],"
	     "[\"italic\",3,12]]}",
	     &anna);
}

static void look_at_links(void)
{
	assert_int_equal(test.out.entities_count, 4);
	assert_entity(0, "text_link", "<b>" FACE "</b>");
	assert_string_equal(test.out.entities[0].value, "https://e.org");
	assert_entity(1, "code", "<b>" FACE "</b>");
	assert_entity(2, "bold", "<b>" FACE "</b>");
	assert_entity(3, "text_link", "<b>" FACE "</b>");
}

/* Telegram allows no link within code or another link. */
static void no_link_is_within_a_link(void **state)
{
	test.look = look_at_links;
	fill(*state,
	     "{\"kept\":1,\"text\":\"{mention} {mention} {mention}\",\"entities\":["
	     "[\"text_link\",0,9,\"https://e.org\"],[\"code\",10,9],[\"bold\",20,9]]}",
	     &anna);
}

static void modules_have_fillings_of_their_own(void **state)
{
	static const struct filling last = { "first", "me", NULL, NULL };
	static const struct filling rules = { "rules", "the <rules>",
					      "https://t.me/korone_bot?start=x", &last };

	test.fillings = &rules;
	test.label = "{rules} of {chat}";
	assert_filled(*state, TEXT_VALUE("Read {rules}, {first}"), &anna, "> Read the <rules>, me");
	assert_int_equal(test.out.entities_count, 1);
	assert_string_equal(test.out.entities[0].value, "https://t.me/korone_bot?start=x");
	assert_int_equal(test.out.entities[0].offset, 7);
	assert_int_equal(test.out.entities[0].length, strlen("the <rules>"));
	assert_string_equal(test.filled_label, "the <rules> of A & B");
}

static void a_label_is_never_blank(void **state)
{
	static const struct user nameless = {
		.id = 7, .first_name = "A", .last_name = "", .username = ""
	};

	test.label = "{last}";
	fill(*state, TEXT_VALUE("a"), &nameless);
	assert_string_equal(test.filled_label, "{last}");
}

static void telegram_is_asked_once_how_many_there_are(void **state)
{
	struct host_world *world = *state;

	test.label = "{count}";
	world->answer = "1234";
	assert_filled(world, TEXT_VALUE("{count} of {count}"), NULL, "> 1234 of 1234");
	assert_string_equal(test.filled_label, "1234");
	assert_int_equal(world->calls, 1);
	assert_string_equal(world->call, "getChatMemberCount {\"chat_id\":-5}");
	world->answer = NULL;
	test.label = NULL;
	assert_filled(world, TEXT_VALUE("{count} of us"), NULL, "> ? of us");
	assert_filled(world, TEXT_VALUE("many of us"), NULL, "> many of us");
	assert_int_equal(world->calls, 2);
}

static void there_is_an_end_to_fillings(void **state)
{
	char value[2000], expected[2000];
	size_t at = (size_t)sprintf(value, "{\"kept\":1,\"text\":\"");
	size_t to = (size_t)sprintf(expected, "> ");

	for (int i = 0; i < FILLINGS_MAX + 2; i++) {
		at += (size_t)sprintf(value + at, "{id}");
		to += (size_t)sprintf(expected + to, "%s", i < FILLINGS_MAX ? "42" : "{id}");
	}
	sprintf(value + at, "\"}");
	assert_filled(*state, value, &anna, expected);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_text_and_nothing_else),
		TEST(what_is_no_filling_stays),
		TEST(who_has_no_name_is_called_by_the_id),
		TEST(a_channel_is_called_by_its_title),
		TEST(formatting_stays_where_it_was),
		TEST(half_a_name_is_all_of_its_value),
		TEST(no_link_is_within_a_link),
		TEST(modules_have_fillings_of_their_own),
		TEST(a_label_is_never_blank),
		TEST(telegram_is_asked_once_how_many_there_are),
		TEST(there_is_an_end_to_fillings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
