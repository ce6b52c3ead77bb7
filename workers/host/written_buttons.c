/* written_buttons.c - see written_buttons.h. */
#include "workers/host/written_buttons.h"

#include <ctype.h>
#include <string.h>

#include "common/utf8.h"
#include "workers/host/kept.h"

#define MIDDLE "](buttonurl:"
#define SAME ":same"

struct taking {
	const char *text; /* the part */
	size_t size;
	bool *gone; /* of each byte of it */
	struct message_link *links;
	size_t count, most;
	struct arena *arena;
};

/* --- finding them ----------------------------------------------------------------------------- */

static bool ends_with_same(const char *url, size_t length)
{
	return length > strlen(SAME) &&
	       memcmp(url + length - strlen(SAME), SAME, strlen(SAME)) == 0;
}

static const char *whole_url(struct arena *arena, const char *url, size_t length)
{
	const char *text = arena_strndup(arena, url, length);

	if (strncmp(text, "//", 2) == 0)
		text += 2;
	return strstr(text, "://") ? text : arena_printf(arena, "https://%s", text);
}

/* Telegram refuses a whole message for one address that is none. */
static bool has_host(const char *url)
{
	const char *host = strstr(url, "://") + 3;
	size_t length = strcspn(host, "/?#");

	return strncmp(url, "tg", 2) == 0 ||
	       (memchr(host, '.', length) && host[0] != '.' && host[length - 1] != '.' &&
		strcspn(host, "@<>\"\\^`{|}") >= length);
}

static bool add_link(struct taking *taking, const char *label, const char *url, bool same)
{
	const struct message_link *last = taking->count ? &taking->links[taking->count - 1] : NULL;

	if (taking->count == taking->most || !kept_is_button_url(url) || !has_host(url) ||
	    strpbrk(url, " \n\t") || utf8_is_blank(label) || strchr(label, '\n'))
		return false;
	taking->links[taking->count++] = (struct message_link) {
		.label = label,
		.url = url,
		.row = last ? last->row + !same : 0,
	};
	return true;
}

/* The button around this middle; returns what is behind it, or behind the middle if it is none. */
static const char *take_one(struct taking *taking, const char *begin, const char *middle)
{
	const char *url = middle + strlen(MIDDLE), *label = middle;
	const char *end = memchr(url, ')', (size_t)(taking->text + taking->size - url));
	size_t length = end ? (size_t)(end - url) : 0;
	bool same = length && ends_with_same(url, length);

	while (label > begin && label[-1] != '[')
		label--;
	if (!end || label == begin ||
	    !add_link(taking, arena_strndup(taking->arena, label, (size_t)(middle - label)),
		      whole_url(taking->arena, url, length - (same ? strlen(SAME) : 0)), same))
		return url;
	memset(taking->gone + (label - 1 - taking->text), true, (size_t)(end + 1 - (label - 1)));
	return end + 1;
}

static const char *find_middle(const struct taking *taking, const char *from)
{
	return memmem(from, (size_t)(taking->text + taking->size - from), MIDDLE, strlen(MIDDLE));
}

/* --- the text without them -------------------------------------------------------------------- */

/* A line in which nothing else was goes, too. */
static void take_line(struct taking *taking, size_t start, size_t end)
{
	bool any = false;

	for (size_t i = start; i < end; i++) {
		any = any || taking->gone[i];
		if (!taking->gone[i] && !isspace((unsigned char)taking->text[i]))
			return;
	}
	if (any)
		memset(taking->gone + start, true, end - start);
}

static void tidy(struct taking *taking)
{
	size_t start = 0;

	for (size_t i = 0; i < taking->size; i++)
		if (taking->text[i] == '\n' || i + 1 == taking->size) {
			take_line(taking, start, i + 1);
			start = i + 1;
		}
	for (size_t i = taking->size; i-- > 0;)
		if (!taking->gone[i]) {
			if (!isspace((unsigned char)taking->text[i]))
				break;
			taking->gone[i] = true;
		}
}

/* Where each byte is afterwards, and their number at the end. */
static size_t *count_left(const struct taking *taking)
{
	size_t *left = arena_alloc(taking->arena, (taking->size + 1) * sizeof(*left));

	for (size_t i = 0; i < taking->size; i++)
		left[i + 1] = left[i] + !taking->gone[i];
	return left;
}

static void move_entities(struct message *message, size_t start, const struct taking *taking,
			  const size_t *left)
{
	struct message_entity *moved = arena_alloc(taking->arena,
						   (message->entities_count + 1) * sizeof(*moved));
	size_t count = 0;

	for (size_t i = 0; i < message->entities_count; i++) {
		struct message_entity entity = message->entities[i];
		size_t from = entity.start > start ? entity.start - start : 0;
		size_t to = entity.start + entity.size > start ? entity.start + entity.size - start
							       : 0;

		from = from < taking->size ? from : taking->size;
		to = to < taking->size ? to : taking->size;
		entity.start = start + left[from];
		entity.size = left[to] - left[from];
		if (entity.size)
			moved[count++] = entity;
	}
	message->entities = moved;
	message->entities_count = count;
}

static const struct message *without(const struct message *message, size_t start,
				     const struct taking *taking, size_t *size)
{
	struct message *out = arena_alloc(taking->arena, sizeof(*out));
	const size_t *left = count_left(taking);
	char *text = arena_alloc(taking->arena, start + left[taking->size] + 1);

	*out = *message;
	memcpy(text, message->text, start);
	for (size_t i = 0; i < taking->size; i++)
		if (!taking->gone[i])
			text[start + left[i]] = taking->text[i];
	out->text = text;
	out->links = taking->links;
	out->links_count = taking->count;
	move_entities(out, start, taking, left);
	*size = left[taking->size];
	return out;
}

const struct message *written_buttons_take(const struct message *message, size_t start,
					   size_t *size, struct arena *arena)
{
	struct taking taking = { .text = message->text + start, .size = *size, .arena = arena };
	const char *begin = taking.text, *middle = find_middle(&taking, begin);

	if (!middle)
		return message;
	taking.gone = arena_alloc(arena, *size + 1);
	taking.most = KEPT_BUTTONS_MAX > message->links_count ? KEPT_BUTTONS_MAX
							      : message->links_count;
	taking.links = arena_alloc(arena, (taking.most + 1) * sizeof(*taking.links));
	if (message->links_count)
		memcpy(taking.links, message->links, message->links_count * sizeof(*taking.links));
	taking.count = message->links_count;
	for (; middle; middle = find_middle(&taking, begin))
		begin = take_one(&taking, begin, middle);
	if (taking.count == message->links_count)
		return message;
	tidy(&taking);
	return without(message, start, &taking, size);
}
