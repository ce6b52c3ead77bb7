/* filling.h - {first} and the like in kept texts: text from somebody else that must not become
 * markup, and must not move the formatting around it. */
#ifndef WORKERS_HOST_FILLING_H
#define WORKERS_HOST_FILLING_H

#include "workers/host/ctx.h"
#include "workers/host/kept.h"

/* Those of one text that are filled; more stay as they are. */
#define FILLINGS_MAX 64
#define FILLING_NAME_MAX 31

/* What draft_fill() said. */
struct filling {
	const char *name, *text, *url; /* url NULL: none */
	const struct filling *next;
};

/* Fills one kept text. */
struct filler {
	struct ctx *ctx;
	const struct user *about;       /* NULL: about nobody */
	const struct filling *fillings; /* of the module */
	size_t used;                    /* how many were filled */
	const char *members;            /* what Telegram said; NULL: not asked yet */
};

/* Adds the text with its entities. Of which nothing would be left is added as it was written. */
void filling_add(struct filler *filler, const struct kept *kept, struct markup *out);
/* The label of a button. */
const char *filling_label(struct filler *filler, const char *label);

#endif
