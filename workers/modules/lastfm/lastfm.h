/* lastfm.h - what the files of the module share; the table of commands is in lastfm.c. */
#ifndef WORKERS_MODULES_LASTFM_LASTFM_H
#define WORKERS_MODULES_LASTFM_LASTFM_H

#include "workers/module.h"

#define LASTFM_API "https://ws.audioscrobbler.com/2.0/?format=json&method="
/* Where its covers are. */
#define LASTFM_COVERS "lastfm.freetls.fastly.net"
/* What is not about this very minute is not asked again for so long, in seconds. */
#define LASTFM_KEEP_S 3600
/* Whose, and three digits: of how many columns, of which period, whether with names on it. */
#define LASTFM_COLLAGE_BUTTON "lfmcollage:%lld:%.3s"

command_fn lastfm_compat, lastfm_collage;
button_fn lastfm_collage_again;
extern const struct field lastfm_compat_arguments[], lastfm_collage_arguments[];

/* Since when: Last.fm's own words, and people's; NULL at the end. */
extern const char *const lastfm_periods[], *const lastfm_period_labels[];

/* The name at Last.fm that they gave; NULL: none, or the store failed (ctx_has_failed()). */
const char *lastfm_name_of(struct ctx *ctx, const struct user *who);
enum verdict lastfm_ask_for_name(struct ctx *ctx);
/* Why there is no good answer, for people. */
const char *lastfm_explain(struct ctx *ctx, const struct answer *answer);
/* The URL of a cover, "" when it is the one that stands for none. */
const char *lastfm_cover(const char *url);
/* "Alice listened to", with a link to Alice. */
void lastfm_add_name(struct draft *draft, const struct user *who, const char *what);

#endif
