#include "simulator/action_rights.h"

#include <string.h>

#include "common/xalloc.h"

/* What each needs: of members ChatPermissions, of administrators ChatAdministratorRights. */
static const struct need {
	const char *kind;
	enum permission permission;
	enum right right; /* 0: any administrator */
} needs[] = {
	{ "say", MAY_SEND_MESSAGES, 0 },
	{ "photo", MAY_SEND_PHOTOS, 0 },
	{ "sticker", MAY_SEND_OTHER, 0 },
	{ "video", MAY_SEND_VIDEOS, 0 },
	{ "animation", MAY_SEND_OTHER, 0 },
	{ "voice", MAY_SEND_VOICE_NOTES, 0 },
	{ "video_note", MAY_SEND_VIDEO_NOTES, 0 },
	{ "audio", MAY_SEND_AUDIOS, 0 },
	{ "document", MAY_SEND_DOCUMENTS, 0 },
	{ "location", MAY_SEND_MESSAGES, 0 },
	{ "venue", MAY_SEND_MESSAGES, 0 },
	{ "contact", MAY_SEND_MESSAGES, 0 },
	{ "poll", MAY_SEND_POLLS, 0 },
	{ "dice", MAY_SEND_OTHER, 0 },
	{ "reaction", MAY_REACT, 0 },
	{ "pin", MAY_PIN_MESSAGES, RIGHT_PIN_MESSAGES },
	{ "title", MAY_CHANGE_INFO, RIGHT_CHANGE_INFO },
	{ "topic", MAY_MANAGE_TOPICS, RIGHT_MANAGE_TOPICS },
};

/* What one does from outside, too; it has checks of its own. */
static bool is_for_outsiders(const char *kind)
{
	static const char *const outside[] = { "join",
					       "join_request",
					       "inline_query",
					       "chosen_inline_result",
					       "pre_checkout_query",
					       "shipping_query" };

	for (size_t i = 0; i < COUNT_OF(outside); i++) {
		if (!strcmp(outside[i], kind))
			return true;
	}
	return false;
}

static const struct need *need_of(const char *kind)
{
	for (size_t i = 0; i < COUNT_OF(needs); i++) {
		if (!strcmp(needs[i].kind, kind))
			return &needs[i];
	}
	return NULL;
}

static bool may(const struct member *member, const struct chat *chat, const struct need *need)
{
	if (need->right && member_is_admin(member))
		return member_has_right(member, need->right);
	return member_may(member, chat->permissions, need->permission);
}

const char *action_refusal(const struct action *action, const char *kind)
{
	const struct chat *chat = action->chat;
	const struct need *need = need_of(kind);
	struct member unknown = { .status = MEMBER_MEMBER };
	const struct member *member;

	if (chat->migrated_to)
		return "the group has become a supergroup: nobody can do anything in it";
	if (action->sender_chat && chat_bans_sender(chat, action->sender_chat->id))
		return "this channel is banned from the chat: see banChatSenderChat";
	if (chat->person || chat->type == CHAT_CHANNEL || !action->from || action->anonymous ||
	    action->sender_chat)
		return NULL;
	member = chat_member(chat, action->from);
	if (!member)
		member = &unknown;
	if (member->status == MEMBER_KICKED && !strcmp(kind, "join"))
		return "this person is banned from the chat";
	if (!member_is_present(member) && !is_for_outsiders(kind))
		return "this person is not in the chat";
	if (need && !may(member, chat, need))
		return "this person may not do that in the chat: see restrictChatMember and "
		       "setChatPermissions";
	return NULL;
}
