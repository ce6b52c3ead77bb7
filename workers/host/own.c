/* own.c - see own.h. */
#include "workers/host/own.h"

#include "workers/host/act.h"

static const struct route routes[] = {
	BUTTON(UNDO_BUTTON, undo_press),
	END_OF_ROUTES,
};

const struct module own_module = { .name = "korone", .routes = routes };
