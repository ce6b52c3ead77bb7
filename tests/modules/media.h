/* media.h - what Bot API `Message` has of a file. */
#ifndef TESTS_MODULES_MEDIA_H
#define TESTS_MODULES_MEDIA_H

#include <jansson.h>

/* The value of the member "photo", "document", …; NULL: there is no such kind. */
json_t *media_value(const char *kind, const char *file_id);

#endif
