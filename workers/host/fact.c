/* fact.c - facts about people: who may have one, the filter of those who have none, and what a
 * repeated handler is shown and told. */
#include "workers/host/fact.h"

#include <stdlib.h>
#include <string.h>

#include "workers/host/chat_settings.h"
#include "workers/host/here.h"
#include "workers/host/holder.h"
#include "workers/host/turn.h"

#define LOG_SUBSYSTEM "host"
#include "common/log.h"

#define KINDS_MAX 32u
#define NAME_MAX_LENGTH 31u

/* --- kinds ------------------------------------------------------------------------------------ */

static bool is_name(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return length > 0 && length <= NAME_MAX_LENGTH && text[length] == '\0';
}

static const struct fact_kind *find_kind(const struct module *module, const char *name)
{
	for (const struct fact_kind *kind = module->facts; kind && kind->name; kind++)
		if (strcmp(kind->name, name) == 0)
			return kind;
	return NULL;
}

bool fact_check_kinds(const struct module *module, struct why *why)
{
	size_t count = 0;

	for (const struct fact_kind *kind = module->facts; kind && kind->name; kind++) {
		if (!is_name(kind->name))
			return why_set(why,
				       "module \"%s\": .facts: the name \"%s\"; it has 1 to %u of "
				       "a-z 0-9 _",
				       module->name, kind->name, NAME_MAX_LENGTH);
		if (!kind->label || !kind->label[0])
			return why_set(why, "module \"%s\": .facts: \"%s\" has no label",
				       module->name, kind->name);
		if (kind->keep_s < 0 || kind->keep_s > FACT_KEEP_MAX_S)
			return why_set(
				why, "module \"%s\": .facts: \"%s\" is kept for %lld s; 0 to %lld",
				module->name, kind->name, (long long)kind->keep_s,
				(long long)FACT_KEEP_MAX_S);
		if (find_kind(module, kind->name) != kind)
			return why_set(why, "module \"%s\": .facts: \"%s\" is there twice",
				       module->name, kind->name);
		if (++count > KINDS_MAX)
			return why_set(why, "module \"%s\": .facts: more than %u", module->name,
				       KINDS_MAX);
	}
	return true;
}

/* --- whose, about whom ------------------------------------------------------------------------ */

/* An account that Telegram shows for chats is nobody. */
static bool is_nobody(struct ctx *ctx, int64_t person)
{
	const struct user *user = ctx_find_user(ctx);
	const struct user named = { .id = person };

	return person == 0 || user_is_stand_in(&named) ||
	       (user && user->id == person && user_is_stand_in(user));
}

static bool has_facts(struct holder holder)
{
	return holder.scope == OF_CHAT || holder.scope == OF_BOT || holder.scope == OF_LIST;
}

/* Whether it is a private chat, where nothing is found. */
static bool is_private(struct ctx *ctx, struct holder holder)
{
	const struct chat *chat = ctx_find_chat(ctx);

	return holder.scope == OF_CHAT &&
	       (holder.id > 0 || (holder.id == 0 && chat && chat->type == CHAT_PRIVATE));
}

struct about {
	struct fact_key key;
	const struct fact_kind *kind;
	const char *mark_module, *mark_key; /* turn.h */
};

/* False after a failure. */
static bool take_about(struct ctx *ctx, struct holder holder, const char *kind, int64_t person,
		       struct about *out)
{
	const struct module *module = ctx->row->module;

	out->kind = find_kind(module, kind);
	if (!out->kind) {
		ctx_fail(ctx, "\"%s\" is no row of .facts", kind);
		return false;
	}
	if (!holder_resolve(ctx, &holder))
		return false;
	if (!has_facts(holder)) {
		ctx_fail(ctx, "a fact is held by a group, the bot or a list");
		return false;
	}
	out->key = (struct fact_key) { holder, module->name, out->kind->name, person };
	return true;
}

static void name_marks(struct ctx *ctx, struct about *about)
{
	about->mark_module = ctx_printf(ctx, "%s" FACT_MARKS, about->key.module);
	about->mark_key = ctx_printf(ctx, "%s/%lld", about->key.kind, (long long)about->key.person);
}

/* --- the filter ------------------------------------------------------------------------------- */

/* Reads of whom there are facts, a part at a time. Without the database it is retried later. */
static void look_for_facts(struct host *host)
{
	const struct storage *storage = host->services.storage;
	struct settings_presence_build *build = &host->facts_build;
	struct buffer ids = { 0 };
	struct why why;

	if (!storage->fact_ids ||
	    !settings_presence_is_due(host->facts_presence, host->settings_cache, build))
		return;
	if (build->parts == 0)
		buffer_clear(&host->facts_cursor);
	if (storage->fact_ids(host->services.storage_owner, &host->facts_cursor, &ids, &why))
		settings_presence_add(host->facts_presence, build,
				      (const int64_t *)(const void *)buffer_unread(&ids),
				      buffer_unread_size(&ids) / sizeof(int64_t));
	buffer_finish(&ids);
}

static int64_t presence_id(const struct fact_key *key)
{
	return fact_presence_id(key->module, key->kind, key->person);
}

static bool may_be_there(struct ctx *ctx, const struct fact_key *key)
{
	struct host *host = ctx->host;

	if (ctx->item->flags & ITEM_MOVED && !ctx->caught_up)
		host->services.storage->follow(host->services.storage_owner, host->settings_cache);
	else
		chat_settings_follow(host);
	ctx->caught_up = true;
	look_for_facts(host);
	return settings_presence_may_have(host->facts_presence, host->settings_cache,
					  presence_id(key));
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool find_state(struct ctx *ctx, const struct about *about, struct fact_state *out,
		       struct why *why)
{
	const struct host_services *services = &ctx->host->services;
	const char *before;
	bool made;

	if (!turn_find_before(ctx, about->key.holder, about->mark_module, about->mark_key, &made,
			      &before, why))
		return false;
	if (made) {
		*out = fact_state_read(before, about->key.person);
		return true;
	}
	return services->storage->fact_find(services->storage_owner, &about->key, ctx_now(ctx), out,
					    why);
}

/* False, too, when it cannot be known: then there is a reason in *why, which is "" at first. */
static bool look_up(struct ctx *ctx, struct holder holder, const char *kind, int64_t person,
		    struct fact *out, struct why *why)
{
	struct fact_state state = { 0 };
	struct about about;

	if (is_nobody(ctx, person) || is_private(ctx, holder) ||
	    !take_about(ctx, holder, kind, person, &about))
		return false;
	/* A repeated handler may have to be shown what it has removed. */
	if (!(ctx->item->flags & ITEM_REPEAT) && !may_be_there(ctx, &about.key))
		return false;
	name_marks(ctx, &about);
	if (!find_state(ctx, &about, &state, why))
		return false;
	if (state.is_there && out)
		*out = state.fact;
	return state.is_there;
}

bool fact_find(struct ctx *ctx, struct holder holder, const char *kind, int64_t person,
	       struct fact *out)
{
	struct why why = { "" };
	bool found = look_up(ctx, holder, kind, person, out, &why);

	if (why.text[0])
		ctx_fail_reading(ctx, &why);
	return found;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* A key was lost, and with it the facts of all groups (void_facts() of the migrations): the group
 * is told once, before something is decided in it anew. */
#define VOID_MODULE "korone"
#define VOID_KEY "facts_void"

static bool tell_of_void(struct ctx *ctx, struct holder holder, struct why *why)
{
	const struct chat *chat = ctx_find_chat(ctx);
	const char *value;

	if (holder.scope != OF_CHAT || !chat || chat->id != holder.id)
		return true;
	if (!chat_settings_find(ctx, holder, VOID_MODULE, VOID_KEY, &value, why))
		return false;
	if (!value)
		return true;
	if (!chat_settings_set(ctx, holder, VOID_MODULE, VOID_KEY, NULL, why))
		return false;
	ctx_reply(ctx, "%s",
		  _("What I had noted about members of this group, such as warnings, was lost and "
		    "counts no more. Bans and mutes at Telegram are as they were."));
	return true;
}

static bool write_fact(struct ctx *ctx, struct about *about, struct fact_write *write,
		       struct fact_state *before)
{
	const struct host_services *services = &ctx->host->services;
	struct host *host = ctx->host;
	struct mark mark;
	struct why why;
	bool good;

	write->outlives_erasure = about->kind->outlives_erasure;
	write->now_s = ctx_now(ctx);
	if (!tell_of_void(ctx, about->key.holder, &why)) {
		ctx_fail(ctx, "%s", why.text);
		return false;
	}
	name_marks(ctx, about);
	mark = turn_write(ctx, about->key.holder, about->mark_module, about->mark_key);
	good = services->storage->fact_write(services->storage_owner, &mark, &about->key, write,
					     before, &why);
	/* After a failure, too: it may have been stored nevertheless. */
	if (!good || !before->is_there)
		settings_cache_change(host->settings_cache,
				      settings_cache_bucket(presence_id(&about->key)));
	if (!good)
		ctx_fail(ctx, "%s", why.text);
	return good;
}

static bool take_writable(struct ctx *ctx, struct holder holder, const char *kind, int64_t person,
			  struct about *out)
{
	if (!is_nobody(ctx, person))
		return take_about(ctx, holder, kind, person, out);
	ctx_fail(ctx, "a fact about nobody");
	return false;
}

/* 0: none. */
static int64_t end_of(struct ctx *ctx, const struct fact_kind *kind, int64_t wanted_s)
{
	int64_t last_s = ctx_now(ctx) + (kind->keep_s ? kind->keep_s : FACT_KEEP_MAX_S * 10);

	if (wanted_s > 0 && wanted_s < last_s)
		return wanted_s;
	return kind->keep_s ? last_s : 0;
}

bool fact_set(struct ctx *ctx, struct holder holder, const char *kind, const struct fact *fact)
{
	struct fact_write write = { .change = FACT_SET, .fact = *fact };
	struct fact_state before;
	struct about about;

	if (!take_writable(ctx, holder, kind, fact->person, &about))
		return false;
	write.fact.until_s = end_of(ctx, about.kind, fact->until_s);
	return write_fact(ctx, &about, &write, &before);
}

/* The message of the update tells why, where it is known, and has an address: those of a basic
 * group have none, and are others when it has become a supergroup. */
static int64_t message_here(struct ctx *ctx, struct holder holder)
{
	const struct chat *chat = ctx_find_here(ctx);
	const struct message *message = ctx_find_message(ctx);

	if (holder.scope != OF_CHAT || !chat || chat->id != holder.id || chat->type == CHAT_GROUP)
		return 0;
	return message ? message->id : 0;
}

bool fact_add(struct ctx *ctx, struct holder holder, const char *kind, int64_t person, int64_t by,
	      struct fact *out)
{
	return fact_add_for(ctx, holder, kind, person, by, 0, out);
}

bool fact_add_for(struct ctx *ctx, struct holder holder, const char *kind, int64_t person,
		  int64_t by, int64_t keep_s, struct fact *out)
{
	struct fact_write write = { .change = FACT_ADD, .fact = { .number = by } };
	struct fact_state before;
	struct about about;
	struct fact now;

	if (!take_writable(ctx, holder, kind, person, &about))
		return false;
	write.fact.until_s = end_of(ctx, about.kind, keep_s ? ctx_now(ctx) + keep_s : 0);
	write.fact.message_id = message_here(ctx, about.key.holder);
	if (!write_fact(ctx, &about, &write, &before))
		return false;
	now = fact_after_adding(&write.fact, &before.fact);
	now.person = person;
	if (out)
		*out = now;
	return true;
}

bool fact_remove(struct ctx *ctx, struct holder holder, const char *kind, int64_t person)
{
	struct fact_write write = { .change = FACT_REMOVE };
	struct fact_state before = { 0 };
	struct about about;

	return !is_nobody(ctx, person) && !is_private(ctx, holder) &&
	       take_about(ctx, holder, kind, person, &about) &&
	       write_fact(ctx, &about, &write, &before) && before.is_there;
}

/* --- many ------------------------------------------------------------------------------------- */

/* Of those that are about somebody; returns how many. */
static size_t name_ones(struct ctx *ctx, const struct about *about, const struct fact *facts,
			size_t count, struct fact_one *ones)
{
	size_t named = 0;

	for (size_t i = 0; i < count; i++) {
		struct about one = *about;

		if (is_nobody(ctx, facts[i].person))
			continue;
		one.key.person = facts[i].person;
		name_marks(ctx, &one);
		ones[named++] = (struct fact_one) {
			.mark = turn_write(ctx, one.key.holder, one.mark_module, one.mark_key),
			.person = facts[i].person,
			.number = facts[i].number,
		};
	}
	return named;
}

static size_t note_changes(struct host *host, const struct about *about,
			   const struct fact_one *ones, size_t count)
{
	size_t changed = 0;

	for (size_t i = 0; i < count; i++) {
		struct fact_key key = about->key;

		if (!ones[i].changed)
			continue;
		changed++;
		key.person = ones[i].person;
		settings_cache_change(host->settings_cache,
				      settings_cache_bucket(presence_id(&key)));
	}
	return changed;
}

static bool write_part(struct ctx *ctx, const struct about *about, struct fact_write *write,
		       struct fact_one *ones, size_t count, size_t *changed)
{
	const struct host_services *services = &ctx->host->services;
	struct why why;

	if (!count)
		return true;
	if (!services->storage->fact_write_many(services->storage_owner, &about->key, write, ones,
						count, &why)) {
		ctx_fail(ctx, "%s", why.text);
		return false;
	}
	*changed += note_changes(ctx->host, about, ones, count);
	return true;
}

static bool write_many(struct ctx *ctx, struct holder holder, const char *kind,
		       enum fact_change change, const struct fact *facts, size_t count,
		       size_t *changed)
{
	struct fact_write write = { .change = change, .now_s = ctx_now(ctx) };
	struct fact_one *ones = arena_alloc(ctx->arena, FACTS_AT_ONCE * sizeof(*ones));
	struct about about;

	*changed = 0;
	if (!take_about(ctx, holder, kind, 0, &about))
		return false;
	write.outlives_erasure = about.kind->outlives_erasure;
	write.fact.until_s = end_of(ctx, about.kind, 0);
	for (size_t at = 0; at < count; at += FACTS_AT_ONCE) {
		size_t size = count - at < FACTS_AT_ONCE ? count - at : FACTS_AT_ONCE;

		size = name_ones(ctx, &about, facts + at, size, ones);
		if (!write_part(ctx, &about, &write, ones, size, changed))
			return false;
	}
	return true;
}

bool fact_set_missing(struct ctx *ctx, struct holder holder, const char *kind,
		      const struct fact *facts, size_t count, size_t *changed)
{
	return write_many(ctx, holder, kind, FACT_SET, facts, count, changed);
}

bool fact_remove_many(struct ctx *ctx, struct holder holder, const char *kind,
		      const struct fact *facts, size_t count, size_t *changed)
{
	return write_many(ctx, holder, kind, FACT_REMOVE, facts, count, changed);
}

/* --- all of a kind ---------------------------------------------------------------------------- */

/* What fact_each() goes over. */
struct fact_listing {
	struct holder holder;
	const char *module, *kind;
	const struct fact *facts;
	size_t count;
	struct fact_listing *next;
};

static int compare_facts(const void *a, const void *b)
{
	const struct fact *one = a, *other = b;

	return one->person < other->person ? -1 : one->person > other->person;
}

struct found {
	struct buffer *facts;
	const char *prefix; /* of the keys of marks: the kind and a slash */
};

/* What an earlier try has written is shown as it was. */
static void take_before(void *owner, const char *key, const char *value)
{
	const struct found *found = owner;
	struct fact *facts = (struct fact *)(void *)buffer_unread(found->facts);
	size_t count = buffer_unread_size(found->facts) / sizeof(*facts);
	size_t length = strlen(found->prefix);
	struct fact_state before;

	if (strncmp(key, found->prefix, length) != 0)
		return;
	before = fact_state_read(value, strtoll(key + length, NULL, 10));
	for (size_t i = 0; i < count; i++) {
		if (value && facts[i].person == before.fact.person) {
			facts[i] = before.fact;
			return;
		}
		if (!value && facts[i].person == strtoll(key + length, NULL, 10))
			facts[i].person = 0; /* not there */
	}
	if (value)
		buffer_append(found->facts, &before.fact, sizeof(before.fact));
}

static bool list_facts(struct ctx *ctx, const struct about *about, struct buffer *facts,
		       struct why *why)
{
	const struct host_services *services = &ctx->host->services;
	struct found found = { facts, ctx_printf(ctx, "%s/", about->kind->name) };

	if (!services->storage->facts(services->storage_owner, &about->key, ctx_now(ctx), facts,
				      why))
		return false;
	if (buffer_unread_size(facts) / sizeof(struct fact) > FACTS_LISTED_MAX)
		return why_set(why, "more than %d facts of the kind \"%s\"", FACTS_LISTED_MAX,
			       about->kind->name);
	return turn_each_before(ctx, about->key.holder, about->mark_module, take_before, &found,
				why);
}

static struct fact_listing *listing_of(struct ctx *ctx, const struct about *about)
{
	struct fact_listing *listing = ctx->fact_listings;

	while (listing && !(holder_equal(listing->holder, about->key.holder) &&
			    strcmp(listing->module, about->key.module) == 0 &&
			    strcmp(listing->kind, about->key.kind) == 0))
		listing = listing->next;
	if (listing)
		return listing;
	listing = arena_alloc(ctx->arena, sizeof(*listing));
	*listing = (struct fact_listing) { .holder = about->key.holder,
					   .module = about->key.module,
					   .kind = about->key.kind,
					   .next = ctx->fact_listings };
	return ctx->fact_listings = listing;
}

static bool begin_listing(struct ctx *ctx, const struct about *about, struct fact_listing *listing)
{
	struct buffer facts = { 0 };
	struct why why;
	bool good = list_facts(ctx, about, &facts, &why);

	if (good) {
		struct fact *copy = arena_memdup(ctx->arena, buffer_unread(&facts),
						 buffer_unread_size(&facts));

		listing->count = buffer_unread_size(&facts) / sizeof(*copy);
		qsort(copy, listing->count, sizeof(*copy), compare_facts);
		listing->facts = copy;
	} else {
		ctx_fail_reading(ctx, &why);
	}
	buffer_finish(&facts);
	return good;
}

/* The first after `person`: ids of channels are below 0. */
static const struct fact *first_after(const struct fact_listing *listing, int64_t person,
				      bool from_start)
{
	size_t low = 0, high = listing->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (!from_start && listing->facts[middle].person <= person)
			low = middle + 1;
		else
			high = middle;
	}
	while (low < listing->count && listing->facts[low].person == 0)
		low++;
	return low < listing->count ? &listing->facts[low] : NULL;
}

bool fact_each(struct ctx *ctx, struct holder holder, const char *kind, struct fact *next)
{
	const struct fact *found;
	struct fact_listing *listing;
	struct about about;

	if (is_private(ctx, holder) || !take_about(ctx, holder, kind, 0, &about))
		return false;
	name_marks(ctx, &about);
	if (!about.kind->listed) {
		ctx_fail(ctx, "\"%s\" is not .listed", kind);
		return false;
	}
	listing = listing_of(ctx, &about);
	if (next->person == 0 && !begin_listing(ctx, &about, listing))
		return false;
	found = first_after(listing, next->person, next->person == 0);
	if (found)
		*next = *found;
	return found != NULL;
}

int64_t fact_count(struct ctx *ctx, struct holder holder, const char *kind)
{
	const struct host_services *services = &ctx->host->services;
	struct about about;
	struct why why;
	int64_t count;

	if (is_private(ctx, holder))
		return 0;
	if (!take_about(ctx, holder, kind, 0, &about))
		return -1;
	if (services->storage->fact_count(services->storage_owner, &about.key, ctx_now(ctx), &count,
					  &why))
		return count;
	ctx_fail_reading(ctx, &why);
	return -1;
}
