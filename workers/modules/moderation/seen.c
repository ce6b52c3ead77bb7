/* seen.c - what people can see of a message, wherever the Bot API has it. */
#include <string.h>
#include <strings.h>

#include "workers/modules/moderation/rule.h"

#define REST_MAX 32768 /* bytes, of what is not the text itself */
#define LINKS_MAX 64

struct writer {
	char *text;
	size_t size, capacity;
};

/* With room for so much and the rest. */
static struct writer writer_of(struct ctx *ctx, size_t size)
{
	size += REST_MAX;
	return (struct writer) { .text = ctx_alloc(ctx, size), .capacity = size };
}

/* What does not fit is cut. */
static void add(struct writer *writer, const char *text)
{
	size_t room = writer->capacity - writer->size;
	size_t length = room > 2 ? strnlen(text, room - 2) : 0;

	if (!length)
		return;
	if (writer->size)
		writer->text[writer->size++] = '\n';
	memcpy(writer->text + writer->size, text, length);
	writer->size += length;
	writer->text[writer->size] = '\0';
}

/* --- by path ---------------------------------------------------------------------------------- */

/* What has no member in struct message, of a message and of what it replies to elsewhere. */
static const struct {
	const char *list, *field; /* `field` of each of the list; list NULL: there is one */
} paths[] = {
	{ "poll.options", "text" },
	{ "checklist.tasks", "text" },
	{ NULL, "poll.question" },
	{ NULL, "poll.description" },
	{ NULL, "poll.explanation" },
	{ NULL, "checklist.title" },
	{ NULL, "contact.first_name" },
	{ NULL, "contact.last_name" },
	{ NULL, "contact.phone_number" },
	{ NULL, "contact.vcard" },
	{ NULL, "venue.title" },
	{ NULL, "venue.address" },
	{ NULL, "game.title" },
	{ NULL, "game.description" },
	{ NULL, "invoice.title" },
	{ NULL, "invoice.description" },
	{ NULL, "giveaway.prize_description" },
	{ NULL, "audio.title" },
	{ NULL, "audio.performer" },
	{ NULL, "sticker.set_name" },
	{ NULL, "story.chat.title" },
	{ NULL, "story.chat.username" },
};

/* Of what it replies to elsewhere alone: struct message has these of the message itself. */
static const char *const elsewhere[] = {
	"chat.title",
	"chat.username",
	"origin.sender_user_name",
	"origin.sender_user.first_name",
	"origin.sender_user.last_name",
	"origin.sender_chat.title",
	"origin.chat.title",
	"origin.chat.username",
	"document.file_name",
	"video.file_name",
	"audio.file_name",
	"animation.file_name",
	"link_preview_options.url",
};

static const char *root_of(const struct message *message)
{
	return message->edited ? "edited_message" : "message";
}

static const char *value(struct ctx *ctx, const char *root, const char *path)
{
	return answer_text(ctx_update(ctx), ctx_printf(ctx, "%s.%s", root, path));
}

static void add_list(struct ctx *ctx, const char *root, const char *list, const char *field,
		     struct writer *writer)
{
	size_t count = answer_count(ctx_update(ctx), ctx_printf(ctx, "%s.%s", root, list));

	for (size_t i = 0; i < count; i++)
		add(writer, value(ctx, root, ctx_printf(ctx, "%s.%zu.%s", list, i, field)));
}

static void add_paths(struct ctx *ctx, const char *root, struct writer *writer)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (paths[i].list)
			add_list(ctx, root, paths[i].list, paths[i].field, writer);
		else
			add(writer, value(ctx, root, paths[i].field));
	}
}

static void add_elsewhere(struct ctx *ctx, const struct message *message, struct writer *writer)
{
	const char *root = ctx_printf(ctx, "%s.external_reply", root_of(message));

	add_paths(ctx, root, writer);
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		add(writer, value(ctx, root, elsewhere[i]));
}

/* Labels of all buttons, and where they lead. */
static void add_buttons(struct ctx *ctx, const struct message *message, struct writer *writer)
{
	static const char *const fields[] = { "text", "url", "web_app.url", "login_url.url",
					      "copy_text.text" };
	const char *rows = ctx_printf(ctx, "%s.reply_markup.inline_keyboard", root_of(message));
	size_t count = answer_count(ctx_update(ctx), rows);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < sizeof(fields) / sizeof(fields[0]); j++)
			add_list(ctx, rows, ctx_printf(ctx, "%zu", i), fields[j], writer);
}

/* --- all of it -------------------------------------------------------------------------------- */

static void add_forward(const struct origin *forward, struct writer *writer)
{
	add(writer, forward->name);
	if (forward->user) {
		add(writer, forward->user->first_name);
		add(writer, forward->user->last_name);
	}
	if (forward->chat) {
		add(writer, forward->chat->title);
		add(writer, forward->chat->username);
	}
}

/* Most messages are a text and nothing else. */
static bool is_text_alone(const struct message *message)
{
	return message->text[0] && !message->media;
}

static bool has_rest(const struct message *message)
{
	return !is_text_alone(message) || message->quote[0] ||
	       (message->preview && message->preview[0]) || message->forward || message->via_bot ||
	       message->sender_chat || message->links_count || message->reply_elsewhere;
}

/* Without the text and what its entities lead to. */
static void add_rest(struct ctx *ctx, const struct message *message, struct writer *writer)
{
	add(writer, message->quote);
	if (message->media)
		add(writer, message->media->name);
	if (message->preview)
		add(writer, message->preview);
	if (message->forward)
		add_forward(message->forward, writer);
	if (message->via_bot)
		add(writer, message->via_bot->username);
	if (message->sender_chat) {
		add(writer, message->sender_chat->title);
		add(writer, message->sender_chat->username);
	}
	/* People write none; they forward those of bots. */
	if (message->via_bot || message->forward || message->links_count)
		add_buttons(ctx, message, writer);
	if (!is_text_alone(message))
		add_paths(ctx, root_of(message), writer);
	if (message->reply_elsewhere)
		add_elsewhere(ctx, message, writer);
}

static bool has_hidden_links(const struct message *message)
{
	for (size_t i = 0; i < message->entities_count; i++)
		if (strcmp(message->entities[i].type, "text_link") == 0)
			return true;
	return false;
}

const char *rule_text(struct ctx *ctx, const struct message *message)
{
	struct writer writer;

	if (!has_rest(message) && !has_hidden_links(message))
		return message->text;
	writer = writer_of(ctx, strlen(message->text));
	add(&writer, message->text);
	for (size_t i = 0; i < message->entities_count; i++)
		if (strcmp(message->entities[i].type, "text_link") == 0)
			add(&writer, message->entities[i].value);
	add_rest(ctx, message, &writer);
	return writer.text;
}

/* --- links and mentions ----------------------------------------------------------------------- */

struct words {
	const char **all;
	size_t count;
};

static struct words words_of(struct ctx *ctx)
{
	return (struct words) { .all = ctx_alloc(ctx, (LINKS_MAX + 1) * sizeof(const char *)) };
}

static void add_word(struct ctx *ctx, struct words *words, const char *at, size_t length)
{
	if (words->count < LINKS_MAX)
		words->all[words->count++] = ctx_printf(ctx, "%.*s", (int)length, at);
}

/* Where links of spam lead mostly; what has another ending needs "://" or "www." to be told from
 * the name of a file or the end of a sentence. */
static bool is_domain(const char *host, size_t length)
{
	static const char *const endings[] = {
		"com",  "net",  "org",    "info", "biz",  "io",   "me",     "ru",  "su",
		"ua",   "br",   "de",     "fr",   "es",   "pt",   "uk",     "eu",  "in",
		"ir",   "cn",   "tk",     "ml",   "ga",   "cf",   "xyz",    "top", "club",
		"site", "shop", "online", "pro",  "link", "live", "fun",    "vip", "win",
		"bet",  "gg",   "ly",     "cc",   "tv",   "app",  "casino", "dog",
	};
	const char *dot = memrchr(host, '.', length);
	size_t size = dot ? length - (size_t)(dot + 1 - host) : 0;

	if (!dot || dot == host || !size)
		return false;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strlen(endings[i]) == size && strncasecmp(dot + 1, endings[i], size) == 0)
			return true;
	return false;
}

static bool is_link(const char *word, size_t length)
{
	const char *slashes = memmem(word, length, "://", 3);

	if (slashes || strncasecmp(word, "www.", 4) == 0)
		return length > 4;
	for (size_t i = 0; i < length; i++)
		if (strchr("/?#:", word[i]))
			return is_domain(word, i);
	return is_domain(word, length);
}

/* Telegram's usernames: letters, digits and "_", from four characters on. */
static bool is_mention(const char *word, size_t length)
{
	return length >= 5 && word[0] == '@' &&
	       strspn(word + 1,
		      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") >= 4;
}

/* Words as people set them apart, without signs around them. */
static void add_words(struct ctx *ctx, const char *text, bool (*fits)(const char *, size_t),
		      struct words *words)
{
	static const char between[] = " \t\n\r\"'<>()[]{}|,;!*", after[] = ".?:";

	for (const char *at = text; *at;) {
		size_t length = strcspn(at, between), size = length;

		while (size && strchr(after, at[size - 1]))
			size--;
		if (size && fits(at, size))
			add_word(ctx, words, at, size);
		at += length;
		at += strspn(at, between);
	}
}

const char *const *rule_links_in(struct ctx *ctx, const char *text)
{
	struct words words = words_of(ctx);

	add_words(ctx, text, is_link, &words);
	return words.all;
}

const char *const *rule_mentions_in(struct ctx *ctx, const char *text)
{
	struct words words = words_of(ctx);

	add_words(ctx, text, is_mention, &words);
	return words.all;
}

static void add_entities(struct ctx *ctx, const struct message *message, const char *type,
			 struct words *words)
{
	for (size_t i = 0; i < message->entities_count; i++) {
		const struct message_entity *entity = &message->entities[i];

		if (strcmp(entity->type, type) == 0)
			add_word(ctx, words, message->text + entity->start, entity->size);
	}
}

static const char *rest_of(struct ctx *ctx, const struct message *message)
{
	struct writer writer;

	if (!has_rest(message))
		return "";
	writer = writer_of(ctx, 0);
	add_rest(ctx, message, &writer);
	return writer.text;
}

const char *const *rule_links(struct ctx *ctx, const struct message *message)
{
	struct words words = words_of(ctx);

	add_entities(ctx, message, "url", &words);
	for (size_t i = 0; i < message->entities_count; i++)
		if (strcmp(message->entities[i].type, "text_link") == 0)
			add_word(ctx, &words, message->entities[i].value,
				 strlen(message->entities[i].value));
	for (size_t i = 0; i < message->links_count; i++)
		add_word(ctx, &words, message->links[i].url, strlen(message->links[i].url));
	add_words(ctx, rest_of(ctx, message), is_link, &words);
	return words.all;
}

const char *const *rule_mentions(struct ctx *ctx, const struct message *message)
{
	struct words words = words_of(ctx);

	add_entities(ctx, message, "mention", &words);
	add_words(ctx, rest_of(ctx, message), is_mention, &words);
	return words.all;
}

/* --- entities --------------------------------------------------------------------------------- */

static bool has_in(struct ctx *ctx, const char *root, const char *list, const char *type)
{
	const char *path = ctx_printf(ctx, "%s.%s", root, list);
	size_t count = answer_count(ctx_update(ctx), path);

	for (size_t i = 0; i < count; i++)
		if (strcmp(value(ctx, path, ctx_printf(ctx, "%zu.type", i)), type) == 0)
			return true;
	return false;
}

static bool has_in_each(struct ctx *ctx, const char *root, const char *list, const char *type)
{
	size_t count = answer_count(ctx_update(ctx), ctx_printf(ctx, "%s.%s", root, list));

	for (size_t i = 0; i < count; i++)
		if (has_in(ctx, root, ctx_printf(ctx, "%s.%zu.text_entities", list, i), type))
			return true;
	return false;
}

bool rule_has_entity(struct ctx *ctx, const struct message *message, const char *type)
{
	static const char *const lists[] = { "poll.question_entities", "poll.description_entities",
					     "poll.explanation_entities",
					     "checklist.title_entities" };
	const char *root = root_of(message);

	for (size_t i = 0; i < message->entities_count; i++)
		if (strcmp(message->entities[i].type, type) == 0)
			return true;
	if (message->quote[0] && has_in(ctx, root, "quote.entities", type))
		return true;
	if (is_text_alone(message))
		return false;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (has_in(ctx, root, lists[i], type))
			return true;
	return has_in_each(ctx, root, "poll.options", type) ||
	       has_in_each(ctx, root, "checklist.tasks", type);
}
