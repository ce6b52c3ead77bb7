/* option_file.c - the options of a chat as a file, and back.
 *
 *     {"korone_options":1,            the version
 *      "bot":123456,                  whose it is: files in texts are known to no other bot
 *      "options":{
 *       "flood.messages":"8",         in the spelling of field_value.h
 *       "rules.rules":{"kept":1,…}}}  a kept text: kept.h
 *
 * One option a line. Whatever is not as it should be refuses all of it, with its place. */
#include <string.h>

#include <jansson.h>

#include "common/json.h"
#include "workers/host/kept.h"
#include "workers/host/option_copy.h"

#define OPTIONS_VERSION 1
#define FILE_BYTES_MAX (512 << 10)

/* --- writing ---------------------------------------------------------------------------------- */

const struct file *ctx_options_file(struct ctx *ctx)
{
	struct file *file = file_made(ctx, "settings.json");
	struct option_list list = { 0 };
	struct buffer text = { 0 };
	struct holder here;
	struct why why;

	if (!options_holder(ctx, &here) || !options_collect(ctx, here, &list, &why))
		ctx_fail(ctx, "the options of a chat cannot be read");
	file_add(file, "{\"korone_options\":%d,\n\"bot\":%lld,\n\"options\":{", OPTIONS_VERSION,
		 (long long)ctx->host->bot.id);
	for (size_t i = 0; i < list.count; i++) {
		const struct option_write *write = &list.writes[i];
		struct json json = json_start(&text);

		buffer_clear(&text);
		if (write->kept)
			json_raw(&json, write->kept, strlen(write->kept));
		else
			json_text(&json, write->value);
		file_add(file, "%s\n\"%s.%s\":", i ? "," : "", write->table->module->name,
			 write->field->member);
		file_add_bytes(file, buffer_unread(&text), buffer_unread_size(&text));
	}
	file_add(file, "}}\n");
	buffer_finish(&text);
	return file;
}

/* --- reading ---------------------------------------------------------------------------------- */

static const char *at(struct ctx *ctx, const char *place, const char *why)
{
	return ctx_printf(ctx, "%s: %s", place, why);
}

/* The kept text as one line. */
static const char *read_kept(struct ctx *ctx, const json_t *value)
{
	char *text = json_is_object(value) ? json_dumps(value, JSON_COMPACT) : NULL;
	const char *kept = text ? arena_strdup(ctx->arena, text) : NULL;
	struct kept read;
	struct why why;

	free(text);
	return kept && strlen(kept) <= KEPT_SIZE_MAX && kept_read(kept, ctx->arena, &read, &why)
		       ? kept
		       : NULL;
}

static const char *read_value(struct ctx *ctx, const char *name, const json_t *value,
			      struct option_write *write)
{
	const char *text = json_string_value(value);

	if (write->field->type == FIELD_KEPT && !text) {
		write->value = KEPT_SET;
		write->kept = read_kept(ctx, value);
		return write->kept ? NULL : at(ctx, name, _("this is no text that I kept"));
	}
	if (write->field->type == FIELD_KEPT && write->field->may_be_off &&
	    strcmp(text, "off") == 0) {
		write->value = "off";
		return NULL;
	}
	if (!text ||
	    !option_parse(ctx, write->field, (struct text) { text, json_string_length(value) },
			  &write->value))
		return at(ctx, name, _("this value does not fit"));
	if (write->field->type != FIELD_CHAT)
		return NULL;
	text = option_refuse_chat(ctx, write->value);
	return text ? at(ctx, name, text) : NULL;
}

static const char *read_options(struct ctx *ctx, struct holder here, const json_t *options,
				struct option_list *out)
{
	const char *name, *why;
	const json_t *value;
	struct named_option named;

	if (!json_is_object(options))
		return at(ctx, "options", _("this is missing"));
	json_object_foreach((json_t *)options, name, value)
	{
		const char *shown = ctx_printf(ctx, "options.%.80s", name);
		struct option_write write = { .holder = here };

		if (!strchr(name, '.') ||
		    options_find_named(ctx->host, text_of(name), &named, 1) != 1)
			return at(ctx, shown, _("I have no such option"));
		write.table = named.table;
		write.field = named.field;
		if (!ctx_has_option(ctx, write.field))
			return at(ctx, shown, _("there is no such option in this chat"));
		for (size_t i = 0; i < out->count; i++)
			if (out->writes[i].field == write.field)
				return at(ctx, shown, _("this is there twice"));
		why = read_value(ctx, shown, value, &write);
		if (why)
			return why;
		option_list_add(ctx, out, &write);
	}
	return NULL;
}

static const char *check_head(struct ctx *ctx, const json_t *root)
{
	const char *key;
	const json_t *value;

	if (!json_is_object(root))
		return _("This file has no settings.");
	json_object_foreach((json_t *)root, key,
			    value) if (strcmp(key, "korone_options") != 0 &&
				       strcmp(key, "bot") != 0 &&
				       strcmp(key, "options") !=
					       0) return at(ctx, ctx_printf(ctx, "%.80s", key),
							    _("I do not know this"));
	if (json_integer_value(json_object_get(root, "korone_options")) != OPTIONS_VERSION)
		return at(ctx, "korone_options", _("this is of another version of mine"));
	if (json_integer_value(json_object_get(root, "bot")) != ctx->host->bot.id)
		return at(ctx, "bot", _("this is of another bot"));
	return NULL;
}

static const char *take_all(struct ctx *ctx, struct holder here, const json_t *root)
{
	struct option_list read = { 0 }, list = { 0 };
	const char *why = check_head(ctx, root);
	struct why reason;

	why = why ? why : read_options(ctx, here, json_object_get(root, "options"), &read);
	if (why)
		return why;
	if (!options_make_like(ctx, &read, here, &list, &reason)) {
		ctx_fail(ctx, "%s", reason.text);
		return _("Something went wrong here, and it has been reported.");
	}
	for (size_t i = 0; i < list.count && !why; i++) {
		why = ctx_option_refusal(ctx, list.writes[i].field);
		if (why)
			why = at(ctx, list.writes[i].field->member, why);
	}
	return why ? why : options_write(ctx, list.writes, list.count);
}

const char *ctx_read_options(struct ctx *ctx, const struct file *file)
{
	struct holder here;
	json_error_t error;
	json_t *root;
	const char *why;

	if (file_error(file)[0])
		return file_error(file);
	if (file_size(file) > FILE_BYTES_MAX)
		return _("This file is too large.");
	if (!options_holder(ctx, &here))
		return _("This works in groups only.");
	root = json_loadb(file_bytes(file), (size_t)file_size(file), JSON_REJECT_DUPLICATES,
			  &error);
	if (!root)
		return ctx_printf(ctx, _("Line %d: %s"), error.line, error.text);
	why = take_all(ctx, here, root);
	json_decref(root);
	return why;
}
