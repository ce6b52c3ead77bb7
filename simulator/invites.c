#include "simulator/invites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/ascii.h"
#include "simulator/compose.h"

#define FIRST_QUERY_ID 6012345678900000000

void invites_finish(struct invites *invites)
{
	for (size_t i = 0; i < invites->count; i++) {
		free(invites->items[i]->name);
		free(invites->items[i]);
	}
	free(invites->items);
	free(invites->requests);
	*invites = (struct invites) { 0 };
}

struct invite *invites_add(struct invites *invites, struct chat *chat, struct person *creator)
{
	struct invite *invite = xmalloc(sizeof(*invite));
	uint64_t mixed = (invites->count + 1) * 0x9e3779b97f4a7c15u;

	*invite = (struct invite) { .chat = chat, .name = xstrdup(""), .creator = creator };
	snprintf(invite->link, sizeof(invite->link), "https://t.me/+%016llx",
		 (unsigned long long)mixed);
	invites->items = xreallocarray(invites->items, invites->count + 1, sizeof(*invites->items));
	invites->items[invites->count++] = invite;
	return invite;
}

struct invite *invites_find(const struct invites *invites, const char *link)
{
	for (size_t i = 0; i < invites->count; i++) {
		if (!strcmp(invites->items[i]->link, link))
			return invites->items[i];
	}
	return NULL;
}

struct invite *invites_primary(const struct invites *invites, const struct chat *chat,
			       const struct person *creator)
{
	for (size_t i = invites->count; i-- > 0;) {
		struct invite *invite = invites->items[i];

		if (invite->chat == chat && invite->creator == creator && invite->is_primary &&
		    !invite->is_revoked)
			return invite;
	}
	return NULL;
}

void invite_rename(struct invite *invite, const char *name)
{
	free(invite->name);
	invite->name = xstrdup(name);
}

bool invite_is_open(const struct invite *invite, int64_t now_s)
{
	return !invite->is_revoked && (!invite->expire_s || now_s < invite->expire_s) &&
	       (!invite->member_limit || invite->members < invite->member_limit);
}

void invite_write(struct json *json, const struct invite *invite)
{
	json_object_start(json);
	json_key_text(json, "invite_link", invite->link);
	if (*invite->name)
		ascii_key_text(json, "name", invite->name);
	compose_key_person(json, "creator", invite->creator);
	if (invite->expire_s)
		json_key_int(json, "expire_date", invite->expire_s);
	if (invite->member_limit)
		json_key_int(json, "member_limit", invite->member_limit);
	if (invite->pending)
		json_key_int(json, "pending_join_request_count", invite->pending);
	if (invite->subscription_stars) {
		json_key_int(json, "subscription_period", SUBSCRIPTION_PERIOD_S);
		json_key_int(json, "subscription_price", invite->subscription_stars);
	}
	json_key_bool(json, "creates_join_request", invite->by_request);
	json_key_bool(json, "is_primary", invite->is_primary);
	json_key_bool(json, "is_revoked", invite->is_revoked);
	json_object_end(json);
}

struct join_request *invites_request(struct invites *invites, struct chat *chat,
				     struct person *person, const struct invite *invite,
				     int64_t now_s, bool with_query)
{
	struct join_request *request = invites_find_request(invites, chat, person);

	if (request)
		return request;
	invites->requests = xreallocarray(invites->requests, invites->requests_count + 1,
					  sizeof(*invites->requests));
	request = &invites->requests[invites->requests_count++];
	*request = (struct join_request) {
		.chat = chat,
		.person = person,
		.invite = invite,
		.since_s = now_s,
		.query_id = with_query ? FIRST_QUERY_ID + ++invites->queries : 0,
	};
	person->reachable_until_s = now_s + JOIN_WRITE_S;
	return request;
}

struct join_request *invites_find_request(const struct invites *invites, const struct chat *chat,
					  const struct person *person)
{
	for (size_t i = 0; i < invites->requests_count; i++) {
		if (invites->requests[i].chat == chat && invites->requests[i].person == person)
			return &invites->requests[i];
	}
	return NULL;
}

struct join_request *invites_find_query(const struct invites *invites, int64_t query_id,
					int64_t now_s)
{
	for (size_t i = 0; query_id && i < invites->requests_count; i++) {
		struct join_request *request = &invites->requests[i];

		if (request->query_id == query_id && now_s - request->since_s <= JOIN_QUERY_S)
			return request;
	}
	return NULL;
}

void invites_take_away(struct invites *invites, struct join_request *request)
{
	request->person->reachable_until_s = 0;
	*request = invites->requests[--invites->requests_count];
}
