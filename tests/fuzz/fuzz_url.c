/* fuzz_url.c - what people write, as a value of a URL: it stays in its place, as libcurl reads it.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "common/xalloc.h"
#include "tests/fuzz/fuzz.h"
#include "workers/host/url.h"

static struct arena arena;

static enum url_end make(const char **out, const char *format, ...)
{
	va_list arguments;
	struct why why;
	enum url_end end;

	va_start(arguments, format);
	end = url_make(format, arguments, &arena, out, &why);
	va_end(arguments);
	return end;
}

static size_t count(const char *text, char wanted)
{
	size_t found = 0;

	for (; *text; text++)
		found += *text == wanted;
	return found;
}

static void check_part(CURLU *url, CURLUPart part, const char *expected)
{
	char *text = NULL;

	PROMISE(curl_url_get(url, part, &text, 0) == CURLUE_OK);
	PROMISE(strcmp(text, expected) == 0);
	curl_free(text);
}

/* Back to what it was. */
static void check_value(CURLU *url, CURLUPart part, const char *before, const char *value)
{
	char *text = NULL, *decoded;
	int length;

	PROMISE(curl_url_get(url, part, &text, 0) == CURLUE_OK);
	PROMISE(strncmp(text, before, strlen(before)) == 0);
	decoded = curl_easy_unescape(NULL, text + strlen(before), 0, &length);
	PROMISE(decoded && (size_t)length == strlen(value) &&
		memcmp(decoded, value, (size_t)length) == 0);
	curl_free(decoded);
	curl_free(text);
}

static CURLU *parse(const char *text)
{
	CURLU *url = curl_url();

	PROMISE(url && curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK);
	return url;
}

static void in_the_query(const char *value)
{
	const char *made;
	CURLU *url;

	if (make(&made, "https://a.org/x?q=%s", value) != URL_MADE)
		return;
	PROMISE(count(made, '/') == 3 && count(made, '&') == 0 && count(made, '#') == 0);
	url = parse(made);
	check_part(url, CURLUPART_HOST, "a.org");
	check_part(url, CURLUPART_PATH, "/x");
	check_value(url, CURLUPART_QUERY, "q=", value);
	curl_url_cleanup(url);
}

static void in_the_path(const char *value)
{
	const char *made;
	CURLU *url;

	if (make(&made, "https://a.org/x/%s", value) != URL_MADE)
		return;
	PROMISE(count(made, '/') == 4 && count(made, '?') == 0);
	url = parse(made);
	check_part(url, CURLUPART_HOST, "a.org");
	check_value(url, CURLUPART_PATH, "/x/", value);
	curl_url_cleanup(url);
}

static void in_the_host(const char *value)
{
	const char *made;
	char *host;
	CURLU *url;

	if (make(&made, "https://%s.a.org/x", value) != URL_MADE)
		return;
	url = parse(made);
	host = xasprintf("%s.a.org", value);
	check_part(url, CURLUPART_HOST, host);
	free(host);
	curl_url_cleanup(url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *value = xstrndup((const char *)data, size);
	const char *made;

	in_the_query(value);
	in_the_path(value);
	in_the_host(value);
	if (make(&made, "%s", value) == URL_MADE)
		PROMISE(!strpbrk(made, " \r\n\\"));
	arena_reset(&arena);
	free(value);
	return 0;
}
