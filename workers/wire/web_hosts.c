/* web_hosts.c - checks rows when they are added, packs them, and finds the one for a host. */
#include "workers/wire/web_hosts.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#define ROW_FIELDS 6
#define NAME_MAX_LENGTH 253u /* RFC 1035, 2.3.4 */
#define ANY "any"

static bool is_any(const char *name)
{
	return strcmp(name, ANY) == 0;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* Labels of a-z 0-9 - _ with single dots between. */
static bool is_host(const char *name)
{
	const size_t length = strlen(name);

	return length > 0 && length <= NAME_MAX_LENGTH &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == length &&
	       name[0] != '.' && name[length - 1] != '.' && !strstr(name, "..");
}

static bool check_name(const char *name, struct why *why)
{
	if (is_any(name))
		return true;
	if (strncmp(name, "*.", 2) == 0) {
		/* "*.com" would be nearly any. */
		if (is_host(name + 2) && strchr(name + 2, '.'))
			return true;
		return why_set(why, "\"%s\": after \"*.\" comes a name with at least one dot",
			       name);
	}
	return is_host(name) ||
	       why_set(why,
		       "\"%s\" is no host: it is a name of a-z, 0-9, - and dots, \"*.NAME\", each "
		       "with :PORT or without, or \"any\"",
		       name);
}

/* RFC 9110, 5.6.2: a token; narrower, for parameters, too. */
static size_t token_length(const char *text)
{
	return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

static bool check_key(const struct web_hosts_row *row, struct why *why)
{
	const size_t token = token_length(row->header);

	if (!row->key[0])
		return !(row->query[0] || row->header[0]) ||
		       why_set(why, "\"%s\" names no key for its parameter or header", row->name);
	if (!settings_names_module_key(row->key))
		return why_set(why, "\"%s\" is no name of a key: it is KORONE_…_KEY", row->key);
	if (is_any(row->name))
		return why_set(why, "%s would be sent to any host: name the host", row->key);
	if (!row->query[0] == !row->header[0])
		return why_set(why, "%s goes into a parameter or into a header: name one",
			       row->key);
	if (row->query[0] && row->query[token_length(row->query)])
		return why_set(why, "\"%s\" is no name of a parameter", row->query);
	if (row->header[0] && (token == 0 || strncmp(row->header + token, ": ", 2) != 0 ||
			       strpbrk(row->header, "\r\n")))
		return why_set(why, "\"%s\" is no beginning of a header: \"Name: \"", row->header);
	return true;
}

/* Cuts ":PORT" off. */
static bool take_port(struct web_hosts_row *row, struct why *why)
{
	char *colon = strchr(row->name, ':'), *end;
	long port;

	if (!colon)
		return true;
	port = strtol(colon + 1, &end, 10);
	if (colon[1] < '1' || colon[1] > '9' || *end || port > UINT16_MAX)
		return why_set(why, "\"%s\": a port is a number from 1 to 65535", row->name);
	*colon = '\0';
	row->port = (uint16_t)port;
	return !is_any(row->name) || why_set(why, "\"any\" has no port");
}

static char *copy(const char *text)
{
	return xstrdup(text ? text : "");
}

static void free_row(struct web_hosts_row *row)
{
	free(row->module);
	free(row->name);
	free(row->key);
	free(row->query);
	free(row->header);
}

static void append(struct web_hosts *hosts, const struct web_hosts_row *row)
{
	array_reserve(hosts->rows, &hosts->capacity, hosts->count + 1);
	hosts->rows[hosts->count++] = *row;
}

bool web_hosts_add(struct web_hosts *hosts, const char *module, const char *name, const char *key,
		   const char *query, const char *header, struct why *why)
{
	struct web_hosts_row row = { .module = copy(module),
				     .name = copy(name),
				     .key = copy(key),
				     .query = copy(query),
				     .header = copy(header) };

	if (take_port(&row, why) && check_name(row.name, why) && check_key(&row, why)) {
		append(hosts, &row);
		return true;
	}
	free_row(&row);
	return false;
}

void web_hosts_finish(struct web_hosts *hosts)
{
	for (size_t i = 0; i < hosts->count; i++)
		free_row(&hosts->rows[i]);
	free(hosts->rows);
	*hosts = (struct web_hosts) { 0 };
}

/* --- packed ----------------------------------------------------------------------------------- */

void web_hosts_encode(const struct web_hosts *hosts, struct buffer *out)
{
	pack_array(out, hosts->count);
	for (size_t i = 0; i < hosts->count; i++) {
		const struct web_hosts_row *row = &hosts->rows[i];

		pack_array(out, ROW_FIELDS);
		pack_text(out, row->module);
		pack_text(out, row->name);
		pack_uint(out, row->port);
		pack_text(out, row->key);
		pack_text(out, row->query);
		pack_text(out, row->header);
	}
}

static char *take(struct cursor *cursor)
{
	struct text text = cursor_text(cursor);

	return text.data ? xstrndup(text.data, text.length) : xstrdup("");
}

static void take_row(struct cursor *cursor, struct web_hosts *out)
{
	struct web_hosts_row row = { 0 };
	uint64_t port;

	cursor_expect_array(cursor, ROW_FIELDS);
	row.module = take(cursor);
	row.name = take(cursor);
	port = cursor_uint(cursor);
	row.key = take(cursor);
	row.query = take(cursor);
	row.header = take(cursor);
	row.port = (uint16_t)port;
	if (port > UINT16_MAX || !check_name(row.name, NULL) || !check_key(&row, NULL))
		cursor_fail(cursor, "a row that is none");
	append(out, &row);
}

bool web_hosts_decode(struct cursor *cursor, struct web_hosts *out)
{
	size_t count = cursor_array(cursor);

	for (size_t i = 0; i < count && cursor_ok(cursor); i++)
		take_row(cursor, out);
	if (cursor_ok(cursor))
		return true;
	web_hosts_finish(out);
	return false;
}

/* --- found ------------------------------------------------------------------------------------ */

/* How closely: 0 not at all, then any, then a suffix by its length, then the name itself. */
static size_t closeness(const struct web_hosts_row *row, const char *host, uint16_t port,
			uint16_t fallback)
{
	const size_t length = strlen(host);
	size_t suffix;

	if (port != (row->port ? row->port : fallback))
		return 0;
	if (is_any(row->name))
		return 1;
	if (row->name[0] != '*')
		return strcmp(row->name, host) == 0 ? SIZE_MAX : 0;
	suffix = strlen(row->name + 1); /* with its dot */
	return length > suffix && strcmp(host + length - suffix, row->name + 1) == 0 ? 1 + suffix
										     : 0;
}

const struct web_hosts_row *web_hosts_find(const struct web_hosts *hosts, struct text module,
					   const char *host, uint16_t port, uint16_t fallback)
{
	const struct web_hosts_row *best = NULL;
	size_t best_closeness = 0;

	for (size_t i = 0; i < hosts->count; i++) {
		const struct web_hosts_row *row = &hosts->rows[i];
		size_t found = text_is(module, row->module) ? closeness(row, host, port, fallback)
							    : 0;

		if (found > best_closeness) {
			best = row;
			best_closeness = found;
		}
	}
	return best;
}

/* --- shown ------------------------------------------------------------------------------------ */

bool web_hosts_use_key(const struct web_hosts *hosts, const char *key)
{
	for (size_t i = 0; i < hosts->count; i++)
		if (strcmp(hosts->rows[i].key, key) == 0)
			return true;
	return false;
}

static bool is_set(const struct module_keys *keys, const char *key)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->all[i].name, key) == 0)
			return true;
	return false;
}

static void print_row(const struct web_hosts_row *row, const struct module_keys *keys, FILE *out)
{
	fprintf(out, "# module %s reaches %s", row->module, row->name);
	if (row->port)
		fprintf(out, ":%u", row->port);
	if (row->key[0])
		fprintf(out, " with %s (%s)", row->key, is_set(keys, row->key) ? "set" : "not set");
	fputc('\n', out);
}

void web_hosts_print(const struct web_hosts *hosts, const struct module_keys *keys, FILE *out)
{
	for (size_t i = 0; i < hosts->count; i++)
		print_row(&hosts->rows[i], keys, out);
	for (size_t i = 0; i < keys->count; i++)
		if (!web_hosts_use_key(hosts, keys->all[i].name))
			fprintf(out, "# %s has no use: no loaded module names it\n",
				keys->all[i].name);
}
