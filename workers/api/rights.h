/* rights.h - what administrators may do. */
#ifndef WORKERS_API_RIGHTS_H
#define WORKERS_API_RIGHTS_H

/* What an administrator must be allowed to do; Bot API "ChatMemberAdministrator". */
enum right {
	RIGHT_NONE,  /* need not be an administrator */
	RIGHT_ADMIN, /* any administrator */
	RIGHT_OWNER, /* of the group; never the bot */
	RIGHT_CHANGE_INFO,
	RIGHT_DELETE_MESSAGES,
	RIGHT_INVITE_USERS,
	RIGHT_MANAGE_TAGS, /* of members */
	RIGHT_MANAGE_TOPICS,
	RIGHT_PIN_MESSAGES,
	RIGHT_POST_MESSAGES, /* in channels */
	RIGHT_PROMOTE_MEMBERS,
	RIGHT_RESTRICT_MEMBERS,
};

#endif
