/* difference.h - shows where a conversation goes another way than its file says. */
#ifndef TESTS_MODULES_DIFFERENCE_H
#define TESTS_MODULES_DIFFERENCE_H

/* Prints, as TAP diagnostics ("# …"), the conversation up to the first step that differs, and what
 * was expected there beside what the bot did. */
void difference_show(const char *path, const char *expected, const char *actual);
/* The conversation that could not be played on. */
void difference_show_end(const char *actual);

#endif
