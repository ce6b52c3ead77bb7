/* http_places.h - the connection slots of an HTTP server: who has one, what for, and who must give
 * it up.
 *
 * A connection has a place from accept to close, and everything that it does is limited in time, so
 * that nobody keeps a place by being slow: sending a head, completing a request including its
 * answer, and waiting for the next request. Pure: the servers ask, and close connections
 * themselves. */
#ifndef COMMON_HTTP_PLACES_H
#define COMMON_HTTP_PLACES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

enum http_phase {
	HTTP_PHASE_HEAD,    /* from accept, or a request's first byte, to the head's end */
	HTTP_PHASE_REQUEST, /* its body is arriving, or its answer is being sent */
	HTTP_PHASE_OWNER,   /* we are working on its answer: this time is not the client's */
	HTTP_PHASE_IDLE,    /* kept alive for another request */
};

/* Why a connection is closed. */
enum http_end {
	HTTP_END_NONE,
	HTTP_END_HEAD,    /* a head took too long, or none came */
	HTTP_END_REQUEST, /* a body, or reading its answer, took too long */
	HTTP_END_IDLE,    /* no further request came */
	HTTP_END_CROWDED, /* its place was needed */
};

struct http_limits {
	uint64_t head_ms;
	uint64_t head_crowded_ms; /* for a head while others wait for a place */
	uint64_t request_ms;      /* for a request, including its head and answer */
	uint64_t idle_ms;
};

/* Part of the server's own struct for a connection. */
struct http_place {
	LIST_ENTRY(http_place) link;
	enum http_phase phase;
	uint64_t since_ms;       /* when the request started; idle: when the last one ended */
	uint64_t owner_since_ms; /* HTTP_PHASE_OWNER */
	bool ended;              /* it is being closed */
};

struct http_places {
	struct http_limits limits;
	unsigned max, count;
	LIST_HEAD(http_place_list, http_place) all;
};

/* A new connection: its head is awaited. */
void http_place_take(struct http_places *places, struct http_place *place, uint64_t now_ms);
void http_place_leave(struct http_places *places, struct http_place *place);
void http_place_enter(struct http_place *place, enum http_phase phase, uint64_t now_ms);

/* Which limit it has exceeded, if any. */
enum http_end http_place_end(const struct http_places *places, const struct http_place *place,
			     uint64_t now_ms);
/* Whose place to give to a waiting connection: the one idle longest, else the one whose head has
 * been awaited longest. NULL: all are being served. */
struct http_place *http_places_victim(const struct http_places *places, uint64_t now_ms);
/* When the first of those whose head is awaited would be the victim; UINT64_MAX: nobody's is. */
uint64_t http_places_victim_at_ms(const struct http_places *places);

#endif
