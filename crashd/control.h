/* control.h - what koronectl asks crashd over the 0600 socket KORONE_RUN_DIR/crashd.control:
 * "incidents" and "incident ID". A report contains the update, so it is never served over HTTP. */
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
/* NULL is ignored. */
void crashd_control_close(struct control *control);

#endif
