/* tunnels.h - the proxy that programs of handlers (ctx_run() with `.web`) have for a network: each
 * program meets it on a socket of its own, which leads nowhere else (workers/child/own_network.h).
 *
 *   READING a head --it is allowed--> CONNECTING --the host is there--> PUMPING --> (gone)
 *         \___________________________________\___ REFUSING: says why ___/
 *
 * A connection is one tunnel (CONNECT), or one request of http and its answer. The host is judged
 * by the rules of fetches (target.h), and so is the address that it has when it is connected to; no
 * key is put into anything. */
#ifndef WORKERS_FETCHER_TUNNELS_H
#define WORKERS_FETCHER_TUNNELS_H

#include <stdint.h>

#include "common/loop.h"
#include "common/pack.h"
#include "common/why.h"
#include "workers/fetcher/target.h"

#define TUNNELS_MAX 64u               /* at once, of all programs */
#define TUNNELS_OF_PROGRAM 16u        /* at once */
#define TUNNELS_PROGRAMS_MAX 64u      /* more than a pool runs */
#define TUNNEL_BYTES_MAX (512u << 20) /* of a program, both ways together */
#define TUNNEL_HEAD_MS 10000u         /* for its request */
#define TUNNEL_IDLE_MS 60000u         /* without a byte either way */

struct tunnels;

/* NULL and a reason when libcurl, which looks up names and connects, cannot start. */
struct tunnels *tunnels_create(struct loop *loop, const struct target_rules *rules,
			       struct why *why);
void tunnels_destroy(struct tunnels *tunnels);
/* A program of this module comes to the listening socket, which is taken over. False: it is none,
 * or there are too many. */
bool tunnels_add(struct tunnels *tunnels, uint64_t id, struct text module, int listener);
/* The program has ended; what is open of it is closed. An unknown one is ignored. */
void tunnels_remove(struct tunnels *tunnels, uint64_t id);
/* No new connections any more: the next fetcher takes them. */
void tunnels_leave(struct tunnels *tunnels);

#endif
