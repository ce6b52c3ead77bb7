/* rights.h - what an administrator may do and what a member may send, as bits with the names of the
 * Bot API (ChatAdministratorRights, ChatPermissions), in the order in which Telegram writes them.
 */
#ifndef SIMULATOR_RIGHTS_H
#define SIMULATOR_RIGHTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/json.h"

enum chat_type { CHAT_PRIVATE, CHAT_GROUP, CHAT_SUPERGROUP, CHAT_CHANNEL };

enum right {
	RIGHT_MANAGE_CHAT = 1 << 0,
	RIGHT_CHANGE_INFO = 1 << 1,
	RIGHT_POST_MESSAGES = 1 << 2,
	RIGHT_EDIT_MESSAGES = 1 << 3,
	RIGHT_DELETE_MESSAGES = 1 << 4,
	RIGHT_INVITE_USERS = 1 << 5,
	RIGHT_RESTRICT_MEMBERS = 1 << 6,
	RIGHT_PIN_MESSAGES = 1 << 7,
	RIGHT_MANAGE_TOPICS = 1 << 8,
	RIGHT_PROMOTE_MEMBERS = 1 << 9,
	RIGHT_MANAGE_VIDEO_CHATS = 1 << 10,
	RIGHT_POST_STORIES = 1 << 11,
	RIGHT_EDIT_STORIES = 1 << 12,
	RIGHT_DELETE_STORIES = 1 << 13,
	RIGHT_MANAGE_DIRECT_MESSAGES = 1 << 14,
	RIGHT_MANAGE_TAGS = 1 << 15,
	RIGHT_SEND_WELCOME_MESSAGES = 1 << 16,
	RIGHT_ANONYMOUS = 1 << 17,
};
#define RIGHTS_COUNT 18

enum permission {
	MAY_SEND_MESSAGES = 1 << 0,
	MAY_SEND_AUDIOS = 1 << 1,
	MAY_SEND_DOCUMENTS = 1 << 2,
	MAY_SEND_PHOTOS = 1 << 3,
	MAY_SEND_VIDEOS = 1 << 4,
	MAY_SEND_VIDEO_NOTES = 1 << 5,
	MAY_SEND_VOICE_NOTES = 1 << 6,
	MAY_SEND_POLLS = 1 << 7,
	MAY_SEND_OTHER = 1 << 8, /* stickers, animations, games, inline bots */
	MAY_ADD_PREVIEWS = 1 << 9,
	MAY_REACT = 1 << 10,
	MAY_EDIT_TAG = 1 << 11,
	MAY_CHANGE_INFO = 1 << 12,
	MAY_INVITE_USERS = 1 << 13,
	MAY_PIN_MESSAGES = 1 << 14,
	MAY_MANAGE_TOPICS = 1 << 15,
};
#define PERMISSIONS_COUNT 16
#define PERMISSIONS_ALL ((1u << PERMISSIONS_COUNT) - 1)
#define PERMISSIONS_MEDIA                                                           \
	(MAY_SEND_AUDIOS | MAY_SEND_DOCUMENTS | MAY_SEND_PHOTOS | MAY_SEND_VIDEOS | \
	 MAY_SEND_VIDEO_NOTES | MAY_SEND_VOICE_NOTES)

/* "can_restrict_members", … */
extern const char *const right_names[RIGHTS_COUNT];
extern const char *const permission_names[PERMISSIONS_COUNT];

/* Those that exist in a chat of the type, without RIGHT_ANONYMOUS. */
uint32_t rights_of_type(enum chat_type type);
/* What of `rights` counts in a chat of the type: whoever has any may see the chat's insides, too
 * (AdministratorRights in TDLib). */
uint32_t rights_fit(uint32_t rights, enum chat_type type);
/* The keys of an object that is open. */
void rights_write(struct json *json, uint32_t rights, enum chat_type type);
void permissions_write(struct json *json, uint32_t permissions);

/* The bits that an object {"can_…": bool} changes in `bits`; false for a name that is not in
 * `names`, which is then `*unknown`. */
bool rights_take(const json_t *object, const char *const *names, unsigned count, uint32_t *bits,
		 const char **unknown);
bool permissions_know(const char *name);
/* ChatPermissions as a caller gives them, with what one implies when they are not independent (Bot
 * API server, get_chat_permissions). */
uint32_t permissions_of(const json_t *object, bool independent);

#endif
