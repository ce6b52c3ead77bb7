/* call.h - a call to the Bot API on its way from a child through the parent to the sender, and its
 * result. */
#ifndef WORKERS_WIRE_CALL_H
#define WORKERS_WIRE_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/pack.h"
#include "common/why.h"
#include "workers/wire/call_name.h"

/* No method of the Bot API: the sender forgets who may do what in the call's chat (rights.h), and
 * answers once it has. */
#define CALL_FORGET_RIGHTS "korone/forgetRights"

/* No method of the Bot API: {"file_id": …}, whose file is to be written into the descriptor that
 * comes with the call (workers/sender/download.h). */
#define CALL_DOWNLOAD "korone/download"

/* No method of the Bot API: a program that a keeper runs, for the module whose number is in the
 * place of the chat (workers/host/run.c, workers/child/keeper.c). */
#define CALL_RUN "korone/run"

/* A file that goes with a call, at most CALL_FILES_MAX of them; createNewStickerSet takes 50. */
#define CALL_FILES_MAX 50u

struct call_file {
	struct text part;  /* of the form: a parameter says "attach://PART" */
	struct text name;  /* "" or nil: "file" */
	struct text bytes; /* nil: they are in the file that `descriptor` has open */
	int descriptor;    /* its owner's; passed beside the encoded call */
};

/* Moderation goes before answers, and answers before bulk. Only the sender says what is moderation:
 * by the method (method.h). */
enum call_class { CALL_ANSWER, CALL_BULK, CALL_MODERATION, CALL_CLASSES };

struct call {
	int64_t chat_id; /* the chat whose order it keeps; 0: none */
	enum call_class class;
	bool at_most_once;  /* not repeated when it may have been made already */
	bool want_result;   /* a child waits for the result */
	bool own;           /* a question of the host, of no module; stays in this process */
	struct text method; /* "sendMessage" */
	struct text body;   /* JSON object of the parameters */
	struct call_name name;
	int64_t said_s; /* UTC, from when its durations count (call_end.h); 0: it has none */
	/* With any, it is sent as multipart/form-data. */
	const struct call_file *files;
	size_t files_count;
	uint8_t at_once; /* CALL_RUN: programs of that module; stays in the head of the frame */
};

enum call_status {
	CALL_OK,
	CALL_REFUSED,  /* Telegram refused: error_code and description */
	CALL_FAILED,   /* no answer: it was not made, or may be made again */
	CALL_IN_DOUBT, /* no answer that tells either way: Telegram may have done it */
};

struct call_result {
	enum call_status status;
	int error_code;
	struct text description;
	int64_t migrate_to_chat_id;
	uint32_t retry_after_s;
	struct text result; /* JSON of "result"; only for want_result */
};

void call_encode(const struct call *call, struct buffer *out);
/* Borrows from the bytes; `files` has room for CALL_FILES_MAX and is what out->files points to. The
 * descriptors are -1: they come beside it, in the order of the files without bytes. */
MUST_CHECK bool call_decode(struct cursor *cursor, struct call *out, struct call_file *files);
/* How many of its files are in descriptors. */
size_t call_count_descriptors(const struct call *call);
void call_result_encode(const struct call_result *result, struct buffer *out);
MUST_CHECK bool call_result_decode(struct cursor *cursor, struct call_result *out);

/* Telegram refuses the call as it is (400, 403), and will refuse it again. */
bool call_is_refused(const struct call_result *result);

/* The chat that a chat_id written as text names by its number; 0: none (a username, NULL). */
int64_t call_chat_of_text(const char *text);

/* The parameters as form fields, for an upload: strings as they are, everything else as JSON. False
 * when the body is not a JSON object. */
typedef void call_field_fn(void *owner, const char *name, const char *value);
bool call_form_fields(const struct call *call, call_field_fn *fn, void *owner);
/* The body with another chat_id, for the caller to free; NULL when it is not a JSON object. */
char *call_body_moved(const struct call *call, int64_t chat_id);

#endif
