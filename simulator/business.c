#include "simulator/business.h"

#include <stdio.h>
#include <string.h>

#include "simulator/compose.h"

struct business_connection *business_connect(struct business *business, struct person *user,
					     int64_t now_s)
{
	struct business_connection *connection;

	for (size_t i = 0; i < business->count; i++) {
		if (business->items[i].user == user)
			return &business->items[i];
	}
	if (business->count == BUSINESS_CONNECTIONS_MAX)
		return NULL;
	connection = &business->items[business->count++];
	*connection = (struct business_connection) { .user = user, .date = now_s };
	snprintf(connection->id, sizeof(connection->id), "bCon%zu_%lld", business->count,
		 (long long)user->id);
	return connection;
}

const struct business_connection *business_find(const struct business *business, const char *id)
{
	for (size_t i = 0; i < business->count; i++) {
		if (!strcmp(business->items[i].id, id))
			return &business->items[i];
	}
	return NULL;
}

void business_write(struct json *json, const struct business_connection *connection)
{
	json_object_start(json);
	json_key_text(json, "id", connection->id);
	compose_key_person(json, "user", connection->user);
	json_key_int(json, "user_chat_id", connection->user->id);
	json_key_int(json, "date", connection->date);
	if (connection->can_reply) {
		json_key(json, "rights");
		json_object_start(json);
		json_key_bool(json, "can_reply", true);
		json_object_end(json);
	}
	json_key_bool(json, "can_reply", connection->can_reply);
	json_key_bool(json, "is_enabled", connection->is_enabled);
	json_object_end(json);
}
