#include "simulator/method_content.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/ascii.h"
#include "simulator/call_message.h"
#include "simulator/compose.h"
#include "simulator/markup.h"
#include "simulator/seeded_random.h"
#include "simulator/sending.h"
#include "simulator/sim.h"

/* Location.cpp in TDLib, sendLocation */
#define LIVE_MIN_S 60
#define LIVE_MAX_S 86400
#define LIVE_FOREVER 0x7fffffff
#define HEADING_MAX 360
#define PROXIMITY_MAX_M 100000
#define ACCURACY_MAX_M 1500

/* The members that build() wrote are sent. */
static void send_content(struct call *call, struct buffer *members, enum permission permission,
			 const char *plural)
{
	struct sending sending = { .permission = permission,
				   .plural = plural,
				   .content = arena_strdup(call->arena, buffer_text(members)) };

	buffer_finish(members);
	if (sending_begin(call, &sending))
		sending_finish(call, &sending);
}

static bool coordinate(struct call *call, const char *name, double limit, double *out)
{
	const char *text = parameters_text(call->parameters, name);

	if (!*text)
		return call_fail(call, 400, "Bad Request: %s is empty", name);
	*out = strtod(text, NULL);
	return (*out >= -limit && *out <= limit) ||
	       call_fail(call, 400, "Bad Request: invalid location specified");
}

/* What has a live period, heading and radius of alerts, each 0 for none. */
struct place {
	double latitude, longitude, accuracy_m;
	int64_t live_s, heading, proximity_m;
};

static bool take_place(struct call *call, struct place *place)
{
	const struct parameters *parameters = call->parameters;

	place->accuracy_m = strtod(parameters_text(parameters, "horizontal_accuracy"), NULL);
	place->live_s = parameters_int(parameters, "live_period", 0, INT32_MIN, INT32_MAX);
	place->heading = parameters_int(parameters, "heading", 0, INT32_MIN, INT32_MAX);
	place->proximity_m = parameters_int(parameters, "proximity_alert_radius", 0, INT32_MIN,
					    INT32_MAX);
	if (!coordinate(call, "latitude", 90, &place->latitude) ||
	    !coordinate(call, "longitude", 180, &place->longitude))
		return false;
	if (place->live_s != 0 && place->live_s != LIVE_FOREVER &&
	    (place->live_s < LIVE_MIN_S || place->live_s > LIVE_MAX_S))
		return call_fail(call, 400, "Bad Request: wrong live location period specified");
	if (place->heading < 0 || place->heading > HEADING_MAX)
		return call_fail(call, 400, "Bad Request: wrong live location heading specified");
	if (place->proximity_m < 0 || place->proximity_m > PROXIMITY_MAX_M)
		return call_fail(
			call, 400,
			"Bad Request: wrong live location proximity alert radius specified");
	return true;
}

static void write_place(struct json *json, const struct place *place)
{
	json_key(json, "location");
	json_object_start(json);
	json_key(json, "latitude");
	json_double(json, place->latitude);
	json_key(json, "longitude");
	json_double(json, place->longitude);
	if (place->accuracy_m > 0) {
		json_key(json, "horizontal_accuracy");
		json_double(json, place->accuracy_m < ACCURACY_MAX_M ? place->accuracy_m
								     : ACCURACY_MAX_M);
	}
	if (place->live_s)
		json_key_int(json, "live_period", place->live_s);
	if (place->heading)
		json_key_int(json, "heading", place->heading);
	if (place->proximity_m)
		json_key_int(json, "proximity_alert_radius", place->proximity_m);
	json_object_end(json);
}

void method_send_location(struct call *call)
{
	struct buffer members = { 0 };
	struct json json = json_start(&members);
	struct place place;

	if (!take_place(call, &place))
		return;
	write_place(&json, &place);
	send_content(call, &members, MAY_SEND_MESSAGES,
		     place.live_s ? "live locations" : "locations");
}

/* The bot's live location of the call; false after call_fail(). */
static bool live_location(struct call *call, struct message **out)
{
	if (!call_chat(call, true) || !call_message(call, "message to edit", out))
		return false;
	return ((*out)->from_bot && (*out)->content && strstr((*out)->content, "live_period")) ||
	       call_fail(call, 400, "Bad Request: message can't be edited");
}

static void answer_edited(struct call *call, struct message *message, const char *markup)
{
	free(message->markup);
	message->markup = markup ? xstrdup(markup) : NULL;
	message->edit_date = sim_now_s(call->sim);
	messages_changed(&call->sim->messages, message);
	compose_stored(&call->result, message);
}

void method_edit_live_location(struct call *call)
{
	struct buffer members = { 0 };
	struct json json = json_start(&members);
	struct message *message;
	const char *markup;
	struct place place;

	if (!take_place(call, &place) || !send_markup(call, &markup) ||
	    !live_location(call, &message))
		return;
	if (!place.live_s)
		place.live_s = strtoll(strstr(message->content, "live_period") + 13, NULL, 10);
	write_place(&json, &place);
	if (!strcmp(buffer_text(&members), message->content)) {
		call_fail(call, 400,
			  "Bad Request: message is not modified: specified new message content "
			  "and reply markup are exactly the same as a current content and reply "
			  "markup of the message");
	} else {
		free(message->content);
		message->content = xstrdup(buffer_text(&members));
		answer_edited(call, message, markup);
	}
	buffer_finish(&members);
}

void method_stop_live_location(struct call *call)
{
	struct message *message;
	const char *markup;
	char *live;

	if (!send_markup(call, &markup) || !live_location(call, &message))
		return;
	live = strstr(message->content, ",\"live_period");
	strcpy(live, "}");
	answer_edited(call, message, markup);
}

static void key_text(struct call *call, struct json *json, const char *name)
{
	const char *text = parameters_text(call->parameters, name);

	if (*text)
		ascii_key_text(json, name, text);
}

void method_send_venue(struct call *call)
{
	static const char *const names[] = { "foursquare_id", "foursquare_type", "google_place_id",
					     "google_place_type" };
	struct buffer members = { 0 };
	struct json json = json_start(&members);
	struct place place;

	if (!take_place(call, &place))
		return;
	place.live_s = 0;
	json_key(&json, "venue");
	json_object_start(&json);
	write_place(&json, &place);
	ascii_key_text(&json, "title", parameters_text(call->parameters, "title"));
	ascii_key_text(&json, "address", parameters_text(call->parameters, "address"));
	for (size_t i = 0; i < COUNT_OF(names); i++)
		key_text(call, &json, names[i]);
	json_object_end(&json);
	write_place(&json, &place); /* for clients from before venues */
	send_content(call, &members, MAY_SEND_MESSAGES, "venues");
}

static bool require(struct call *call, const char *name)
{
	return *parameters_text(call->parameters, name) ||
	       call_fail(call, 400, "Bad Request: parameter \"%s\" is required", name);
}

void method_send_contact(struct call *call)
{
	struct buffer members = { 0 };
	struct json json = json_start(&members);

	if (!require(call, "phone_number") || !require(call, "first_name"))
		return;
	json_key(&json, "contact");
	json_object_start(&json);
	key_text(call, &json, "phone_number");
	key_text(call, &json, "first_name");
	key_text(call, &json, "last_name");
	key_text(call, &json, "vcard");
	json_object_end(&json);
	send_content(call, &members, MAY_SEND_MESSAGES, "contacts");
}

/* Dice and their highest values (Dice.value). */
void method_send_dice(struct call *call)
{
	static const struct {
		const char *emoji;
		int sides;
	} dice[] = { { "🎲", 6 }, { "🎯", 6 }, { "🎳", 6 }, { "🏀", 5 }, { "⚽", 5 }, { "🎰", 64 } };
	const char *emoji = parameters_text(call->parameters, "emoji");
	struct buffer members = { 0 };
	struct json json = json_start(&members);
	size_t which = 0;

	while (*emoji && which < COUNT_OF(dice) && strcmp(dice[which].emoji, emoji) != 0)
		which++;
	if (which == COUNT_OF(dice)) {
		call_fail(call, 400, "Bad Request: EMOTICON_INVALID");
		return;
	}
	json_key(&json, "dice");
	json_object_start(&json);
	ascii_key_text(&json, "emoji", dice[which].emoji);
	json_key_int(
		&json, "value",
		1 + (int64_t)seeded_random_below(&call->sim->random, (uint64_t)dice[which].sides));
	json_object_end(&json);
	send_content(call, &members, MAY_SEND_OTHER, "dice");
}
