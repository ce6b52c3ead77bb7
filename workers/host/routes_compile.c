/* routes_compile.c - checks the rows of all modules and compiles them into lists.
 *
 * Each kind of event has a list of rows to try, with the ANY() rows in their places; commands,
 * buttons, links, questions and service events have a list for each name. So an update costs one
 * look-up, however many modules there are and whether or not any of them wants it. */
#include "workers/host/routes_table.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "workers/host/button.h"
#include "workers/host/link.h"
#include "workers/host/option_table.h"
#include "workers/host/routes.h"

#define FIRST_MAX 99

/* --- lists by name ---------------------------------------------------------------------------- */

static const void *name_of(const void *cell, const void *owner)
{
	const struct row_list *list = *(struct row_list *const *)cell;

	(void)owner;
	return list ? &list->name : NULL;
}

static uint64_t hash_name(const void *key, const void *owner)
{
	const struct text *name = key;

	(void)owner;
	return hash_bytes(name->data, name->length, 0);
}

static bool same_name(const void *key, const void *other)
{
	const struct text *a = key, *b = other;

	return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

const struct hash_shape routes_shape = { sizeof(struct row_list *), name_of, hash_name, same_name };

/* --- checks ----------------------------------------------------------------------------------- */

/* What is chosen in Telegram's own lists goes to a step, too, but is no answer: choice.h. */
static bool has_question(const struct route *route)
{
	return route->step && route->kind != ROUTE_SERVICE;
}

/* It runs by itself, not for an update. */
static bool is_put_off(enum route_kind kind)
{
	return kind == ROUTE_WORK || kind == ROUTE_JOB || kind == ROUTE_JOB_STOPPED;
}

static bool has_slug(const struct route *route)
{
	return has_question(route) || route->kind == ROUTE_BUTTON || route->kind == ROUTE_LINK ||
	       is_put_off(route->kind);
}

static bool has_names(const struct route *route)
{
	return has_slug(route) || route->kind == ROUTE_COMMAND || route->kind == ROUTE_SERVICE;
}

/* The text that contains the names of a row. */
static const char *first_of(const struct route *route)
{
	return has_question(route) ? route->step : route->match;
}

/* The next name of a space-separated list; false at its end. */
static bool next_name(const char **at, struct text *out)
{
	*at += strspn(*at, " ");
	out->data = *at;
	out->length = strcspn(*at, " ");
	*at += out->length;
	return out->length > 0;
}

static bool is_command_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool check_command(const struct row *row, struct why *why)
{
	const char *at = row->route->match;
	struct text name;
	size_t count = 0;

	while (next_name(&at, &name)) {
		count++;
		for (size_t i = 0; i < name.length; i++)
			if (name.length > COMMAND_NAME_MAX || !is_command_character(name.data[i]))
				return why_set(why, "command \"%.*s\" is not 1 to %d of a-z 0-9 _",
					       (int)name.length, name.data, COMMAND_NAME_MAX);
	}
	return count > 0 || why_set(why, "a command needs a name");
}

static bool check_slug(struct row *row, struct why *why)
{
	const struct route *route = row->route;
	size_t limit = is_put_off(route->kind) ? WORK_SLUG_MAX : STEP_SLUG_MAX;

	row->slug = xcalloc(1, sizeof(*row->slug));
	if (!slug_parse(first_of(route), row->slug, why))
		return false;
	if (route->kind == ROUTE_BUTTON)
		return button_check(row->slug, why);
	if (route->kind == ROUTE_LINK) {
		link_hint(row->slug, row->hint);
		return link_check(row->slug, route->asker, why);
	}
	if (row->slug->literal[0] == '/')
		return why_set(why, "\"%s\" begins with a slash, as what the host puts off",
			       row->slug->literal);
	return row->slug->longest <= limit ||
	       why_set(why, "\"%s\" may need %zu bytes; allowed are %zu", row->slug->literal,
		       row->slug->longest, limit);
}

/* Kinds of routes, as bits. */
#define BIT(kind) (UINT64_C(1) << ROUTE_##kind)
#define OUTSIDE_OF_CHATS                                                               \
	(BIT(INLINE) | BIT(CHOSEN) | BIT(SHIPPING) | BIT(PAYMENT) | BIT(PAID_MEDIA) |  \
	 BIT(SUBSCRIPTION) | BIT(POLL) | BIT(POLL_ANSWER) | BIT(BUSINESS_CONNECTION) | \
	 BIT(MANAGED_BOT))
#define DONE_BY_NOBODY                                                                            \
	(BIT(POST) | BIT(EDITED_POST) | BIT(DELETED_BUSINESS) | BIT(POLL) | BIT(REACTION_COUNT) | \
	 BIT(BOOST) | BIT(REMOVED_BOOST) | BIT(STOPPED))
#define WITH_CONTENTS                                                                             \
	(BIT(MESSAGE) | BIT(EDITED) | BIT(POST) | BIT(EDITED_POST) | BIT(GUEST) | BIT(BUSINESS) | \
	 BIT(EDITED_BUSINESS))

static bool is_of(const struct route *route, uint64_t bits)
{
	return bits >> route->kind & 1;
}

static bool takes_step(const struct route *route)
{
	return route->kind == ROUTE_TEXT || route->kind == ROUTE_MESSAGE ||
	       (route->kind == ROUTE_SERVICE &&
		(!strcmp(route->match, "users_shared") || !strcmp(route->match, "chat_shared")));
}

/* A column that never fits would be a row that never runs. */
static bool check_columns(const struct route *route, struct why *why)
{
	enum route_kind kind = route->kind;

	if (route->private && route->group)
		return why_set(why, "private and group exclude each other");
	if ((route->private || route->group || route->admin || route->bot) &&
	    is_of(route, OUTSIDE_OF_CHATS))
		return why_set(why, "private, group, admin and bot are for what happens in a chat");
	if ((route->operators || route->admin) && is_of(route, DONE_BY_NOBODY))
		return why_set(why, "operators and admin are for what somebody does");
	if (route->bot == RIGHT_OWNER)
		return why_set(why, "a bot owns no group");
	if (route->contents && !is_of(route, WITH_CONTENTS))
		return why_set(why, "contents are for MESSAGE() and the like");
	if (route->step && !takes_step(route))
		return why_set(why,
			       "a step is for TEXT(), MESSAGE(), SERVICE(\"users_shared\") and "
			       "SERVICE(\"chat_shared\")");
	if (route->first > FIRST_MAX || (route->first && (route->step || is_put_off(kind))))
		return why_set(why, "first is from 1 to %d, and not for answers and work",
			       FIRST_MAX);
	return true;
}

/* Bot API, sendChatAction. */
static bool check_typing(const struct route *route, struct why *why)
{
	static const char *const actions[] = {
		"typing",        "upload_photo",      "record_video",      "upload_video",
		"record_voice",  "upload_voice",      "upload_document",   "choose_sticker",
		"find_location", "record_video_note", "upload_video_note",
	};

	if (!route->typing)
		return true;
	if (route->kind != ROUTE_COMMAND)
		return why_set(why, "typing is for COMMAND()");
	for (size_t i = 0; i < COUNT_OF(actions); i++)
		if (strcmp(actions[i], route->typing) == 0)
			return true;
	return why_set(why, "there is no chat action \"%s\"", route->typing);
}

static bool check_program(const struct row *row, struct why *why)
{
	const char *const *name = row->module->programs;

	if (!row->route->program)
		return true;
	if (row->route->kind != ROUTE_COMMAND)
		return why_set(why, "program is for COMMAND()");
	for (; name && *name; name++)
		if (strcmp(*name, row->route->program) == 0)
			return true;
	return why_set(why, "the module has no program \"%s\"", row->route->program);
}

static bool check_row(struct row *row, struct why *why)
{
	const struct route *route = row->route;

	if (!check_columns(route, why) || !check_typing(route, why) || !check_program(row, why) ||
	    !option_table_check_route(row->options, route, why))
		return false;
	if (route->kind == ROUTE_COMMAND)
		return check_command(row, why);
	if (has_slug(route))
		return check_slug(row, why);
	return !has_names(route) || route->match[0] != '\0' || why_set(why, "it needs a name");
}

/* Which of two guards is the first is written down, and no matter of their modules' names. */
static bool check_first(const struct routes *routes, const struct row *row, struct why *why)
{
	for (const struct row *other = routes->rows; other < row && row->route->first; other++)
		if (other->route->first == row->route->first && other->module != row->module)
			return why_set(why, "first = %u is taken by module \"%s\" already",
				       row->route->first, other->module->name);
	return true;
}

/* The table that has its names: all steps are in one. */
static enum route_kind table_of(const struct route *route)
{
	return has_question(route) ? ROUTE_TEXT : route->kind;
}

/* Whether both rows can apply in the same chat. */
static bool share_a_place(const struct route *a, const struct route *b)
{
	return !(a->private && b->group) && !(a->group && b->private);
}

/* A module may have a row for administrators before one for everybody. */
static bool is_for_the_rest(const struct row *first, const struct row *second)
{
	return first->module == second->module && first->route->admin != RIGHT_NONE &&
	       second->route->admin == RIGHT_NONE;
}

static bool clash(const struct row *first, const struct row *second, struct text name,
		  struct why *why)
{
	if (!share_a_place(first->route, second->route) || is_for_the_rest(first, second) ||
	    !(first->contents & second->contents))
		return false;
	return !why_set(why, "\"%.*s\" is taken by module \"%s\" already", (int)name.length,
			name.data, first->module->name);
}

static bool check_twin(const struct row_list *list, const struct row *row, struct text name,
		       struct why *why)
{
	enum route_kind table = table_of(row->route);

	for (size_t i = 0; i < list->count && table != ROUTE_SERVICE && table != ROUTE_LINK; i++)
		if (has_names(list->rows[i]->route) && clash(list->rows[i], row, name, why))
			return false;
	return true;
}

/* Links with one name may be in two lists, and those in one list may have different names. */
static bool check_link(const struct routes *routes, const struct row *row, struct why *why)
{
	struct text name = slug_name(text_of(row->route->match));

	for (const struct row *other = routes->rows; other < row; other++) {
		struct text taken;

		if (other->route->kind != ROUTE_LINK)
			continue;
		taken = slug_name(text_of(other->route->match));
		if (same_name(&taken, &name) && clash(other, row, name, why))
			return false;
	}
	return true;
}

/* --- compile ---------------------------------------------------------------------------------- */

/* What leads to a row with a slug. */
static struct text key_of(const struct row *row)
{
	if (row->route->kind == ROUTE_LINK && link_is_sealed(row->slug, row->route->asker))
		return (struct text) { row->hint, LINK_HINT_SIZE };
	return slug_name(text_of(first_of(row->route)));
}

/* The next name of the row; `at` starts at first_of(). */
static bool next_row_name(const struct row *row, const char **at, struct text *out)
{
	if (row->route->kind == ROUTE_COMMAND)
		return next_name(at, out);
	if (**at == '\0')
		return false;
	*out = has_slug(row->route) ? key_of(row) : text_of(*at);
	*at += strlen(*at);
	return true;
}

/* Whether a row without a name is in the list of all names of a kind, or of the kind itself. */
static bool is_common(const struct route *route, enum route_kind kind)
{
	bool is_message = route->kind == ROUTE_MESSAGE;

	if (is_put_off(kind))
		return false;
	if (kind == ROUTE_TEXT) /* answers */
		return route->first &&
		       (is_message || route->kind == ROUTE_ANY || route->kind == ROUTE_TEXT);
	if (kind == ROUTE_MESSAGE && route->kind == ROUTE_TEXT)
		return true;
	if (kind == ROUTE_COMMAND || kind == ROUTE_LINK || kind == ROUTE_SERVICE)
		return is_message || route->kind == ROUTE_ANY;
	return route->kind == ROUTE_ANY || route->kind == kind;
}

static size_t count_names(const struct routes *routes)
{
	size_t count = 0;

	for (size_t i = 0; i < routes->count; i++) {
		const struct route *route = routes->rows[i].route;
		const char *at = first_of(route);
		struct text name;

		if (route->kind != ROUTE_COMMAND)
			count += has_names(route);
		else
			while (next_name(&at, &name))
				count++;
	}
	return count;
}

/* A list contains each row once, even if two names of a command lead to it. NULL: only its end. */
static void list_add(struct row_list *list, const struct row *row)
{
	array_reserve(list->rows, &list->capacity, list->count + 2);
	if (row && (list->count == 0 || list->rows[list->count - 1] != row))
		list->rows[list->count++] = row;
	list->rows[list->count] = NULL;
}

/* The list of a new name starts with the rows for all names so far. */
static struct row_list *place_list(struct routes *routes, enum route_kind kind, struct text name)
{
	struct row_list **cell = hash_table_require(&routes->by_name[kind], &routes_shape, &name,
						    NULL);
	const struct row_list *common = &routes->by_kind[kind];
	struct row_list *list = *cell;

	if (list)
		return list;
	list = *cell = &routes->lists[routes->lists_count++];
	list->name = name;
	list->kind = kind;
	list_add(list, NULL);
	for (size_t i = 0; i < common->count; i++)
		list_add(list, common->rows[i]);
	return list;
}

static bool add_named(struct routes *routes, const struct row *row, struct why *why)
{
	const char *at = first_of(row->route);
	struct text name;

	while (next_row_name(row, &at, &name)) {
		struct row_list *list = place_list(routes, table_of(row->route), name);

		if (!check_twin(list, row, name, why))
			return false;
		list_add(list, row);
	}
	return true;
}

static void add_common(struct routes *routes, const struct row *row)
{
	for (enum route_kind kind = 0; kind < ROUTE_KIND_COUNT; kind++)
		if (is_common(row->route, kind))
			list_add(&routes->by_kind[kind], row);
	for (size_t i = 0; i < routes->lists_count; i++)
		if (is_common(row->route, routes->lists[i].kind))
			list_add(&routes->lists[i], row);
}

static uint32_t contents_of_row(const struct route *route)
{
	if (route->kind == ROUTE_TEXT)
		return CONTENT_TEXT | CONTENT_CAPTION;
	if (is_of(route, WITH_CONTENTS))
		return route->contents ? route->contents : ~(uint32_t)CONTENT_SERVICE;
	return UINT32_MAX;
}

static bool add_row(struct routes *routes, struct row *row, struct why *why)
{
	row->contents = contents_of_row(row->route);
	routes->ask_for_contents = routes->ask_for_contents || is_of(row->route, WITH_CONTENTS);
	if (check_row(row, why) && check_first(routes, row, why) &&
	    (row->route->kind != ROUTE_LINK || check_link(routes, row, why))) {
		if (!has_names(row->route)) {
			add_common(routes, row);
			return true;
		}
		if (add_named(routes, row, why))
			return true;
	}
	return why_prefix(why, "route to %s()", row->route->handler);
}

static size_t count_routes(const struct module *module)
{
	size_t count = 0;

	while (module->routes[count].kind != ROUTE_END)
		count++;
	return count;
}

static const char *first_name(const struct route *route)
{
	const char *at = route->match;
	struct text name;

	if (route->kind != ROUTE_COMMAND || !next_name(&at, &name))
		return "";
	return xstrndup(name.data, name.length);
}

static void add_rows(struct routes *routes, const struct loaded_module *module, unsigned first)
{
	for (const struct route *route = module->module->routes; route->kind != ROUTE_END; route++)
		if ((route->first > FIRST_MAX ? 0 : route->first) == first)
			routes->rows[routes->count++] = (struct row) {
				.module = module->module,
				.state = module->state,
				.options = module->options,
				.is_hosts = module->is_hosts,
				.route = route,
				.name = first_name(route),
			};
}

/* Guards by their number, then all others. */
static void fill_rows(struct routes *routes, const struct loaded_module *modules, size_t count)
{
	for (size_t i = 0; i < count; i++)
		routes->count += count_routes(modules[i].module);
	routes->rows = xcalloc(routes->count + 1, sizeof(*routes->rows));
	routes->count = 0;
	for (unsigned first = 1; first <= FIRST_MAX + 1; first++)
		for (size_t i = 0; i < count; i++)
			add_rows(routes, &modules[i], first % (FIRST_MAX + 1));
}

struct routes *routes_compile(const struct loaded_module *modules, size_t count, struct why *why)
{
	struct routes *routes = xcalloc(1, sizeof(*routes));

	fill_rows(routes, modules, count);
	routes->lists = xcalloc(count_names(routes) + 1, sizeof(*routes->lists));
	for (size_t kind = 0; kind < ROUTE_KIND_COUNT; kind++)
		list_add(&routes->by_kind[kind], NULL);
	for (enum route_kind kind = 0; kind < ROUTE_KIND_COUNT; kind++)
		routes->kinds[routes_update_kinds[kind]] = kind;
	routes->kinds[KIND_UNKNOWN] = ROUTE_END;
	for (size_t i = 0; i < routes->count; i++)
		if (!add_row(routes, &routes->rows[i], why)) {
			why_prefix(why, "module \"%s\"", routes->rows[i].module->name);
			routes_destroy(routes);
			return NULL;
		}
	return routes;
}

void routes_destroy(struct routes *routes)
{
	if (!routes)
		return;
	for (size_t i = 0; i < routes->count; i++) {
		if (routes->rows[i].name[0] != '\0')
			free((char *)routes->rows[i].name);
		free(routes->rows[i].slug);
	}
	for (size_t kind = 0; kind < ROUTE_KIND_COUNT; kind++) {
		free(routes->by_kind[kind].rows);
		hash_table_finish(&routes->by_name[kind]);
	}
	for (size_t i = 0; i < routes->lists_count; i++)
		free(routes->lists[i].rows);
	free(routes->lists);
	free(routes->rows);
	free(routes);
}

const enum update_kind routes_update_kinds[ROUTE_KIND_COUNT] = { [ROUTE_END] = KIND_UNKNOWN,
#define UPDATE_KIND_ROW(kind, event, update) [ROUTE_##kind] = KIND_##update,
								 ROUTE_KINDS(UPDATE_KIND_ROW)
#undef UPDATE_KIND_ROW
};

static uint32_t kinds_of_route(enum route_kind kind)
{
	if (kind == ROUTE_ANY)
		return (1u << KIND_UNKNOWN) - 1;
	return routes_update_kinds[kind] == KIND_UNKNOWN ? 0 : 1u << routes_update_kinds[kind];
}

uint32_t routes_kinds(const struct routes *routes)
{
	uint32_t bits = 0, own = 0, for_rights = 0;

	for (size_t i = 0; i < routes->count; i++) {
		const struct route *route = routes->rows[i].route;

		*(routes->rows[i].is_hosts ? &own : &bits) |= kinds_of_route(route->kind);
		/* At a change of membership the rights are asked for again (admins.h). */
		if (route->admin != RIGHT_NONE || route->bot != RIGHT_NONE)
			for_rights = 1u << KIND_CHAT_MEMBER | 1u << KIND_MY_CHAT_MEMBER;
	}
	/* The host's own rows serve what needs rights. */
	bits |= for_rights ? for_rights | own : 0;
	return bits;
}
