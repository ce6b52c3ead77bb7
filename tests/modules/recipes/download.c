/* download.c - reads a file that somebody sends: how many lines it has. */
#include "workers/module.h"

static enum verdict count(struct ctx *ctx, const struct message *message)
{
	const struct file *file = ctx_file(ctx, message->media->file_id);
	const char *text = file_bytes(file);
	long long lines = 0;

	if (file_error(file)[0])
		return ctx_reply(ctx, "%s", file_error(file));
	for (int64_t i = 0; i < file_size(file); i++)
		lines += text[i] == '\n';
	return ctx_reply(ctx, _("<b>%s</b>: %lld lines, %lld bytes"), message->media->name, lines,
			 (long long)file_size(file));
}

static const struct route routes[] = {
	MESSAGE(count, .contents = CONTENT_DOCUMENT, .private = true),
	END_OF_ROUTES,
};

const struct module download_recipe = { .name = "recipe_download", .routes = routes };
