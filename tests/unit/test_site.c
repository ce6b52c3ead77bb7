/* test_site.c - which addresses are posts, and how they are written anew. */
#include "tests/unit/host_world.h"

#include "workers/modules/links/site.h"

static struct post_link found;
static bool is_link;
static const char *written;
static char address[LINK_ADDRESS_MAX + 1];

static enum verdict read_it(struct ctx *ctx, const struct text_message *message)
{
	(void)message;
	is_link = site_read_link(ctx, written, &found);
	snprintf(address, sizeof(address), "%s", is_link ? found.address : "");
	if (is_link) { /* what it wrote it reads as the same */
		struct post_link again;

		assert_true(site_read_link(ctx, address, &again));
		assert_string_equal(again.address, address);
		assert_int_equal(again.site, found.site);
	}
	return DONE;
}

static const struct route routes[] = { TEXT(read_it), END_OF_ROUTES };
static const struct module test_module = { .name = "test", .routes = routes };
static const struct module *const modules[] = { &test_module, NULL };

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

static void expect(struct host_world *world, const char *text, const char *expected)
{
	written = text;
	world_handle(world, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":5,\"date\":1,\"text\":\"x\","
		     "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"A\"},"
		     "\"chat\":{\"id\":7,\"type\":\"private\"}}}");
	assert_int_equal(world->outcome.end, HOST_DONE);
	if (strcmp(address, expected) != 0)
		fail_msg("%s: \"%s\"", text, address);
}

static void posts_are_written_in_one_way(void **state)
{
	static const char *const rows[][2] = {
		{ "https://x.com/ada/status/1", "https://x.com/i/status/1" },
		{ "HTTP://WWW.Twitter.COM/ada_1/status/12345678901234567890/photo/2?s=1#x",
		  "https://x.com/i/status/12345678901234567890" },
		{ "x.com/i/web/status/7/", "https://x.com/i/status/7" },
		{ "https://bsky.app/profile/a.b-c.d/post/3k_z-1/",
		  "https://bsky.app/profile/a.b-c.d/post/3k_z-1" },
		{ "https://bsky.app:443/profile/did:plc:abc/post/1",
		  "https://bsky.app/profile/did:plc:abc/post/1" },
		{ "https://www.instagram.com/p/A-b_1/?igsh=1",
		  "https://www.instagram.com/p/A-b_1/" },
		{ "instagram.com/ada.l/reel/x/", "https://www.instagram.com/reel/x/" },
		{ "https://instagram.com/reels/x", "https://www.instagram.com/reel/x/" },
		{ "https://instagram.com/tv/x", "https://www.instagram.com/tv/x/" },
		{ "https://br.pinterest.com/pin/red-cat_2--12/",
		  "https://www.pinterest.com/pin/12/" },
		{ "https://pinterest.co.uk/pin/12/sent/", "https://www.pinterest.com/pin/12/" },
		{ "https://pin.it/aBc", "https://pin.it/aBc" },
		{ "https://old.reddit.com/r/cats/comments/1a/a_cat/x/",
		  "https://www.reddit.com/comments/1a" },
		{ "https://www.reddit.com/user/a-b/comments/1a",
		  "https://www.reddit.com/comments/1a" },
		{ "https://redd.it/1a", "https://www.reddit.com/comments/1a" },
		{ "https://www.reddit.com/r/cats/s/Ab", "https://www.reddit.com/r/cats/s/Ab" },
		{ "https://m.tiktok.com/@a.b_c/video/12?x=1",
		  "https://www.tiktok.com/@a.b_c/video/12" },
		{ "https://www.tiktok.com/@a/photo/12", "https://www.tiktok.com/@a/photo/12" },
		{ "https://vt.tiktok.com/ZMa/", "https://vm.tiktok.com/ZMa" },
		{ "https://tiktok.com/t/ZMa", "https://www.tiktok.com/t/ZMa" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		expect(*state, rows[i][0], rows[i][1]);
}

static void nothing_else_is_a_post(void **state)
{
	static const char *const rows[] = {
		"https://x.com/",
		"https://x.com/ada",
		"https://x.com/ada/status/",
		"https://x.com/ada/status/-1",
		"https://instagram.com/stories/ada/1",
		"https://instagram.com/reels/audio/1",
		"https://instagram.com/p/%2e%2e%2fx/",
		"https://pinterest.com/pin/red-cat-12/",
		"https://pinterest.com/pin/--12/",
		"https://pinterest.com/pin/a---12/",
		"https://pinterest.evil/pin/12",
		"https://xpinterest.com/pin/12",
		"https://reddit.com/r/cats",
		"https://redd.it/a/b",
		"https://i.redd.it/a.jpg",
		"https://tiktok.com/@a/live/1",
		"https://tiktok.com/@a/video/x",
		"https://vm.tiktok.com/-/x",
		"https://x.com/ada/status/1x",
		"https://x.com/ada/status/123456789012345678901",
		"https://x.com/sixteencharacter/status/1",
		"https://x.com/a%2Fb/status/1",
		"https://x.com/ada/../ada/status",
		"https://x.com.evil.example/ada/status/1",
		"https://evilx.com/ada/status/1",
		"https://evil.example/?https://x.com/ada/status/1",
		"https://x.com@evil.example/ada/status/1",
		"https://user:x@x.com/ada/status/1",
		"https://x.com:8443/ada/status/1",
		"https://127.0.0.1/ada/status/1",
		"ftp://x.com/ada/status/1",
		"https://bsky.app/profile/a/post/b/more",
		"https://bsky.app/profile/a/feed/b",
		"https://bsky.app/profile/--config x/post/b",
		"--exec=x",
		"",
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		expect(*state, rows[i], "");
}

static void the_setting_names_sites(void **state)
{
	struct why why = { "" };
	unsigned chosen;

	(void)state;
	assert_true(sites_read("all", &chosen, &why));
	assert_int_equal(chosen, (1u << SITE_COUNT) - 1);
	assert_true(sites_read("x, bluesky", &chosen, &why));
	assert_int_equal(chosen, 1u << SITE_X | 1u << SITE_BLUESKY);
	assert_true(sites_read("", &chosen, &why));
	assert_int_equal(chosen, 0);
	assert_false(sites_read("x,nowhere", &chosen, &why));
	assert_non_null(strstr(why.text, "KORONE_LINKS_SITES: \"nowhere\" is no site; allowed: "));
}

int main(void)
{
#define TEST_CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST_CASE(posts_are_written_in_one_way),
		TEST_CASE(nothing_else_is_a_post),
		TEST_CASE(the_setting_names_sites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
