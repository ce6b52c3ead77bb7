/* method_content.h - the methods that send what is no file: places, contacts, dice, polls. */
#ifndef SIMULATOR_METHOD_CONTENT_H
#define SIMULATOR_METHOD_CONTENT_H

#include "simulator/call.h"

method_fn method_send_location;
method_fn method_send_venue;
method_fn method_send_contact;
method_fn method_send_dice;
method_fn method_edit_live_location;
method_fn method_stop_live_location;

#endif
