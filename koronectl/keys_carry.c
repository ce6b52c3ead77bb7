/* keys_carry.c - `koronectl keys import` and `koronectl keys secrets`: for the Job that makes the
 * keys of a cluster (deploy/kubernetes/keys). */
#include "koronectl/keys_carry.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/files.h"
#include "common/json.h"
#include "common/pack.h"
#include "common/why.h"
#include "common/xalloc.h"

#define FILE_MAX 4096u /* a key is a line */

static const char *const names[] = { "crashd", "ingress", "recorder", "worker" };

static int is_key_file(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 4 &&
	       (!strcmp(entry->d_name + length - 4, ".key") ||
		!strcmp(entry->d_name + length - 4, ".pub"));
}

/* Sorted names that the caller frees with free_list(); 0 when there is no such directory. */
static size_t list_keys(const char *directory, struct dirent ***out)
{
	int count = scandir(directory, out, is_key_file, alphasort);

	return count < 0 ? 0 : (size_t)count;
}

static void free_list(struct dirent **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(list[i]);
	if (count > 0)
		free(list);
}

static void wipe(struct buffer *bytes)
{
	if (bytes->data)
		explicit_bzero(buffer_unread(bytes), buffer_unread_size(bytes));
	buffer_finish(bytes);
}

static int fail(const struct why *why)
{
	fprintf(stderr, "koronectl keys: %s\n", why->text);
	return EX_IOERR;
}

/* --- import ----------------------------------------------------------------------------------- */

static bool copy_file(const char *from, const char *to, const char *name, struct why *why)
{
	char *source = xasprintf("%s/%s", from, name);
	char *target = xasprintf("%s/%s", to, name);
	struct buffer bytes = { 0 };
	bool good = access(target, F_OK) == 0 ||
		    (file_read(source, FILE_MAX, &bytes, why) &&
		     file_replace(target, buffer_unread(&bytes), buffer_unread_size(&bytes), why));

	wipe(&bytes);
	free(target);
	free(source);
	return good;
}

static bool import_process(const char *directory, const char *from, const char *name,
			   struct why *why)
{
	char *source = xasprintf("%s/%s", from, name);
	char *target = xasprintf("%s/%s", directory, name);
	struct dirent **list;
	size_t count = list_keys(source, &list);
	bool good = count == 0 || directory_make_for_others(target, why);

	for (size_t i = 0; i < count && good; i++)
		good = copy_file(source, target, list[i]->d_name, why);
	free_list(list, count);
	free(target);
	free(source);
	return good;
}

int keys_import(const char *directory, const char *from, const char *role)
{
	struct why why;

	(void)role;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (!import_process(directory, from, names[i], &why))
			return fail(&why);
	return EX_OK;
}

/* --- secrets ---------------------------------------------------------------------------------- */

static void pack_pair(struct buffer *out, const char *key, const char *value)
{
	pack_text(out, key);
	pack_text(out, value);
}

static void pack_head(struct buffer *out, const char *name)
{
	char *secret = xasprintf("korone-keys-%s", name);

	pack_map(out, 5);
	pack_pair(out, "apiVersion", "v1");
	pack_pair(out, "kind", "Secret");
	pack_text(out, "metadata");
	pack_map(out, 2);
	pack_pair(out, "name", secret);
	pack_text(out, "labels");
	pack_map(out, 2);
	pack_pair(out, "app.kubernetes.io/part-of", "korone");
	pack_pair(out, "app.kubernetes.io/component", name);
	pack_pair(out, "type", "Opaque");
	free(secret);
}

static bool pack_secret(struct buffer *out, const char *directory, const char *name,
			struct why *why)
{
	char *own = xasprintf("%s/%s", directory, name);
	struct dirent **list;
	size_t count = list_keys(own, &list);
	bool good = count > 0 || why_set(why, "%s has no keys: deal first", own);

	pack_head(out, name);
	pack_text(out, "data");
	pack_map(out, count);
	for (size_t i = 0; i < count && good; i++) {
		char *path = xasprintf("%s/%s", own, list[i]->d_name);
		struct buffer bytes = { 0 };

		good = file_read(path, FILE_MAX, &bytes, why);
		pack_text(out, list[i]->d_name);
		pack_bytes(out, buffer_unread(&bytes), buffer_unread_size(&bytes));
		wipe(&bytes);
		free(path);
	}
	free_list(list, count);
	free(own);
	return good;
}

static bool write_list(const char *path, const struct buffer *packed, struct why *why)
{
	struct cursor cursor = cursor_make(buffer_unread(packed), buffer_unread_size(packed));
	struct buffer text = { 0 };
	struct json json = json_start(&text);
	bool good = json_from_pack(&json, &cursor);

	buffer_append_byte(&text, '\n');
	good = good && file_replace(path, buffer_unread(&text), buffer_unread_size(&text), why);
	wipe(&text);
	return good;
}

int keys_write_secrets(const char *directory, const char *path, const char *role)
{
	struct buffer packed = { 0 };
	struct why why;
	bool good = true;

	(void)role;
	pack_map(&packed, 3);
	pack_pair(&packed, "apiVersion", "v1");
	pack_pair(&packed, "kind", "List");
	pack_text(&packed, "items");
	pack_array(&packed, COUNT_OF(names));
	for (size_t i = 0; i < COUNT_OF(names) && good; i++)
		good = pack_secret(&packed, directory, names[i], &why);
	good = good && write_list(path, &packed, &why);
	wipe(&packed);
	return good ? EX_OK : fail(&why);
}
