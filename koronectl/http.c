/* http.c - one libcurl request, without a proxy. */
#include "koronectl/http.h"

#include <curl/curl.h>

#define TIMEOUT_MS 3000L
#define BODY_MAX (16u << 20)

static size_t take_body(char *data, size_t size, size_t count, void *owner)
{
	struct buffer *body = owner;

	if (body->size + size * count > BODY_MAX)
		return 0;
	buffer_append(body, data, size * count);
	return size * count;
}

long http_get(const char *url, struct buffer *body, struct why *why)
{
	CURL *curl = curl_easy_init();
	CURLcode code = CURLE_FAILED_INIT;
	long status = 0;

	if (curl) {
		curl_easy_setopt(curl, CURLOPT_URL, url);
		curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
		curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
		/* Processes are asked directly, even if the environment names a proxy. */
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
		curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
		code = curl_easy_perform(curl);
	}
	if (code == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	else
		why_set(why, "%s", curl_easy_strerror(code));
	curl_easy_cleanup(curl);
	return status;
}
