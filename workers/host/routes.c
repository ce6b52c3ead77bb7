/* routes.c - finds the rows for an update. */
#include "workers/host/routes.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/utf8.h"
#include "workers/host/button.h"
#include "workers/host/contents.h"
#include "workers/host/link.h"
#include "workers/host/routes_table.h"

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
	struct row_list *const *cell = hash_table_find(&routes->by_name[kind], &routes_shape, &key,
						       NULL);

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

/* What /start hands on, when it is a link of ours: the row checks it. */
static const struct row_list *find_link(const struct routes *routes, struct text payload)
{
	const struct row_list *list = find_named(routes, ROUTE_LINK, payload.data, payload.length);

	if (list || payload.length < LINK_SEALED_MIN)
		return list;
	return find_named(routes, ROUTE_LINK, payload.data, LINK_HINT_SIZE);
}

static const struct row_list *match_command(const struct routes *routes,
					    const struct command_text *command,
					    const char *bot_username, struct match *out)
{
	const struct row_list *list = NULL;

	out->args = command->args;
	if (command->bot.length && !equal_ignoring_case(command->bot, bot_username)) {
		out->names_another = true;
	} else if (command->args.length && equal_ignoring_case(command->name, "start") &&
		   (list = find_link(routes, command->args))) {
		out->kind = ROUTE_LINK;
		out->slug = command->args;
	} else if ((list = find_command(routes, command->name))) {
		out->kind = ROUTE_COMMAND;
	} else {
		out->unknown = command->name;
	}
	return list ? list : &routes->by_kind[ROUTE_COMMAND];
}

static bool read_command(const struct message_view *message, const struct update *update,
			 struct command_text *out)
{
	struct text text = message->text.data ? message->text : message->caption;

	return text.data && command_split(text, update_command_length(update), out);
}

/* A text is all that its message has. */
static uint32_t contents_of(const struct routes *routes, const struct update *update,
			    bool is_command)
{
	const struct message_view *message = &update->message;
	uint32_t bits = is_command              ? CONTENT_COMMAND
			: message->text.data    ? CONTENT_TEXT
			: message->caption.data ? CONTENT_CAPTION
						: 0;

	if (message->text.data)
		return bits;
	return bits | (routes->ask_for_contents ? contents_read(update->body) : CONTENT_OTHER);
}

static const struct row_list *match_message(const struct routes *routes,
					    const struct update *update, const char *bot_username,
					    struct match *out)
{
	const struct message_view *message = &update->message;
	struct command_text command;
	const struct row_list *list;
	bool is_command = read_command(message, update, &command);

	out->contents = contents_of(routes, update, is_command);
	if (is_command)
		return match_command(routes, &command, bot_username, out);
	if (!message->text.data && !message->caption.data &&
	    (list = find_service(routes, update->body, out))) {
		out->kind = ROUTE_SERVICE;
		return list;
	}
	out->kind = ROUTE_MESSAGE;
	return &routes->by_kind[ROUTE_MESSAGE];
}

static const struct row_list *match_press(const struct routes *routes, const struct update *update,
					  struct match *out)
{
	struct text name = button_name(update->data);
	const struct row_list *list = find_named(routes, ROUTE_BUTTON, name.data, name.length);

	if (list)
		out->kind = ROUTE_BUTTON;
	return list ? list : &routes->by_kind[ROUTE_BUTTON];
}

static const struct row_list *find_rows(const struct routes *routes, const struct update *update,
					const char *bot_username, struct match *out)
{
	struct command_text command;

	if (update->kind == KIND_MESSAGE)
		return match_message(routes, update, bot_username, out);
	if (update->kind == KIND_CALLBACK_QUERY)
		return match_press(routes, update, out);
	if (update_is_message(update))
		out->contents = contents_of(routes, update,
					    read_command(&update->message, update, &command));
	out->kind = routes->kinds[update->kind];
	return &routes->by_kind[out->kind];
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
	*out = (struct match) { .kind = ROUTE_END, .contents = UINT32_MAX };
	out->rows = match_fit(out, find_rows(routes, update, bot_username, out)->rows);
}

const struct row *const *match_fit(const struct match *match, const struct row *const *rows)
{
	while (*rows && !((*rows)->contents & match->contents))
		rows++;
	return rows;
}

/* What the rows for an answer take, when none takes this one. */
static uint32_t expected_contents(const struct match *match, const struct row_list *list)
{
	uint32_t expected = 0;

	for (size_t i = 0; list && i < list->count; i++) {
		if (!list->rows[i]->route->step)
			continue;
		if (list->rows[i]->contents & match->contents)
			return 0;
		expected |= list->rows[i]->contents;
	}
	return expected;
}

static void match_slug(const struct routes *routes, enum route_kind kind, struct text slug,
		       struct match *out)
{
	static const struct row *const nothing[] = { NULL };
	struct text name = slug_name(slug);
	const struct row_list *list = find_named(routes, kind, name.data, name.length);

	out->kind = kind;
	out->slug = slug;
	out->rows = match_fit(out, list ? list->rows : nothing);
	out->expected = expected_contents(out, list);
}

void routes_match_work(const struct routes *routes, struct text slug, struct match *out)
{
	*out = (struct match) { .contents = UINT32_MAX };
	match_slug(routes, ROUTE_WORK, slug, out);
}

void routes_match_job(const struct routes *routes, enum route_kind kind, struct text slug,
		      struct match *out)
{
	*out = (struct match) { .contents = UINT32_MAX };
	match_slug(routes, kind, slug, out);
}

bool routes_have_steps(const struct routes *routes)
{
	return routes->by_name[ROUTE_TEXT].count > 0;
}

void routes_match_step(const struct routes *routes, struct text slug, struct match *out)
{
	match_slug(routes, ROUTE_TEXT, slug, out);
}

static const struct row *find_literal(const struct row_list *list, const char *literal)
{
	for (size_t i = 0; list && i < list->count; i++)
		if (list->rows[i]->slug && strcmp(list->rows[i]->slug->literal, literal) == 0)
			return list->rows[i];
	return NULL;
}

const struct row *routes_find_slug(const struct routes *routes, enum route_kind kind,
				   const char *literal)
{
	const struct slug slug = { .literal = literal };
	struct text name = slug_name(text_of(literal));
	const struct row *row = find_literal(find_named(routes, kind, name.data, name.length),
					     literal);
	char hint[LINK_HINT_SIZE];

	if (row || kind != ROUTE_LINK)
		return row;
	link_hint(&slug, hint);
	return find_literal(find_named(routes, kind, hint, LINK_HINT_SIZE), literal);
}
