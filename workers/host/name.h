/* name.h - the names of messages (workers/api/names.h), as they go with calls. */
#ifndef WORKERS_HOST_NAME_H
#define WORKERS_HOST_NAME_H

#include <stdarg.h>

#include "workers/host/ctx.h"
#include "workers/wire/call_name.h"

/* The slug as it is written; NULL, and *why tells it, when it is none. */
const char *name_write(struct ctx *ctx, const char *slug, va_list arguments, struct why *why);
/* A use of this name in a chat by the module whose handler runs. */
struct call_name name_use(struct ctx *ctx, int64_t chat_id, const char *name, enum name_use use);
/* The call that deletes messages of the name, which the sender adds to it. */
void name_push_deletion(struct ctx *ctx, int64_t chat_id, struct text business_connection,
			const struct call_name *name);

#endif
