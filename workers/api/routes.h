/* routes.h - which updates a module wants. */
#ifndef WORKERS_API_ROUTES_H
#define WORKERS_API_ROUTES_H

#include <stdbool.h>

#include "workers/api/fields.h"
#include "workers/api/events.h"
#include "workers/api/inline.h"
#include "workers/api/jobs.h"
#include "workers/api/messages.h"
#include "workers/api/payments.h"
#include "workers/api/rights.h"
#include "workers/api/verdict.h"

/* What handlers are given: the structs of events.h, inline.h and payments.h */
/* clang-format off */
#define ROUTE_EVENTS(EVENT)                                                                        \
	EVENT(command) EVENT(link) EVENT(text_message) EVENT(message) EVENT(service_message)       \
	 EVENT(button) EVENT(inline_query) EVENT(chosen_result)              \
	EVENT(shipping_query) EVENT(payment) EVENT(paid_media) EVENT(subscription)                 \
	EVENT(poll) EVENT(poll_answer) EVENT(reaction) EVENT(reaction_count)                       \
	EVENT(member_change) EVENT(join_request) EVENT(boost) EVENT(removed_boost)                 \
	EVENT(business_connection) EVENT(business_deletion) EVENT(managed_bot)                     \
	EVENT(stopped_generation) EVENT(work) EVENT(job) EVENT(any_update)

/* KIND(name, what its handlers are given, the kind of updates that it is for; UNKNOWN: none) */
#define ROUTE_KINDS(KIND)                                                                          \
	KIND(COMMAND, command, MESSAGE)                                                            \
	KIND(LINK, link, MESSAGE)                                                                  \
	KIND(TEXT, text_message, MESSAGE)                                                          \
	KIND(MESSAGE, message, MESSAGE)                                                            \
	KIND(SERVICE, service_message, MESSAGE)                                                    \
	KIND(EDITED, message, EDITED_MESSAGE)                                                      \
	KIND(POST, message, CHANNEL_POST)                                                          \
	KIND(EDITED_POST, message, EDITED_CHANNEL_POST)                                            \
	KIND(GUEST, message, GUEST_MESSAGE)                                                        \
	KIND(BUSINESS, message, BUSINESS_MESSAGE)                                                  \
	KIND(EDITED_BUSINESS, message, EDITED_BUSINESS_MESSAGE)                                    \
	KIND(DELETED_BUSINESS, business_deletion, DELETED_BUSINESS_MESSAGES)                       \
	KIND(BUSINESS_CONNECTION, business_connection, BUSINESS_CONNECTION)                        \
	KIND(BUTTON, button, CALLBACK_QUERY)                                                       \
	KIND(INLINE, inline_query, INLINE_QUERY)                                                   \
	KIND(CHOSEN, chosen_result, CHOSEN_INLINE_RESULT)                                          \
	KIND(SHIPPING, shipping_query, SHIPPING_QUERY)                                             \
	KIND(PAYMENT, payment, PRE_CHECKOUT_QUERY)                                                 \
	KIND(PAID_MEDIA, paid_media, PURCHASED_PAID_MEDIA)                                         \
	KIND(SUBSCRIPTION, subscription, SUBSCRIPTION)                                             \
	KIND(POLL, poll, POLL)                                                                     \
	KIND(POLL_ANSWER, poll_answer, POLL_ANSWER)                                                \
	KIND(REACTION, reaction, MESSAGE_REACTION)                                                 \
	KIND(REACTION_COUNT, reaction_count, MESSAGE_REACTION_COUNT)                               \
	KIND(MEMBER, member_change, CHAT_MEMBER)                                                   \
	KIND(OWN_MEMBER, member_change, MY_CHAT_MEMBER)                                            \
	KIND(JOIN_REQUEST, join_request, CHAT_JOIN_REQUEST)                                        \
	KIND(BOOST, boost, CHAT_BOOST)                                                             \
	KIND(REMOVED_BOOST, removed_boost, REMOVED_CHAT_BOOST)                                     \
	KIND(MANAGED_BOT, managed_bot, MANAGED_BOT)                                                \
	KIND(STOPPED, stopped_generation, STOPPED_MESSAGE_GENERATION)                              \
	KIND(WORK, work, UNKNOWN)                                                                  \
	KIND(JOB, job, UNKNOWN)                                                                    \
	KIND(JOB_STOPPED, job, UNKNOWN)                                                            \
	KIND(ANY, any_update, UNKNOWN)
/* clang-format on */

enum route_kind {
	ROUTE_END, /* ends a table of routes */
#define ROUTE_ENUM(kind, event, update) ROUTE_##kind,
	ROUTE_KINDS(ROUTE_ENUM)
#undef ROUTE_ENUM
};

#define ROUTE_FUNCTION(event) \
	typedef enum verdict event##_fn(struct ctx *ctx, const struct event *event);
ROUTE_EVENTS(ROUTE_FUNCTION)
#undef ROUTE_FUNCTION

/* Kinds of content, as bits. A message with a file and a caption has both. */
enum content {
	CONTENT_TEXT = 1u << 0,    /* that is no command */
	CONTENT_CAPTION = 1u << 1, /* that is no command */
	CONTENT_COMMAND = 1u << 2, /* in a text or a caption */
	CONTENT_PHOTO = 1u << 3,
	CONTENT_LIVE_PHOTO = 1u << 4, /* a photo, too */
	CONTENT_VIDEO = 1u << 5,
	CONTENT_ANIMATION = 1u << 6,
	CONTENT_AUDIO = 1u << 7,
	CONTENT_VOICE = 1u << 8,
	CONTENT_VIDEO_NOTE = 1u << 9,
	CONTENT_DOCUMENT = 1u << 10, /* any other file */
	CONTENT_STICKER = 1u << 11,
	CONTENT_STORY = 1u << 12,
	CONTENT_PAID_MEDIA = 1u << 13,
	CONTENT_RICH = 1u << 14, /* a rich message */
	CONTENT_CONTACT = 1u << 15,
	CONTENT_LOCATION = 1u << 16,
	CONTENT_VENUE = 1u << 17,
	CONTENT_POLL = 1u << 18,
	CONTENT_CHECKLIST = 1u << 19,
	CONTENT_DICE = 1u << 20,
	CONTENT_GAME = 1u << 21,
	CONTENT_INVOICE = 1u << 22,
	CONTENT_GIVEAWAY = 1u << 23, /* or its winners */
	CONTENT_SERVICE = 1u << 24,  /* Telegram wrote it: see SERVICE() */
	CONTENT_OTHER = 1u << 25,    /* of a later Bot API */
};

/* A row of a module's table. Those with `first` are tried before all others, in the order of that
 * number; then in the order of modules.c and of the table. The first that matches runs. Set the
 * columns from `help` on by name: COMMAND("x", on_x, .group = true). */
struct route {
	enum route_kind kind;
	const char *match; /* names of a command, event of a service message, data of a button, … */
	union {
#define ROUTE_MEMBER_OF_UNION(event) event##_fn *event;
		ROUTE_EVENTS(ROUTE_MEMBER_OF_UNION)
#undef ROUTE_MEMBER_OF_UNION
	} on;
	const char *handler; /* the function's name, for reports */

	const char *help;  /* one line, marked with N_(); without it a command is not listed */
	const char *usage; /* the arguments as /help shows them; default: from `arguments` */
	const struct field *arguments;
	const char *option; /* of SETTER() */
	bool rare;          /* COMMAND: /help alone lists it: Telegram's list has room for 100 */
	bool private;       /* only in private chats */
	bool group;         /* only in groups and supergroups */
	bool operators;   /* only for KORONE_OPERATORS and KORONE_OWNER_ID; others get no answer */
	enum right admin; /* only for administrators with this right; private chats pass */
	enum right bot;   /* the bot itself must have this right; private chats pass */
	/* COMMAND: about messages of this chat, so not from the private chat (enter.h) */
	bool here;
	/* COMMAND: what people see the bot do once it takes longer than a second: "typing",
	 * "upload_photo" and the like (Bot API, sendChatAction); NULL: nothing. */
	const char *typing;
	/* COMMAND: one of the module's `.programs`. Where it is not installed the command is not
	 * there: nobody is answered, and it is in no list. */
	const char *program;
	bool always;       /* COMMAND: admins cannot switch it off in their group */
	unsigned contents; /* of messages: bits of enum content, any of which it has; default: all
			    * but CONTENT_SERVICE */
	/* 1 to 99: a guard, which looks before rows with a larger number or none, at answers to
	 * questions, too. No two modules have the same number. */
	unsigned first;
	/* TEXT, MESSAGE: only the answer to this question; a slug of at most 64 bytes. SERVICE of
	 * "users_shared" and "chat_shared": only what was chosen for draft_choose_chat() and the
	 * like. */
	const char *step;
	bool asker; /* BUTTON, LINK: only for the person whose update made the bot show it */
};

/* A handler for another kind of route does not compile: its type is not in the selection. */
#define ROUTE_HANDLER(event, fn) _Generic((fn), event##_fn * : (fn))
#define ROUTE(event, match_, fn, ...)                                                              \
	{                                                                                          \
		.match = match_, .on.event = ROUTE_HANDLER(event, fn), .handler = #fn, __VA_ARGS__ \
	}

/* COMMAND("names", fn, columns…): names without slash, separated by spaces; /help shows the first.
 * Case does not matter. "start" also gets the deep links that are no LINK(), in `args`. */
#define COMMAND(names, ...) ROUTE(command, names, __VA_ARGS__, .kind = ROUTE_COMMAND)
/* LINK("rules:%lld", fn, columns…): who opens a link to the bot that draft_deep_link() made with
 * this slug (slugs.h), of at most 40 bytes of values: 9 for %lld, 5 for %d, N + 1 for %.Ns (N + 2
 * from 32 on). Without values, and without `asker`, the link is t.me/BOT?start=NAME and may be
 * written by hand. With `.group` it lets people choose a group, to which the bot is added. */
#define LINK(slug, ...) ROUTE(link, slug, __VA_ARGS__, .kind = ROUTE_LINK)
/* A text or a caption that is no command. */
#define TEXT(...) ROUTE(text_message, NULL, __VA_ARGS__, .kind = ROUTE_TEXT)
/* Any message, commands included, with `.contents` of those kinds of content only. */
#define MESSAGE(...) ROUTE(message, NULL, __VA_ARGS__, .kind = ROUTE_MESSAGE)
/* SERVICE("new_chat_title", fn, columns…): the name of a field in Bot API "Message"; payments that
 * were made are "successful_payment". */
#define SERVICE(event, ...) ROUTE(service_message, event, __VA_ARGS__, .kind = ROUTE_SERVICE)
/* A message was changed: its text, its caption or its file, and each step of a live location.
 * `.contents` are what it holds now. */
#define EDITED(...) ROUTE(message, NULL, __VA_ARGS__, .kind = ROUTE_EDITED)
/* In channels where the bot is an administrator. */
#define POST(...) ROUTE(message, NULL, __VA_ARGS__, .kind = ROUTE_POST)
#define EDITED_POST(...) ROUTE(message, NULL, __VA_ARGS__, .kind = ROUTE_EDITED_POST)
/* Somebody calls the bot in a chat where it is not a member. */
#define GUEST(...) ROUTE(message, NULL, __VA_ARGS__, .kind = ROUTE_GUEST)
/* Messages to an account whose owner connected the bot to it. */
#define BUSINESS(...) ROUTE(message, NULL, __VA_ARGS__, .kind = ROUTE_BUSINESS)
#define EDITED_BUSINESS(...) ROUTE(message, NULL, __VA_ARGS__, .kind = ROUTE_EDITED_BUSINESS)
#define DELETED_BUSINESS(...) \
	ROUTE(business_deletion, NULL, __VA_ARGS__, .kind = ROUTE_DELETED_BUSINESS)
#define BUSINESS_CONNECTION(...) \
	ROUTE(business_connection, NULL, __VA_ARGS__, .kind = ROUTE_BUSINESS_CONNECTION)
/* BUTTON("page:%d:%.16s", fn, columns…): a slug (slugs.h) of at most 56 bytes, the same literal as
 * in draft_button(). */
#define BUTTON(slug, ...) ROUTE(button, slug, __VA_ARGS__, .kind = ROUTE_BUTTON)
/* "@thisbot words" in any chat: inline.h. CHOSEN(): a result that was sent, if @BotFather has that
 * switched on. */
#define INLINE(...) ROUTE(inline_query, NULL, __VA_ARGS__, .kind = ROUTE_INLINE)
#define CHOSEN(...) ROUTE(chosen_result, NULL, __VA_ARGS__, .kind = ROUTE_CHOSEN)
/* payments.h: what is asked before somebody pays, and what Telegram tells afterwards. */
#define SHIPPING(...) ROUTE(shipping_query, NULL, __VA_ARGS__, .kind = ROUTE_SHIPPING)
#define PAYMENT(...) ROUTE(payment, NULL, __VA_ARGS__, .kind = ROUTE_PAYMENT)
#define PAID_MEDIA(...) ROUTE(paid_media, NULL, __VA_ARGS__, .kind = ROUTE_PAID_MEDIA)
#define SUBSCRIPTION(...) ROUTE(subscription, NULL, __VA_ARGS__, .kind = ROUTE_SUBSCRIPTION)
/* A poll that the bot sent, or was stopped; POLL_ANSWER(): a vote in one that is not anonymous. */
#define POLL(...) ROUTE(poll, NULL, __VA_ARGS__, .kind = ROUTE_POLL)
#define POLL_ANSWER(...) ROUTE(poll_answer, NULL, __VA_ARGS__, .kind = ROUTE_POLL_ANSWER)
#define REACTION(...) ROUTE(reaction, NULL, __VA_ARGS__, .kind = ROUTE_REACTION)
/* The reactions to a message where they are anonymous. */
#define REACTION_COUNT(...) ROUTE(reaction_count, NULL, __VA_ARGS__, .kind = ROUTE_REACTION_COUNT)
/* Members of a chat in which the bot is an administrator; OWN_MEMBER: the bot itself. */
#define MEMBER(...) ROUTE(member_change, NULL, __VA_ARGS__, .kind = ROUTE_MEMBER)
#define OWN_MEMBER(...) ROUTE(member_change, NULL, __VA_ARGS__, .kind = ROUTE_OWN_MEMBER)
#define JOIN_REQUEST(...) ROUTE(join_request, NULL, __VA_ARGS__, .kind = ROUTE_JOIN_REQUEST)
#define BOOST(...) ROUTE(boost, NULL, __VA_ARGS__, .kind = ROUTE_BOOST)
#define REMOVED_BOOST(...) ROUTE(removed_boost, NULL, __VA_ARGS__, .kind = ROUTE_REMOVED_BOOST)
/* A bot that this one manages was made or changed. */
#define MANAGED_BOT(...) ROUTE(managed_bot, NULL, __VA_ARGS__, .kind = ROUTE_MANAGED_BOT)
/* The person stopped a message that the bot was still writing (sendMessageDraft). */
#define STOPPED(...) ROUTE(stopped_generation, NULL, __VA_ARGS__, .kind = ROUTE_STOPPED)
/* WORK("remind:%lld", fn): what was put off with this slug (later.h), of at most 1024 bytes. */
#define WORK(slug, ...) ROUTE(work, slug, __VA_ARGS__, .kind = ROUTE_WORK)
/* JOB("unban:%lld", fn): a step of the job that ctx_jobf() started with this slug, of at most 1024
 * bytes: jobs.h. */
#define JOB(slug, ...) ROUTE(job, slug, __VA_ARGS__, .kind = ROUTE_JOB)
/* With the slug of a JOB() row: that job was paused, or cancelled and is over. */
#define JOB_STOPPED(slug, ...) ROUTE(job, slug, __VA_ARGS__, .kind = ROUTE_JOB_STOPPED)
/* Every update of any kind; it runs before routes further down, and usually returns PASS. */
#define ANY(...) ROUTE(any_update, NULL, __VA_ARGS__, .kind = ROUTE_ANY)
/* clang-format off */
#define END_OF_ROUTES { .kind = ROUTE_END }
/* clang-format on */

#endif
