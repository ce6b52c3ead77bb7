/* site.c - a table of patterns. A host is compared as it is, without "www."; a path piece by piece:
 *
 *     {number} {word} {name} …   a part of the address, from $1 on
 *     {-word}                    the same, and no part
 *     *                          at the end: whatever follows after a slash
 *
 * A slash at the end, the query and the fragment do not matter. */
#include "workers/modules/links/site.h"

#include <string.h>

#include "workers/modules/tools/web_url.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

const struct site sites[SITE_COUNT] = {
	[SITE_BLUESKY] = { .name = "bluesky", .title = "Bluesky" },
	[SITE_INSTAGRAM] = { .name = "instagram",
			     .title = "Instagram",
			     .video = "Instagram",
			     .of_video = { "uploader", "channel", "description" },
			     .pictures = "instagram",
			     .of_pictures = { "fullname", "username", "description" } },
	[SITE_PINTEREST] = { .name = "pinterest",
			     .title = "Pinterest",
			     .video = "Pinterest",
			     .of_video = { "uploader", NULL, "title" },
			     .pictures = "pinterest",
			     .of_pictures = { "pinner.full_name", "pinner.username",
					      "grid_title" } },
	[SITE_REDDIT] = { .name = "reddit",
			  .title = "Reddit",
			  .video = "Reddit",
			  .of_video = { "uploader", NULL, "title" },
			  .pictures = "reddit",
			  .of_pictures = { "author", NULL, "title" } },
	[SITE_TIKTOK] = { .name = "tiktok",
			  .title = "TikTok",
			  .video = "TikTok,vm.tiktok",
			  .of_video = { "channel", "uploader", "description" },
			  .pictures = "tiktok",
			  .of_pictures = { "author.nickname", "author.uniqueId", "desc" } },
	[SITE_X] = { .name = "x", .title = "X", .asked = "api.fxtwitter.com" },
};

#define X_HOSTS "x.com mobile.x.com twitter.com mobile.twitter.com"
#define REDDIT_HOSTS "reddit.com old.reddit.com new.reddit.com np.reddit.com m.reddit.com"
#define REDDIT_ADDRESSES "https://www.reddit.com/comments/$1", "https://redd.it/$1"
#define TIKTOK_HOSTS "tiktok.com m.tiktok.com"
#define PINTEREST_HOSTS                                                                      \
	"pinterest.com *.pinterest.com pinterest.at pinterest.ca pinterest.ch pinterest.cl " \
	"pinterest.co.kr pinterest.co.uk pinterest.com.au pinterest.com.mx pinterest.de "    \
	"pinterest.dk pinterest.es pinterest.fr pinterest.ie pinterest.it pinterest.jp "     \
	"pinterest.nz pinterest.ph pinterest.pt pinterest.se"

static const struct row {
	enum site_id site;
	const char *hosts, *path, *address;
	const char *for_pictures; /* NULL: the same address */
	enum expected expected;
} rows[] = {
	{ SITE_BLUESKY, "bsky.app", "/profile/{name}/post/{word}",
	  "https://bsky.app/profile/$1/post/$2", NULL, EXPECTED_ANY },
	{ SITE_INSTAGRAM, "instagram.com", "/p/{word}*", "https://www.instagram.com/p/$1/", NULL,
	  EXPECTED_ANY },
	{ SITE_INSTAGRAM, "instagram.com", "/reel/{word}*", "https://www.instagram.com/reel/$1/",
	  NULL, EXPECTED_VIDEO },
	{ SITE_INSTAGRAM, "instagram.com", "/reels/{word}", "https://www.instagram.com/reel/$1/",
	  NULL, EXPECTED_VIDEO },
	{ SITE_INSTAGRAM, "instagram.com", "/tv/{word}*", "https://www.instagram.com/tv/$1/", NULL,
	  EXPECTED_VIDEO },
	{ SITE_INSTAGRAM, "instagram.com", "/{-user}/p/{word}*", "https://www.instagram.com/p/$1/",
	  NULL, EXPECTED_ANY },
	{ SITE_INSTAGRAM, "instagram.com", "/{-user}/reel/{word}*",
	  "https://www.instagram.com/reel/$1/", NULL, EXPECTED_VIDEO },
	{ SITE_PINTEREST, PINTEREST_HOSTS, "/pin/{number}*", "https://www.pinterest.com/pin/$1/",
	  NULL, EXPECTED_ANY },
	{ SITE_PINTEREST, PINTEREST_HOSTS, "/pin/{-slug}--{number}*",
	  "https://www.pinterest.com/pin/$1/", NULL, EXPECTED_ANY },
	{ SITE_PINTEREST, "pin.it", "/{word}", "https://pin.it/$1", NULL, EXPECTED_PICTURES_ONLY },
	{ SITE_REDDIT, REDDIT_HOSTS, "/r/{-user}/comments/{word}*", REDDIT_ADDRESSES,
	  EXPECTED_ANY },
	{ SITE_REDDIT, REDDIT_HOSTS, "/user/{-user}/comments/{word}*", REDDIT_ADDRESSES,
	  EXPECTED_ANY },
	{ SITE_REDDIT, REDDIT_HOSTS, "/comments/{word}*", REDDIT_ADDRESSES, EXPECTED_ANY },
	{ SITE_REDDIT, "redd.it", "/{word}", REDDIT_ADDRESSES, EXPECTED_ANY },
	{ SITE_REDDIT, REDDIT_HOSTS, "/r/{word}/s/{word}", "https://www.reddit.com/r/$1/s/$2", NULL,
	  EXPECTED_PICTURES_ONLY },
	{ SITE_TIKTOK, TIKTOK_HOSTS, "/@{user}/video/{number}*",
	  "https://www.tiktok.com/@$1/video/$2", NULL, EXPECTED_VIDEO },
	{ SITE_TIKTOK, TIKTOK_HOSTS, "/@{user}/photo/{number}*",
	  "https://www.tiktok.com/@$1/photo/$2", NULL, EXPECTED_PICTURES_ONLY },
	{ SITE_TIKTOK, "tiktok.com", "/t/{word}", "https://www.tiktok.com/t/$1", NULL,
	  EXPECTED_VIDEO },
	{ SITE_TIKTOK, "vm.tiktok.com vt.tiktok.com", "/{word}", "https://vm.tiktok.com/$1", NULL,
	  EXPECTED_VIDEO },
	{ SITE_X, X_HOSTS, "/{-handle}/status/{number}*", "https://x.com/i/status/$1", NULL,
	  EXPECTED_ANY },
	{ SITE_X, X_HOSTS, "/i/web/status/{number}*", "https://x.com/i/status/$1", NULL,
	  EXPECTED_ANY },
};

static const struct piece {
	const char *name, *characters;
	size_t maximum;
} pieces[] = {
	{ "number", DIGITS, 20 },
	{ "handle", LETTERS DIGITS "_", 15 },
	{ "slug", LETTERS DIGITS "_", 100 }, /* see take_piece() */
	{ "user", LETTERS DIGITS "_.-", 64 },
	{ "word", LETTERS DIGITS "_-", 64 },
	{ "name", LETTERS DIGITS "_.:-", 253 },
};

struct match {
	const char *starts[LINK_PARTS_MAX];
	size_t sizes[LINK_PARTS_MAX], count;
};

/* --- the grammar ------------------------------------------------------------------------------ */

/* "example.org", or "*.example.org" for what is below it. */
static bool is_host(const char *name, size_t length, const char *host)
{
	const size_t size = strlen(host);
	const bool is_below = *name == '*';

	name += is_below;
	length -= is_below;
	return (is_below ? size > length : size == length) &&
	       strncmp(host + size - length, name, length) == 0;
}

static bool has_host(const char *hosts, const char *host)
{
	for (; *hosts; hosts += strspn(hosts, " ")) {
		size_t length = strcspn(hosts, " ");

		if (is_host(hosts, length, host))
			return true;
		hosts += length;
	}
	return false;
}

static const struct piece *find_piece(const char *name, size_t size)
{
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		if (strlen(pieces[i].name) == size && strncmp(pieces[i].name, name, size) == 0)
			return &pieces[i];
	return NULL;
}

/* At "{name}" of the pattern. Returns how much of the path it is; 0: it does not fit. */
static size_t take_piece(const char *pattern, const char *path, struct match *match)
{
	const bool is_part = pattern[1] != '-';
	const char *name = pattern + 1 + !is_part;
	const struct piece *piece = find_piece(name, strcspn(name, "}"));
	size_t size = piece ? strspn(path, piece->characters) : 0;

	/* Words with single hyphens, before a double one. */
	while (piece && strcmp(piece->name, "slug") == 0 && path[size] == '-' &&
	       path[size + 1] != '-')
		size += 1 + strspn(path + size + 1, piece->characters);
	if (size == 0 || size > piece->maximum || (is_part && match->count == LINK_PARTS_MAX))
		return 0;
	if (is_part) {
		match->starts[match->count] = path;
		match->sizes[match->count++] = size;
	}
	return size;
}

static bool fits(const char *pattern, const char *path, struct match *match)
{
	*match = (struct match) { .count = 0 };
	while (*pattern && *pattern != '*') {
		size_t size = 1;

		if (*pattern == '{') {
			size = take_piece(pattern, path, match);
			pattern = strchr(pattern, '}');
		} else if (*pattern != *path) {
			size = 0;
		}
		if (!size)
			return false;
		path += size;
		pattern++;
	}
	return !*path || (path[0] == '/' && (*pattern == '*' || !path[1]));
}

/* --- links ------------------------------------------------------------------------------------ */

static const char *write_address(struct ctx *ctx, const char *form, const struct post_link *link)
{
	const char *address = "";

	for (; *form; form++)
		if (*form == '$')
			address = ctx_printf(ctx, "%s%s", address, link->parts[*++form - '1']);
		else
			address = ctx_printf(ctx, "%s%c", address, *form);
	return address;
}

static bool write_link(struct ctx *ctx, const struct row *row, const struct match *match,
		       struct post_link *out)
{
	*out = (struct post_link) { .site = row->site, .expected = row->expected };
	for (size_t i = 0; i < match->count; i++)
		out->parts[i] = ctx_printf(ctx, "%.*s", (int)match->sizes[i], match->starts[i]);
	out->address = write_address(ctx, row->address, out);
	out->for_pictures = row->for_pictures ? write_address(ctx, row->for_pictures, out)
					      : out->address;
	return strlen(out->address) <= LINK_ADDRESS_MAX;
}

bool site_read_link(struct ctx *ctx, const char *text, struct post_link *out)
{
	struct web_url url;
	const char *host;

	if (!web_url_read(ctx, text, &url) || url.user[0] || url.port)
		return false;
	host = url.host + (strncmp(url.host, "www.", 4) == 0 ? 4 : 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct match match;

		if (has_host(rows[i].hosts, host) && fits(rows[i].path, url.path, &match))
			return write_link(ctx, &rows[i], &match, out);
	}
	return false;
}

/* --- which sites ------------------------------------------------------------------------------ */

static bool add_site(const char *name, size_t size, unsigned *out)
{
	for (size_t i = 0; i < SITE_COUNT; i++)
		if (strlen(sites[i].name) == size && strncmp(sites[i].name, name, size) == 0) {
			*out |= 1u << i;
			return true;
		}
	return false;
}

bool sites_read(const char *text, unsigned *out, struct why *why)
{
	static const char between[] = ", ";

	*out = strcmp(text, "all") == 0 ? (1u << SITE_COUNT) - 1 : 0;
	if (*out)
		return true;
	for (text += strspn(text, between); *text; text += strspn(text, between)) {
		size_t size = strcspn(text, between);

		if (!add_site(text, size, out))
			return why_set(why,
				       "KORONE_LINKS_SITES: \"%.*s\" is no site; allowed: all, or "
				       "some of bluesky, instagram, pinterest, reddit, tiktok, "
				       "x",
				       (int)size, text);
		text += size;
	}
	return true;
}
