/* migrations.h - a group that becomes a supergroup at the worst moment: just before the bot's next
 * call of a method for it. */
#ifndef SIMULATOR_MIGRATIONS_H
#define SIMULATOR_MIGRATIONS_H

#include <stdbool.h>

struct chat;
struct method;
struct person;
struct sim;

/* False when there is no such method, or one is planned already. */
bool migrations_plan(struct sim *sim, struct chat *group, struct person *by, const char *before);
/* Called with each call before it is carried out. `chat` NULL: it is for none. */
void migrations_carry_out(struct sim *sim, const struct method *method, const struct chat *chat);
void migrations_finish(struct sim *sim);

#endif
