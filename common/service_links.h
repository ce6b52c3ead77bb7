/* service_links.h - the variables that Kubernetes puts into each container of a pod for each
 * service of its namespace (enableServiceLinks), as Docker did for links. Those of services that
 * are named korone or korone-… begin like our settings.
 *
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables */
#ifndef COMMON_SERVICE_LINKS_H
#define COMMON_SERVICE_LINKS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a variable's name (`length` bytes) is that of a service link: only where Kubernetes runs
 * us, only in one of its forms, and only if the same service has an address in the environment. So
 * a misspelt setting is none. */
bool is_service_link(const char *variable, size_t length);

#endif
