/* module.h - everything that a handler module sees of CKorone. A module is one file in
 * workers/modules/ that includes this header: small static functions, and at the end a `const
 * struct module` whose routes tell which updates it wants. workers/modules/README.md is the guide.
 *
 *     static enum verdict ping(struct ctx *ctx, const struct command *cmd)
 *     {
 *             return ctx_reply(ctx, "pong %s", cmd->args);
 *     }
 *
 *     static const struct route routes[] = {
 *             COMMAND("ping", ping, .help = N_("see whether the bot is awake")),
 *             END_OF_ROUTES,
 *     };
 *
 *     const struct module ping_module = { .name = "ping", .title = N_("Ping"), .routes = routes };
 *
 * A handler is plain blocking code: one update, one process. It has nothing to free: what `ctx`
 * returns lives until the handler returns. Its replies, at most 4096 and 16 MiB of them, are queued
 * until then, so a handler that fails half-way, or crashes, has said nothing. Texts are UTF-8, end
 * with NUL and are never NULL; a missing one is "". Only functions with `find` in their name may
 * return NULL. */
#ifndef WORKERS_MODULE_H
#define WORKERS_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/kind.h"
#include "common/settings.h"
#include "common/why.h"

struct ctx;

enum verdict {
	DONE, /* handled: no other route is tried, what was queued is sent */
	PASS, /* not mine: the next matching route is tried; what was queued stays */
	FAIL, /* from ctx_fail() */
};

/* --- who and where ---------------------------------------------------------------------------- */

struct chat;

/* Bot API "User". */
struct user {
	int64_t id;
	bool is_bot; /* anonymous admins and linked channels too */
	const char *first_name;
	const char *last_name;
	const char *username;      /* without @ */
	const char *language_code; /* of the person's client, IETF: "pt-br" */
	/* The channel or group in whose name it was written: then the other members are those of a
	 * stand-in account (Bot API, "sender_chat") and of no person. NULL: of the person. */
	const struct chat *stands_for;
};

enum chat_type { CHAT_PRIVATE, CHAT_GROUP, CHAT_SUPERGROUP, CHAT_CHANNEL };

/* Bot API "Chat". */
struct chat {
	int64_t id;
	enum chat_type type;
	const char *title;    /* "" for a private chat */
	const char *username; /* without @ */
};

/* --- what handlers are given: one struct for each kind of route ------------------------------- */

/* A message that starts with /name or /name@thisbot, in its text or caption. */
struct command {
	const struct chat *chat;
	const struct user *from;
	int64_t message_id;
	const char *name; /* as the route spells it: the first of its names */
	const char *args; /* the text after the name, trimmed */
	/* The struct that the route's `arguments` describe, filled in; NULL without `arguments`. */
	const void *values;
};

/* A message with text that is not a command. */
struct text_message {
	const struct chat *chat;
	const struct user *from;
	int64_t message_id;
	const char *text;
};

/* The new text (or caption) of a message. */
struct edited_message {
	const struct chat *chat;
	const struct user *from;
	int64_t message_id;
	const char *text;
};

/* A press of an inline button; button_integer() and button_text() return its data. The host answers
 * the press if the handler does not. */
struct button {
	const struct chat *chat; /* of the message with the button */
	const struct user *from; /* who pressed */
	int64_t message_id;      /* of the message with the button */
	bool late;               /* Telegram no longer accepts an answer; edits still work */
};

enum member_status {
	MEMBER_CREATOR,
	MEMBER_ADMINISTRATOR,
	MEMBER_PLAIN,
	MEMBER_RESTRICTED, /* in the chat with fewer rights */
	MEMBER_OUTSIDE,    /* never joined, left, or restricted and not in the chat */
	MEMBER_BANNED,
};

/* Bot API "ChatMemberUpdated". */
struct member_change {
	const struct chat *chat;
	const struct user
		*by; /* who did it; same as `member` when they joined or left by themselves */
	const struct user *member; /* whose membership changed */
	enum member_status before, after;
};

struct join_request {
	const struct chat *chat;
	const struct user *from;
	int64_t user_chat_id; /* a private chat with them, for 5 minutes */
	bool late;            /* too late to answer it by its query id */
};

/* A person changed their reaction to a message; anonymous ones are not delivered. */
struct reaction {
	const struct chat *chat;
	const struct user *from;
	int64_t message_id;
	const char *before, *after; /* the first emoji; "" for none and for custom ones */
};

/* A service message, which Telegram writes when something happens: see SERVICE(). */
struct service_message {
	const struct chat *chat;
	const struct user *from;
	int64_t message_id;
	const char *event; /* as in the route */
};

/* Work that a handler put off with ctx_later(), in the chat, person, topic and language of the
 * update that it was handling. */
struct work {
	const struct chat *chat;
	const struct user *from;
	const char *payload;
};

/* Any update at all. */
struct any_update {
	enum update_kind kind;
	int64_t update_id;
};

/* --- arguments of commands -------------------------------------------------------------------- */

/* The arguments of a command, in order. If one is missing or wrong the host tells the person what
 * was expected and how the command is used; the handler does not run.
 *
 *     struct remind_values {
 *             int64_t after_s;
 *             const char *text;
 *     };
 *
 *     static const struct argument remind_arguments[] = {
 *             DURATION_ARGUMENT(struct remind_values, after_s, N_("when")),
 *             TEXT_ARGUMENT(struct remind_values, text, N_("text"), .optional = true),
 *             END_OF_ARGUMENTS(struct remind_values),
 *     };
 *
 * A word that does not fit an optional argument is tried with the next; one that fits none is an
 * error. An optional argument that was left out is 0, false, "" or, for a person, NULL. */
enum argument_type {
	ARGUMENT_END,
	ARGUMENT_WORD,
	ARGUMENT_TEXT,
	ARGUMENT_INTEGER,
	ARGUMENT_BOOLEAN,
	ARGUMENT_DURATION,
	ARGUMENT_CHOICE,
	ARGUMENT_USER,
};

struct argument {
	enum argument_type type;
	size_t offset;    /* of its member; ARGUMENT_END: the size of the struct */
	const char *name; /* one or two words, marked with N_() */
	bool optional;
	int64_t minimum, maximum;   /* of INTEGER and DURATION; no limits when equal */
	const char *const *choices; /* CHOICE: ends with NULL; case does not matter */
	bool shown;                 /* USER: see USER_ARGUMENT() */
};

/* A struct member of another type does not compile. */
#define ARGUMENT(c_type, struct_, member, name_, ...)                                  \
	{                                                                              \
		.offset = offsetof(struct_, member) +                                  \
			  0 * sizeof(_Generic(&((struct_ *)0)->member, c_type * : 0)), \
		.name = name_, __VA_ARGS__                                             \
	}
/* const char *: a word is up to the next white space, a text is all the rest. */
#define WORD_ARGUMENT(s, member, ...) \
	ARGUMENT(const char *, s, member, __VA_ARGS__, .type = ARGUMENT_WORD)
#define TEXT_ARGUMENT(s, member, ...) \
	ARGUMENT(const char *, s, member, __VA_ARGS__, .type = ARGUMENT_TEXT)
/* int64_t; seconds of 90s, 10m, 2h, 3d or 1w. */
#define INTEGER_ARGUMENT(s, member, ...) \
	ARGUMENT(int64_t, s, member, __VA_ARGS__, .type = ARGUMENT_INTEGER)
#define DURATION_ARGUMENT(s, member, ...) \
	ARGUMENT(int64_t, s, member, __VA_ARGS__, .type = ARGUMENT_DURATION)
/* bool: yes, on, true, 1 and no, off, false, 0. */
#define BOOLEAN_ARGUMENT(s, member, ...) \
	ARGUMENT(bool, s, member, __VA_ARGS__, .type = ARGUMENT_BOOLEAN)
/* const char *: one of .choices, in the spelling given there. */
#define CHOICE_ARGUMENT(s, member, ...) \
	ARGUMENT(const char *, s, member, __VA_ARGS__, .type = ARGUMENT_CHOICE)
/* const struct user *: an id of five digits or more, an @name or a mention; else who is replied to,
 * else a shorter id. Of an id only that is known, and of an @name no more when whoever asks may not
 * see what is recorded (PRIVACY.md). With .shown the person is shown and nothing else: then they
 * may also be a stand-in, and an @name that may not be seen is as unknown as one that nobody has.
 */
#define USER_ARGUMENT(s, member, ...) \
	ARGUMENT(const struct user *, s, member, __VA_ARGS__, .type = ARGUMENT_USER)
/* clang-format off */
#define END_OF_ARGUMENTS(s) { .type = ARGUMENT_END, .offset = sizeof(s) }
/* clang-format on */

/* --- routes ----------------------------------------------------------------------------------- */

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
	bool always;      /* COMMAND: admins cannot switch it off in their group */
	const char *step; /* TEXT: only the answer to this question of ctx_ask() */
	bool asker;       /* BUTTON: only for the person whose update made the bot show it */
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
/* BUTTON("page:%d:%.16s", fn, columns…): the same literal as in draft_button(), so that the
 * compiler checks its values. The word before the first colon is the button's name, unique in all
 * modules; then %d, %lld or %.Ns (at most N bytes). A button whose data could exceed Telegram's
 * 64 bytes is rejected when the program starts. */
#define BUTTON(data, ...) ROUTE(button, data, __VA_ARGS__, .kind = ROUTE_BUTTON)
/* Members of a chat in which the bot is an administrator; OWN_MEMBER: the bot itself. */
#define MEMBER(...) ROUTE(member_change, NULL, __VA_ARGS__, .kind = ROUTE_MEMBER)
#define OWN_MEMBER(...) ROUTE(member_change, NULL, __VA_ARGS__, .kind = ROUTE_OWN_MEMBER)
#define JOIN_REQUEST(...) ROUTE(join_request, NULL, __VA_ARGS__, .kind = ROUTE_JOIN_REQUEST)
#define REACTION(...) ROUTE(reaction, NULL, __VA_ARGS__, .kind = ROUTE_REACTION)
/* SERVICE("new_chat_title", fn, columns…): the name of a field in Bot API "Message". */
#define SERVICE(event, ...) ROUTE(service_message, event, __VA_ARGS__, .kind = ROUTE_SERVICE)
/* WORK("remind", fn): work that ctx_later() put off under this name, unique in all modules. */
#define WORK(name, ...) ROUTE(work, name, __VA_ARGS__, .kind = ROUTE_WORK)
/* Every update of any kind; it runs before routes further down, and usually returns PASS. */
#define ANY(...) ROUTE(any_update, NULL, __VA_ARGS__, .kind = ROUTE_ANY)
/* clang-format off */
#define END_OF_ROUTES { .kind = ROUTE_END }
/* clang-format on */

struct module {
	const char *name;  /* as in KORONE_MODULES_LOAD: at most 31 characters of a-z 0-9 _ */
	const char *title; /* its heading in /help, marked with N_(); NULL: not listed */
	/* open() returns what ctx_state() gives. It is called once, when the program starts, before
	 * any connection and before the processes that run handlers are forked. NULL and a reason:
	 * the program does not start. Both functions are optional. */
	void *(*open)(const struct settings *settings, struct why *why);
	void (*close)(void *state);
	const struct route *routes;
	/* What its handlers open: files, or directories with everything in them, by absolute paths,
	 * ending with NULL; open() may fill them in. The processes that run handlers can open
	 * nothing else, start no program and signal nobody; open() can, and what it leaves open
	 * stays open. What the system's libraries need is open, too: workers/modules/README.md. */
	const char *const *reads;
	const char *const *writes; /* read, written, made and removed */
};

/* .reads = PATHS("/usr/share/dict/words") */
#define PATHS(...) ((const char *const[]) { __VA_ARGS__, NULL })

/* --- what a handler can ask
 * ---------------------------------------------------------------------- */

/* What open() made. */
void *ctx_state(const struct ctx *ctx);
const struct settings *ctx_settings(const struct ctx *ctx);
/* Zeroed, aligned memory, freed when the handler returns. */
void *ctx_alloc(struct ctx *ctx, size_t size);
/* Plain text, not markup, freed when the handler returns. */
const char *ctx_printf(struct ctx *ctx, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The chat in which it happened and who did it; NULL for kinds that have none. */
const struct chat *ctx_find_chat(struct ctx *ctx);
const struct user *ctx_find_user(struct ctx *ctx);
/* The forum topic it happened in; 0 outside of topics. */
int64_t ctx_topic(struct ctx *ctx);
/* Who wrote the message that this one replies to; NULL when it is not a reply, or to no user. */
const struct user *ctx_find_replied_user(struct ctx *ctx);
/* Whether this is one of the accounts that Telegram shows for channels, anonymous administrators
 * and itself: nobody whom a command could be about. */
bool user_is_stand_in(const struct user *user);
bool chat_is_group(const struct chat *chat);
/* False also for an operator whose message was forwarded or made by another bot: somebody else may
 * have written it. */
bool ctx_is_operator(const struct ctx *ctx, const struct user *user);

/* Numbers and texts of a pressed button; the index counts all conversions of its data from 0. */
int64_t button_integer(const struct button *button, size_t index);
const char *button_text(const struct button *button, size_t index);

/* The loaded modules, ending with NULL: for /help and the like. */
const struct module *const *ctx_modules(const struct ctx *ctx);
/* Whether a row's chat and operator columns admit this chat and person; tells them nothing. */
bool ctx_admits(const struct ctx *ctx, const struct route *route, const struct chat *chat,
		const struct user *user);
/* Whether admins may switch the command off in their group: all except `.always`, `.private` and
 * `.operators`. */
bool route_is_disableable(const struct route *route);
/* Whether they did in this chat. The host checks it before it runs a command. */
bool ctx_is_disabled(struct ctx *ctx, const struct route *route);
enum verdict ctx_disable(struct ctx *ctx, const struct route *route, bool disabled);
/* The row of a command by any of its names, with or without slash and "@thisbot"; NULL when there
 * is none. */
const struct route *ctx_find_command(struct ctx *ctx, const char *name);
/* The name of a COMMAND() route, without slash: the first one. */
const char *route_command(struct ctx *ctx, const struct route *route);
/* The arguments of a command, for /help: "<when> [text]"; "" for none. */
const char *route_usage(struct ctx *ctx, const struct route *route);
/* The bot's username, without "@". */
const char *ctx_bot_username(const struct ctx *ctx);

/* --- translations ----------------------------------------------------------------------------- */

/* A text in the language of the chat, or of the person's client. Needs a `ctx` in scope. */
#define _(text) ctx_translate(ctx, text)
/* Marks a text for the catalogues where there is no ctx; the code that shows it translates it. */
#define N_(text) text

const char *ctx_translate(const struct ctx *ctx, const char *text) __attribute__((format_arg(2)));
const char *ctx_plural(const struct ctx *ctx, const char *one, const char *many, uint64_t number)
	__attribute__((format_arg(2), format_arg(3)));

/* The languages of the bot: "pt_BR" and the like, NULL past the end; and a locale's own name for
 * itself. */
const char *ctx_find_locale(const struct ctx *ctx, size_t index);
const char *ctx_locale_name(const struct ctx *ctx, const char *locale);
/* The one in which this update is answered. */
const char *ctx_locale(const struct ctx *ctx);
/* Answers this chat in that language from now on, including the rest of this update; "": again in
 * the language of each person's client. */
enum verdict ctx_choose_locale(struct ctx *ctx, const char *locale);

/* --- what a module stores
 * ---------------------------------------------------------------------- */

/* Settings: texts by name, of a chat or of a person, under the module's name in the table of
 * settings. Those of a private chat are the person's; who writes in the name of a chat has none.
 * A store is made by open():
 *
 *     static void *open_notes(const struct settings *settings, struct why *why)
 *     {
 *             return store_open("note", STORE_OF_CHAT);
 *     }
 *
 * Reading costs no query: the pool shares a cache. A change is committed when the call returns, and
 * takes effect at once in this pool and within seconds in others. While the database is away the
 * calls fail the handler, as ctx_fail() does. People see, export and erase what is stored about
 * them with /privacy, whatever the module. */
struct store;

enum store_scope { STORE_OF_CHAT, STORE_OF_PERSON };

/* Connects to nothing and cannot fail. */
struct store *store_open(const char *module, enum store_scope scope);
void store_close(struct store *store);
/* NULL when it is not set; lives until the handler returns. */
const char *store_find(const struct store *store, struct ctx *ctx, const char *key);
/* Keys of at most 64 bytes, values of 12 KiB. False after a failure: return FAIL. */
bool store_set(struct store *store, struct ctx *ctx, const char *key, const char *value);
bool store_remove(struct store *store, struct ctx *ctx, const char *key);

/* Values of this module and chat for at most an hour, which may vanish at any time. While Redis is
 * away none is found, and functions that return bool return false. */
bool ephemeral_set(struct ctx *ctx, const char *key, const char *value, int64_t seconds);
const char *ephemeral_find(struct ctx *ctx, const char *key);
bool ephemeral_remove(struct ctx *ctx, const char *key);
/* True for the first caller within that many seconds; for every caller while Redis is away. */
bool ephemeral_claim(struct ctx *ctx, const char *key, int64_t seconds);

/* The person recorded under an id or a username; NULL when there is none, or more than one, or when
 * whoever did this may not see it: what is recorded is for operators, for the person, and for
 * people in a group where that person is (PRIVACY.md). */
const struct user *ctx_find_recorded(struct ctx *ctx, int64_t id);
const struct user *ctx_find_username(struct ctx *ctx, const char *username);

/* --- what a handler sends
 * ---------------------------------------------------------------------- */

/* A format is a literal (or a translation of one) in Telegram's HTML: <b> <i> <u> <s> <code> <pre>
 * <blockquote> <tg-spoiler> <a href="…"> and &lt; &gt; &amp; &quot;. Its arguments are text and
 * never markup, so nothing needs escaping and nobody can inject anything; a format that is not a
 * literal does not compile. Texts over 4096 UTF-16 units are sent in parts. */

/* Answers the message (or the press) in its chat and topic, as a reply. */
enum verdict ctx_reply(struct ctx *ctx, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Asks the person something; a reply within an hour goes to the TEXT() route with this `.step` and
 * to no other. They end it with /cancel, or by not replying. */
enum verdict ctx_ask(struct ctx *ctx, const char *step, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Shows up to 200 characters to the person who pressed the button; ctx_alert() until they close
 * it. */
enum verdict ctx_toast(struct ctx *ctx, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
enum verdict ctx_alert(struct ctx *ctx, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A file that the handler makes, of at most 1 MiB. */
struct document {
	const char *name;
	const char *media_type;
	const void *bytes;
	size_t size;
};

/* Answers with a document; the caption is cut at 1024 units. */
enum verdict ctx_reply_document(struct ctx *ctx, const struct document *document,
				const char *caption, ...) __attribute__((format(printf, 3, 4)));
/* The same to another chat. Telegram lets nothing through to a person who never wrote to the
 * bot. */
enum verdict ctx_send_document(struct ctx *ctx, int64_t chat_id, const struct document *document,
			       const char *caption, ...) __attribute__((format(printf, 4, 5)));
/* Answers with a file that Telegram has already: `method` is sendPhoto, sendSticker, … */
enum verdict ctx_reply_file(struct ctx *ctx, const char *method, const char *file_id);
/* Ends all questions to this person in this chat: answers to them are refused. False while Redis is
 * away: then they end by themselves within the hour. */
bool ctx_cancel_questions(struct ctx *ctx);

/* Runs the WORK() route `name` after that many seconds, whatever is restarted in between: the
 * current update is kept until then. Once per update; `payload` is for the handler and may be
 * "". Update and payload together have at most 2.5 MiB. */
enum verdict ctx_later(struct ctx *ctx, int64_t after_s, const char *name, const char *payload);
/* Lets the chat's next updates be handled while this handler continues: for long work. */
void ctx_release_lane(struct ctx *ctx);

/* Reports that a fault keeps the handler from its work, with the reason for the report (not shown
 * to people, no personal data): what was queued is dropped, the person gets a reference id. */
#define ctx_fail(ctx, ...) ctx_fail_at((ctx), __FILE__, __LINE__, __func__, __VA_ARGS__)
enum verdict ctx_fail_at(struct ctx *ctx, const char *file, unsigned line, const char *function,
			 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* A text composed piece by piece, with buttons below it. */
struct draft;

struct draft *ctx_draft(struct ctx *ctx);
void draft_add(struct draft *draft, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A button in the current row; `data` is the literal of its BUTTON() route. */
void draft_button(struct draft *draft, const char *label, const char *data, ...)
	__attribute__((format(printf, 3, 4)));
void draft_link(struct draft *draft, const char *label, const char *url);
/* Ends the row of buttons: the next button starts a new one. */
void draft_row(struct draft *draft);
enum verdict draft_reply(struct draft *draft);
/* Replaces the message whose button was pressed. */
enum verdict draft_edit(struct draft *draft, const struct button *pressed);
/* Sends it to another chat, not as a reply. */
enum verdict draft_send(struct draft *draft, int64_t chat_id);

/* --- other calls --------------------------------------------------------------------------- */

/* A call to a method of the Bot API. Refused with 400 are those that are the system's own
 * (getUpdates, setWebhook, close, …: workers/sender/call_check.h) and a parameter given twice. */
struct request;

struct request *ctx_request(struct ctx *ctx, const char *method);
void request_integer(struct request *request, const char *parameter, int64_t value);
void request_boolean(struct request *request, const char *parameter, bool value);
void request_text(struct request *request, const char *parameter, const char *value);
/* For methods that send a message: where ctx_reply() would send it, which takes more than a chat_id
 * (topics, business connections) or Telegram refuses it or shows it elsewhere. */
void request_here(struct request *request);
/* Not to be repeated when Telegram may have done it already. */
void request_at_most_once(struct request *request);
/* Queues it to be made when the handler has returned; its result is discarded. */
enum verdict ctx_queue(struct ctx *ctx, struct request *request);

/* Telegram's answer. */
struct answer;

/* Makes the call now, whether or not the handler succeeds, and waits for its result. */
const struct answer *ctx_call(struct ctx *ctx, struct request *request);
bool answer_ok(const struct answer *answer);
/* Telegram said no and would say it again: the bot lacks a right, or there is no such thing. False
 * for what may work in a while. */
bool answer_refused(const struct answer *answer);
/* Why it failed; "" when ok. */
const char *answer_error(const struct answer *answer);
/* Fields of the result by path: "user.id", "0.status". 0, "" and false when missing. */
int64_t answer_integer(const struct answer *answer, const char *path);
const char *answer_text(const struct answer *answer, const char *path);
bool answer_boolean(const struct answer *answer, const char *path);
size_t answer_count(const struct answer *answer, const char *path);

/* The value at a path ("" for all) as JSON, indented; "" when missing. */
const char *answer_json(struct ctx *ctx, const struct answer *answer, const char *path);

/* --- for privacy.c, rights.c, operators.c and users.c ----------------------------------------- */

/* Whose data: the person's who did this, or the group's in which it was done. */
enum subject { SUBJECT_PERSON, SUBJECT_GROUP };

/* Everything that is stored about the subject: "user" or "group" (null when not recorded) and
 * "settings". NULL after a failure: return FAIL. */
const struct answer *ctx_find_data(struct ctx *ctx, enum subject subject);
bool ctx_has_objected(struct ctx *ctx, enum subject subject);
/* ctx_forget() permanently erases all of it and records the objection; ctx_remember() withdraws
 * that. */
enum verdict ctx_forget(struct ctx *ctx, enum subject subject);
enum verdict ctx_remember(struct ctx *ctx, enum subject subject);

struct recorded_counts {
	int64_t people, groups;
	int64_t new_people, new_groups;     /* registered in the last 48 hours */
	int64_t database_bytes, redis_keys; /* -1: unknown */
};

enum verdict ctx_count(struct ctx *ctx, struct recorded_counts *out);
/* The current update as JSON, indented. */
const char *ctx_update_json(struct ctx *ctx);
/* Forgets what is remembered about who administers this chat. */
void ctx_forget_admins(struct ctx *ctx);

/* In effect to the end of the file that includes this one. */
#pragma GCC diagnostic error "-Wformat"
#pragma GCC diagnostic error "-Wformat-nonliteral"
#pragma GCC diagnostic error "-Wformat-security"

#endif
