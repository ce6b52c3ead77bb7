/* host.c - loads the modules, asks routes.c which rows fit an update, checks their columns, runs
 * their handlers until one returns DONE, and hands back the queued calls. */
#include "workers/host/host.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xalloc.h"
#include "workers/host/access.h"
#include "workers/host/act.h"
#include "workers/host/admins.h"
#include "workers/host/answer.h"
#include "workers/host/apology.h"
#include "workers/host/ask.h"
#include "workers/host/chat_settings.h"
#include "workers/host/command_list.h"
#include "workers/host/connection.h"
#include "workers/host/ctx.h"
#include "workers/host/event.h"
#include "workers/host/fact.h"
#include "workers/host/file.h"
#include "workers/host/form.h"
#include "workers/host/here.h"
#include "workers/host/job.h"
#include "workers/host/later.h"
#include "workers/host/option_copy.h"
#include "workers/host/option_table.h"
#include "workers/host/own.h"
#include "workers/host/press.h"
#include "workers/host/programs.h"
#include "workers/host/rows.h"
#include "workers/host/turn.h"
#include "workers/host/query.h"
#include "workers/host/unknown.h"

#define PER_SECOND_MAX 100

#define LOG_SUBSYSTEM "host"

/* --- create ----------------------------------------------------------------------------------- */

static bool is_listed(const char *list, const char *name)
{
	size_t length = strlen(name);

	while (*list) {
		size_t word = strcspn(list, ", ");

		if ((word == length && memcmp(list, name, length) == 0) ||
		    (word == 1 && *list == '*'))
			return true;
		list += word;
		list += strspn(list, ", ");
	}
	return false;
}

static bool is_known(const struct module *const *modules, const char *name, size_t length)
{
	for (; *modules; modules++)
		if (strlen((*modules)->name) == length &&
		    memcmp((*modules)->name, name, length) == 0)
			return true;
	return length == 1 && *name == '*';
}

static char *list_names(const struct module *const *modules)
{
	char *list = xstrdup("");

	for (size_t i = 0; modules[i]; i++) {
		char *longer = xasprintf("%s%s%s", list, i ? ", " : "", modules[i]->name);

		free(list);
		list = longer;
	}
	return list;
}

static bool check_names(const struct module *const *modules, const char *setting, const char *list,
			struct why *why)
{
	while (*list) {
		size_t word = strcspn(list, ", ");

		if (word && !is_known(modules, list, word)) {
			char *known = list_names(modules);

			why_set(why, "%s: unknown module \"%.*s\"; known: %s, and * for all",
				setting, (int)word, list, known);
			free(known);
			return false;
		}
		list += word;
		list += strspn(list, ", ");
	}
	return true;
}

/* A relative path would depend on where the pool was started. */
static bool check_paths(const char *const *paths, const struct module *module, struct why *why)
{
	for (; paths && *paths; paths++)
		if (**paths != '/')
			return why_set(why, "module \"%s\": the path \"%s\" is not absolute",
				       module->name, *paths);
	return true;
}

static bool add_hosts(struct host *host, const struct module *module, struct why *why)
{
	for (const struct web_host *at = module->hosts; at && at->name; at++) {
		if (at->needed && !at->key)
			return why_set(why, "module \"%s\": .hosts: %s is needed without a key",
				       module->name, at->name);
		if (at->per_second > PER_SECOND_MAX)
			return why_set(why, "module \"%s\": .hosts: %s more than %d times a second",
				       module->name, at->name, PER_SECOND_MAX);
		if (!web_hosts_add(&host->web_hosts, module->name, at->name, at->key, at->query,
				   at->header, why))
			return why_prefix(why, "module \"%s\": .hosts", module->name);
	}
	return true;
}

static const struct route own_route = { .kind = ROUTE_ANY, .handler = "its own function" };

static bool open_module(struct host *host, const struct module *module, struct why *why)
{
	struct loaded_module *loaded = &host->modules[host->modules_count];

	*loaded = (struct loaded_module) { .module = module };
	if (module->open) {
		loaded->state = module->open(host->settings, why);
		if (!loaded->state)
			return why_prefix(why, "module \"%s\"", module->name);
	}
	if (!check_paths(module->reads, module, why) || !check_paths(module->writes, module, why) ||
	    !add_hosts(host, module, why) || !fact_check_kinds(module, why))
		return false;
	if (!option_table_compile(loaded, &host->options_arena, &loaded->options, why) ||
	    !form_check_all(module, why))
		return false;
	loaded->own = (struct row) { .module = module,
				     .state = loaded->state,
				     .route = &own_route,
				     .name = "",
				     .options = loaded->options };
	host->module_list[host->modules_count++] = module;
	return true;
}

static bool check_warnings(const struct host *host, struct why *why)
{
	const struct module *keeper = NULL;

	for (size_t i = 0; i < host->modules_count; i++) {
		const struct module *module = host->modules[i].module;

		if (module->warnings && keeper)
			return why_set(why, "both \"%s\" and \"%s\" keep warnings", keeper->name,
				       module->name);
		keeper = module->warnings ? module : keeper;
	}
	return true;
}

static bool is_wanted(const struct module *module, const struct settings *settings)
{
	return is_listed(settings->modules_load, module->name) &&
	       !is_listed(settings->modules_not_load, module->name);
}

static bool is_set(const struct module_keys *keys, const char *name)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->all[i].name, name) == 0)
			return true;
	return false;
}

const char *host_missing_key(const struct module *module, const struct settings *settings)
{
	const char *missing = NULL;

	if (!is_wanted(module, settings))
		return NULL;
	for (const struct web_host *at = module->hosts; at && at->name; at++) {
		if (!at->needed)
			continue;
		if (is_set(&settings->module_keys, at->key))
			return NULL;
		missing = missing ? missing : at->key;
	}
	return missing;
}

static bool open_modules(struct host *host, const struct module *const *modules, struct why *why)
{
	const struct settings *settings = host->settings;
	size_t count = 0;

	if (!check_names(modules, "KORONE_MODULES_LOAD", settings->modules_load, why) ||
	    !check_names(modules, "KORONE_MODULES_NOT_LOAD", settings->modules_not_load, why))
		return false;
	while (modules[count])
		count++;
	host->modules = xcalloc(count + 2, sizeof(*host->modules));
	host->module_list = xcalloc(count + 1, sizeof(*host->module_list));
	for (size_t i = 0; i < count; i++)
		if (is_wanted(modules[i], settings) && !host_missing_key(modules[i], settings) &&
		    !open_module(host, modules[i], why))
			return false;
	host->modules[host->modules_count++] = (struct loaded_module) { .module = &own_module,
									.is_hosts = true };
	return check_warnings(host, why);
}

static bool load_languages(struct host *host, struct why *why)
{
	char directory[4096];
	struct why missing;

	language_directory(directory, sizeof(directory));
	host->languages = languages_load(directory, host->settings->default_locale, &missing, why);
	if (host->languages && missing.text[0])
		log_warn("going on without a translation", log_text("error", missing.text));
	return host->languages != NULL;
}

struct host *host_create(const struct module *const *modules, const struct settings *settings,
			 struct why *why)
{
	struct host *host = xcalloc(1, sizeof(*host));

	host->settings = settings;
	host->rights = rights_create(why);
	host->settings_cache = settings_cache_create();
	host->settings_presence = settings_presence_create(PRESENCE_WORDS);
	host->facts_presence = settings_presence_create(PRESENCE_FACT_WORDS);
	host->derived_cache = derived_cache_create();
	if (host->rights && load_languages(host, why) && open_modules(host, modules, why))
		host->routes = routes_compile(host->modules, host->modules_count, why);
	if (host->routes) {
		host->programs = programs_create(host->module_list, settings);
		return host;
	}
	host_destroy(host);
	return NULL;
}

struct rights *host_rights(struct host *host)
{
	return host->rights;
}

void host_destroy(struct host *host)
{
	if (!host)
		return;
	files_release(host);
	programs_destroy(host->programs);
	routes_destroy(host->routes);
	for (size_t i = host->modules_count; i-- > 0;)
		if (host->modules[i].module->close)
			host->modules[i].module->close(host->modules[i].state);
	free(host->modules);
	free(host->module_list);
	languages_destroy(host->languages);
	rights_destroy(host->rights);
	settings_cache_destroy(host->settings_cache);
	settings_presence_destroy(host->settings_presence);
	settings_presence_destroy(host->facts_presence);
	buffer_finish(&host->facts_cursor);
	derived_cache_destroy(host->derived_cache);
	arena_finish(&host->start_arena);
	arena_finish(&host->options_arena);
	arena_finish(&host->arena);
	buffer_finish(&host->scratch);
	buffer_finish(&host->orders);
	web_hosts_finish(&host->web_hosts);
	free(host);
}

const struct web_hosts *host_web_hosts(const struct host *host)
{
	return &host->web_hosts;
}

const struct module *const *host_modules(const struct host *host)
{
	return host->module_list;
}

void host_pretend_program(struct host *host, const char *name, bool installed)
{
	programs_pretend(host->programs, name, installed);
}

const struct programs *host_programs(const struct host *host)
{
	return host->programs;
}

uint32_t host_kinds(const struct host *host)
{
	return routes_kinds(host->routes);
}

size_t host_start_calls(struct host *host, const struct call **calls)
{
	return command_list_calls(host->module_list, host->programs, host->languages,
				  &host->start_arena, calls);
}

void host_start(struct host *host, const struct bot *bot, const struct host_services *services,
		struct capture_slot *slot)
{
	host->bot = *bot;
	host->services = *services;
	host->slot = slot;
}

void host_rename(struct host *host, const struct bot *bot)
{
	host->bot = *bot;
}

void host_release(struct host *host)
{
	files_release(host);
}

void host_idle(struct host *host)
{
	host->services.storage->idle(host->services.storage_owner);
	arena_reset(&host->arena);
	buffer_trim(&host->scratch, 64u << 10);
	buffer_trim(&host->orders, 64u << 10);
}

/* --- handle ----------------------------------------------------------------------------------- */

/* Whether anything is to be done: else nothing more is read. */
static bool is_for_us(const struct ctx *ctx)
{
	return ctx->match.rows[0] || ctx->match.unknown.length || ctx->match.expected ||
	       ctx_query_needs_answer(ctx);
}

static void answer_who_waits(struct ctx *ctx)
{
	if (ctx_press_waits(ctx))
		ctx_answer_press(ctx);
	if (ctx_query_needs_answer(ctx))
		ctx_answer_query(ctx);
}

/* Where the bot is no more, nothing waits for it. */
static void notice_removal(struct ctx *ctx)
{
	const struct chat *chat = ctx_find_chat(ctx);
	struct member_change change;

	if (!chat || chat->type == CHAT_PRIVATE ||
	    !update_read_members(&ctx->update, ctx->arena, &change) ||
	    (change.after != MEMBER_OUTSIDE && change.after != MEMBER_BANNED))
		return;
	later_forget(ctx, true, chat->id);
	later_keep(ctx);
}

static bool is_admin(enum member_status status)
{
	return status == MEMBER_CREATOR || status == MEMBER_ADMINISTRATOR;
}

/* In a raid thousands come and go, of whom nothing is known. */
static bool changes_rights(struct ctx *ctx, const struct member_change *change)
{
	const struct chat *chat = ctx_find_chat(ctx);
	uint32_t known;

	return !chat || is_admin(change->before) || is_admin(change->after) ||
	       rights_find(ctx->host->rights, chat->id, change->member->id, &known);
}

/* Rights may have changed. */
static void notice_member_change(struct ctx *ctx)
{
	enum update_kind kind = ctx->update.kind;
	struct member_change change;

	if (kind == KIND_MY_CHAT_MEMBER) {
		ctx_forget_admins(ctx);
		notice_removal(ctx);
	}
	if (kind != KIND_CHAT_MEMBER)
		return;
	if (!update_read_members(&ctx->update, ctx->arena, &change)) {
		ctx_forget_admins(ctx);
		return;
	}
	if (changes_rights(ctx, &change))
		ctx_forget_admins(ctx);
	act_notice_change(ctx, &change);
}

/* A message that answers a question goes to the step that asked it, and to no other route but
 * guards. */
static void match_answer(struct ctx *ctx)
{
	struct text slug;
	enum ask_state state = ask_find(ctx, &slug);

	if (state == ASK_NOTHING)
		return;
	routes_match_step(ctx->host->routes, slug, &ctx->match);
	ctx->too_late = state != ASK_ANSWERED;
}

/* Work that was put off. False: there is nothing to run. */
static bool resume(struct ctx *ctx)
{
	struct text slug;

	if (!later_resume(ctx, ctx->item->body, &slug))
		return false;
	if (job_is(slug))
		return job_resume(ctx, slug);
	routes_match_work(ctx->host->routes, slug, &ctx->match);
	return later_repeat(ctx);
}

/* Work whose attempts are used up: what repeats, and a job, goes on. */
static void go_on_after(struct ctx *ctx, struct text work)
{
	struct text slug;

	if (!later_resume(ctx, work, &slug))
		return;
	if (job_is(slug)) {
		job_take_incident(ctx, slug);
		return;
	}
	routes_match_work(ctx->host->routes, slug, &ctx->match);
	(void)later_repeat(ctx);
}

static void handle_update(struct ctx *ctx)
{
	struct host *host = ctx->host;
	const struct message_item *item = ctx->item;

	if (item->flags & ITEM_WORK) {
		if (!resume(ctx))
			return;
	} else {
		update_read(item->body.data, item->body.length, item->kind, &ctx->update);
		notice_member_change(ctx);
		if (chat_settings_migrate(ctx))
			options_migrated(ctx, ctx->update.message.migrate_from);
		routes_match(host->routes, &ctx->update, host->bot.username, &ctx->match);
		if (ctx->match.kind == ROUTE_MESSAGE && routes_have_steps(host->routes))
			match_answer(ctx);
	}
	if (is_for_us(ctx) && !rows_run(ctx) && ctx->match.unknown.length && !ctx->calls_count)
		ctx_answer_unknown(ctx);
	if (ctx->failure.reason)
		later_drop(ctx);
	if (ctx->failure.reason && job_tries_again(ctx))
		ctx->calls_count = 0;
	else if (ctx->failure.reason)
		ctx_apologize(ctx, ctx->row ? ctx->row->route->handler : "host");
	if (ctx->job)
		job_end_turn(ctx);
	answer_who_waits(ctx);
}

/* The attempts are used up: tells the person, and runs no module code. */
static void handle_incident(struct ctx *ctx)
{
	struct incident incident;
	struct why why;
	struct chat *chat;

	if (!incident_decode(ctx->item->body.data, ctx->item->body.length, &incident, &why)) {
		log_error("cannot read an incident", log_text("error", why.text));
		return;
	}
	if (incident.work.length)
		go_on_after(ctx, incident.work);
	chat = arena_alloc(ctx->arena, sizeof(*chat));
	chat->id = incident.chat_id;
	if (!chat_type_read(incident.chat_type, &chat->type))
		chat->type = CHAT_CHANNEL;
	chat->title = chat->username = "";
	ctx->stage = TURN_INCIDENT;
	ctx->chat = incident.chat_id ? chat : NULL;
	ctx->chat_was_read = ctx->user_was_read = true;
	ctx->update.kind = incident.kind;
	ctx->update.message.in_topic = incident.thread_id != 0;
	ctx->update.message.thread_id = incident.thread_id;
	ctx->update.direct_topic = incident.direct_topic_id;
	ctx->update.business_connection = incident.business_connection;
	ctx->receiver_id = incident.receiver_id;
	ctx->update.query_id = incident.query_id;
	ctx->language = language_pick(
		ctx->host->languages,
		arena_strndup(ctx->arena, incident.language.data, incident.language.length));
	if (ctx->chat)
		ctx->language = chat_settings_language_or(ctx, ctx->language);
	ctx_apologize(ctx, arena_printf(ctx->arena, "ended %d", (int)incident.reason));
	answer_who_waits(ctx);
}

static void report_failure(const struct ctx *ctx, struct host_outcome *out)
{
	out->end = HOST_FAILED;
	out->module = ctx->row->module->name;
	out->handler = ctx->row->route->handler;
	out->file = ctx->failure.file;
	out->function = ctx->failure.function;
	out->line = ctx->failure.line;
	out->reason = ctx->failure.reason;
}

void host_handle(struct host *host, const struct message_item *item, struct host_outcome *out)
{
	struct ctx ctx = {
		.host = host,
		.arena = &host->arena,
		.item = item,
	};

	files_release(host);
	arena_reset(&host->arena);
	buffer_clear(&host->orders);
	rows_note(host, "host", "host_handle");
	if (item->flags & ITEM_INCIDENT)
		handle_incident(&ctx);
	else
		handle_update(&ctx);
	ctx_release_answers(&ctx);
	host->services.storage->rest(host->services.storage_owner);
	log_context_module(NULL);
	*out = (struct host_outcome) { .calls = ctx.calls,
				       .calls_count = ctx.calls_count,
				       .names_another_bot = ctx.match.names_another };
	out->orders = later_orders(&ctx);
	out->orders_wait = ctx.job != NULL;
	if (ctx.failure.reason && ctx.row)
		report_failure(&ctx, out);
}
