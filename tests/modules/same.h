/* same.h - whether a conversation went as its file says. */
#ifndef TESTS_MODULES_SAME_H
#define TESTS_MODULES_SAME_H

#include <stdbool.h>

/* Up to `end` or the end of the text. "?start=…" expects any deep link: what is sealed in one is
 * another with each key and chat. */
bool same_until(const char *expected, const char *actual, char end);

#endif
