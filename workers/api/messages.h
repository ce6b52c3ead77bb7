/* messages.h - what a message holds, and the whole update. */
#ifndef WORKERS_API_MESSAGES_H
#define WORKERS_API_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/api/calls.h"
#include "workers/api/people.h"

/* A file that Telegram has: an animation, audio, document, live photo, photo (its largest size),
 * sticker, video, video note or voice message. */
struct media {
	const char *kind; /* Bot API "Message", the field that holds it: "photo", "video_note", … */
	const char *file_id, *unique_id;
	const char *still_id;    /* of a live photo: its picture without motion; else "" */
	const char *name, *type; /* file name and media type, as the sender says */
	int64_t size, seconds;   /* bytes; 0: unknown */
	int64_t width, height;   /* pixels; 0: unknown, or none */
	bool spoiler;            /* covered until somebody taps on it */
};

/* Bot API "MessageEntity", in bytes of the text: `size` bytes at text + start. */
struct message_entity {
	const char *type; /* "bold", "url", "mention", "text_link", … */
	size_t start, size;
	const char *value; /* the URL of a text_link, the language of pre, the id of a custom_emoji,
			    * the format of a date_time */
	int64_t unix_s;    /* date_time */
	const struct user *user; /* text_mention; else NULL */
};

/* Bot API "MessageOrigin": just one of the first three says who wrote it. All may be missing. */
struct origin {
	const struct user *user;
	const struct chat *chat; /* a channel, or the group of an anonymous administrator */
	const char *name;        /* of a person who does not let others see who they are */
	int64_t message_id;      /* in the channel; 0: unknown */
	int64_t date_s;          /* UTC */
};

/* A button below a message that opens a link. */
struct message_link {
	const char *label, *url;
	size_t row;
};

/* Bot API "Message". */
struct message {
	const struct chat *chat;
	const struct user *from;        /* a stand-in when sender_chat is set; NULL: nobody, which
					 * only POST(), EDITED_POST() and replies have */
	const struct chat *sender_chat; /* a channel, or this group (an anonymous administrator, the
					 * group's own posts); NULL: a person wrote it */
	int64_t id;                     /* 0 for a message that only one person sees */
	int64_t topic;                  /* of a forum; 0: none */
	int64_t date_s;                 /* UTC; 0: Telegram tells nothing more about it */
	const char *album;              /* the same for all messages of an album; "" none */
	const char *text;               /* or the caption; a rich message as lines of text */
	const struct message_entity *entities; /* in the order in which they begin */
	size_t entities_count;
	const struct media *media;        /* NULL: none; of a rich message, the first */
	const struct message_link *links; /* from top to bottom */
	size_t links_count;
	/* What it replies to, in this chat and topic; NULL: nothing. That one's `reply` is NULL. */
	const struct message *reply;
	/* The same in another chat or topic: text is "", and chat is NULL unless Telegram names
	 * it. */
	const struct message *reply_elsewhere;
	/* How it is shown: the link that is previewed (a URL, "" for the first of the text; NULL:
	 * none), and those of DRAFT_TEXT_ABOVE and DRAFT_PREVIEW_… that apply. */
	const char *preview;
	unsigned look;
	const char *quote;            /* the part of what it replies to that it quotes; "" none */
	const struct origin *forward; /* NULL: it was not forwarded */
	const struct user *via_bot;   /* the inline bot that made it; NULL: none */
	bool edited;
	bool automatic; /* a channel's post that Telegram forwarded to the channel's group */
};

/* The message that this update is about: what was written or edited, or the one with the pressed
 * button. NULL for other kinds. It is read when first asked for. */
const struct message *ctx_find_message(struct ctx *ctx);

/* The address of a message in the chat in hand, which its members can open; "" in a basic group,
 * whose messages have none. */
const char *ctx_message_url(struct ctx *ctx, int64_t message_id);

/* What kinds of content the message of this update has: bits of enum content (routes.h). */
unsigned ctx_contents(const struct ctx *ctx);

/* Who wrote it: whom a command is about that replies to it. Whoever forwarded something wrote it
 * here. Neither is set when Telegram names nobody. */
struct target message_author(const struct message *message);
/* The person or (negative) the chat with this id, as the update names them, else by id alone. */
struct target target_of(struct ctx *ctx, int64_t id);

/* The whole update, by the same paths as the result of a call:
 *
 *     answer_text(ctx_update(ctx), "message.reply_to_message.sticker.set_name")
 *
 * Only what is asked for is read. */
const struct answer *ctx_update(struct ctx *ctx);

#endif
