/* option_copy.c - copies, chats that follow another, and what new groups begin with. */
#include "workers/host/option_copy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "workers/host/access.h"
#include "workers/host/chat_settings.h"
#include "workers/host/holder.h"

#define LOG_SUBSYSTEM "host"
#include "common/log.h"

#define COPIES_MAX 10

void option_list_add(struct ctx *ctx, struct option_list *list, const struct option_write *write)
{
	struct option_write *writes;

	if (list->count == list->capacity) {
		list->capacity = 2 * list->capacity + 16;
		writes = arena_alloc(ctx->arena, list->capacity * sizeof(*writes));
		if (list->count)
			memcpy(writes, list->writes, list->count * sizeof(*writes));
		list->writes = writes;
	}
	list->writes[list->count++] = *write;
}

/* --- all that is chosen ----------------------------------------------------------------------- */

static bool read_kept(struct ctx *ctx, struct option_write *write, struct why *why)
{
	const char *key = arena_printf(ctx->arena, KEPT_ENTRY, write->field->member);

	if (write->field->type != FIELD_KEPT || strcmp(write->value, KEPT_SET) != 0)
		return true;
	return chat_settings_entry(ctx, write->holder, write->table->module->name, key,
				   &write->kept, why);
}

bool options_collect(struct ctx *ctx, struct holder holder, struct option_list *out,
		     struct why *why)
{
	for (size_t i = 0; i < ctx->host->modules_count; i++) {
		const struct option_table *table = ctx->host->modules[i].options;

		for (size_t at = 0; table && at < table->count; at++) {
			struct option_write write = { holder, table, &table->fields[at], NULL,
						      NULL };

			if (!options_find(ctx, holder, table, write.field, &write.value, why) ||
			    (write.value && !read_kept(ctx, &write, why)))
				return false;
			if (write.value)
				option_list_add(ctx, out, &write);
		}
	}
	return true;
}

static const struct option_write *find_write(const struct option_list *list,
					     const struct field *field)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->writes[i].field == field)
			return &list->writes[i];
	return NULL;
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool options_make_like(struct ctx *ctx, const struct option_list *from, struct holder to,
		       struct option_list *out, struct why *why)
{
	struct option_list now = { 0 };

	if (!options_collect(ctx, to, &now, why))
		return false;
	for (size_t i = 0; i < from->count; i++) {
		const struct option_write *old = find_write(&now, from->writes[i].field);
		struct option_write write = from->writes[i];

		write.holder = to;
		if (!old || !is_same(old->value, write.value) || !is_same(old->kept, write.kept))
			option_list_add(ctx, out, &write);
	}
	for (size_t i = 0; i < now.count; i++) {
		struct option_write write = now.writes[i];

		write.value = write.kept = NULL;
		if (!find_write(from, write.field))
			option_list_add(ctx, out, &write);
	}
	return true;
}

/* --- following -------------------------------------------------------------------------------- */

const char *options_following(struct ctx *ctx, struct holder holder)
{
	const char *followed = NULL;
	struct why why;

	if (holder.scope != OF_CHAT ||
	    !chat_settings_find(ctx, holder, FOLLOW_MODULE, FOLLOWS_KEY, &followed, &why))
		return NULL;
	return followed ? _("This group has the settings of another one. /followsettings off ends "
			    "that.")
			: NULL;
}

/* Their ids; how many. */
static bool list_followers(struct ctx *ctx, struct holder holder, int64_t ids[FOLLOWERS_MAX],
			   size_t *count, struct why *why)
{
	const struct host_services *services = &ctx->host->services;
	struct buffer rows = { 0 };
	struct text rest;
	const char *key;
	bool good;

	*count = 0;
	if (holder.scope != OF_CHAT)
		return true;
	good = services->storage->entries(services->storage_owner, holder, FOLLOW_MODULE,
					  "follower/", &rows, why);
	rest = (struct text) { (char *)buffer_unread(&rows), buffer_unread_size(&rows) };
	while (good && *count < FOLLOWERS_MAX && (key = storage_next_text(&rest))) {
		ids[(*count)++] = strtoll(key + strlen("follower/"), NULL, 10);
		storage_next_text(&rest);
	}
	buffer_finish(&rows);
	return good;
}

/* The writes from `first` on that are of the same chat. */
static size_t end_of_chat(const struct option_list *list, size_t first, size_t count)
{
	size_t end = first;

	while (end < count && holder_equal(list->writes[end].holder, list->writes[first].holder))
		end++;
	return end;
}

bool options_add_followers(struct ctx *ctx, struct option_list *list, struct why *why)
{
	const size_t given = list->count;
	int64_t ids[FOLLOWERS_MAX];
	size_t count, end;

	for (size_t first = 0; first < given; first = end) {
		end = end_of_chat(list, first, given);
		if (!list_followers(ctx, list->writes[first].holder, ids, &count, why))
			return false;
		for (size_t at = 0; at < count; at++)
			for (size_t i = first; i < end; i++) {
				struct option_write write = list->writes[i];

				write.holder = (struct holder) { .scope = OF_CHAT, .id = ids[at] };
				option_list_add(ctx, list, &write);
			}
	}
	return true;
}

static struct stored_write follows(struct ctx *ctx, int64_t chat_id, int64_t followed)
{
	return (struct stored_write) {
		.holder = { .scope = OF_CHAT, .id = chat_id },
		.module = FOLLOW_MODULE,
		.key = FOLLOWS_KEY,
		.value = followed ? arena_printf(ctx->arena, "%" PRId64, followed) : NULL,
	};
}

static struct stored_write follower(struct ctx *ctx, int64_t chat_id, int64_t of, bool is_there)
{
	return (struct stored_write) {
		.holder = { .scope = OF_CHAT, .id = chat_id },
		.module = FOLLOW_MODULE,
		.key = arena_printf(ctx->arena, FOLLOWER_ENTRY, of),
		.value = is_there ? "yes" : NULL,
	};
}

static const char *failed(struct ctx *ctx, const struct why *why)
{
	ctx_fail(ctx, "%s", why->text);
	return _("Something went wrong here, and it has been reported.");
}

/* --- between chats ---------------------------------------------------------------------------- */

/* Whether the person may change all of that in the chat in hand. */
static const char *refusal_of_any(struct ctx *ctx, const struct option_list *list, size_t first)
{
	const char *why = NULL;

	for (size_t i = first; i < list->count && !why; i++)
		why = ctx_option_refusal(ctx, list->writes[i].field);
	return why;
}

/* What makes it like the others, checked as if the person chose it there. */
static const char *prepare(struct ctx *ctx, const struct option_list *from, int64_t chat_id,
			   struct option_list *out)
{
	const struct chat *entered = ctx->entered;
	const char *refusal = ctx_enter(ctx, chat_id, RIGHT_CHANGE_INFO);
	const size_t first = out->count;
	struct holder to;
	struct why why;

	if (!refusal && options_holder(ctx, &to)) {
		refusal = options_following(ctx, to);
		if (!refusal && !options_make_like(ctx, from, to, out, &why))
			refusal = failed(ctx, &why);
		refusal = refusal ? refusal : refusal_of_any(ctx, out, first);
	}
	ctx->entered = entered;
	return refusal ? arena_printf(ctx->arena, "%" PRId64 ": %s", chat_id, refusal) : NULL;
}

const char *ctx_copy_options(struct ctx *ctx, const int64_t *chat_ids, size_t count)
{
	struct option_list from = { 0 }, list = { 0 };
	struct holder here;
	struct why why;

	if (count > COPIES_MAX)
		return ctx_printf(ctx, _("At most %d groups at once."), COPIES_MAX);
	if (!options_holder(ctx, &here) || here.scope != OF_CHAT)
		return access_reason(ctx, ACCESS_ONLY_GROUP);
	if (!options_collect(ctx, here, &from, &why))
		return failed(ctx, &why);
	for (size_t i = 0; i < count; i++) {
		const char *refusal = prepare(ctx, &from, chat_ids[i], &list);

		if (refusal)
			return refusal;
	}
	return options_write(ctx, list.writes, list.count);
}

/* Neither follows and is followed, so that nothing goes in circles. */
static const char *check_following(struct ctx *ctx, struct holder here, int64_t chat_id)
{
	const struct holder other = { .scope = OF_CHAT, .id = chat_id };
	int64_t ids[FOLLOWERS_MAX];
	size_t count, others;
	struct why why;

	if (here.id == chat_id)
		return _("That is this group.");
	if (options_following(ctx, other))
		return _("That group has the settings of another one itself.");
	if (!list_followers(ctx, here, ids, &count, &why) ||
	    !list_followers(ctx, other, ids, &others, &why))
		return failed(ctx, &why);
	if (count)
		return _("Other groups have the settings of this one.");
	return others == FOLLOWERS_MAX ? _("Too many groups have the settings of that one.") : NULL;
}

static const char *end_following(struct ctx *ctx, struct holder here)
{
	const char *followed = NULL;
	struct stored_write writes[2];
	struct why why;

	if (!chat_settings_find(ctx, here, FOLLOW_MODULE, FOLLOWS_KEY, &followed, &why))
		return failed(ctx, &why);
	if (!followed)
		return NULL;
	writes[0] = follows(ctx, here.id, 0);
	writes[1] = follower(ctx, strtoll(followed, NULL, 10), here.id, false);
	return chat_settings_set_all(ctx, writes, 2, &why) ? NULL : failed(ctx, &why);
}

const char *ctx_follow_options(struct ctx *ctx, int64_t chat_id)
{
	struct option_list from = { 0 }, list = { 0 };
	const struct chat *entered = ctx->entered;
	struct stored_write writes[2];
	struct holder here;
	const char *refusal;
	struct why why;

	if (!options_holder(ctx, &here) || here.scope != OF_CHAT)
		return access_reason(ctx, ACCESS_ONLY_GROUP);
	if (!chat_id)
		return end_following(ctx, here);
	refusal = ctx_enter(ctx, chat_id, RIGHT_CHANGE_INFO);
	ctx->entered = entered;
	refusal = refusal ? refusal : check_following(ctx, here, chat_id);
	refusal = refusal ? refusal : end_following(ctx, here);
	if (refusal)
		return refusal;
	if (!options_collect(ctx, (struct holder) { .scope = OF_CHAT, .id = chat_id }, &from,
			     &why) ||
	    !options_make_like(ctx, &from, here, &list, &why))
		return failed(ctx, &why);
	refusal = refusal_of_any(ctx, &list, 0);
	refusal = refusal ? refusal : options_write(ctx, list.writes, list.count);
	if (refusal)
		return refusal;
	writes[0] = follows(ctx, here.id, chat_id);
	writes[1] = follower(ctx, chat_id, here.id, true);
	return chat_settings_set_all(ctx, writes, 2, &why) ? NULL : failed(ctx, &why);
}

/* --- new groups ------------------------------------------------------------------------------- */

const char *ctx_set_default_options(struct ctx *ctx, bool some)
{
	const struct holder bot = { .scope = OF_BOT };
	struct option_list from = { 0 }, list = { 0 };
	struct holder here;
	struct why why;

	if (!options_holder(ctx, &here))
		return access_reason(ctx, ACCESS_ONLY_GROUP);
	if ((some && !options_collect(ctx, here, &from, &why)) ||
	    !options_make_like(ctx, &from, bot, &list, &why))
		return failed(ctx, &why);
	return options_write(ctx, list.writes, list.count);
}

/* Not where something was chosen: the bot comes back, or the group was another one before. */
const char *ctx_apply_default_options(struct ctx *ctx)
{
	struct option_list from = { 0 }, now = { 0 };
	struct holder here;
	struct why why;

	if (!options_holder(ctx, &here) || here.scope != OF_CHAT)
		return NULL;
	if (!options_collect(ctx, (struct holder) { .scope = OF_BOT }, &from, &why) ||
	    !options_collect(ctx, here, &now, &why))
		return failed(ctx, &why);
	if (now.count || !from.count)
		return NULL;
	for (size_t i = 0; i < from.count; i++)
		from.writes[i].holder = here;
	return options_write(ctx, from.writes, from.count);
}

/* --- a group becomes a supergroup ------------------------------------------------------------- */

static bool move_following(struct ctx *ctx, int64_t old, int64_t new, struct why *why)
{
	struct stored_write writes[FOLLOWERS_MAX + 2];
	const struct holder holder = { .scope = OF_CHAT, .id = new };
	const char *followed = NULL;
	int64_t ids[FOLLOWERS_MAX];
	size_t count = 0, followers;

	if (!chat_settings_find(ctx, holder, FOLLOW_MODULE, FOLLOWS_KEY, &followed, why) ||
	    !list_followers(ctx, holder, ids, &followers, why))
		return false;
	if (followed) {
		int64_t id = strtoll(followed, NULL, 10);

		writes[count++] = follower(ctx, id, old, false);
		writes[count++] = follower(ctx, id, new, true);
	}
	for (size_t i = 0; i < followers; i++)
		writes[count++] = follows(ctx, ids[i], new);
	return count == 0 || chat_settings_set_all(ctx, writes, count, why);
}

void options_migrated(struct ctx *ctx, int64_t old)
{
	const struct holder holder = holder_of_chat(ctx_find_chat(ctx));
	struct option_list list = { 0 };
	struct why why;

	chat_settings_follow(ctx->host);
	if (!chat_settings_may_have(ctx->host, holder))
		return;
	if (!move_following(ctx, old, holder.id, &why) ||
	    !options_collect(ctx, holder, &list, &why))
		ctx_fail(ctx, "%s", why.text);
	else
		options_changed(ctx, list.writes, list.count);
	/* No handler runs yet that could fail; the update may have some. */
	if (ctx->failure.reason)
		log_error("not all learned that a group is a supergroup now",
			  log_text("error", ctx->failure.reason));
	ctx->failure = (struct failure) { 0 };
}
