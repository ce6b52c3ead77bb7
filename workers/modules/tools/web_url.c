/* web_url.c - parts of a URL: hosts by libidn2, the rest by RFC 3986. */
#include "workers/modules/tools/web_url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <idn2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/address.h"

#define HOST_MAX 253 /* bytes (RFC 1035, 2.3.4) */
#define LABEL_MAX 63

static const char hex[] = "0123456789ABCDEF";

/* --- hosts ------------------------------------------------------------------------------------ */

static bool read_address(const char *host, struct sockaddr_storage *out)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	*out = (struct sockaddr_storage) { 0 };
	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
		memcpy(out, &v4, sizeof(v4));
		return true;
	}
	if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
		memcpy(out, &v6, sizeof(v6));
		return true;
	}
	return false;
}

bool host_is_address(const char *host)
{
	struct sockaddr_storage address;

	return read_address(host, &address);
}

const char *host_address_class(const char *host)
{
	struct sockaddr_storage address;

	if (!read_address(host, &address))
		return "no address";
	return address_class((const struct sockaddr *)&address);
}

bool host_is_public_name(const char *host)
{
	static const char *const kept[] = { "local",   "localhost", "internal", "invalid", "test",
					    "example", "onion",     "alt",      "arpa",    "home",
					    "lan",     "corp",      "mail",     "intranet" };
	const char *last = strrchr(host, '.');

	if (!last || host_is_address(host))
		return false;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (strcmp(last + 1, kept[i]) == 0)
			return false;
	return true;
}

/* Letters, digits, hyphens and underscores, and a last label that is no number, which would make it
 * an address of some kind (WHATWG URL, "ends in a number"). */
static bool is_name(const char *host)
{
	const char *label = host;
	size_t length = 0;

	for (; *label; label += length + (label[length] == '.')) {
		length = strcspn(label, ".");
		if (length == 0 || length > LABEL_MAX)
			return false;
		for (size_t i = 0; i < length; i++)
			if (!isalnum((unsigned char)label[i]) && !strchr("-_", label[i]))
				return false;
		if (!label[length] && isdigit((unsigned char)label[0]) &&
		    (strspn(label, "0123456789") == length || strncmp(label, "0x", 2) == 0))
			return false;
	}
	return label != host && label[-1] != '.' && label - host <= HOST_MAX;
}

static bool read_name(struct ctx *ctx, const char *written, struct web_url *out)
{
	char *ascii = NULL, *shown = NULL;
	bool fine = idn2_to_ascii_8z(written, &ascii, IDN2_NONTRANSITIONAL) == IDN2_OK &&
		    is_name(ascii) && idn2_to_unicode_8z8z(ascii, &shown, 0) == IDN2_OK;

	if (fine) {
		out->host = ctx_printf(ctx, "%s", ascii);
		out->shown = ctx_printf(ctx, "%s", shown);
	}
	idn2_free(ascii);
	idn2_free(shown);
	return fine;
}

static bool read_host(struct ctx *ctx, char *host, struct web_url *out)
{
	size_t length = strlen(host);

	if (length && host[length - 1] == '.') /* the root, which everybody leaves out */
		host[--length] = '\0';
	if (host[0] == '[' && host[length - 1] == ']') {
		host[length - 1] = '\0';
		host++;
	}
	if (!host_is_address(host))
		return length > 0 && read_name(ctx, host, out);
	out->host = out->shown = host;
	return true;
}

/* --- parts ------------------------------------------------------------------------------------ */

/* Percent-encodes what must be, and nothing else (RFC 3986, 6.2.2). */
static const char *normalize(struct ctx *ctx, const char *part, size_t size)
{
	char *out = ctx_alloc(ctx, 3 * size + 1), *end = out;

	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)part[i];
		bool coded = byte == '%' && i + 2 < size && isxdigit((unsigned char)part[i + 1]) &&
			     isxdigit((unsigned char)part[i + 2]);

		if (coded) {
			byte = (unsigned char)strtoul((char[]) { part[i + 1], part[i + 2], '\0' },
						      NULL, 16);
			i += 2;
		}
		if (isalnum(byte) || (byte && strchr("-._~", byte)) ||
		    (!coded && byte && byte < 0x80 && strchr("!$&'()*+,;=:@/?[]", byte))) {
			*end++ = (char)byte;
			continue;
		}
		*end++ = '%';
		*end++ = hex[byte >> 4];
		*end++ = hex[byte & 15];
	}
	*end = '\0';
	return out;
}

/* RFC 3986, 5.2.4. */
static const char *without_dots(struct ctx *ctx, const char *path)
{
	char *out = ctx_alloc(ctx, strlen(path) + 2), *end = out;

	while (*path) {
		size_t length = 1 + strcspn(path + 1, "/");
		bool dot = length == 2 && path[1] == '.';
		bool dots = length == 3 && path[1] == '.' && path[2] == '.';

		if (dots)
			while (end > out && *--end != '/')
				;
		if (!dot && !dots) {
			memcpy(end, path, length);
			end += length;
		} else if (!path[length]) {
			*end++ = '/';
		}
		path += length;
	}
	if (end == out)
		*end++ = '/';
	*end = '\0';
	return out;
}

/* "user@host:port" */
static bool read_authority(struct ctx *ctx, char *authority, struct web_url *out)
{
	char *at = strrchr(authority, '@'), *host = at ? at + 1 : authority;
	char *colon = strrchr(host, ':'), *rest;

	if (at)
		*at = '\0';
	out->user = at ? authority : "";
	/* An address of IPv6 has colons: in brackets when a port follows. */
	if (colon && (host[0] == '[' ? colon[-1] == ']' : strchr(host, ':') == colon)) {
		out->port = strtol(colon + 1, &rest, 10);
		if (*rest || out->port < 0 || out->port > 65535)
			return false;
		*colon = '\0';
	}
	if (out->port == (strcmp(out->scheme, "http") == 0 ? 80 : 443))
		out->port = 0;
	return read_host(ctx, host, out);
}

static void read_rest(struct ctx *ctx, const char *rest, struct web_url *out)
{
	size_t path = strcspn(rest, "?#"), query = 0;
	const char *after = rest + path;

	out->path = without_dots(ctx, path ? normalize(ctx, rest, path) : "/");
	out->query = out->fragment = "";
	if (*after == '?') {
		query = strcspn(++after, "#");
		out->query = normalize(ctx, after, query);
		after += query;
	}
	if (*after == '#')
		out->fragment = normalize(ctx, after + 1, strlen(after + 1));
}

bool web_url_read(struct ctx *ctx, const char *text, struct web_url *out)
{
	const char *slashes = strstr(text, "://");
	size_t length;

	*out = (struct web_url) { .scheme = "https" };
	if (slashes && slashes < text + strcspn(text, "/?#")) {
		if (strncasecmp(text, "http:", 5) == 0)
			out->scheme = "http";
		else if (strncasecmp(text, "https:", 6) != 0)
			return false;
		text = slashes + 3;
	}
	if (text[strcspn(text, " \t\r\n\\")])
		return false;
	length = strcspn(text, "/?#");
	read_rest(ctx, text + length, out);
	return read_authority(ctx, (char *)ctx_printf(ctx, "%.*s", (int)length, text), out);
}

const char *web_url_text(struct ctx *ctx, const struct web_url *url)
{
	bool v6 = strchr(url->host, ':') != NULL;

	return ctx_printf(ctx, "%s://%s%s%s%s%s%s%s%s%s%s%s", url->scheme, url->user,
			  url->user[0] ? "@" : "", v6 ? "[" : "", url->host, v6 ? "]" : "",
			  url->port ? ctx_printf(ctx, ":%d", (int)url->port) : "", url->path,
			  url->query[0] ? "?" : "", url->query, url->fragment[0] ? "#" : "",
			  url->fragment);
}

/* --- what only follows people ----------------------------------------------------------------- */

struct tracker {
	const char *host; /* this one and those below it; NULL: everywhere */
	const char *name; /* of the parameter; with "*" at its end what begins so */
};

static const struct tracker trackers[] = {
	/* mail and advertising */
	{ NULL, "utm_*" },
	{ NULL, "fbclid" },
	{ NULL, "gclid" },
	{ NULL, "gclsrc" },
	{ NULL, "dclid" },
	{ NULL, "gbraid" },
	{ NULL, "wbraid" },
	{ NULL, "srsltid" },
	{ NULL, "msclkid" },
	{ NULL, "yclid" },
	{ NULL, "ysclid" },
	{ NULL, "twclid" },
	{ NULL, "ttclid" },
	{ NULL, "igshid" },
	{ NULL, "li_fat_id" },
	{ NULL, "mc_cid" },
	{ NULL, "mc_eid" },
	{ NULL, "mkt_tok" },
	{ NULL, "_hsenc" },
	{ NULL, "_hsmi" },
	{ NULL, "__hssc" },
	{ NULL, "__hstc" },
	{ NULL, "__hsfp" },
	{ NULL, "hsCtaTracking" },
	{ NULL, "oly_anon_id" },
	{ NULL, "oly_enc_id" },
	{ NULL, "vero_id" },
	{ NULL, "vero_conv" },
	{ NULL, "rb_clickid" },
	{ NULL, "s_cid" },
	{ NULL, "wickedid" },
	{ NULL, "_openstat" },
	{ NULL, "yadclid" },
	{ NULL, "epik" },
	{ NULL, "_branch_match_id" },
	/* who shared it */
	{ "youtube.com", "si" },
	{ "youtu.be", "si" },
	{ "youtube.com", "pp" },
	{ "youtube.com", "feature" },
	{ "spotify.com", "si" },
	{ "spotify.com", "context" },
	{ "instagram.com", "igsh" },
	{ "threads.net", "xmt" },
	{ "x.com", "s" },
	{ "x.com", "t" },
	{ "x.com", "ref_src" },
	{ "x.com", "ref_url" },
	{ "twitter.com", "s" },
	{ "twitter.com", "t" },
	{ "twitter.com", "ref_src" },
	{ "twitter.com", "ref_url" },
	{ "tiktok.com", "_t" },
	{ "tiktok.com", "_r" },
	{ "tiktok.com", "is_from_webapp" },
	{ "tiktok.com", "sender_device" },
	{ "tiktok.com", "web_id" },
	{ "facebook.com", "mibextid" },
	{ "facebook.com", "rdid" },
	{ "facebook.com", "__tn__" },
	{ "facebook.com", "__cft__*" },
	{ "reddit.com", "share_id" },
	{ "reddit.com", "rdt" },
	{ "linkedin.com", "trk" },
	{ "linkedin.com", "lipi" },
	/* shops and searches */
	{ "google.com", "ved" },
	{ "google.com", "ei" },
	{ "google.com", "sca_esv" },
	{ "google.com", "gs_lcrp" },
	{ "google.com", "gs_lp" },
	{ "google.com", "sxsrf" },
	{ "google.com", "sclient" },
	{ "bing.com", "cvid" },
	{ "bing.com", "form" },
	{ "amazon.com", "pd_rd_*" },
	{ "amazon.com", "pf_rd_*" },
	{ "amazon.com", "qid" },
	{ "amazon.com", "sr" },
	{ "amazon.com", "crid" },
	{ "amazon.com", "sprefix" },
	{ "amazon.com", "ref_" },
	{ "amazon.com", "content-id" },
	{ "aliexpress.com", "spm" },
	{ "aliexpress.com", "scm" },
	{ "aliexpress.com", "pvid" },
	{ "aliexpress.com", "algo_*" },
	{ "ebay.com", "_trkparms" },
	{ "ebay.com", "_trksid" },
	{ "ebay.com", "mkevt" },
	{ "ebay.com", "mkcid" },
	{ "ebay.com", "mkrid" },
	{ "ebay.com", "campid" },
};

/* "www.amazon.de" is under "amazon.com", too: shops have many countries. */
static bool is_under(const char *host, const char *domain)
{
	size_t brand = strcspn(domain, "."), length = strlen(host);
	const char *at = host;
	bool shop = strncmp(domain, "amazon.", 7) == 0 || strncmp(domain, "google.", 7) == 0 ||
		    strncmp(domain, "ebay.", 5) == 0;

	if (!shop)
		return length >= strlen(domain) &&
		       strcmp(host + length - strlen(domain), domain) == 0 &&
		       (length == strlen(domain) || host[length - strlen(domain) - 1] == '.');
	for (; at; at = strchr(at, '.') ? strchr(at, '.') + 1 : NULL)
		if (strncmp(at, domain, brand + 1) == 0 && strlen(at) <= brand + 7)
			return true;
	return false;
}

static bool is_tracker(const char *host, const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(trackers) / sizeof(trackers[0]); i++) {
		const struct tracker *tracker = &trackers[i];
		size_t size = strlen(tracker->name);
		bool prefix = tracker->name[size - 1] == '*';

		size -= prefix;
		if ((prefix ? length >= size : length == size) &&
		    strncasecmp(name, tracker->name, size) == 0 &&
		    (!tracker->host || is_under(host, tracker->host)))
			return true;
	}
	return false;
}

size_t web_url_clean(struct ctx *ctx, struct web_url *url)
{
	char *query = ctx_alloc(ctx, strlen(url->query) + 1), *end = query;
	size_t gone = 0;

	for (const char *at = url->query; *at;) {
		size_t length = strcspn(at, "&"), name = strcspn(at, "=&");

		if (is_tracker(url->host, at, name)) {
			gone++;
		} else if (length) {
			if (end != query)
				*end++ = '&';
			memcpy(end, at, length);
			end += length;
		}
		at += length + (at[length] == '&');
	}
	*end = '\0';
	url->query = query;
	/* "#:~:text=words" marks words on the page. */
	if (strncmp(url->fragment, ":~:", 3) == 0) {
		url->fragment = "";
		gone++;
	}
	return gone;
}
