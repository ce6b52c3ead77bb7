#include "tests/botapi-sim/webhook.h"

#include "tests/botapi-sim/sim.h"

void webhook_init(struct sim *sim)
{
	sim->webhook.url = NULL;
}

void webhook_finish(struct sim *sim)
{
	(void)sim;
}

bool webhook_is_set(const struct sim *sim)
{
	return sim->webhook.url != NULL;
}

void webhook_wakeup(struct sim *sim)
{
	(void)sim;
}
