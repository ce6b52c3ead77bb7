/* method_media.h - the methods that send media: a file of any kind, albums, paid media. */
#ifndef SIMULATOR_METHOD_MEDIA_H
#define SIMULATOR_METHOD_MEDIA_H

#include <jansson.h>

#include "simulator/call.h"
#include "simulator/entities.h"

/* sendPhoto, sendVideo, …: the method's name says the kind. */
method_fn method_send_media;
method_fn method_send_live_photo;
method_fn method_send_media_group;
method_fn method_send_paid_media;

/* The caption of an InputMedia object; false after call_fail(). */
bool media_object_caption(struct call *call, const json_t *object, struct formatted *out);

#endif
