// chats.js - the list of chats, and who one is.

import { el, fill, foreign, byId } from "./dom.js";
import { state, me, personName, chatTitle, timeOf, hueOf, initials } from "./state.js";

let filter = "mine";
let query = "";
let queued = false;
const rows = new Map(); // chat → { node, key }
const unread = new Map();

function label(last) {
	if (!last)
		return "";
	const text = last.text ?? (last.kind ? last.kind.replaceAll("_", " ") : "");

	return last.service ? text : `${last.from ?? ""}: ${text}`;
}

// Mine: the chat with the bot, and all that are no private chats of others.
function isShown(chat) {
	if (chat.migrated_to && !state.lasts.get(chat.id))
		return false;
	if (filter === "mine" && chat.person && chat.person !== state.me)
		return false;
	return !query || chatTitle(chat).toLowerCase().includes(query);
}

function order(a, b) {
	return (state.lasts.get(b.id)?.index ?? 0) - (state.lasts.get(a.id)?.index ?? 0);
}

const SIGNS = { channel: "📣 ", supergroup: "", group: "", private: "" };

function row(chat) {
	const last = state.lasts.get(chat.id);
	const title = chatTitle(chat);
	const count = unread.get(chat.id);

	return el("li", {}, el("button", { type: "button", "aria-current": chat.id === state.chat ? "true" : undefined,
		onclick: () => { location.hash = `chat=${chat.id}`; } },
		el(`span.avatar.hue${hueOf(chat.id)}`, { "aria-hidden": "true" }, chat.person === state.me ? "🤖" : initials(title)),
		el("span.title", {}, SIGNS[chat.type], foreign(title), chat.forum && el("small", {}, " #")),
		el("time", {}, last?.date ? timeOf(last.date) : ""), el("span.last", {}, foreign(label(last))),
		count > 0 && el("span.count", { "aria-label": `${count} new` }, count > 99 ? "99+" : String(count))));
}

function draw() {
	queued = false;
	const list = [...state.chats.values()].filter(isShown).sort(order);
	const own = list.findIndex((chat) => chat.person === state.me);
	const body = byId("chats");

	if (own > 0)
		list.unshift(...list.splice(own, 1));
	const nodes = list.slice(0, 200).map((chat) => {
		const last = state.lasts.get(chat.id);
		const key = JSON.stringify([chatTitle(chat), last, chat.id === state.chat, state.me, unread.get(chat.id)]);
		const known = rows.get(chat.id);

		if (known?.key === key)
			return known.node;
		const node = row(chat);

		if (known?.node.contains(document.activeElement))
			setTimeout(() => node.querySelector("button").focus({ preventScroll: true }));
		rows.set(chat.id, { node, key });
		return node;
	});

	if (nodes.length !== body.children.length || nodes.some((node, i) => body.children[i] !== node))
		fill(body, nodes.length ? nodes : el("li.hint", {}, "No such chat."));
	drawMe();
	drawCounts();
}

function drawMe() {
	const person = me();

	fill(byId("me"), el(`span.avatar.hue${hueOf(state.me)}`, { "aria-hidden": "true" }, initials(personName(person))),
		el("span", {}, el("small", {}, "You are"), foreign(personName(person)),
			person?.language && el("small", {}, ` ${person.language}`)));
}

function drawCounts() {
	const { asked = 0, answered = 0, pending = 0, duplicates = 0, crowd } = state.clock;

	fill(byId("counts"), crowd ? el("span.dot", { title: "A crowd is talking" }) : null,
		`${asked} asked · ${answered} answered · ${pending} waiting${duplicates ? ` · ${duplicates} twice` : ""}`);
}

export function drawChats() {
	if (queued)
		return;
	queued = true;
	requestAnimationFrame(draw);
}

export function noteNew(last) {
	const before = state.lasts.get(last.id);

	if (last.id !== state.chat && before && last.index > before.index)
		unread.set(last.id, (unread.get(last.id) ?? 0) + 1);
	state.lasts.set(last.id, last);
	drawChats();
}

export function noteRead(chat) {
	unread.delete(chat);
	drawChats();
}

export function setUpChats() {
	byId("find").addEventListener("input", (event) => {
		query = event.target.value.trim().toLowerCase();
		drawChats();
	});
	for (const node of byId("filter").children) {
		node.addEventListener("click", () => {
			filter = node.dataset.filter;
			for (const other of byId("filter").children)
				other.setAttribute("aria-pressed", String(other === node));
			drawChats();
		});
	}
	byId("chats").addEventListener("keydown", (event) => {
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		const buttons = [...byId("chats").querySelectorAll("button")];

		if (step) {
			event.preventDefault();
			buttons[buttons.indexOf(document.activeElement) + step]?.focus();
		}
	});
}
