/* test_service_links.c - which names are of Kubernetes and which are mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/service_links.h"
#include "common/xalloc.h"

/* What kubelet sets for the services korone and korone-ingress. */
static const char *const links[] = {
	"KORONE_SERVICE_HOST",         "KORONE_SERVICE_PORT",
	"KORONE_SERVICE_PORT_HTTP_2",  "KORONE_PORT",
	"KORONE_PORT_9101_TCP",        "KORONE_PORT_9101_TCP_PROTO",
	"KORONE_PORT_9101_TCP_PORT",   "KORONE_PORT_9101_TCP_ADDR",
	"KORONE_PORT_53_UDP",          "KORONE_PORT_7_SCTP_ADDR",
	"KORONE_INGRESS_SERVICE_HOST", "KORONE_INGRESS_SERVICE_PORT_UPDATES",
	"KORONE_INGRESS_PORT",         "KORONE_INGRESS_PORT_9201_TCP_ADDR",
};

static const char *const mistakes[] = {
	"KORONE_POOL_MAXX",
	"KORONE_HEALTH_PORT", /* no such service */
	"KORONE_UPDATES_PORT_9201_TCP",
	"KORONE_WORKER_SERVICE_PORT",
	"KORONE_SERVICE_HOSTS",
	"KORONE_SERVICE_PORT_",
	"KORONE_SERVICE_PORT_http",
	"KORONE_SERVICE_NAME",
	"KORONE_PORTS",
	"KORONE_PORT_",
	"KORONE_PORT_TCP",
	"KORONE_PORT_9101",
	"KORONE_PORT_9101_HTTP",
	"KORONE_PORT_9101_TCPX",
	"KORONE_PORT_9101_TCP_",
	"KORONE_PORT_9101_TCP_NAME",
	"KORONE_PORT_910100_TCP",
	"KORONE_INGRESS",
	"KORONE_INGRESS_SERVICE_",
	"KORONE_",
};

static void expect(const char *const *names, size_t count, bool expected)
{
	for (size_t i = 0; i < count; i++)
		if (is_service_link(names[i], strlen(names[i])) != expected)
			fail_msg("%s", names[i]);
}

static void services_are_told_from_mistakes(void **state)
{
	(void)state;
	setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1", 1);
	setenv("KORONE_SERVICE_HOST", "10.96.0.7", 1);
	setenv("KORONE_INGRESS_SERVICE_HOST", "10.96.0.8", 1);
	expect(links, COUNT_OF(links), true);
	expect(mistakes, COUNT_OF(mistakes), false);
	/* Only as much of it as is the name. */
	assert_true(is_service_link("KORONE_PORT=tcp://10.96.0.7:9101", 11));
}

static void elsewhere_nothing_is_passed_over(void **state)
{
	(void)state;
	unsetenv("KUBERNETES_SERVICE_HOST");
	setenv("KORONE_SERVICE_HOST", "10.96.0.7", 1);
	expect(links, COUNT_OF(links), false);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(services_are_told_from_mistakes),
					    cmocka_unit_test(elsewhere_nothing_is_passed_over) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
