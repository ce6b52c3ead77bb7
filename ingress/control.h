/* control.h - commands that operators send with koronectl, over KORONE_RUN_DIR/ingress.control:
 *
 *     backlog                    updates not done, by age and by lane (JSON)
 *     set-aside list             quarantined updates (JSON)
 *     set-aside show NUMBER      its raw bytes
 *     set-aside retry NUMBER     takes it in as a new update; refused if it is still malformed
 *     set-aside drop NUMBER      deletes it
 *     drain [off]                stops taking updates; the backlog is still handled (JSON)
 *     user forget ID             what modules put off about a person is dropped, durably
 *     group forget ID            the same for a group
 */
#ifndef INGRESS_CONTROL_H
#define INGRESS_CONTROL_H

#include "common/command_socket.h"
#include "ingress/intake/intake.h"
#include "ingress/intake/poll.h"
#include "ingress/intake/webhook.h"

struct control_options {
	struct loop *loop;
	const char *run_dir;
	struct pools *pools;
	struct intake *intake;
	struct poller *poller;
	struct quarantine *quarantine;
	struct webhook *webhook; /* NULL: polling */
};

struct control;

/* Returns NULL with a reason on failure. */
struct control *control_open(const struct control_options *options, struct why *why);
/* NULL is allowed. */
void control_close(struct control *control);
/* Runs one command without the socket: for tests. */
MUST_CHECK bool control_run(struct control *control, char *const words[], size_t count,
			    struct buffer *out, struct why *why);

#endif
