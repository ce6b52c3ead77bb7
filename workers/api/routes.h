/* routes.h - which updates a module wants. */
#ifndef WORKERS_API_ROUTES_H
#define WORKERS_API_ROUTES_H

#include <stdbool.h>

#include "workers/api/arguments.h"
#include "workers/api/events.h"
#include "workers/api/verdict.h"

#define ROUTE_KINDS(KIND)                \
	KIND(COMMAND, command)           \
	KIND(TEXT, text_message)         \
	KIND(EDITED, edited_message)     \
	KIND(BUTTON, button)             \
	KIND(MEMBER, member_change)      \
	KIND(OWN_MEMBER, member_change)  \
	KIND(JOIN_REQUEST, join_request) \
	KIND(REACTION, reaction)         \
	KIND(SERVICE, service_message)   \
	KIND(WORK, work)                 \
	KIND(ANY, any_update)

enum route_kind {
	ROUTE_END, /* ends a table of routes */
#define ROUTE_ENUM(kind, event) ROUTE_##kind,
	ROUTE_KINDS(ROUTE_ENUM)
#undef ROUTE_ENUM
};

typedef enum verdict command_fn(struct ctx *ctx, const struct command *command);
typedef enum verdict text_message_fn(struct ctx *ctx, const struct text_message *message);
typedef enum verdict edited_message_fn(struct ctx *ctx, const struct edited_message *message);
typedef enum verdict button_fn(struct ctx *ctx, const struct button *button);
typedef enum verdict member_change_fn(struct ctx *ctx, const struct member_change *change);
typedef enum verdict join_request_fn(struct ctx *ctx, const struct join_request *request);
typedef enum verdict reaction_fn(struct ctx *ctx, const struct reaction *reaction);
typedef enum verdict service_message_fn(struct ctx *ctx, const struct service_message *message);
typedef enum verdict work_fn(struct ctx *ctx, const struct work *work);
typedef enum verdict any_update_fn(struct ctx *ctx, const struct any_update *update);

/* What an administrator must be allowed to do; Bot API "ChatMemberAdministrator". */
enum right {
	RIGHT_NONE,  /* need not be an administrator */
	RIGHT_ADMIN, /* any administrator */
	RIGHT_CHANGE_INFO,
	RIGHT_DELETE_MESSAGES,
	RIGHT_INVITE_USERS,
	RIGHT_PIN_MESSAGES,
	RIGHT_PROMOTE_MEMBERS,
	RIGHT_RESTRICT_MEMBERS,
};

/* A row of a module's table. Routes are tried in the order of modules.c and of the table; the first
 * that matches runs. Set the columns from `help` on by name: COMMAND("x", on_x, .group = true). */
struct route {
	enum route_kind kind;
	const char *match; /* names of a command, event of a service message, data of a button, … */
	union {
		command_fn *command;
		text_message_fn *text_message;
		edited_message_fn *edited_message;
		button_fn *button;
		member_change_fn *member_change;
		join_request_fn *join_request;
		reaction_fn *reaction;
		service_message_fn *service_message;
		work_fn *work;
		any_update_fn *any_update;
	} on;
	const char *handler; /* the function's name, for reports */

	const char *help;  /* one line, marked with N_(); without it a command is not listed */
	const char *usage; /* the arguments as /help shows them; default: from `arguments` */
	const struct argument *arguments;
	bool private;     /* only in private chats */
	bool group;       /* only in groups and supergroups */
	bool operators;   /* only for KORONE_OPERATORS and KORONE_OWNER_ID; others get no answer */
	enum right admin; /* only for administrators with this right; private chats pass */
	enum right bot;   /* the bot itself must have this right; private chats pass */
	/* COMMAND: what people see the bot do once it takes longer than a second: "typing",
	 * "upload_photo" and the like (Bot API, sendChatAction); NULL: nothing. */
	const char *typing;
	bool always; /* COMMAND: admins cannot switch it off in their group */
	/* TEXT: only the answer to this question; a slug of at most 64 bytes. SERVICE of
	 * "users_shared" and "chat_shared": only what was chosen for draft_choose_chat() and the
	 * like. */
	const char *step;
	bool asker; /* BUTTON: only for the person whose update made the bot show it */
};

/* A handler for another kind of route does not compile: its type is not in the selection. */
#define ROUTE_HANDLER(event, fn) _Generic((fn), event##_fn * : (fn))
#define ROUTE(event, match_, fn, ...)                                                              \
	{                                                                                          \
		.match = match_, .on.event = ROUTE_HANDLER(event, fn), .handler = #fn, __VA_ARGS__ \
	}

/* COMMAND("names", fn, columns…): names without slash, separated by spaces; /help shows the first.
 * Case does not matter. "start" also gets deep links, in `args`. */
#define COMMAND(names, ...) ROUTE(command, names, __VA_ARGS__, .kind = ROUTE_COMMAND)
#define TEXT(...) ROUTE(text_message, NULL, __VA_ARGS__, .kind = ROUTE_TEXT)
#define EDITED(...) ROUTE(edited_message, NULL, __VA_ARGS__, .kind = ROUTE_EDITED)
/* BUTTON("page:%d:%.16s", fn, columns…): a slug (slugs.h) of at most 56 bytes, the same literal as
 * in draft_button(). */
#define BUTTON(slug, ...) ROUTE(button, slug, __VA_ARGS__, .kind = ROUTE_BUTTON)
/* Members of a chat in which the bot is an administrator; OWN_MEMBER: the bot itself. */
#define MEMBER(...) ROUTE(member_change, NULL, __VA_ARGS__, .kind = ROUTE_MEMBER)
#define OWN_MEMBER(...) ROUTE(member_change, NULL, __VA_ARGS__, .kind = ROUTE_OWN_MEMBER)
#define JOIN_REQUEST(...) ROUTE(join_request, NULL, __VA_ARGS__, .kind = ROUTE_JOIN_REQUEST)
#define REACTION(...) ROUTE(reaction, NULL, __VA_ARGS__, .kind = ROUTE_REACTION)
/* SERVICE("new_chat_title", fn, columns…): the name of a field in Bot API "Message". */
#define SERVICE(event, ...) ROUTE(service_message, event, __VA_ARGS__, .kind = ROUTE_SERVICE)
/* WORK("remind:%lld", fn): what ctx_laterf() put off with this slug, of at most 1024 bytes. */
#define WORK(slug, ...) ROUTE(work, slug, __VA_ARGS__, .kind = ROUTE_WORK)
/* Every update of any kind; it runs before routes further down, and usually returns PASS. */
#define ANY(...) ROUTE(any_update, NULL, __VA_ARGS__, .kind = ROUTE_ANY)
/* clang-format off */
#define END_OF_ROUTES { .kind = ROUTE_END }
/* clang-format on */

#endif
