/* routes.c - checks the rows of all modules and compiles them into lists.
 *
 * Each kind of event has a list of rows to try, with the ANY() rows in their places; commands,
 * buttons and service events have a list for each name. So an update costs one look-up, however
 * many modules there are and whether or not any of them wants it. */
#include "workers/host/routes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash_table.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "workers/host/button.h"

#define ROUTE_KIND_COUNT (ROUTE_ANY + 1)

struct row_list {
	struct text name;        /* in by_name only */
	const struct row **rows; /* NULL at the end */
	size_t count;
	bool alone; /* work and answers are for one row, without ANY() */
};

struct routes {
	struct row *rows; /* in the order in which they are tried */
	size_t count;
	struct row_list by_kind[ROUTE_KIND_COUNT]; /* of kinds without names; ROUTE_END: ANY only */
	struct hash_table by_name[ROUTE_KIND_COUNT]; /* of struct row_list * */
	struct row_list *lists;                      /* those in by_name */
	size_t lists_count;
};

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

static const struct hash_shape shape = { sizeof(struct row_list *), name_of, hash_name, same_name };

/* --- checks ----------------------------------------------------------------------------------- */

static bool has_question(const struct route *route)
{
	return route->step && route->kind == ROUTE_TEXT;
}

static bool has_names(const struct route *route)
{
	enum route_kind kind = route->kind;

	return has_question(route) || kind == ROUTE_COMMAND || kind == ROUTE_BUTTON ||
	       kind == ROUTE_SERVICE || kind == ROUTE_WORK;
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

static bool has_slug(const struct route *route)
{
	return has_question(route) || route->kind == ROUTE_BUTTON || route->kind == ROUTE_WORK;
}

static bool check_slug(struct row *row, struct why *why)
{
	const struct route *route = row->route;
	size_t limit = route->kind == ROUTE_WORK ? WORK_SLUG_MAX : STEP_SLUG_MAX;

	row->slug = xcalloc(1, sizeof(*row->slug));
	if (!slug_parse(first_of(route), row->slug, why))
		return false;
	if (route->kind == ROUTE_BUTTON)
		return button_check(row->slug, why);
	return row->slug->longest <= limit ||
	       why_set(why, "\"%s\" may need %zu bytes; allowed are %zu", row->slug->literal,
		       row->slug->longest, limit);
}

/* What is chosen in Telegram's own lists goes to a step, too: choice.h. */
static bool check_step(const struct route *route, struct why *why)
{
	bool chosen = route->kind == ROUTE_SERVICE && (!strcmp(route->match, "users_shared") ||
						       !strcmp(route->match, "chat_shared"));

	return !route->step || route->kind == ROUTE_TEXT || chosen ||
	       why_set(why, "a step is for TEXT(), SERVICE(\"users_shared\") and "
			    "SERVICE(\"chat_shared\")");
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

static bool check_row(struct row *row, struct why *why)
{
	const struct route *route = row->route;

	if (!check_step(route, why) || !check_typing(route, why))
		return false;
	if (route->private && route->group)
		return why_set(why, "private and group exclude each other");
	if (route->kind == ROUTE_COMMAND)
		return check_command(row, why);
	if (has_slug(route))
		return check_slug(row, why);
	return !has_names(route) || route->match[0] != '\0' || why_set(why, "it needs a name");
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

static bool check_twin(const struct row_list *list, const struct row *row, struct text name,
		       struct why *why)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct row *other = list->rows[i];

		if (other->route->kind == row->route->kind && row->route->kind != ROUTE_SERVICE &&
		    share_a_place(other->route, row->route) && !is_for_the_rest(other, row))
			return why_set(why, "\"%.*s\" is taken by module \"%s\" already",
				       (int)name.length, name.data, other->module->name);
	}
	return true;
}

/* --- compile ---------------------------------------------------------------------------------- */

/* The next name of the row; `at` starts at first_of(). */
static bool next_row_name(const struct row *row, const char **at, struct text *out)
{
	if (row->route->kind == ROUTE_COMMAND)
		return next_name(at, out);
	if (**at == '\0')
		return false;
	*out = has_slug(row->route) ? slug_name(text_of(*at)) : text_of(*at);
	*at += strlen(*at);
	return true;
}

static size_t count_names(const struct routes *routes)
{
	size_t count = 0;

	for (size_t i = 0; i < routes->count; i++) {
		const char *at = first_of(routes->rows[i].route);
		struct text name;

		while (has_names(routes->rows[i].route) &&
		       next_row_name(&routes->rows[i], &at, &name))
			count++;
	}
	return count;
}

static void list_init(struct row_list *list, const struct routes *routes)
{
	if (!list->rows)
		list->rows = xcalloc(routes->count + 1, sizeof(const struct row *));
}

/* A list contains each row once, even if two names of a command lead to it. */
static void list_add(struct row_list *list, const struct row *row)
{
	if (list->count == 0 || list->rows[list->count - 1] != row)
		list->rows[list->count++] = row;
}

/* The list of a new name starts with the ANY() rows so far. */
static struct row_list *place_list(struct routes *routes, enum route_kind kind, struct text name)
{
	struct row_list **cell = hash_table_require(&routes->by_name[kind], &shape, &name, NULL);
	const struct row_list *any = &routes->by_kind[ROUTE_END];
	struct row_list *list = *cell;

	if (list)
		return list;
	list = *cell = &routes->lists[routes->lists_count++];
	list->name = name;
	list_init(list, routes);
	list->alone = kind == ROUTE_WORK || kind == ROUTE_TEXT;
	for (size_t i = 0; i < any->count && !list->alone; i++)
		list_add(list, any->rows[i]);
	return list;
}

static bool add_named(struct routes *routes, const struct row *row, struct why *why)
{
	const char *at = first_of(row->route);
	struct text name;

	while (next_row_name(row, &at, &name)) {
		struct row_list *list = place_list(routes, row->route->kind, name);

		if (!check_twin(list, row, name, why))
			return false;
		list_add(list, row);
	}
	return true;
}

static void add_any(struct routes *routes, const struct row *row)
{
	for (size_t kind = 0; kind < ROUTE_KIND_COUNT; kind++)
		list_add(&routes->by_kind[kind], row);
	for (size_t i = 0; i < routes->lists_count; i++)
		if (!routes->lists[i].alone)
			list_add(&routes->lists[i], row);
}

static bool add_row(struct routes *routes, struct row *row, struct why *why)
{
	if (!check_row(row, why))
		return why_prefix(why, "route to %s()", row->route->handler);
	if (row->route->kind == ROUTE_ANY)
		add_any(routes, row);
	else if (!has_names(row->route))
		list_add(&routes->by_kind[row->route->kind], row);
	else if (!add_named(routes, row, why))
		return why_prefix(why, "route to %s()", row->route->handler);
	return true;
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

static void fill_rows(struct routes *routes, const struct loaded_module *modules, size_t count)
{
	for (size_t i = 0; i < count; i++)
		routes->count += count_routes(modules[i].module);
	routes->rows = xcalloc(routes->count + 1, sizeof(*routes->rows));
	routes->count = 0;
	for (size_t i = 0; i < count; i++)
		for (const struct route *route = modules[i].module->routes;
		     route->kind != ROUTE_END; route++)
			routes->rows[routes->count++] = (struct row) {
				.module = modules[i].module,
				.state = modules[i].state,
				.route = route,
				.name = first_name(route),
			};
}

struct routes *routes_compile(const struct loaded_module *modules, size_t count, struct why *why)
{
	struct routes *routes = xcalloc(1, sizeof(*routes));

	fill_rows(routes, modules, count);
	routes->lists = xcalloc(count_names(routes) + 1, sizeof(*routes->lists));
	for (size_t kind = 0; kind < ROUTE_KIND_COUNT; kind++)
		list_init(&routes->by_kind[kind], routes);
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

static uint32_t kinds_of_route(enum route_kind kind)
{
	switch (kind) {
	case ROUTE_COMMAND:
	case ROUTE_TEXT:
	case ROUTE_SERVICE:
		return 1u << KIND_MESSAGE;
	case ROUTE_EDITED:
		return 1u << KIND_EDITED_MESSAGE;
	case ROUTE_BUTTON:
		return 1u << KIND_CALLBACK_QUERY;
	case ROUTE_MEMBER:
		return 1u << KIND_CHAT_MEMBER;
	case ROUTE_OWN_MEMBER:
		return 1u << KIND_MY_CHAT_MEMBER;
	case ROUTE_JOIN_REQUEST:
		return 1u << KIND_CHAT_JOIN_REQUEST;
	case ROUTE_REACTION:
		return 1u << KIND_MESSAGE_REACTION;
	case ROUTE_ANY:
		return (1u << KIND_UNKNOWN) - 1;
	case ROUTE_WORK:
	case ROUTE_END:
		return 0;
	}
	return 0;
}

uint32_t routes_kinds(const struct routes *routes)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < routes->count; i++) {
		const struct route *route = routes->rows[i].route;

		bits |= kinds_of_route(route->kind);
		/* At a change of membership the rights are asked for again (admins.h). */
		if (route->admin != RIGHT_NONE || route->bot != RIGHT_NONE)
			bits |= 1u << KIND_CHAT_MEMBER | 1u << KIND_MY_CHAT_MEMBER;
	}
	return bits;
}

/* --- match ------------------------------------------------------------------------------------ */

static bool is_name_character(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static struct text take_name(const char **at, const char *end)
{
	struct text name = { *at, 0 };

	while (*at < end && is_name_character(**at))
		(*at)++;
	name.length = (size_t)(*at - name.data);
	return name;
}

static struct text trim(const char *at, const char *end)
{
	size_t space;

	while ((space = utf8_space(at, (size_t)(end - at))))
		at += space;
	while ((space = utf8_space_before(at, (size_t)(end - at))))
		end -= space;
	return (struct text) { at, (size_t)(end - at) };
}

bool command_split(struct text text, size_t length, struct command_text *out)
{
	const char *at = text.data;
	const char *end = at + text.length;

	if (text.length < 2 || *at++ != '/')
		return false;
	*out = (struct command_text) { .name = take_name(&at, end) };
	if (at < end && *at == '@') {
		at++;
		out->bot = take_name(&at, end);
		if (out->bot.length == 0)
			return false;
	}
	if (out->name.length == 0)
		return false;
	if (at < end && (size_t)(at - text.data) != length && !utf8_space(at, (size_t)(end - at)))
		return false;
	out->args = trim(at, end);
	return true;
}

static bool equal_ignoring_case(struct text text, const char *name)
{
	return strlen(name) == text.length && strncasecmp(text.data, name, text.length) == 0;
}

static const struct row_list *find_named(const struct routes *routes, enum route_kind kind,
					 const char *name, size_t length)
{
	const struct text key = { name, length };
	struct row_list *const *cell = hash_table_find(&routes->by_name[kind], &shape, &key, NULL);

	return cell ? *cell : NULL;
}

static const struct row_list *find_command(const struct routes *routes, struct text name)
{
	char lower[COMMAND_NAME_MAX];

	if (name.length > sizeof(lower))
		return NULL;
	for (size_t i = 0; i < name.length; i++)
		lower[i] = (char)tolower((unsigned char)name.data[i]);
	return find_named(routes, ROUTE_COMMAND, lower, name.length);
}

static const char *event_of(const struct row_list *list)
{
	size_t i = 0;

	while (list->rows[i]->route->kind != ROUTE_SERVICE)
		i++;
	return list->rows[i]->route->match;
}

/* The rows for the first of the message's fields that is an event with a route. */
static const struct row_list *find_service(const struct routes *routes, struct cursor message,
					   struct match *out)
{
	const struct hash_table *table = &routes->by_name[ROUTE_SERVICE];
	size_t pairs = table->count && cursor_type(&message) == PACK_MAP ? cursor_map(&message) : 0;

	while (pairs-- && cursor_ok(&message)) {
		struct text key = cursor_text(&message);
		const struct row_list *list = find_named(routes, ROUTE_SERVICE, key.data,
							 key.length);

		if (list) {
			out->event = event_of(list);
			return list;
		}
		cursor_skip(&message);
	}
	return NULL;
}

static const struct row_list *match_message(const struct routes *routes,
					    const struct update *update, const char *bot_username,
					    struct match *out)
{
	const struct message_view *message = &update->message;
	struct text text = message->text.data ? message->text : message->caption;
	struct command_text command;
	const struct row_list *list = NULL;

	if (!text.data) {
		out->kind = ROUTE_SERVICE;
		return find_service(routes, update->body, out);
	}
	if (!command_split(text, update_command_length(update), &command)) {
		out->kind = ROUTE_TEXT;
		return message->text.data ? &routes->by_kind[ROUTE_TEXT] : NULL;
	}
	if (!command.bot.length || equal_ignoring_case(command.bot, bot_username)) {
		list = find_command(routes, command.name);
		if (!list)
			out->unknown = command.name;
	} else {
		out->names_another = true;
	}
	out->kind = ROUTE_COMMAND;
	out->args = command.args;
	return list;
}

static const struct row_list *match_kind(const struct routes *routes, enum route_kind kind,
					 struct match *out)
{
	out->kind = kind;
	return &routes->by_kind[kind];
}

static const struct row_list *find_rows(const struct routes *routes, const struct update *update,
					const char *bot_username, struct match *out)
{
	struct text name;

	switch (update->kind) {
	case KIND_MESSAGE:
		return match_message(routes, update, bot_username, out);
	case KIND_EDITED_MESSAGE:
		return match_kind(routes, ROUTE_EDITED, out);
	case KIND_CALLBACK_QUERY:
		out->kind = ROUTE_BUTTON;
		name = button_name(update->data);
		return find_named(routes, ROUTE_BUTTON, name.data, name.length);
	case KIND_CHAT_MEMBER:
		return match_kind(routes, ROUTE_MEMBER, out);
	case KIND_MY_CHAT_MEMBER:
		return match_kind(routes, ROUTE_OWN_MEMBER, out);
	case KIND_CHAT_JOIN_REQUEST:
		return match_kind(routes, ROUTE_JOIN_REQUEST, out);
	case KIND_MESSAGE_REACTION:
		return match_kind(routes, ROUTE_REACTION, out);
	case KIND_CHANNEL_POST:
	case KIND_EDITED_CHANNEL_POST:
	case KIND_BUSINESS_CONNECTION:
	case KIND_BUSINESS_MESSAGE:
	case KIND_EDITED_BUSINESS_MESSAGE:
	case KIND_DELETED_BUSINESS_MESSAGES:
	case KIND_MESSAGE_REACTION_COUNT:
	case KIND_INLINE_QUERY:
	case KIND_CHOSEN_INLINE_RESULT:
	case KIND_SHIPPING_QUERY:
	case KIND_PRE_CHECKOUT_QUERY:
	case KIND_PURCHASED_PAID_MEDIA:
	case KIND_POLL:
	case KIND_POLL_ANSWER:
	case KIND_CHAT_BOOST:
	case KIND_REMOVED_CHAT_BOOST:
	case KIND_UNKNOWN:
		return NULL;
	}
	return NULL;
}

const struct row *const *routes_find_event(const struct routes *routes, const char *event)
{
	static const struct row *const nothing[] = { NULL };
	const struct row_list *list = find_named(routes, ROUTE_SERVICE, event, strlen(event));

	return list ? list->rows : nothing;
}

void routes_match(const struct routes *routes, const struct update *update,
		  const char *bot_username, struct match *out)
{
	const struct row_list *list;

	*out = (struct match) { .kind = ROUTE_END };
	list = find_rows(routes, update, bot_username, out);
	if (!list) {
		list = &routes->by_kind[ROUTE_END];
		out->kind = ROUTE_END;
	}
	out->rows = list->rows;
}

static void match_slug(const struct routes *routes, enum route_kind kind, struct text slug,
		       struct match *out)
{
	static const struct row *const nothing[] = { NULL };
	struct text name = slug_name(slug);
	const struct row_list *list = find_named(routes, kind, name.data, name.length);

	*out = (struct match) {
		.kind = kind,
		.rows = list ? list->rows : nothing,
		.slug = slug,
	};
}

void routes_match_work(const struct routes *routes, struct text slug, struct match *out)
{
	match_slug(routes, ROUTE_WORK, slug, out);
}

bool routes_have_steps(const struct routes *routes)
{
	return routes->by_name[ROUTE_TEXT].count > 0;
}

void routes_match_step(const struct routes *routes, struct text slug, struct match *out)
{
	match_slug(routes, ROUTE_TEXT, slug, out);
}

const struct row *routes_find_slug(const struct routes *routes, enum route_kind kind,
				   const char *literal)
{
	struct text name = slug_name(text_of(literal));
	const struct row_list *list = find_named(routes, kind, name.data, name.length);

	for (size_t i = 0; list && i < list->count; i++)
		if (list->rows[i]->route->kind == kind &&
		    strcmp(list->rows[i]->slug->literal, literal) == 0)
			return list->rows[i];
	return NULL;
}
