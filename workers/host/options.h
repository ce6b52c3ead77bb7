/* options.h - reads and writes the options of chats (workers/api/options.h).
 *
 * An option is a setting of the chat with the module and the member as its names, in the spelling
 * of field_value.h. Of a KEPT field that is KEPT_SET (or "off"), and the text is an entry, which is
 * read when it is said: so the settings that every update reads stay small. */
#ifndef WORKERS_HOST_OPTIONS_H
#define WORKERS_HOST_OPTIONS_H

#include "workers/host/ctx.h"
#include "workers/host/option_table.h"

#define KEPT_SET "kept"
#define KEPT_ENTRY "kept/%s" /* the member */
/* Of the settings of a chat (SETTINGS_CACHE_ENTRY_MAX) so much is left for what are no options. */
#define OPTIONS_RESERVE (2u << 10)

/* One option as it is to be: `value` as it is stored, NULL: not chosen; `kept`: the text of a KEPT
 * field, NULL: none. */
struct option_write {
	struct holder holder;
	const struct option_table *table;
	const struct field *field;
	const char *value, *kept;
};

/* Whose options the chat in hand has. False: it is no chat. */
bool options_holder(struct ctx *ctx, struct holder *out);
/* The filled struct; NULL and the handler has failed: it cannot be read. */
const void *options_read(struct ctx *ctx, const struct option_table *table, struct holder holder);
/* What is stored: NULL: nothing was chosen. */
MUST_CHECK bool options_find(struct ctx *ctx, struct holder holder,
			     const struct option_table *table, const struct field *field,
			     const char **value, struct why *why);
/* The text behind what a struct of options has for a KEPT field, or `kept` itself if it is none of
 * those. NULL and the reason: it cannot be read. */
const char *options_find_kept(struct ctx *ctx, const char *kept, struct why *why);

/* What people wrote as it is stored. False: it does not fit. Not of KEPT fields. */
MUST_CHECK bool option_parse(struct ctx *ctx, const struct field *field, struct text text,
			     const char **value);
/* Whether the person may name this chat as a value: NULL, or why not. */
const char *option_refuse_chat(struct ctx *ctx, const char *value);
/* Writes all of them in one transaction and calls `.changed`. NULL, or why not, for people; when
 * the handler has failed it is that, too. */
const char *options_write(struct ctx *ctx, const struct option_write *writes, size_t count);
/* Calls `.changed` for options that are there since now. */
void options_changed(struct ctx *ctx, const struct option_write *writes, size_t count);
/* Tells changed options of the group in hand in its log channel (option_log.c). */
void options_log(struct ctx *ctx, const struct option_write *const *changed, size_t count);
/* The options that people mean by "flood.messages", or by "messages" where only one is called so;
 * case does not matter. How many there are, up to `most` of which are in `out`. */
struct named_option {
	const struct option_table *table;
	const struct field *field;
};
size_t options_find_named(const struct host *host, struct text name, struct named_option *out,
			  size_t most);

#endif
