/* method_business.h - business connections as the bot sees and uses them. */
#ifndef SIMULATOR_METHOD_BUSINESS_H
#define SIMULATOR_METHOD_BUSINESS_H

#include "simulator/call.h"

method_fn method_get_business_connection;
method_fn method_read_business_message;
method_fn method_delete_business_messages;

#endif
