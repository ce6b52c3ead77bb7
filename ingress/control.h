/* control.h - what operators ask of ingress with koronectl, over KORONE_RUN_DIR/ingress.control:
 *
 *     backlog                    what waits, by age and by lane (JSON)
 *     set-aside list             malformed updates (JSON)
 *     set-aside show NUMBER      the bytes of one
 *     set-aside retry NUMBER     takes it as if it had just come; refused while it is malformed
 *     set-aside drop NUMBER      forgets it
 *     drain [off]                takes no more updates; what is there is handled (JSON)
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

/* NULL and a reason on failure. */
struct control *control_open(const struct control_options *options, struct why *why);
/* NULL is allowed. */
void control_close(struct control *control);
/* The answer to one command, without a socket: for tests. */
MUST_CHECK bool control_run(struct control *control, char *const words[], size_t count,
			    struct buffer *out, struct why *why);

#endif
