/* method_ephemeral.h - changes of messages in groups that only one person sees; sending.c sends
 * them.
 */
#ifndef SIMULATOR_METHOD_EPHEMERAL_H
#define SIMULATOR_METHOD_EPHEMERAL_H

#include "simulator/call.h"

method_fn method_edit_ephemeral_text;
method_fn method_edit_ephemeral_caption;
method_fn method_edit_ephemeral_markup;
method_fn method_edit_ephemeral_media;
method_fn method_delete_ephemeral;

#endif
