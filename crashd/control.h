/* control.h - what koronectl asks of crashd over the 0600 socket KORONE_RUN_DIR/crashd.control:
 * "incidents" and "incident ID". A report holds the update, so it never goes over HTTP. */
#ifndef CRASHD_CONTROL_H
#define CRASHD_CONTROL_H

#include "common/loop.h"
#include "common/settings.h"
#include "crashd/incidents.h"
#include "crashd/store.h"

struct control;

/* Everything is borrowed for its life. NULL and a reason when the socket cannot be made. */
struct control *crashd_control_open(struct loop *loop, const struct settings *settings,
				    const struct incidents *incidents, const struct store *store,
				    struct why *why);
/* NULL is allowed. */
void crashd_control_close(struct control *control);

#endif
