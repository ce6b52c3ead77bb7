/* examples_page.c - something of each kind, for tests/browser: what is done in the simulator's page
 * is played here again. */
#include "workers/module.h"

#define PICTURE "page_picture:%d"

static void show_picture(struct draft *draft, int number)
{
	draft_media(draft, "photo",
		    number % 2 ? "https://example.org/1.jpg" : "https://example.org/2.jpg", NULL);
	draft_add(draft, "Picture <b>%d</b>", number);
	draft_button(draft, "Next", PICTURE, number + 1);
	draft_button(draft, "Tell me", "page_alert");
}

static enum verdict picture(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	show_picture(draft, 1);
	draft_flags(draft, DRAFT_SILENT | DRAFT_SPOILER);
	return draft_reply(draft);
}

static enum verdict next_picture(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	show_picture(draft, (int)slug_integer(ctx, 0));
	return draft_edit(draft, button);
}

static enum verdict alert(struct ctx *ctx, const struct button *button)
{
	(void)button;
	return ctx_alert(ctx, "It is a picture.");
}

static enum verdict album(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_media(draft, "photo", "https://example.org/1.jpg", NULL);
	draft_media(draft, "photo", "https://example.org/2.jpg", NULL);
	draft_add(draft, "<i>Two</i>");
	return draft_reply(draft);
}

static enum verdict poll(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_poll(draft, "Tea or coffee?");
	draft_option(draft, "Tea");
	draft_option(draft, "Coffee");
	draft_with(draft, "{is_anonymous: %d}", 0);
	return draft_reply(draft);
}

static enum verdict place(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_content(draft, "sendVenue",
		      "{latitude: %f, longitude: %f, title: 'Café', address: 'Street 1'}", 48.25,
		      16.5);
	return draft_reply(draft);
}

static enum verdict keys(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "Which one?");
	draft_choose_chat(draft, "A group", RIGHT_RESTRICT_MEMBERS, "page_group");
	draft_choose_users(draft, "People", 2, "page_people");
	return draft_reply(draft);
}

static enum verdict take_group(struct ctx *ctx, const struct service_message *message)
{
	struct draft *draft = ctx_draft(ctx);

	(void)message;
	draft_add(draft, "It is %s.", answer_text(ctx_update(ctx), "message.chat_shared.title"));
	draft_flags(draft, DRAFT_REMOVE_KEYS);
	return draft_reply(draft);
}

static enum verdict take_people(struct ctx *ctx, const struct service_message *message)
{
	(void)message;
	return ctx_reply(
		ctx, "It is %lld.",
		(long long)answer_integer(ctx_update(ctx), "message.users_shared.users.0.user_id"));
}

static enum verdict ask(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_ask(ctx, "page_answer", "What is your name?");
}

static enum verdict take_answer(struct ctx *ctx, const struct text_message *message)
{
	return ctx_reply(ctx, "Hello, <b>%s</b>.", message->text);
}

static enum verdict whisper(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "Only you see this.");
	draft_flags(draft, DRAFT_ONLY_FOR_THEM);
	return draft_reply(draft);
}

static enum verdict list(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	struct file *file = file_made(ctx, "list.csv");

	file_add(file, "name,id\n%s,%lld\n", cmd->from->first_name, (long long)cmd->from->id);
	draft_media(draft, "document", NULL, file);
	draft_add(draft, "A <i>list</i>");
	draft_button(draft, "Better", "page_better");
	return draft_reply(draft);
}

static enum verdict better_list(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);
	struct file *file = file_made(ctx, "better.csv");

	file_add(file, "a,b\n");
	draft_media(draft, "document", NULL, file);
	draft_add(draft, "A better one");
	return draft_edit(draft, button);
}

/* Bytes that are no text, as of a picture. */
static enum verdict noise(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	struct file *file = file_made(ctx, "noise.bin");

	(void)cmd;
	file_add_bytes(file, "\0\1\2\xff", 4);
	draft_media(draft, "document", NULL, file);
	return draft_reply(draft);
}

/* Says the first line of a document, and the document again. */
static enum verdict read_document(struct ctx *ctx, const struct message *message)
{
	const struct file *file = ctx_file(ctx, message->media->file_id);
	struct draft *draft = ctx_draft(ctx);

	draft_media(draft, "document", message->media->file_id, NULL);
	draft_add(draft, "%.80s", (const char *)file_bytes(file));
	return draft_reply(draft);
}

static enum verdict show_links(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "Come in.");
	draft_deep_link(draft, "By number", "page_door:%d", 7);
	draft_deep_link(draft, "By name", "page_gate");
	return draft_reply(draft);
}

static enum verdict open_door(struct ctx *ctx, const struct link *link)
{
	return ctx_reply(ctx, "%s is behind door %d.", link->from->first_name,
			 (int)slug_integer(ctx, 0));
}

static enum verdict open_gate(struct ctx *ctx, const struct link *link)
{
	(void)link;
	return ctx_reply(ctx, "The gate is open.");
}

/* --- sells and is searched -------------------------------------------------------------------- */

static enum verdict sell(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_queuef(ctx, "sendInvoice",
			  "{title: 'Tea', description: 'hot', payload: 'tea', currency: 'XTR', "
			  "prices: [{label: 'Tea', amount: 5}]}");
}

static enum verdict take_payment(struct ctx *ctx, const struct payment *payment)
{
	(void)payment;
	return ctx_accept_payment(ctx);
}

static enum verdict thank(struct ctx *ctx, const struct service_message *message)
{
	return ctx_reply(ctx, "Thank you, %s.", message->from->first_name);
}

static enum verdict search(struct ctx *ctx, const struct inline_query *query)
{
	struct draft *draft = ctx_inline_result(ctx, "tea", "Tea", "hot");

	draft_add(draft, "<b>%s</b> is hot", query->query);
	return ctx_inline_answer(ctx);
}

static enum verdict note_choice(struct ctx *ctx, const struct chosen_result *result)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%s took %s", result->from->first_name, result->result_id);
	draft_to(draft, result->from->id, 0);
	return draft_reply(draft);
}

/* --- what happens ----------------------------------------------------------------------------- */

static enum verdict note_reaction(struct ctx *ctx, const struct reaction *reaction)
{
	return ctx_reply(ctx, "%s, and no more %s", reaction->after, reaction->before);
}

static enum verdict note_edit(struct ctx *ctx, const struct message *message)
{
	return ctx_reply(ctx, "You changed it to “%s”.", message->text);
}

static enum verdict note_media(struct ctx *ctx, const struct message *message)
{
	return ctx_reply(ctx, "Something to see: “%s”.", message->text);
}

static enum verdict note_member(struct ctx *ctx, const struct member_change *change)
{
	return ctx_reply(ctx, "%s is there: %d", change->member->first_name,
			 change->after != MEMBER_OUTSIDE && change->after != MEMBER_BANNED);
}

static enum verdict note_title(struct ctx *ctx, const struct service_message *message)
{
	(void)message;
	return ctx_reply(ctx, "A new title.");
}

static enum verdict note_post(struct ctx *ctx, const struct message *message)
{
	return ctx_reply(ctx, "Posted: %s", message->text);
}

static const struct route page_routes[] = {
	COMMAND("show_picture", picture),
	COMMAND("show_album", album),
	COMMAND("show_poll", poll),
	COMMAND("show_place", place),
	COMMAND("show_keys", keys),
	COMMAND("show_question", ask),
	COMMAND("show_whisper", whisper),
	COMMAND("show_tea", sell),
	COMMAND("show_list", list),
	COMMAND("show_noise", noise),
	COMMAND("show_links", show_links),
	BUTTON("page_better", better_list),
	LINK("page_door:%d", open_door),
	LINK("page_gate", open_gate),
	BUTTON(PICTURE, next_picture),
	BUTTON("page_alert", alert),
	SERVICE("chat_shared", take_group, .step = "page_group"),
	SERVICE("users_shared", take_people, .step = "page_people"),
	SERVICE("new_chat_title", note_title),
	SERVICE("successful_payment", thank),
	TEXT(take_answer, .step = "page_answer"),
	MESSAGE(read_document, .contents = CONTENT_DOCUMENT),
	MESSAGE(note_media, .contents = CONTENT_PHOTO | CONTENT_STICKER),
	PAYMENT(take_payment),
	INLINE(search),
	CHOSEN(note_choice),
	REACTION(note_reaction),
	EDITED(note_edit),
	MEMBER(note_member),
	POST(note_post),
	END_OF_ROUTES,
};

const struct module page_example = { .name = "page", .routes = page_routes };
