/* full_group.h - a group with every rule on, for what must cost nothing there. */
#ifndef TESTS_MODULES_FULL_GROUP_H
#define TESTS_MODULES_FULL_GROUP_H

#include "tests/modules/fake_storage.h"

#define FULL_GROUP_ID INT64_C(-1001234567890)

/* 50 filters, 200 blocked words, all locks but that of text (which is what its messages are),
 * newcomers, night (twelve hours from now), captcha, raids. */
bool full_group_choose(struct fake_storage *memory);
/* All limits of antiflood, too. */
bool full_group_choose_flood(struct fake_storage *memory);

#endif
