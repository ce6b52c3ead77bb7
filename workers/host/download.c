/* download.c - files of messages, which the sender gets: it alone has the token. */
#include <string.h>

#include "workers/host/answer.h"
#include "workers/host/ctx.h"
#include "workers/host/file.h"

static const char *explain(struct ctx *ctx, int error_code)
{
	if (error_code == 413)
		return _("This file is too large.");
	if (error_code == 410)
		return _("This file is no longer there.");
	if (error_code == 507)
		return _("There is no room for this file now. Please try again later.");
	return _("The file could not be fetched. Please try again later.");
}

const struct file *ctx_file(struct ctx *ctx, const char *file_id)
{
	struct file *file = file_received(ctx, "file");
	struct json json = ctx_parameters(ctx);
	struct call call = { .method = text_of(CALL_DOWNLOAD), .want_result = true };
	struct call_result result = { .status = CALL_FAILED };
	const struct answer *answer;

	if (file_descriptor(file) < 0)
		return file;
	json_key_text(&json, "file_id", file_id);
	call.body = ctx_parameters_end(ctx, &json);
	call.files = &(struct call_file) { .part = text_of("file"),
					   .descriptor = file_descriptor(file) };
	call.files_count = 1;
	ctx->host->services.call(ctx->host->services.owner, &call, ctx->arena, &result);
	answer = answer_of_call(ctx, &result);
	if (answer_ok(answer))
		file_filled(file, answer_text(answer, "name"));
	else
		file_fail(file, explain(ctx, result.error_code));
	return file;
}
