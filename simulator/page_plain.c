#include "simulator/page_plain.h"

#include <string.h>

#include "common/xalloc.h"
#include "simulator/page_answer.h"
#include "simulator/sim.h"

#define CHATS_MAX 100
#define MESSAGES_SHOWN 100

#define PLAIN_HEADERS                                                                 \
	PAGE_HEADERS                                                                  \
	"Content-Security-Policy: default-src 'none'; style-src 'self'; form-action " \
	"'none'; base-uri 'none'; frame-ancestors 'none'\r\n"

/* All that is not ours goes through here; bidi controls do not reach beyond <bdi>. */
static void escaped(struct buffer *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			buffer_append_text(out, "&lt;");
			break;
		case '>':
			buffer_append_text(out, "&gt;");
			break;
		case '&':
			buffer_append_text(out, "&amp;");
			break;
		case '"':
			buffer_append_text(out, "&quot;");
			break;
		default:
			buffer_append_byte(out, (uint8_t)*text);
		}
	}
}

static void isolated(struct buffer *out, const char *text)
{
	buffer_append_text(out, "<bdi>");
	escaped(out, text);
	buffer_append_text(out, "</bdi>");
}

static const char *title_of(const struct chat *chat)
{
	return chat->person ? chat->person->first_name : chat->title;
}

static void write_chats(struct buffer *out, const struct world *world)
{
	size_t count = 0;

	buffer_append_text(out, "<h1>Chats</h1><ul>");
	for (size_t i = world->chats_count; i > 0 && count < CHATS_MAX; i--) {
		const struct chat *chat = world->chats[i - 1];

		if (!chat->newest)
			continue;
		count++;
		buffer_printf(out, "<li><a href=\"/page/plain?chat=%lld\">", (long long)chat->id);
		isolated(out, title_of(chat));
		buffer_printf(out, "</a> (%s)</li>", chat_type_name(chat->type));
	}
	buffer_append_text(out, count ? "</ul>" : "</ul><p>Nobody has said anything yet.</p>");
}

static const char *name_of(const struct message *message)
{
	if (message->sender_chat)
		return message->sender_chat->title;
	return message->from ? message->from->first_name : message->chat->title;
}

static void write_messages(struct buffer *out, const struct messages *messages,
			   const struct chat *chat)
{
	const struct message *found[MESSAGES_SHOWN];
	size_t end = messages->written, count = 0;
	size_t oldest = end > MESSAGES_MAX ? end - MESSAGES_MAX : 0;

	while (end > oldest && count < MESSAGES_SHOWN) {
		const struct message *message = &messages->ring[--end % MESSAGES_MAX];

		if (message->chat == chat && !message->deleted)
			found[count++] = message;
	}
	buffer_append_text(out, "<p><a href=\"/page/plain\">All chats</a></p><h1>");
	isolated(out, title_of(chat));
	buffer_append_text(out, "</h1><dl>");
	while (count-- > 0) {
		buffer_append_text(out, "<dt>");
		isolated(out, name_of(found[count]));
		buffer_append_text(out, "</dt><dd>");
		isolated(out, found[count]->text ? found[count]->text : "(no text)");
		buffer_append_text(out, "</dd>");
	}
	buffer_append_text(out, "</dl>");
}

void page_answer_plain(struct sim *sim, struct exchange *exchange, const struct parameters *query)
{
	const struct chat *chat = world_chat(&sim->world, parameters_id(query, "chat"));
	struct buffer out = { 0 };

	buffer_append_text(&out,
			   "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
			   "<meta name=\"viewport\" content=\"width=device-width\">"
			   "<title>CKorone playground</title>"
			   "<link rel=\"stylesheet\" href=\"/page/style.css\">"
			   "<body class=\"plain\"><main><p>Without scripts this shows what is; the "
			   "chats can be used with scripts, or by POST to "
			   "<code>/control/</code>.</p>");
	if (chat)
		write_messages(&out, &sim->messages, chat);
	else
		write_chats(&out, &sim->world);
	buffer_append_text(&out, "</main></body></html>");
	exchange_answer(exchange, &(struct answer) { .status = 200,
						     .content_type = "text/html; charset=utf-8",
						     .headers = PLAIN_HEADERS,
						     .body = buffer_unread(&out),
						     .size = buffer_unread_size(&out) });
	buffer_finish(&out);
}
