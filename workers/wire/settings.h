/* settings.h - passes the settings from the parent to the nursery over their socket.
 *
 * Not through the environment: handlers get exactly what is packed here, without the bot token and
 * the place of the CURVE keys, and /proc/PID/environ of a child shows no secret. */
#ifndef WORKERS_WIRE_SETTINGS_H
#define WORKERS_WIRE_SETTINGS_H

#include "common/buffer.h"
#include "common/pack.h"
#include "common/settings.h"
#include "common/why.h"

void wire_settings_pack(const struct settings *settings, struct buffer *out);
/* The settings live as long as the program. What is left out is "". */
MUST_CHECK bool wire_settings_unpack(const void *data, size_t size, struct settings *out,
				     struct why *why);

#endif
