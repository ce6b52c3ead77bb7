/* site.c - a table of patterns. A host is compared as it is, without "www."; a path piece by piece:
 *
 *     {number} {handle} {word} {name}   a part of the address, from $1 on
 *     {-word}                           the same, and no part
 *     *                                 at the end: whatever follows after a slash
 *
 * A slash at the end, the query and the fragment do not matter. */
#include "workers/modules/links/site.h"

#include <string.h>

#include "workers/modules/tools/web_url.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

const struct site sites[SITE_COUNT] = {
	[SITE_BLUESKY] = { "bluesky", "Bluesky", NULL },
	[SITE_X] = { "x", "X", "api.fxtwitter.com" },
};

static const struct row {
	enum site_id site;
	const char *hosts, *path, *address;
} rows[] = {
	{ SITE_BLUESKY, "bsky.app", "/profile/{name}/post/{word}",
	  "https://bsky.app/profile/$1/post/$2" },
	{ SITE_X, "x.com mobile.x.com twitter.com mobile.twitter.com",
	  "/{-handle}/status/{number}*", "https://x.com/i/status/$1" },
	{ SITE_X, "x.com mobile.x.com twitter.com mobile.twitter.com", "/i/web/status/{number}*",
	  "https://x.com/i/status/$1" },
};

static const struct piece {
	const char *name, *characters;
	size_t maximum;
} pieces[] = {
	{ "number", DIGITS, 20 },
	{ "handle", LETTERS DIGITS "_", 15 },
	{ "word", LETTERS DIGITS "_-", 64 },
	{ "name", LETTERS DIGITS "_.:-", 253 },
};

struct match {
	const char *starts[LINK_PARTS_MAX];
	size_t sizes[LINK_PARTS_MAX], count;
};

/* --- the grammar ------------------------------------------------------------------------------ */

static bool has_host(const char *hosts, const char *host)
{
	const size_t size = strlen(host);

	for (; *hosts; hosts += strspn(hosts, " ")) {
		size_t length = strcspn(hosts, " ");

		if (length == size && strncmp(hosts, host, size) == 0)
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

static bool write_link(struct ctx *ctx, const struct row *row, const struct match *match,
		       struct post_link *out)
{
	const char *address = "";

	*out = (struct post_link) { .site = row->site };
	for (size_t i = 0; i < match->count; i++)
		out->parts[i] = ctx_printf(ctx, "%.*s", (int)match->sizes[i], match->starts[i]);
	for (const char *at = row->address; *at; at++)
		if (*at == '$')
			address = ctx_printf(ctx, "%s%s", address, out->parts[*++at - '1']);
		else
			address = ctx_printf(ctx, "%s%c", address, *at);
	out->address = address;
	return strlen(address) <= LINK_ADDRESS_MAX;
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
				       "some of bluesky, x",
				       (int)size, text);
		text += size;
	}
	return true;
}
