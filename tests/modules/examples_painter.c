/* examples_painter.c - a command that is there only where its program is. */
#include "workers/module.h"

static enum verdict paint(struct ctx *ctx, const struct command *cmd)
{
	const struct file *picture = ctx_run(ctx, &(struct program) { .seconds = 10 }, "painter %s",
					     cmd->args[0] ? cmd->args : "nothing");

	return ctx_reply(ctx, "%s", (const char *)file_bytes(picture));
}

const struct module painter_example = {
	.name = "painter",
	.title = "Painter",
	.routes = (const struct route[]) { COMMAND("paint", paint, .help = "paint something",
						   .program = "painter"),
					   END_OF_ROUTES },
	.programs = PROGRAMS("painter"),
};
