/* drain.c - shutdown: from the first signal to the end of the loop. */
#include "ingress/drain.h"

#include <signal.h>

#include "common/log.h"

#define LOG_SUBSYSTEM "drain"

#define DRAIN_MS 10000u

static void on_drained(void *owner)
{
	struct drain *drain = owner;

	log_notice("drained: nothing is in flight");
	loop_stop(drain->loop);
}

static void on_timeout(void *owner)
{
	struct drain *drain = owner;

	log_notice("stopping with updates in flight: their pools keep them",
		   log_unsigned("in_flight", dispatch_in_flight(pools_dispatch(drain->pools))));
	loop_stop(drain->loop);
}

static void on_signal(void *owner, int signo)
{
	struct drain *drain = owner;

	if (loop_timer_is_set(&drain->timer)) {
		loop_stop(drain->loop);
		return;
	}
	log_notice("stopping", log_signed("signal", signo),
		   log_unsigned("in_flight", dispatch_in_flight(pools_dispatch(drain->pools))),
		   log_unsigned("at_most_ms", DRAIN_MS));
	loop_timer_set(drain->loop, &drain->timer, DRAIN_MS);
	poller_stop(drain->poller);
	pools_drain(drain->pools, on_drained, drain);
}

void drain_on_signals(struct drain *drain)
{
	drain->timer = (struct loop_timer) { .fn = on_timeout, .owner = drain };
	loop_on_signal(drain->loop, SIGTERM, on_signal, drain);
	loop_on_signal(drain->loop, SIGINT, on_signal, drain);
}
