// main.js - puts the page together: which chat, which person, what the stream tells.

import { el, fill, foreign, byId, button, menu, ask, choose, toast } from "./dom.js";
import { act, get, listen } from "./api.js";
import { state, me, openChat, personName, chatTitle, hueOf, initials, hasRight } from "./state.js";
import { MessageWindow } from "./window.js";
import { renderMessage, keyOf } from "./message.js";
import { drawChats, noteNew, noteRead, setUpChats } from "./chats.js";
import { drawBottom, say, startReply, startEdit, onInlineAnswer, startInline, pay, startLink } from "./composer.js";
import { noteMessage, noteChat } from "./conversation.js";
import { openMe, openNew } from "./people.js";
import { openChatPanel, openTools, openConversation, inspect, chatChanged, closePanel } from "./panel.js";

let items = [];      // of the open chat, oldest first
let more = false;    // there are older ones
let loading = false;
let versions = 0;
let opened = 0;      // the chat whose messages are shown
let typing = 0;      // timer
const pressed = new Set(); // ids of queries that this page made by pressing buttons
const early = new Map();   // query id → the bot's answer that came before the id

const EARLY_MAX = 100;
const EMOJI = ["👍", "❤", "🔥", "🎉", "😁", "🤔", "👎", "😢"];

// --- what one does with a message

const on = {
	menu: messageMenu,
	inspect,
	react: (item, emoji) => act("react", { from: state.me, chat: state.chat, message_id: item.id, reaction: emoji ?? [] }),
	vote: (item, option, mine) => {
		const one = item.message.poll.allows_multiple_answers ? mine ^ 1 << option : mine === 1 << option ? 0 : 1 << option;

		act("vote", { from: state.me, chat: state.chat, message_id: item.id,
			options: [...Array(12).keys()].filter((i) => one >> i & 1) });
	},
	show: (id) => {
		const node = list.show(id);

		node?.querySelector("[data-message]")?.focus({ preventScroll: true });
		node?.classList.add("flash");
	},
	command: (text) => say(text),
	pressed: onPressed,
	pay,
	inline: startInline,
	link: (url) => {
		const found = /^(?:https?:\/\/t\.me\/|tg:\/\/resolve\?domain=)(\w+)[?&](start|startgroup)=([\w-]*)/i.exec(url);

		if (found && found[1].toLowerCase() === state.bot.username.toLowerCase())
			return startLink(found[3], found[2] === "startgroup");
		return toast(`The button leads to ${url}`);
	},
};

async function forward(item) {
	const [chat] = await choose("Forward to", [...state.chats.values()].filter((one) => !one.person || one.person === state.me).slice(0, 60)
		.map((one) => [one.id, chatTitle(one)]), "Forward");

	if (chat)
		await act("forward", { from: state.me, source: state.chat, message_id: item.id, chat });
}

function messageMenu(item, at) {
	const mine = item.message.from?.id === state.me;
	const where = { from: state.me, chat: state.chat, message_id: item.id };

	menu(at, [
		["Reply", () => startReply(item)],
		["React…", () => menu(at, EMOJI.map((emoji) => [emoji, () => on.react(item, emoji)]))],
		mine && item.message.text !== undefined && ["Edit", () => startEdit(item)],
		["Forward…", () => forward(item)],
		["Pin", () => act("do", { kind: "pin", from: state.me, chat: state.chat, reply_to: item.id })],
		(mine || openChat()?.person || hasRight(state.me, "can_delete_messages")) && ["Delete", () => act("delete", where)],
		item.message.invoice && ["Pay", () => pay(item)],
		null,
		["Raw form and times", () => inspect(item)],
	]);
}

const list = new MessageWindow((item, before) => renderMessage(item, before, on), keyOf, loadMore);

// --- messages

const isVisible = (item) => (!item.receiver || item.receiver === state.me) &&
	(!state.thread || (item.message.message_thread_id ?? 0) === state.thread);

const visible = () => items.filter(isVisible);

function redraw(toEnd = false) {
	const shown = visible();

	list.set(shown, toEnd);
	drawBottom(shown);
}

function take(item) {
	noteMessage(item);
	item.version = ++versions;
	const place = items.findIndex((one) => one.id === item.id);

	if (place >= 0)
		items[place] = item;
	else if (!items.length || items.at(-1).index < item.index)
		items.push(item);
	else
		items.splice(items.findIndex((one) => one.index > item.index), 0, item);
}

async function loadMore() {
	if (!more || loading)
		return;
	loading = true;
	const chat = state.chat;

	try {
		const answer = await get("history", { chat, before: items[0]?.index ?? 0, count: 200 });

		if (chat === state.chat && items[0]) {
			for (const item of answer.messages)
				item.version = ++versions;
			items = [...answer.messages.filter((item) => item.index < items[0].index), ...items];
			more = answer.more;
			redraw();
		}
	} catch {
		more = false;
	} finally {
		loading = false;
	}
}

// --- the head

function subtitle(chat) {
	if (typing)
		return el("span.typing", {}, `${state.bot.first_name} is typing…`);
	if (chat.type === "private")
		return chat.person === state.me ? "bot" : "private chat of somebody else";
	return state.detail?.id === chat.id ? `${chat.type}, ${state.detail.present} members` : chat.type;
}

function drawHead() {
	const chat = openChat();

	if (!chat)
		return fill(byId("head"), "");
	const title = chatTitle(chat);

	document.title = `${title} – CKorone playground`;
	fill(byId("head"), el(`span.avatar.hue${hueOf(chat.id)}`, { "aria-hidden": "true" }, chat.person === state.me ? "🤖" : initials(title)),
		el("span", {}, el("strong", {}, foreign(title)), el("small", {}, subtitle(chat))));
	byId("head").setAttribute("aria-label", `${title}: details`);
	return drawTopics(chat);
}

function drawTopics(chat) {
	const topics = chat.forum && state.detail?.id === chat.id ? state.detail.topics : [];
	const tab = (id, name) => button(foreign(name), () => { state.thread = id; drawHead(); redraw(true); }, { "aria-pressed": state.thread === id });

	byId("topics").hidden = !topics.length;
	fill(byId("topics"), topics.length && [tab(0, "All"), topics.map((topic) => tab(topic.message_thread_id, topic.name))]);
}

function onTyping() {
	clearTimeout(typing);
	typing = setTimeout(() => { typing = 0; drawHead(); }, 5000);
	drawHead();
}

function showAnswer(parameters) {
	if (parameters.show_alert === "true" || parameters.show_alert === true)
		ask(state.bot.first_name, el("p", {}, foreign(parameters.text)));
	else
		toast(parameters.text);
}

// The bot may have answered before the simulator told which query the press became.
function onPressed(answer) {
	if (!answer)
		return;
	pressed.add(answer.query_id);
	if (early.has(answer.query_id))
		showAnswer(early.get(answer.query_id));
	early.delete(answer.query_id);
}

function onQueryAnswered(parameters) {
	const id = parameters.callback_query_id;

	if (pressed.has(id)) {
		showAnswer(parameters);
	} else {
		early.set(id, parameters);
		if (early.size > EARLY_MAX) // those of other pages and people
			early.delete(early.keys().next().value);
	}
}

function onCall(call) {
	const parameters = call.parameters ?? {};

	if (call.method === "sendChatAction" && call.chat === state.chat)
		onTyping();
	else if (call.chat === state.chat && call.message_id && typing) {
		clearTimeout(typing);
		typing = 0;
		drawHead();
	}
	if (call.method === "answerInlineQuery")
		onInlineAnswer(parameters);
	if (call.method === "answerCallbackQuery" && parameters.text)
		onQueryAnswered(parameters);
}

// --- the stream

const handlers = {
	world({ people, chats, commands }) {
		state.people = new Map(people.map((one) => [one.id, one]));
		state.chats = new Map(chats.map((one) => [one.id, one]));
		state.commands = commands;
		if (!me() && state.people.size)
			setMe(state.people.has(1001) ? 1001 : people[0].id);
		drawChats();
		drawHead();
		drawBottom(visible());
	},
	chat(detail) {
		state.detail = detail;
		noteChat(detail);
		drawHead();
		drawBottom(visible());
		chatChanged();
	},
	lasts(all) {
		state.lasts = new Map(all.map((one) => [one.id, one]));
		drawChats();
	},
	last: noteNew,
	hello(hello) {
		const fresh = opened !== hello.chat;

		state.bot = hello.bot;
		state.operators = hello.operators.split(/\D+/).filter(Boolean).map(Number);
		state.without = [...new Set(hello.without.split(/\W+/).filter(Boolean))];
		items = hello.messages ?? [];
		for (const item of items) {
			item.version = ++versions;
			noteMessage(item);
		}
		more = hello.more ?? false;
		opened = hello.chat;
		if (!hello.chat && state.me)
			return open(state.me);
		drawHead();
		drawChats();
		return redraw(fresh);
	},
	message(item) {
		if (item.message.from?.id === state.me && item.index > (items.at(-1)?.index ?? 0))
			list.atEnd = true; // who says something wants to see what comes of it
		take(item);
		redraw();
	},
	gone({ id }) {
		items = items.filter((item) => item.id !== id);
		redraw();
	},
	call: onCall,
	clock(clock) {
		state.clock = clock;
		drawChats();
	},
};

// --- where one is

function remember() {
	try {
		sessionStorage.setItem("me", String(state.me));
	} catch { /* private mode: it is only forgotten */ }
}

function setMe(id) {
	state.me = id;
	remember();
}

function open(chat) {
	state.chat = chat;
	state.thread = 0;
	state.reply = state.edit = null;
	typing = 0;
	document.body.classList.add("in-chat");
	noteRead(chat);
	listen(chat, handlers);
}

function route() {
	const chat = Number(new URLSearchParams(location.hash.slice(1)).get("chat"));

	document.body.classList.toggle("in-chat", Boolean(chat));
	if (chat && chat !== state.chat)
		open(chat);
}

function become(id) {
	const own = openChat()?.person === state.me || !state.chat;

	setMe(id);
	state.reply = state.edit = null;
	drawChats();
	if (own && state.chat !== id)
		location.hash = `chat=${id}`;
	drawHead();
	redraw();
	toast(`You are ${personName(me())}`);
}

function setUpKeys() {
	byId("scroll").addEventListener("keydown", (event) => {
		const rows = [...byId("messages").querySelectorAll("[data-message]")];
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		const at = rows.findIndex((row) => row.contains(document.activeElement));

		if (step && rows.length) {
			event.preventDefault();
			const next = rows[at < 0 ? rows.length - 1 : at + step];

			(next ?? byId("write"))?.focus({ preventScroll: false });
		} else if (event.key === "Enter" && document.activeElement.matches("[data-message]")) {
			event.preventDefault();
			document.activeElement.querySelector(".more")?.click();
		}
	});
	document.addEventListener("keydown", (event) => {
		if (event.key === "Escape" && !document.querySelector("dialog[open], .menu") && document.body.classList.contains("with-panel"))
			closePanel();
	});
}

function setUp() {
	state.me = Number(sessionStorage.getItem("me")) || 0;
	setUpChats();
	setUpKeys();
	byId("me").addEventListener("click", () => openMe(byId("me")));
	byId("new").addEventListener("click", () => openNew(byId("new")));
	byId("tools").addEventListener("click", () => openTools(byId("tools")));
	byId("head").addEventListener("click", () => openChatPanel(byId("head")));
	byId("copy").addEventListener("click", () => openConversation(byId("copy")));
	byId("back").addEventListener("click", () => { location.hash = ""; });
	byId("down").addEventListener("click", () => list.toEnd());
	document.addEventListener("become", (event) => become(event.detail));
	addEventListener("hashchange", route);
	const chat = Number(new URLSearchParams(location.hash.slice(1)).get("chat"));

	if (chat)
		open(chat);
	else
		listen(state.me, handlers);
}

setUp();
