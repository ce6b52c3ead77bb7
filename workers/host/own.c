/* own.c - see own.h. */
#include "workers/host/own.h"

#include "workers/host/act.h"
#include "workers/host/proof.h"

static const struct route routes[] = {
	BUTTON(UNDO_BUTTON, undo_press),
	BUTTON(PROOF_BUTTON, proof_press),
	END_OF_ROUTES,
};

const struct module own_module = { .name = "korone", .routes = routes };
