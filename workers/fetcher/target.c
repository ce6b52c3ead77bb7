/* target.c - reads URLs with libcurl's own parser, so that what is checked is what is connected
 * to. */
#include "workers/fetcher/target.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "common/xalloc.h"
#include "common/address.h"

/* --- reading ---------------------------------------------------------------------------------- */

static bool take_part(CURLU *url, CURLUPart part, unsigned flags, char *out, size_t size)
{
	char *text = NULL;
	bool fits = curl_url_get(url, part, &text, flags) == CURLUE_OK && strlen(text) < size;

	if (fits)
		strcpy(out, text);
	curl_free(text);
	return fits;
}

static void make_lower(char *host)
{
	size_t length = strlen(host);

	for (char *at = host; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	/* "example.org." is the same host. */
	if (length > 1 && host[length - 1] == '.')
		host[length - 1] = '\0';
}

static bool take_parts(CURLU *url, struct target *out)
{
	char scheme[8], port[8], *whole = NULL;

	if (!take_part(url, CURLUPART_SCHEME, 0, scheme, sizeof(scheme)) ||
	    !take_part(url, CURLUPART_HOST, 0, out->host, sizeof(out->host)) ||
	    !take_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT, port, sizeof(port)))
		return false;
	make_lower(out->host);
	/* So that what is checked is what is looked up. */
	if (curl_url_set(url, CURLUPART_HOST, out->host, 0) != CURLUE_OK)
		return false;
	out->secure = strcmp(scheme, "https") == 0;
	out->port = (uint16_t)strtol(port, NULL, 10);
	(void)curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
	if (curl_url_get(url, CURLUPART_URL, &whole, 0) != CURLUE_OK)
		return false;
	out->url = xstrdup(whole);
	curl_free(whole);
	return out->secure || strcmp(scheme, "http") == 0;
}

/* A URL of ours has no login: that would be a key in a literal. */
static bool parse(const char *text, struct target *out)
{
	CURLU *url = curl_url();
	bool parsed = url &&
		      curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK &&
		      take_parts(url, out);

	curl_url_cleanup(url);
	return parsed;
}

/* --- rules ------------------------------------------------------------------------------------ */

/* What a host that is written as a number is; NULL for a name and for an address of the internet.
 * A name is judged by what it resolves to, when it is connected to. */
static const char *class_of_number(const struct target *target, const struct fetch_allow *allow)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(target->port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(target->port) };
	const struct sockaddr *address = NULL;
	char host[sizeof(target->host)];
	size_t length = strlen(target->host);

	if (inet_pton(AF_INET, target->host, &v4.sin_addr) == 1) {
		address = (const struct sockaddr *)&v4;
	} else if (target->host[0] == '[' && length > 2) {
		snprintf(host, sizeof(host), "%.*s", (int)length - 2, target->host + 1);
		if (inet_pton(AF_INET6, host, &v6.sin6_addr) != 1)
			return "no address";
		address = (const struct sockaddr *)&v6;
	}
	return address && !fetch_allow_has(allow, address) ? address_class(address) : NULL;
}

static const char *find_key(const struct module_keys *keys, const char *name)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->all[i].name, name) == 0)
			return keys->all[i].value;
	return NULL;
}

static const struct web_hosts_row *find_row(const struct target_rules *rules, struct text module,
					    struct target *target)
{
	const uint16_t fallback = target->secure ? 443 : 80;
	const struct web_hosts_row *row = web_hosts_find(&rules->hosts, module, target->host,
							 target->port, fallback);

	if (row || !fetch_allow_has_port(&rules->allow, target->port))
		return row;
	/* A stand-in has whatever port was free. */
	target->is_stand_in = true;
	return web_hosts_find(&rules->hosts, module, target->host, fallback, fallback);
}

/* The reason is for the log, where the name of a host may be what a person wrote. */
static enum fetch_outcome forbid(struct why *why, const char *reason)
{
	why_set(why, "%s", reason);
	return FETCH_FORBIDDEN;
}

static enum fetch_outcome give_key(const struct target_rules *rules, struct target *target,
				   struct why *why)
{
	if (!target->row->key[0])
		return FETCH_OK;
	target->key = find_key(&rules->keys, target->row->key);
	if (!target->key) {
		why_set(why, "%s is not set", target->row->key);
		return FETCH_NO_KEY;
	}
	if (!target->secure && !fetch_allow_has_port(&rules->allow, target->port))
		return forbid(why, "a key is sent over https only");
	return FETCH_OK;
}

enum fetch_outcome target_judge(const struct target_rules *rules, struct text module,
				const char *url, struct target *out, struct why *why)
{
	const char *class;

	*out = (struct target) { 0 };
	if (!parse(url, out)) {
		why_set(why, "no URL of http or https without a login");
		return FETCH_MALFORMED;
	}
	out->row = find_row(rules, module, out);
	if (!out->row)
		return forbid(why, "neither this host nor this port is among the module's .hosts");
	class = class_of_number(out, &rules->allow);
	if (class) {
		why_set(why, "the address is %s", class);
		return FETCH_FORBIDDEN;
	}
	return FETCH_OK;
}

enum fetch_outcome target_read(const struct target_rules *rules, struct text module,
			       const char *url, struct target *out, struct why *why)
{
	enum fetch_outcome outcome = target_judge(rules, module, url, out, why);

	return outcome == FETCH_OK ? give_key(rules, out, why) : outcome;
}

const char *target_refuses(const struct target_rules *rules, const struct target *target,
			   const struct sockaddr *address)
{
	if (fetch_allow_has(&rules->allow, address))
		return NULL;
	return target->is_stand_in ? "not in KORONE_FETCH_ALLOW" : address_class(address);
}

bool target_is_of_this_machine(const struct target *target)
{
	const char *host = target->host;
	size_t length = strlen(host);

	return strcmp(host, "localhost") == 0 ||
	       (length > 10 && strcmp(host + length - 10, ".localhost") == 0);
}

void target_finish(struct target *target)
{
	free(target->url);
	target->url = NULL;
}

/* --- keys ------------------------------------------------------------------------------------- */

static char *encoded(const char *key)
{
	char *text = curl_easy_escape(NULL, key, (int)strlen(key));
	char *copy = xstrdup(text ? text : "");

	curl_free(text);
	return copy;
}

/* "a=1" as a whole parameter of the URL. */
static bool has_parameter(const char *url, const char *name)
{
	const char *at = strchr(url, '?');
	size_t length = strlen(name);

	while (at) {
		at++;
		if (strncmp(at, name, length) == 0 && at[length] == '=')
			return true;
		at = strchr(at, '&');
	}
	return false;
}

char *target_url_with_key(const struct target *target)
{
	const char *name = target->row->query;
	char *key, *url;

	/* A redirect has it already. */
	if (!target->key || !name[0] || has_parameter(target->url, name))
		return xstrdup(target->url);
	key = encoded(target->key);
	url = xasprintf("%s%c%s=%s", target->url, strchr(target->url, '?') ? '&' : '?', name, key);
	explicit_bzero(key, strlen(key));
	free(key);
	return url;
}

char *target_key_header(const struct target *target)
{
	if (!target->key || !target->row->header[0])
		return NULL;
	return xasprintf("%s%s", target->row->header, target->key);
}

static bool has_key(const char *url, const char *key)
{
	char *text = encoded(key);
	bool has = strstr(url, key) || strstr(url, text);

	free(text);
	return has;
}

enum fetch_outcome target_follows(const struct target_rules *rules, const struct target *from,
				  const struct target *to, struct why *why)
{
	if (from->secure && !to->secure)
		return forbid(why, "a redirect from https to http");
	for (size_t i = 0; i < rules->keys.count; i++) {
		const char *key = rules->keys.all[i].value;

		if (key != to->key && has_key(to->url, key))
			return forbid(why, "a redirect that would tell a key to another host");
	}
	return FETCH_OK;
}

static void mask(char *bytes, size_t size, const char *word)
{
	const size_t length = strlen(word);
	char *end = bytes + size;

	while (length && (bytes = memmem(bytes, (size_t)(end - bytes), word, length)))
		memset(bytes, '*', length);
}

void target_mask_keys(const struct target_rules *rules, char *bytes, size_t size)
{
	for (size_t i = 0; i < rules->keys.count; i++) {
		char *text = encoded(rules->keys.all[i].value);

		mask(bytes, size, rules->keys.all[i].value);
		mask(bytes, size, text);
		free(text);
	}
}

size_t target_longest_key(const struct target_rules *rules)
{
	size_t longest = 0;

	/* Encoded, each byte may be three. */
	for (size_t i = 0; i < rules->keys.count; i++) {
		size_t length = 3 * strlen(rules->keys.all[i].value);

		longest = length > longest ? length : longest;
	}
	return longest;
}
