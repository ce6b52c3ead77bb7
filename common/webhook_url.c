/* webhook_url.c - parses, checks and compares URLs as text, without normalising them. */
#include "common/webhook_url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#define PORT_MAX 65535

/* --- taking it apart -------------------------------------------------------------------------- */

static const char *authority_of(const char *url)
{
	const char *separator = strstr(url, "://");

	return separator ? separator + 3 : url;
}

static const char *target_of(const char *url)
{
	const char *authority = authority_of(url);

	return authority + strcspn(authority, "/?#");
}

char *webhook_url_target(const char *url)
{
	const char *target = target_of(url);

	return *target == '/' ? xstrdup(target) : xasprintf("/%s", target);
}

/* --- the check -------------------------------------------------------------------------------- */

static bool check_port(const char *port, const char *end, bool is_public, struct why *why)
{
	long number = 0;

	for (const char *at = port; at < end && number <= PORT_MAX; at++) {
		if (!isdigit((unsigned char)*at))
			return why_set(why, "its port is not a number; allowed: 1 to %d", PORT_MAX);
		number = number * 10 + (*at - '0');
	}
	if (number < 1 || number > PORT_MAX)
		return why_set(why, "its port is out of range; allowed: 1 to %d", PORT_MAX);
	if (is_public && number != 443 && number != 80 && number != 88 && number != 8443)
		return why_set(why, "Telegram does not call port %ld; allowed: 443, 80, 88, 8443",
			       number);
	return true;
}

/* [user[:password]@]host[:port]; a host may contain letters of any language. */
static bool check_authority(const char *at, const char *end, bool is_public, struct why *why)
{
	const char *host = at, *colon = NULL;

	for (; at < end; at++) {
		unsigned char byte = (unsigned char)*at;

		if (byte <= ' ' || byte == 0x7f)
			return why_set(why, "its host has a blank or a control character");
		if (byte == '@')
			host = at + 1;
		if (byte == '@' || byte == ']')
			colon = NULL;
		else if (byte == ':')
			colon = at;
	}
	if (host == end || host == colon)
		return why_set(why, "it has no host; allowed: https://HOST/PATH");
	if (*host == '[' && !memchr(host, ']', (size_t)(end - host)))
		return why_set(why, "its host begins with [ and has no ]");
	return !colon || check_port(colon + 1, end, is_public, why);
}

static bool check_target(const char *at, struct why *why)
{
	for (; *at; at++) {
		unsigned char byte = (unsigned char)*at;

		if (byte == '#')
			return why_set(why,
				       "it has a fragment (#…), which is never sent to a server; "
				       "allowed: path and query");
		if (byte <= ' ' || byte >= 0x7f)
			return why_set(why, "its path or query has a blank, a control or a "
					    "character beyond ASCII; allowed: such ones as escapes "
					    "(%%20)");
		if (byte == '%' &&
		    (!isxdigit((unsigned char)at[1]) || !isxdigit((unsigned char)at[2])))
			return why_set(why, "its path or query has a %% without two hexadecimal "
					    "digits behind it");
	}
	return true;
}

bool webhook_url_check(const char *url, bool is_public, struct why *why)
{
	const char *target = target_of(url);

	if (is_public && strncmp(url, "https://", 8) != 0)
		return why_set(why, "Telegram calls https only; allowed: https://…");
	return check_authority(authority_of(url), target, is_public, why) &&
	       check_target(target, why);
}

/* --- differences ------------------------------------------------------------------------------ */

static int digit_of(char digit)
{
	return isdigit((unsigned char)digit) ? digit - '0'
					     : tolower((unsigned char)digit) - 'a' + 10;
}

/* The byte there, decoded; advances past it. */
static char next_byte(const char **at)
{
	const char *text = *at;

	if (*text == '%' && isxdigit((unsigned char)text[1]) && isxdigit((unsigned char)text[2])) {
		*at += 3;
		return (char)(digit_of(text[1]) * 16 + digit_of(text[2]));
	}
	*at += *text != '\0';
	return *text;
}

static bool is_same_decoded(const char *a, const char *b)
{
	while (*a && *b)
		if (next_byte(&a) != next_byte(&b))
			return false;
	return !*a && !*b;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return end_length <= length && !strcmp(text + length - end_length, end);
}

static size_t length_without_slash(const char *path, size_t length)
{
	return length > 0 && path[length - 1] == '/' ? length - 1 : length;
}

const char *webhook_target_difference(const char *announced, const char *given)
{
	size_t path = strcspn(announced, "?"), given_path = strcspn(given, "?");
	size_t bare = length_without_slash(announced, path);
	bool is_same_path = path == given_path && !memcmp(announced, given, path);

	if (is_same_path && announced[path] && !given[given_path])
		return "the query is missing";
	if (is_same_path && !announced[path])
		return "a query was added";
	if (is_same_path)
		return "the query differs";
	if (is_same_decoded(announced, given))
		return "the percent-encoding differs";
	if (bare == length_without_slash(given, given_path) && !memcmp(announced, given, bare))
		return "the slash at the end of the path";
	if (strlen(given) > 1 && ends_with(announced, given))
		return "the prefix of the path is missing";
	if (strlen(announced) > 1 && ends_with(given, announced))
		return "a prefix was added to the path";
	return "the path differs";
}
