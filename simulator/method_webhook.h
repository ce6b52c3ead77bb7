/* method_webhook.h - setWebhook, deleteWebhook, getWebhookInfo. */
#ifndef SIMULATOR_METHOD_WEBHOOK_H
#define SIMULATOR_METHOD_WEBHOOK_H

#include "simulator/call.h"

method_fn method_set_webhook;
method_fn method_delete_webhook;
method_fn method_get_webhook_info;

#endif
