/* media.h - media that the bot sends: which file a parameter or an InputMedia object means, and
 * what Telegram tells of it. */
#ifndef SIMULATOR_MEDIA_H
#define SIMULATOR_MEDIA_H

#include <jansson.h>

#include "simulator/call.h"
#include "simulator/media_kind.h"

/* https://core.telegram.org/bots/api#sending-files; of a local server see
 * https://core.telegram.org/bots/api#using-a-local-bot-api-server */
#define MEDIA_UPLOAD_MAX (50 << 20)
#define MEDIA_LOCAL_UPLOAD_MAX (2000ll << 20)
#define MEDIA_PHOTO_MAX (10 << 20)
#define MEDIA_DOWNLOAD_MAX (20 << 20)
#define MEDIA_PHOTO_SIDES_MAX 10000 /* width and height together */
#define MEDIA_PHOTO_RATIO_MAX 20

/* Where the attributes of a file are: an InputMedia object, or the parameters of the call. */
struct media_source {
	struct call *call;
	const json_t *object; /* NULL: the parameters */
	const char *file;     /* name of the member that is the file: "photo", "media" */
};

/* The members of the message, as `"photo":[…]`, in the call's arena; NULL after call_fail(). */
const char *media_content(const struct media_source *source, enum media_kind kind);
/* The file of a member: an upload, attach://NAME, a file_id, a URL, or file:///PATH on a local
 * server. NULL after call_fail(). */
struct stored_file *media_file(const struct media_source *source, enum media_kind kind);
/* "" when it is missing. */
const char *media_text(const struct media_source *source, const char *name);

#endif
