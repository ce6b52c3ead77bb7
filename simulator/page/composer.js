// composer.js - what stands below the messages: the field to write in, with replies, files, commands,
// inline results, or what else there is to do in a chat where one cannot write.

import { el, fill, foreign, button, byId, menu, choose, toast } from "./dom.js";
import { act, upload } from "./api.js";
import { state, me, openChat, memberOf, isPresent, hasRight, personName } from "./state.js";
import { typedHtml, preview } from "./text.js";
import { currentKeyboard, replyKeyboard } from "./keyboards.js";
import { record } from "./voice.js";

let items = [];
let drawn = "";        // what the bottom was drawn for
let inlineQuery = null; // { id, query } that waits for its results
let results = [];

// --- commands

// The list that counts for who types, by Telegram's order (Bot API: BotCommandScope).
function commands() {
	const chat = openChat();
	const lang = (me()?.language || "").slice(0, 2);
	const admin = ["creator", "administrator"].includes(memberOf(state.me)?.status);
	const scopes = chat?.type === "private"
		? [`chat:${chat.id}:0`, "all_private_chats:0:0"]
		: [`chat_member:${state.chat}:${state.me}`, ...(admin ? [`chat_administrators:${state.chat}:0`] : []),
			`chat:${state.chat}:0`, ...(admin ? ["all_chat_administrators:0:0"] : []), "all_group_chats:0:0"];

	for (const scope of [...scopes, "default:0:0", "default"]) {
		for (const language of lang ? [lang, ""] : [""]) {
			const list = state.commands[`${scope}/${language}`];

			if (list)
				return list;
		}
	}
	return [];
}

function completions(text) {
	const typed = /^\/(\w*)$/.exec(text);

	return typed ? commands().filter((one) => one.command.replace(/^\//, "").startsWith(typed[1])) : [];
}

// --- sending

function place() {
	const as = byId("as")?.value;

	return { from: state.me, chat: state.chat, ...(state.thread && { thread: state.thread }),
		...(state.reply && { reply_to: state.reply.id }), ...(as === "anonymous" && { anonymous: true }),
		...(Number(as) && { as: Number(as) }) };
}

export async function say(text) {
	const edit = state.edit;
	const html = typedHtml(text);
	const sent = await act("say", { ...place(), text: html ?? text, ...(html && { html: true }),
		...(edit && { edit: edit.id }) });

	if (sent)
		setContext(null, null);
	return sent;
}

async function sendFile(kind, file, where = place()) {
	const id = await upload(kind, file);
	const field = where.chat === state.chat && byId("write");
	const caption = field && field.value.trim();

	if (id && await act("do", { ...where, kind, file: id, file_name: file.name || undefined, ...(caption && { caption }) }) && field) {
		field.value = "";
		state.reply = null;
		drawBottom(items, true);
	}
}

// Where it was begun, also when another chat is open by then.
async function speak() {
	const where = place();
	const sound = await record();

	if (sound)
		await sendFile("voice", sound, where);
}

function pick(kind, accept, multiple = false) {
	const input = el("input", { type: "file", accept, multiple });

	input.addEventListener("change", async () => {
		for (const file of input.files)
			await sendFile(kind, file);
	});
	input.click();
}

// What the simulator makes up.
const MADE_UP = [["🎲 Dice", "dice"], ["📍 Location", "location"], ["👤 Contact", "contact"], ["🏷 Sticker", "sticker"],
	["🎤 Voice message", "voice"], ["📊 Poll", "poll"], ["🏛 Venue", "venue"]];

function attach(at) {
	menu(at, [
		["🖼 Photo…", () => pick("photo", "image/png,image/jpeg,image/webp,image/gif", true)],
		["🎞 Video…", () => pick("video", "video/mp4,video/webm")],
		["📄 File…", () => pick("document", "", true)],
		["🎤 Voice from a file…", () => pick("voice", ".ogg,.oga,.opus,.mp3,.m4a")],
		["🏷 Sticker from a file…", () => pick("sticker", "image/webp,image/png,video/webm")],
		null,
		["🖼 A photo, made up", () => madeUp("photo")],
		["🖼 An album, made up", album],
		["📄 A file, made up", () => madeUp("document")],
		...MADE_UP.map(([label, kind]) => [label, () => madeUp(kind)]),
	]);
}

async function madeUp(kind, more = {}) {
	const caption = byId("write").value.trim();

	if (await act("do", { ...place(), kind, ...(caption && { caption }), ...more }))
		byId("write").value = "";
}

async function album() {
	const number = String(Date.now());

	for (let i = 0; i < 3; i++)
		await madeUp("photo", { album: number });
}

// --- inline mode

let inlineTimer = 0;

async function askInline(query) {
	const answer = await act("inline", { from: state.me, chat: state.chat, query });

	if (answer)
		inlineQuery = { id: answer.query_id, query };
}

// The bot answered: a call of answerInlineQuery.
export function onInlineAnswer(parameters) {
	if (!inlineQuery || parameters.inline_query_id !== inlineQuery.id)
		return;
	try {
		results = JSON.parse(parameters.results);
	} catch {
		results = [];
	}
	drawResults();
}

async function chooseResult(result) {
	if (await act("choose", { query_id: inlineQuery.id, result_id: result.id, chat: state.chat,
		title: result.title })) {
		byId("write").value = "";
		results = [];
		drawResults();
	}
}

function drawResults() {
	const box = byId("offers");

	if (!box)
		return;
	fill(box, results.map((result) => el("button", { type: "button", role: "option", onclick: () => chooseResult(result) },
		el("strong", {}, foreign(result.title || result.caption || result.type)),
		el("small", {}, foreign(result.description || "")))));
	box.hidden = results.length === 0;
}

export function startInline(query) {
	const field = byId("write");

	if (!field)
		return;
	field.value = `@${state.bot.username} ${query}`;
	field.focus();
	typed();
}

// --- the field

function drawCommands() {
	const field = byId("write");
	const list = completions(field.value);
	const box = byId("offers");

	fill(box, list.map((one) => el("button", { type: "button", role: "option", onclick: () => {
		field.value = `/${one.command.replace(/^\//, "")} `;
		box.hidden = true;
		field.focus();
	} }, el("strong", {}, `/${one.command.replace(/^\//, "")}`), el("small", {}, foreign(one.description)))));
	box.hidden = list.length === 0;
}

function typed() {
	const field = byId("write");
	const inline = new RegExp(`^@${state.bot.username}\\s(.*)$`, "is").exec(field.value);

	field.style.height = "auto";
	field.style.height = `${Math.min(field.scrollHeight, 160)}px`;
	clearTimeout(inlineTimer);
	if (inline) {
		inlineTimer = setTimeout(() => askInline(inline[1]), 300);
	} else {
		results = [];
		drawCommands();
	}
}

async function submit() {
	const field = byId("write");
	const text = field.value.trim();

	if (!text)
		return;
	field.value = "";
	typed();
	if (!await say(text) && !field.value)
		field.value = text;
}

function onKey(event) {
	const offers = [...byId("offers").querySelectorAll("button")];

	if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
		event.preventDefault();
		submit();
	} else if (event.key === "Tab" && !event.shiftKey && offers.length && !byId("offers").hidden) {
		event.preventDefault();
		offers[0].click();
	} else if (event.key === "ArrowUp" && offers.length && !byId("offers").hidden) {
		event.preventDefault();
		offers.at(-1).focus();
	} else if (event.key === "ArrowUp" && !event.target.value) {
		const mine = items.filter((item) => item.message.from?.id === state.me && item.message.text).at(-1);

		if (mine) {
			event.preventDefault();
			startEdit(mine);
		}
	} else if (event.key === "Escape") {
		byId("offers").hidden = true;
		setContext(null, null);
	}
}

function offersKey(event) {
	const offers = [...event.currentTarget.querySelectorAll("button")];
	const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];

	if (event.key === "Escape")
		byId("write").focus();
	if (!step)
		return;
	event.preventDefault();
	const next = offers.indexOf(document.activeElement) + step;

	(offers[next] ?? byId("write")).focus();
}

// What is answered or edited next; neither: null.
function setContext(reply, edit) {
	Object.assign(state, { reply, edit });
	drawBottom(items, true);
	byId("write")?.focus();
}

export const startReply = (item) => setContext(item, null);

export function startEdit(item) {
	setContext(null, item);
	const field = byId("write");

	if (field) {
		field.value = item.message.text ?? "";
		typed();
	}
}

function context() {
	const item = state.edit ?? state.reply;

	return item && el("div.context", {}, el("span", {}, el("strong", {}, state.edit ? "Edit" : "Reply"),
		preview(item.message.text ?? item.message.caption ?? "message")),
		button("✕", () => setContext(null, null), { "aria-label": "Not after all", class: "round" }));
}

// In whose name: oneself, the group (as its administrator), or a channel that one owns.
function asWhom() {
	const chat = openChat();
	const channels = [...state.chats.values()].filter((one) => one.type === "channel");

	if (!chat || chat.type !== "supergroup" || (!channels.length && !hasRight(state.me, "can_manage_chat")))
		return null;
	return el("select", { id: "as", "aria-label": "In whose name" }, el("option", { value: "" }, "as myself"),
		hasRight(state.me, "can_manage_chat") && el("option", { value: "anonymous" }, "as the group"),
		channels.slice(0, 10).map((one) => el("option", { value: one.id }, `as ${one.title}`)));
}

function writer(markup) {
	const field = el("textarea", { id: "write", rows: 1, maxlength: 4096, placeholder:
		markup?.input_field_placeholder || (openChat()?.type === "channel" ? "Post…" : "Message"),
		"aria-label": `Message as ${personName(me())}`, title: "**bold** __italic__ `code` ~~struck~~ ||covered|| [label](https://…)",
		autocomplete: "off", oninput: typed, onkeydown: onKey });

	field.addEventListener("paste", (event) => {
		const file = [...event.clipboardData.files][0];

		if (file) {
			event.preventDefault();
			sendFile(/^image\/(png|jpeg|webp|gif)$/.test(file.type) ? "photo" : "document", file);
		}
	});
	const clip = button("📎", () => attach(clip), { class: "round", "aria-label": "Attach", "aria-haspopup": "menu" });

	return [el("div.offers", { id: "offers", role: "listbox", "aria-label": "Suggestions", hidden: true, onkeydown: offersKey }),
		context(), el("form.writer", { onsubmit: (event) => { event.preventDefault(); submit(); } }, clip, asWhom(), field,
			button("🎤", speak, { class: "round", "aria-label": "Record a voice message", title: "Record a voice message" }),
			el("button.round.send", { type: "submit", "aria-label": "Send", title: "Send" }, "➤")),
		markup?.keyboard && replyKeyboard(markup, say)];
}

async function joinChat() {
	await act("join", { from: state.me, chat: state.chat }) ?? null;
}

function blocked() {
	const chat = openChat();

	if (!chat)
		return el("p.hint", {}, "Choose a chat.");
	if (!me())
		return el("p.hint", {}, "Choose who you are.");
	if (chat.migrated_to)
		return button("This group became a supergroup. Go there", () => { location.hash = `chat=${chat.migrated_to}`; }, { class: "wide" });
	if (chat.type === "private" && chat.person !== state.me)
		return button(`This is ${personName(state.people.get(chat.person))}’s chat. Speak as them`,
			() => document.dispatchEvent(new CustomEvent("become", { detail: chat.person })), { class: "wide" });
	if (chat.type === "private" && me().blocked)
		return button("You blocked the bot. Unblock it", () => act("block", { person: state.me, blocked: false }), { class: "wide" });
	if (chat.type === "private" && !me().started)
		return button("Start", () => act("start", { from: state.me }), { class: "wide main" });
	if (chat.type === "private" || !state.detail || state.detail.id !== chat.id)
		return null;
	const member = memberOf(state.me);

	if (member?.status === "kicked")
		return el("p.hint", {}, "You are banned here.");
	if (chat.type === "channel")
		return hasRight(state.me, "can_post_messages") ? null : el("p.hint", {}, "Only administrators post here.");
	if (!isPresent(member))
		return el("div.pair", {}, button("Join", () => act("do", { kind: "join", from: state.me, chat: state.chat }), { class: "wide main" }),
			button("Ask to join", joinChat, { class: "wide" }));
	return null;
}

// Draws the bottom again if something that it shows has changed.
export function drawBottom(list, force = false) {
	items = list;
	const markup = currentKeyboard(items);
	const instead = blocked();
	const key = JSON.stringify([state.chat, state.me, state.thread, markup?.item.id, markup?.item.version, instead?.textContent,
		memberOf(state.me)?.status, state.chats.size]);

	if (key === drawn && !force)
		return;
	const text = byId("write")?.value ?? "";
	const focused = document.activeElement?.id === "write";

	drawn = key;
	fill(byId("bottom"), instead ?? writer(markup));
	const field = byId("write");

	if (field) {
		field.value = state.edit ? field.value : text;
		if (focused)
			field.focus();
	}
}

// A message about to be paid for.
export async function pay(item) {
	const answer = await act("pay", { from: state.me, chat: state.chat, message_id: item.id });

	if (answer)
		toast("Asked the bot whether it takes the payment");
}

export async function startLink(payload, group) {
	if (!group)
		return act("start", { from: state.me, payload });
	const [chat] = await choose("Add the bot to a group", [...state.chats.values()].filter((one) => one.type.endsWith("group")).slice(0, 60)
		.map((one) => [one.id, one.title]), "Add");

	return chat ? act("start", { from: state.me, payload, chat }) : null;
}
