/* scenario.ts - a bot made with grammY that lives through a long story in the simulator. What it was
 * answered and told is written to FILE as TypeScript, for a check against @grammyjs/types.
 *
 *   node scenario.js URL TOKEN FILE
 *
 * The story is told from outside, by POST /control/…; each step waits for what grammY made of it. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { Bot, Context, GrammyError, InlineKeyboard, InputFile, InputMediaBuilder } from "grammy";
import type { ChatPermissions, Message } from "grammy/types";

const [url = "", token = "", recordTo = ""] = process.argv.slice(2);
const options = { client: { apiRoot: url } };

/* --- what the server answered ------------------------------------------------------------------ */

/* The server still writes these for old clients; the documentation has forgotten them. */
const undocumented = new Set([
	"new_chat_participant", "left_chat_participant", "all_members_are_administrators",
	"can_send_media_messages", "can_manage_voice_chats", "forward_from", "forward_date",
	"forward_from_chat", "forward_from_message_id", "forward_signature", "forward_sender_name",
	"thumb", "voter_chat",
]);
const record: string[] = [];

function asDocumented(this: unknown, key: string, value: unknown): unknown {
	const isForOldClients = undocumented.has(key) ||
		(key === "new_chat_member" && "new_chat_members" in (this as object));

	if (isForOldClients)
		return undefined;
	/* The type wants it to be named, since there is only one level of replies. */
	return key === "reply_to_message" && typeof value === "object" ? { ...value as object, reply_to_message: "@undefined" } : value;
}

function keep(type: string, value: unknown): void {
	const text = JSON.stringify(value, asDocumented, 1).replaceAll("\"@undefined\"", "undefined");

	record.push(`export const v${record.length}: ${type} = ${text};`);
}

/* --- the story-teller --------------------------------------------------------------------------- */

type Fields = Record<string, unknown>;
interface Deed { update_id: number; message_id: number; chat_id: number; id: number }

async function control(name: string, fields: Fields): Promise<Deed> {
	const answer = await fetch(`${url}/control/${name}`, { method: "POST", body: JSON.stringify(fields) });
	const result = await answer.json() as Deed & { error?: string };

	assert.equal(answer.status, 200, `${name}: ${result.error}`);
	return result;
}

async function refused(call: Promise<unknown>, code: number, text: string): Promise<GrammyError> {
	const error = await call.then(() => null, (reason: unknown) => reason);

	assert.ok(error instanceof GrammyError, `refused: ${text}`);
	assert.equal(error.error_code, code);
	assert.equal(error.description, text);
	return error;
}

/* --- the bot ------------------------------------------------------------------------------------ */

const bot = new Bot(token, options);
const seen: string[] = [];
const waiting = new Map<string, () => void>();

/* Notes that a handler of grammY ran. */
function note(what: string): void {
	seen.push(what);
	waiting.get(what)?.();
	waiting.delete(what);
}

async function happens(what: string): Promise<void> {
	if (!seen.includes(what)) {
		await new Promise<void>((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error(`${what} did not happen: ${seen.join(", ")}`)), 20000);

			waiting.set(what, () => { clearTimeout(timer); resolve(); });
		});
	}
	seen.splice(seen.indexOf(what), 1);
}

bot.api.config.use(async (previous, method, payload, signal) => {
	const answer = await previous(method, payload, signal);

	if (answer.ok && method === "getUpdates")
		(answer.result as unknown[]).forEach((update) => keep("Update", update));
	else if (answer.ok)
		keep(`Result<"${method}">`, answer.result);
	return answer;
});
bot.catch((error) => {
	console.error("a handler failed:", error.error);
	process.exit(1);
});

bot.command("start", async (ctx) => {
	await ctx.reply(`Welcome, <b>${ctx.from?.first_name}</b> &amp; friends: ${ctx.match}`, { parse_mode: "HTML" });
	note("start " + ctx.match);
});
bot.command("menu", async (ctx) => {
	await ctx.reply("Choose", { reply_markup: new InlineKeyboard().text("Yes", "yes").text("No", "no").row().url("Web", "https://example.com") });
	note("menu");
});
bot.callbackQuery("yes", async (ctx) => {
	await ctx.answerCallbackQuery({ text: "Thank you", show_alert: true });
	await ctx.editMessageText("You said *yes*", { reply_markup: new InlineKeyboard().text("Undo", "no") });
	await ctx.editMessageReplyMarkup({ reply_markup: new InlineKeyboard() });
	note("yes");
});
bot.on("edited_message:text", () => note("edited"));
bot.on("my_chat_member", (ctx) => note("my_chat_member " + ctx.myChatMember.new_chat_member.status));
bot.on("chat_member", (ctx) => note("chat_member " + ctx.chatMember.new_chat_member.status));
bot.on("message:new_chat_members:me", () => note("the bot came"));
bot.on("message:new_chat_members", () => note("joined"));
bot.on("message:left_chat_member", () => note("left"));
bot.on("message:new_chat_title", (ctx) => note("title " + ctx.message.new_chat_title));
bot.on("message:migrate_to_chat_id", (ctx) => note("migrated to " + ctx.message.migrate_to_chat_id));
bot.on("message:migrate_from_chat_id", (ctx) => note("migrated from " + ctx.message.migrate_from_chat_id));
bot.on("message:pinned_message", () => note("pinned"));
bot.on("message:photo", (ctx) => note(`photo of ${ctx.message.photo.length > 0} ${ctx.message.caption ?? ""}`));
bot.on(["message:sticker", "message:voice", "message:video", "message:animation", "message:audio",
	"message:document", "message:video_note", "message:location", "message:venue", "message:contact",
	"message:poll", "message:dice"], () => note("media"));
bot.on("message:entities:hashtag", (ctx) => note("tags " + ctx.entities("hashtag").map((tag) => tag.text).join()));
bot.on("inline_query", async (ctx) => {
	await ctx.answerInlineQuery([{ type: "article", id: "1", title: "A", input_message_content: { message_text: "a" } }]);
	note("inline " + ctx.inlineQuery.query);
});
bot.on("pre_checkout_query", async (ctx) => {
	await ctx.answerPreCheckoutQuery(true);
	note("checkout");
});
bot.on("shipping_query", async (ctx) => {
	await ctx.answerShippingQuery(false, { error_message: "Not there" });
	note("shipping");
});
bot.on(["message_reaction", "chat_join_request", "poll_answer", "chat_boost", "chosen_inline_result"], () => note("other"));
bot.on("channel_post:text", (ctx) => note("post " + ctx.channelPost.text));
bot.on("message:text", async (ctx: Context) => {
	if (ctx.message?.text)
		note("said " + ctx.message.text);
});

/* --- the story ---------------------------------------------------------------------------------- */

const ada = (await control("person", { first_name: "Ada", last_name: "Lovelace", username: "ada", language: "en" })).id;
const ben = (await control("person", { first_name: "Ben" })).id;
const cleo = (await control("person", { first_name: "Cleo" })).id;

async function greeting(): Promise<void> {
	await control("say", { from: ada, text: "/start deep-link" });
	await happens("start deep-link");
	await control("say", { from: ada, text: "plain #words and #tags" });
	await happens("tags #words,#tags");
	const said = await control("say", { from: ada, text: "tpyo" });
	await happens("said tpyo");
	await control("say", { from: ada, text: "typo", edit: said.message_id });
	await happens("edited");
}

async function buttons(): Promise<void> {
	await control("say", { from: ada, text: "/menu" });
	await happens("menu");
	const { calls } = await (await fetch(`${url}/control/sent?method=sendMessage`)).json() as { calls: { message_id: number }[] };
	await control("press", { from: ada, message_id: calls.at(-1)?.message_id, button: "Yes" });
	await happens("yes");
	await refused(bot.api.answerCallbackQuery("1"), 400,
		"Bad Request: query is too old and response timeout expired or query ID is invalid");
}

async function texts(): Promise<void> {
	const sent = await bot.api.sendMessage(ada, "<i>ä</i> <a href=\"https://example.com\">link</a>", { parse_mode: "HTML" });

	assert.equal(sent.text, "ä link");
	assert.deepEqual(sent.entities?.map((entity) => [entity.type, entity.offset, entity.length]),
		[["italic", 0, 1], ["text_link", 2, 4]]);
	const reply = await bot.api.sendMessage(ada, "b", { reply_parameters: { message_id: sent.message_id } });
	assert.equal(reply.reply_to_message?.message_id, sent.message_id);
	await refused(bot.api.sendMessage(ada, ""), 400, "Bad Request: message text is empty");
	await refused(bot.api.sendMessage(ada, "<b>", { parse_mode: "HTML" }), 400,
		"Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"");
	await refused(bot.api.sendMessage(1, "a"), 400, "Bad Request: chat not found");
	await bot.api.editMessageText(ada, sent.message_id, "changed");
	await bot.api.sendChatAction(ada, "typing");
	await bot.api.deleteMessage(ada, sent.message_id);
	await refused(bot.api.deleteMessage(ada, sent.message_id), 400, "Bad Request: message to delete not found");
}

async function files(): Promise<void> {
	const document = await bot.api.sendDocument(ada, new InputFile(Buffer.from("a,b\n1,2\n"), "table.csv"),
		{ caption: "A <b>table</b>", parse_mode: "HTML" });

	assert.equal(document.document.file_name, "table.csv");
	assert.equal(document.caption, "A table");
	const file = await bot.api.getFile(document.document.file_id);
	const content = await fetch(`${url}/file/bot${token}/${file.file_path}`);
	assert.equal(await content.text(), "a,b\n1,2\n");
	await bot.api.sendDocument(ada, document.document.file_id);
	const album = await bot.api.sendMediaGroup(ada, [
		InputMediaBuilder.document(new InputFile(Buffer.from("one"), "1.txt"), { caption: "two files" }),
		InputMediaBuilder.document(new InputFile(Buffer.from("two"), "2.txt")),
	]);
	const groups = album.map((item) => "media_group_id" in item ? item.media_group_id : undefined);
	assert.equal(groups.length, 2);
	assert.ok(groups[0] && groups[0] === groups[1]);
}

async function media(): Promise<void> {
	for (const kind of ["sticker", "voice", "video", "animation", "audio", "document", "video_note",
		"location", "venue", "contact", "poll", "dice"]) {
		await control("do", { from: ada, kind });
		await happens("media");
	}
	await control("do", { from: ada, kind: "photo", caption: "sea" });
	await happens("photo of true sea");
}

async function group(): Promise<number> {
	const chat = (await control("chat", { title: "Friends", type: "group", members: [ada, ben, cleo] })).id;

	await control("member", { chat, bot: true, status: "administrator", by: ada });
	await happens("my_chat_member administrator");
	await control("do", { from: cleo, chat, kind: "title", caption: "Good friends" });
	await happens("title Good friends");
	await refused(bot.api.restrictChatMember(chat, ben, {}), 400, "Bad Request: method is available only for supergroups");
	await control("migrate", { chat, before: "sendMessage" });
	const error = await refused(bot.api.sendMessage(chat, "a"), 400,
		"Bad Request: group chat was upgraded to a supergroup chat");
	const upgraded = error.parameters.migrate_to_chat_id;
	assert.ok(upgraded);
	await happens(`migrated to ${upgraded}`);
	await happens(`migrated from ${chat}`);
	await bot.api.sendMessage(upgraded, "here we are");
	return upgraded;
}

const silent: ChatPermissions = { can_send_messages: false };

async function moderation(chat: number): Promise<void> {
	const until = Math.floor(Date.now() / 1000) + 3600;

	assert.deepEqual((await bot.api.getChatAdministrators(chat)).map((admin) => admin.status), ["creator", "administrator"]);
	assert.equal(await bot.api.getChatMemberCount(chat), 4);
	await bot.api.restrictChatMember(chat, ben, silent, { until_date: until });
	await happens("chat_member restricted");
	const restricted = await bot.api.getChatMember(chat, ben);
	assert.ok(restricted.status === "restricted" && restricted.until_date === until && !restricted.can_send_messages);
	await control("clock", { after: "2h" });
	assert.equal((await bot.api.getChatMember(chat, ben)).status, "member");
	await bot.api.banChatMember(chat, ben);
	await happens("chat_member kicked");
	await happens("left");
	await bot.api.unbanChatMember(chat, ben, { only_if_banned: true });
	await control("do", { from: ben, chat, kind: "join" });
	await happens("joined");
	await bot.api.promoteChatMember(chat, cleo, { can_pin_messages: true, can_delete_messages: true });
	await happens("chat_member administrator");
	await refused(bot.api.banChatMember(chat, ada), 400, "Bad Request: can't remove chat owner");
	await bot.api.getChat(chat);
	await control("do", { from: cleo, chat, kind: "leave" });
}

async function floods(chat: number): Promise<void> {
	await control("limits", { strict: true });
	await control("clock", { stands: true });
	await bot.api.sendMessage(chat, "one");
	const error = await refused(bot.api.sendMessage(chat, "two"), 429, "Too Many Requests: retry after 1");
	assert.equal(error.parameters.retry_after, 1);
	await control("clock", { after: "1s" });
	await bot.api.sendMessage(chat, "two");
	await control("limits", { strict: false });
	await control("clock", { stands: false });
}

async function others(chat: number): Promise<void> {
	await control("do", { from: ada, kind: "inline_query", caption: "weather" });
	await happens("inline weather");
	await control("do", { from: ada, kind: "pre_checkout_query" });
	await happens("checkout");
	await control("do", { from: ada, kind: "shipping_query" });
	await happens("shipping");
	const pin = await control("say", { from: ada, chat, text: "important" });
	await control("do", { from: ada, chat, kind: "pin", reply_to: pin.message_id });
	await happens("pinned");
	for (const kind of ["reaction", "join_request", "poll_answer", "chat_boost", "chosen_inline_result"]) {
		await control("do", { from: kind === "join_request" ? (await control("person", { first_name: "Dora" })).id : ada, chat, kind });
		await happens("other");
	}
	const channel = (await control("chat", { title: "News", type: "channel" })).id;
	await control("say", { chat: channel, text: "headline" });
	await happens("post headline");
	const post: Message = await bot.api.sendMessage(channel, "from the bot");
	assert.equal(post.from, undefined);
	await control("block", { person: ben });
	await refused(bot.api.sendMessage(ben, "a"), 403, "Forbidden: bot was blocked by the user");
}

async function settings(): Promise<void> {
	await bot.api.setMyCommands([{ command: "start", description: "Begin" }], { language_code: "en" });
	assert.deepEqual(await bot.api.getMyCommands({ language_code: "en" }), [{ command: "start", description: "Begin" }]);
	await bot.api.deleteMyCommands({ language_code: "en" });
	assert.deepEqual(await bot.api.getMyCommands({ language_code: "en" }), []);
	await refused(bot.api.setMyCommands([{ command: "NO", description: "a" }]), 400, "Bad Request: BOT_COMMAND_INVALID");
	await refused(new Bot("1:wrong", options).api.getMe(), 401, "Unauthorized");
}

/* What is not acted out is answered with the right type all the same. */
async function answered(chat: number): Promise<void> {
	await bot.api.getMyName();
	await bot.api.getMyDescription();
	await bot.api.getMyShortDescription();
	await bot.api.getMyDefaultAdministratorRights();
	await bot.api.getUserProfilePhotos(ada);
	await bot.api.getWebhookInfo();
	await bot.api.getForumTopicIconStickers();
	await bot.api.getChatMenuButton();
	await bot.api.exportChatInviteLink(chat);
	await bot.api.setChatDescription(chat, "About us");
	await bot.api.getMyStarBalance();
	await bot.api.getAvailableGifts();
	await bot.api.getStarTransactions();
}

await bot.init();
assert.equal(bot.botInfo.username, "korone_sim_bot");
const running = bot.start({
	allowed_updates: ["message", "edited_message", "channel_post", "callback_query", "inline_query",
		"chosen_inline_result", "shipping_query", "pre_checkout_query", "poll_answer",
		"my_chat_member", "chat_member", "chat_join_request", "message_reaction", "chat_boost"],
});
await greeting();
await buttons();
await texts();
await files();
await media();
const chat = await group();
await moderation(chat);
await floods(chat);
await others(chat);
await settings();
await answered(chat);
await bot.api.leaveChat(chat);
await refused(bot.api.sendMessage(chat, "a"), 403, "Forbidden: bot is not a member of the supergroup chat");
await bot.stop();
await running;
writeFileSync(recordTo, [
	"import type { ApiMethods, Update } from \"@grammyjs/types\";",
	"type Result<M extends keyof ApiMethods<File>> = Awaited<ReturnType<ApiMethods<File>[M]>>;",
	...record,
].join("\n") + "\n");
console.log(`${record.length} answers and updates`);
