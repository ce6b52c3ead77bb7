#include "simulator/bot_view.h"

#include <string.h>
#include <strings.h>

#define COMMAND_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/* "/name@this_bot", or "/name" unless another bot was the last to speak. */
static bool is_command_for(const struct world *world, const struct chat *chat, const char *text)
{
	size_t name, username;

	if (!text || *text != '/')
		return false;
	name = strspn(text + 1, COMMAND_LETTERS);
	if (name == 0)
		return false;
	text += 1 + name;
	if (*text != '@')
		return !chat->last_bot || chat->last_bot == world->bot;
	username = strspn(text + 1, COMMAND_LETTERS);
	return username == strlen(world->bot->username) &&
	       !strncasecmp(text + 1, world->bot->username, username);
}

bool bot_sees_message(const struct world *world, const struct draft *draft, const char *text)
{
	const struct chat *chat = draft->chat;
	const struct member *bot = chat_member(chat, world->bot);

	if (chat->person)
		return true;
	/* The last that it sees of a group is what the group has become. */
	if (!member_is_present(bot))
		return draft->is_service && chat->migrated_to;
	if (chat->type == CHAT_CHANNEL || draft->is_service || !world->privacy_mode ||
	    member_is_admin(bot))
		return true;
	if (draft->reply_to && draft->reply_to->from_bot)
		return true;
	return is_command_for(world, chat, text);
}
