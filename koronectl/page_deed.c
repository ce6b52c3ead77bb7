#include "koronectl/page_deed.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/xalloc.h"

#define WORD_MAX 64

static const char *const deeds[] = { "child",  "pool",     "ingress", "recorder",
				     "crashd", "postgres", "redis" };

static bool is_deed(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(deeds); i++) {
		if (strcmp(deeds[i], name) == 0)
			return true;
	}
	return false;
}

/* Letters and digits: nothing that would be a line of its own. */
static bool is_word(const char *word)
{
	size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return length > 0 && length <= WORD_MAX && word[length] == '\0';
}

static bool tell(const char *pipe_path, const char *word, const char *deed, struct why *why)
{
	char line[WORD_MAX + 32];
	int size = snprintf(line, sizeof(line), "%s %s\n", word, deed);
	int fd = open(pipe_path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	bool ok;

	if (fd < 0)
		return why_set(why, "nobody does deeds here: %s", strerror(errno));
	/* Less than PIPE_BUF: all of it or nothing. */
	ok = write(fd, line, (size_t)size) == size ||
	     why_set(why, "nobody does deeds here: %s", strerror(errno));
	close(fd);
	return ok;
}

bool page_deed(const char *pipe_path, const char *body, size_t size, struct why *why)
{
	json_t *wish = json_loadb(body, size, 0, NULL);
	const char *word = json_string_value(json_object_get(wish, "word"));
	const char *deed = json_string_value(json_object_get(wish, "deed"));
	bool ok;

	if (!word || !is_word(word))
		ok = why_set(why, "the word that deploy/up prints is missing");
	else if (!deed || !is_deed(deed))
		ok = why_set(why, "there is no such deed");
	else
		ok = tell(pipe_path, word, deed, why);
	json_decref(wish);
	return ok;
}
