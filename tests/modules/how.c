/* how.c - a word for each parameter. */
#include "tests/modules/how.h"

#include "common/xalloc.h"

static const struct {
	const char *parameter, *word;
} flags[] = {
	{ "disable_notification", "silent" },
	{ "protect_content", "protected" },
	{ "has_spoiler", "spoiler" },
	{ "show_caption_above_media", "text above" },
};

static void append_word(struct buffer *words, const char *word)
{
	buffer_append_text(words, words->size ? ", " : " (");
	buffer_append_text(words, word);
}

static void append_flags(const json_t *object, struct buffer *words)
{
	for (size_t i = 0; i < COUNT_OF(flags); i++)
		if (json_is_true(json_object_get(object, flags[i].parameter)))
			append_word(words, flags[i].word);
}

static void append_preview(const json_t *body, struct buffer *words)
{
	const json_t *preview = json_object_get(body, "link_preview_options");

	if (!preview || json_is_true(json_object_get(preview, "is_disabled")))
		return;
	append_word(words, "preview");
	if (json_is_true(json_object_get(preview, "prefer_large_media")))
		buffer_append_text(words, " large");
	if (json_is_true(json_object_get(preview, "prefer_small_media")))
		buffer_append_text(words, " small");
	if (json_is_true(json_object_get(preview, "show_above_text")))
		buffer_append_text(words, " above");
	if (json_object_get(preview, "url"))
		buffer_printf(words, " of %s", json_string_value(json_object_get(preview, "url")));
}

void how_append(const json_t *body, struct buffer *out)
{
	const json_t *quote = json_object_get(json_object_get(body, "reply_parameters"), "quote");
	const json_t *only = json_object_get(body, "ephemeral_message_parameters");
	struct buffer words = { 0 };

	append_flags(body, &words);
	append_flags(json_is_array(json_object_get(body, "media"))
			     ? json_array_get(json_object_get(body, "media"), 0)
			     : json_object_get(body, "media"),
		     &words);
	append_preview(body, &words);
	if (json_object_get(body, "message_effect_id"))
		append_word(&words, "with an effect");
	if (only) {
		append_word(&words, "only for ");
		buffer_printf(
			&words, "%lld",
			(long long)json_integer_value(json_object_get(only, "receiver_user_id")));
	}
	if (quote) {
		append_word(&words, "quotes ");
		buffer_printf(&words, "“%s”", json_string_value(quote));
	}
	if (words.size) {
		buffer_append_text(out, buffer_text(&words));
		buffer_append_text(out, ")");
	}
	buffer_finish(&words);
}
