/* option_write.c - who may set an option, what fits, and who is told that it changed. */
#include <stdlib.h>
#include <string.h>

#include "workers/host/access.h"
#include "workers/host/chat_settings.h"
#include "workers/host/field_value.h"
#include "workers/host/holder.h"
#include "workers/host/option_copy.h"

/* --- what fits -------------------------------------------------------------------------------- */

/* What needs a program that is not installed is as if it was not there. */
static bool is_offered(struct ctx *ctx, const struct field *field, const char *value)
{
	if (field->type != FIELD_CHOICE)
		return true;
	for (size_t i = 0; field->choices[i]; i++)
		if (strcmp(field->choices[i], value) == 0)
			return ctx_offers_choice(ctx, field, i);
	return false;
}

bool option_parse(struct ctx *ctx, const struct field *field, struct text text, const char **value)
{
	const struct field_reader reader = { ctx->host->languages, ctx->arena };
	void *member = arena_alloc(ctx->arena, field_size(field));

	if (field->type == FIELD_KEPT || !field_read(field, text, &reader, member))
		return false;
	*value = field_spell(field, member, ctx->arena);
	return is_offered(ctx, field, *value);
}

static enum access only_in_groups(struct ctx *ctx)
{
	return ctx_find_command(ctx, "connect") ? ACCESS_NOT_CONNECTED : ACCESS_ONLY_GROUP;
}

const char *ctx_option_refusal(struct ctx *ctx, const struct field *field)
{
	const struct chat *chat = ctx_find_chat(ctx);
	const struct user *user = ctx_find_user(ctx);
	enum right right = field->admin ? field->admin : RIGHT_CHANGE_INFO;
	const char *why;

	if (!chat || !user)
		return _("This works in groups only.");
	if (chat->type == CHAT_PRIVATE)
		return ctx_has_option(ctx, field) ? NULL : access_reason(ctx, only_in_groups(ctx));
	if (field->own)
		return _("Each person chooses that for themselves, in our private chat.");
	why = options_following(ctx, holder_of_chat(chat));
	return why ? why : access_reason(ctx, access_of_person(ctx, right, chat, user));
}

/* --- room ------------------------------------------------------------------------------------- */

struct room {
	const struct option_write *writes;
	size_t count;
	struct holder holder;
	size_t before, others; /* bytes of all settings, and of those that are not written */
};

static size_t size_of(const char *module, const char *key, const char *value)
{
	return strlen(module) + strlen(key) + strlen(value) + 3;
}

static void measure(void *owner, const char *module, const char *key, const char *value)
{
	struct room *room = owner;
	size_t size = size_of(module, key, value);

	room->before += size;
	for (size_t i = 0; i < room->count; i++) {
		const struct option_write *write = &room->writes[i];

		if (holder_equal(write->holder, room->holder) &&
		    strcmp(write->field->member, key) == 0 &&
		    strcmp(write->table->module->name, module) == 0)
			return;
	}
	room->others += size;
}

/* More than the pool shares would be read from the database at every update. */
static bool has_room(struct ctx *ctx, const struct option_write *writes, size_t count,
		     struct holder holder, bool *out, struct why *why)
{
	struct room room = { .writes = writes, .count = count, .holder = holder };
	size_t after;

	if (!chat_settings_each(ctx, holder, measure, &room, why))
		return false;
	after = room.others;
	for (size_t i = 0; i < count; i++)
		if (holder_equal(writes[i].holder, holder) && writes[i].value)
			after += size_of(writes[i].table->module->name, writes[i].field->member,
					 writes[i].value);
	*out = after <= room.before || after <= SETTINGS_CACHE_ENTRY_MAX - OPTIONS_RESERVE;
	return true;
}

/* --- .changed --------------------------------------------------------------------------------- */

static bool run_changed(struct ctx *ctx, const struct option_write *write)
{
	const struct row *row = ctx->row;
	const struct slug_values *slug_values = ctx->slug_values;
	const struct chat *entered = ctx->entered, *chat = ctx_find_chat(ctx);
	bool connected = ctx->connected;
	enum verdict verdict;

	if (!chat || chat->id != write->holder.id)
		ctx_enter_by_rule(ctx, write->holder.id);
	ctx->row = write->table->own;
	ctx->slug_values = NULL;
	verdict = write->field->changed(ctx);
	ctx->row = row;
	ctx->slug_values = slug_values;
	ctx->entered = entered;
	ctx->connected = connected;
	if (verdict == FAIL)
		ctx_fail(ctx, "\"%s.%s\": .changed failed", write->table->module->name,
			 write->field->member);
	return !ctx->failure.reason;
}

static bool differs(const struct option_write *write, const char *before)
{
	if (write->field->type == FIELD_KEPT && write->kept)
		return true;
	return !before != !write->value || (before && strcmp(before, write->value) != 0);
}

/* Whether an earlier one of the writes has it called, too. */
static bool is_called_for(const struct option_write *writes, size_t at, const char *const *before)
{
	for (size_t i = 0; i < at; i++)
		if (writes[i].table == writes[at].table &&
		    writes[i].field->changed == writes[at].field->changed &&
		    holder_equal(writes[i].holder, writes[at].holder) &&
		    differs(&writes[i], before[i]))
			return true;
	return false;
}

/* The defaults of new groups are nobody's: they change nothing yet. */
static void call_changed(struct ctx *ctx, const struct option_write *writes, size_t count,
			 const char *const *before)
{
	for (size_t i = 0; i < count; i++)
		if (writes[i].holder.id && writes[i].field->changed &&
		    differs(&writes[i], before[i]) && !is_called_for(writes, i, before) &&
		    !run_changed(ctx, &writes[i]))
			return;
}

/* --- writing ---------------------------------------------------------------------------------- */

static bool read_before(struct ctx *ctx, const struct option_write *writes, size_t count,
			const char **before, struct why *why)
{
	for (size_t i = 0; i < count; i++)
		if (!options_find(ctx, writes[i].holder, writes[i].table, writes[i].field,
				  &before[i], why))
			return false;
	return true;
}

/* In the same order by whoever writes several, so that two who do wait for each other at most
 * once. */
static int compare_writes(const void *left, const void *right)
{
	const struct stored_write *a = left, *b = right;
	int order = (a->holder.id > b->holder.id) - (a->holder.id < b->holder.id);

	if (!order)
		order = strcmp(a->module, b->module);
	return order ? order : strcmp(a->key, b->key);
}

static bool store(struct ctx *ctx, const struct option_write *writes, size_t count, struct why *why)
{
	struct stored_write *stored = arena_alloc(ctx->arena, (2 * count + 1) * sizeof(*stored));
	size_t stored_count = 0;

	for (size_t i = 0; i < count; i++) {
		const struct option_write *write = &writes[i];
		struct stored_write row = { .holder = write->holder,
					    .module = write->table->module->name,
					    .key = write->field->member,
					    .value = write->value };

		stored[stored_count++] = row;
		if (write->field->type != FIELD_KEPT)
			continue;
		row.key = arena_printf(ctx->arena, KEPT_ENTRY, write->field->member);
		row.value = write->kept;
		stored[stored_count++] = row;
	}
	qsort(stored, stored_count, sizeof(*stored), compare_writes);
	return chat_settings_set_all(ctx, stored, stored_count, why);
}

/* Of the group in hand: the others are somebody else's. */
static void tell(struct ctx *ctx, const struct option_write *writes, size_t count,
		 const char *const *before)
{
	const struct option_write **changed = arena_alloc(ctx->arena,
							  (count + 1) * sizeof(*changed));
	const struct chat *chat = ctx_find_chat(ctx);
	size_t changed_count = 0;

	for (size_t i = 0; i < count; i++)
		if (chat && writes[i].holder.id == chat->id && differs(&writes[i], before[i]))
			changed[changed_count++] = &writes[i];
	options_log(ctx, changed, changed_count);
}

static const char *fail(struct ctx *ctx, const struct why *why)
{
	ctx_fail(ctx, "%s", why->text);
	return _("Something went wrong here, and it has been reported.");
}

static bool fits_all(struct ctx *ctx, const struct option_list *list, bool *out, struct why *why)
{
	const struct option_write *writes = list->writes;

	*out = true;
	for (size_t i = 0; *out && i < list->count; i++)
		if ((i == 0 || !holder_equal(writes[i].holder, writes[i - 1].holder)) &&
		    !has_room(ctx, writes, list->count, writes[i].holder, out, why))
			return false;
	return true;
}

const char *options_write(struct ctx *ctx, const struct option_write *writes, size_t count)
{
	struct option_list list = { 0 };
	const char **before;
	bool fits = true;
	struct why why;

	for (size_t i = 0; i < count; i++)
		option_list_add(ctx, &list, &writes[i]);
	if (!options_add_followers(ctx, &list, &why))
		return fail(ctx, &why);
	before = arena_alloc(ctx->arena, (list.count + 1) * sizeof(*before));
	if (!read_before(ctx, list.writes, list.count, before, &why) ||
	    !fits_all(ctx, &list, &fits, &why))
		return fail(ctx, &why);
	if (!fits)
		return _("That is more than I can keep for one chat. Please make a list or a text "
			 "shorter first.");
	if (!store(ctx, list.writes, list.count, &why))
		return fail(ctx, &why);
	tell(ctx, list.writes, list.count, before);
	call_changed(ctx, list.writes, list.count, before);
	return ctx->failure.reason ? _("Something went wrong here, and it has been reported.")
				   : NULL;
}

void options_changed(struct ctx *ctx, const struct option_write *writes, size_t count)
{
	const char **before = arena_alloc(ctx->arena, (count + 1) * sizeof(*before));

	memset(before, 0, (count + 1) * sizeof(*before));
	call_changed(ctx, writes, count, before);
}
