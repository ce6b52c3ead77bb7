#include "tests/botapi-sim/act.h"

struct acted act_send(struct sim *sim, const struct act *act, const char *kind)
{
	(void)sim, (void)act, (void)kind;
	return (struct acted) { .update_id = -1 };
}

struct acted act_do(struct sim *sim, const struct act *act, const char *kind)
{
	(void)sim, (void)act, (void)kind;
	return (struct acted) { .update_id = -1 };
}
