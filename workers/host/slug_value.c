/* slug_value.c - a value of the current row's slug, for its handler. */
#include "workers/host/ctx.h"

static const union format_value *find_value(struct ctx *ctx, size_t index, enum format_type type)
{
	const struct slug_values *values = ctx->slug_values;
	const struct format *format = values ? &values->slug->format : NULL;

	if (format && index < format->count && format->conversions[index].type == type)
		return &values->values[index];
	ctx_fail(ctx, "%s has no %s with the index %zu",
		 values ? values->slug->literal : "this route",
		 type == FORMAT_TEXT ? "text" : "number", index);
	return NULL;
}

int64_t slug_integer(struct ctx *ctx, size_t index)
{
	const union format_value *value = find_value(ctx, index, FORMAT_INTEGER);

	return value ? value->integer : 0;
}

const char *slug_text(struct ctx *ctx, size_t index)
{
	const union format_value *value = find_value(ctx, index, FORMAT_TEXT);

	return value ? value->text : "";
}
