#include "simulator/member.h"

#include <string.h>

#include "common/xalloc.h"

static const char *const status_names[] = {
	[MEMBER_CREATOR] = "creator", [MEMBER_ADMINISTRATOR] = "administrator",
	[MEMBER_MEMBER] = "member",   [MEMBER_RESTRICTED] = "restricted",
	[MEMBER_LEFT] = "left",       [MEMBER_KICKED] = "kicked",
};

const char *member_status_name(enum member_status status)
{
	return status_names[status];
}

bool member_status_find(const char *name, enum member_status *out)
{
	for (unsigned i = 0; i < COUNT_OF(status_names); i++) {
		if (!strcmp(status_names[i], name)) {
			*out = (enum member_status)i;
			return true;
		}
	}
	return false;
}

int64_t member_until(int64_t until_date, int64_t now_s)
{
	return until_date < now_s + MEMBER_UNTIL_MIN_S || until_date > now_s + MEMBER_UNTIL_MAX_S
		       ? 0
		       : until_date;
}

struct member member_with(struct person *person, enum member_status status, enum chat_type type)
{
	bool is_admin = status == MEMBER_CREATOR || status == MEMBER_ADMINISTRATOR;

	return (struct member) {
		.person = person,
		.status = status,
		.rights = is_admin ? rights_of_type(type) : 0,
	};
}

void member_expire(struct member *member, int64_t now_s)
{
	if (member->until_s == 0 || now_s <= member->until_s)
		return;
	member->until_s = 0;
	member->status = member->status == MEMBER_RESTRICTED && !member->away ? MEMBER_MEMBER
									      : MEMBER_LEFT;
	member->away = false;
	member->permissions = 0;
}

bool member_is_present(const struct member *member)
{
	switch (member->status) {
	case MEMBER_CREATOR:
	case MEMBER_ADMINISTRATOR:
	case MEMBER_MEMBER:
		return true;
	case MEMBER_RESTRICTED:
		return !member->away;
	case MEMBER_LEFT:
	case MEMBER_KICKED:
		break;
	}
	return false;
}

bool member_is_admin(const struct member *member)
{
	return member->status == MEMBER_CREATOR || member->status == MEMBER_ADMINISTRATOR;
}

bool member_has_right(const struct member *member, enum right right)
{
	return member->status == MEMBER_CREATOR ||
	       (member->status == MEMBER_ADMINISTRATOR && member->rights & right);
}

bool member_may(const struct member *member, uint32_t everyone, enum permission permission)
{
	if (member_is_admin(member))
		return true;
	if (!member_is_present(member))
		return false;
	return (member->status != MEMBER_RESTRICTED || member->permissions & permission) &&
	       everyone & permission;
}

bool member_equals(const struct member *a, const struct member *b)
{
	return a->status == b->status && a->away == b->away && a->rights == b->rights &&
	       a->permissions == b->permissions && a->until_s == b->until_s;
}
