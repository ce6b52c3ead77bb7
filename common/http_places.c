/* http_places.c - the list of connections: their phases, their limits, and the victim. */
#include "common/http_places.h"

#include <stddef.h>

void http_place_take(struct http_places *places, struct http_place *place, uint64_t now_ms)
{
	*place = (struct http_place) { .phase = HTTP_PHASE_HEAD, .since_ms = now_ms };
	LIST_INSERT_HEAD(&places->all, place, link);
	places->count++;
}

void http_place_leave(struct http_places *places, struct http_place *place)
{
	LIST_REMOVE(place, link);
	places->count--;
}

void http_place_enter(struct http_place *place, enum http_phase phase, uint64_t now_ms)
{
	enum http_phase before = place->phase;

	switch (phase) {
	case HTTP_PHASE_HEAD:
	case HTTP_PHASE_IDLE:
		place->since_ms = now_ms;
		break;
	case HTTP_PHASE_OWNER:
		place->owner_since_ms = now_ms;
		if (before == HTTP_PHASE_IDLE)
			place->since_ms = now_ms;
		break;
	case HTTP_PHASE_REQUEST:
		if (before == HTTP_PHASE_OWNER)
			place->since_ms += now_ms - place->owner_since_ms;
		else if (before == HTTP_PHASE_IDLE)
			place->since_ms = now_ms;
		break;
	}
	place->phase = phase;
}

enum http_end http_place_end(const struct http_places *places, const struct http_place *place,
			     uint64_t now_ms)
{
	uint64_t age_ms = now_ms - place->since_ms;

	switch (place->phase) {
	case HTTP_PHASE_HEAD:
		return age_ms >= places->limits.head_ms ? HTTP_END_HEAD : HTTP_END_NONE;
	case HTTP_PHASE_REQUEST:
		return age_ms >= places->limits.request_ms ? HTTP_END_REQUEST : HTTP_END_NONE;
	case HTTP_PHASE_IDLE:
		return age_ms >= places->limits.idle_ms ? HTTP_END_IDLE : HTTP_END_NONE;
	case HTTP_PHASE_OWNER:
		return HTTP_END_NONE;
	}
	return HTTP_END_NONE;
}

static struct http_place *oldest(const struct http_places *places, enum http_phase phase)
{
	struct http_place *found = NULL;

	for (struct http_place *place = LIST_FIRST(&places->all); place;
	     place = LIST_NEXT(place, link))
		if (place->phase == phase && !place->ended &&
		    (!found || place->since_ms < found->since_ms))
			found = place;
	return found;
}

struct http_place *http_places_victim(const struct http_places *places, uint64_t now_ms)
{
	struct http_place *idle = oldest(places, HTTP_PHASE_IDLE);
	struct http_place *head = idle ? NULL : oldest(places, HTTP_PHASE_HEAD);

	if (idle)
		return idle;
	return head && now_ms - head->since_ms >= places->limits.head_crowded_ms ? head : NULL;
}

uint64_t http_places_victim_at_ms(const struct http_places *places)
{
	const struct http_place *head = oldest(places, HTTP_PHASE_HEAD);

	return head ? head->since_ms + places->limits.head_crowded_ms : UINT64_MAX;
}
