/* access.h - whether a row's columns admit this person in this chat, and what they are told if
 * not. */
#ifndef WORKERS_HOST_ACCESS_H
#define WORKERS_HOST_ACCESS_H

#include "workers/host/ctx.h"

enum access {
	ACCESS_GRANTED,
	ACCESS_SILENT, /* not for them, and they are told nothing */
	ACCESS_ONLY_PRIVATE,
	ACCESS_ONLY_GROUP,
	ACCESS_NOT_CONNECTED, /* only in groups, or with a connection to one */
	ACCESS_NOT_MEMBER,
	ACCESS_BOT_ABSENT, /* from that chat */
	ACCESS_ANONYMOUS,  /* an administrator who writes in the name of the group */
	ACCESS_NOT_ADMIN,
	ACCESS_LACKS_RIGHT,
	ACCESS_NOT_OWNER,
	ACCESS_BOT_LACKS_RIGHT,
	ACCESS_UNKNOWN,     /* Telegram did not say */
	ACCESS_HIDDEN,      /* Telegram does not say to a bot that is no administrator */
	ACCESS_NOT_WRITTEN, /* allowed, had the person written it */
	ACCESS_ADMIN_OR_PRIVATE,
};

enum access access_check(struct ctx *ctx, const struct row *row);
/* The common result of two rows of a command that both refused. */
enum access access_join(enum access first, enum access second);
/* Whether a person, or the bot, has this right in a chat; everybody has it in a private one. */
enum access access_of_person(struct ctx *ctx, enum right right, const struct chat *chat,
			     const struct user *user);
enum access access_of_member(struct ctx *ctx, const struct chat *chat, const struct user *user);
enum access access_of_bot(struct ctx *ctx, enum right right, const struct chat *chat);
/* Why not, in the language of the answer; NULL: nothing is to be said. */
const char *access_reason(struct ctx *ctx, enum access access);
/* Tells the person, once, why a command or button did nothing. */
void access_explain(struct ctx *ctx, enum access access);

#endif
