// people.js - people and chats: choosing who one is, making them, members and their rights.

import { el, fill, foreign, button, byId, ask, choose, menu } from "./dom.js";
import { act } from "./api.js";
import { state, me, openChat, personName, chatTitle, isPresent } from "./state.js";
import { avatar } from "./message.js";

const field = (label, name, attributes = {}) => el("label.field", {}, label, el("input", { name, autocomplete: "off", ...attributes }));
const pickOne = (label, name, options) => el("label.field", {}, label, el("select", { name },
	options.map(([value, text]) => el("option", { value }, text))));
const tick = (label, name, checked = false, value = "on") => el("label.choice", {}, el("input", { type: "checkbox", name, checked, value }), label);

export const become = (id) => document.dispatchEvent(new CustomEvent("become", { detail: id }));

export async function choosePerson() {
	const people = [...state.people.values()];
	const list = el("div.scroll", {});
	const draw = (query) => fill(list, people.filter((one) => `${personName(one)} ${one.username}`.toLowerCase().includes(query)).slice(0, 60)
		.map((one) => el("label.choice", {}, el("input", { type: "radio", name: "who", value: one.id, checked: one.id === state.me }),
			avatar(one.id, personName(one)), foreign(personName(one)), el("small", {}, ` ${one.username ? `@${one.username} ` : ""}${one.language}`))));

	draw("");
	const data = await ask("Who are you?", [field("Search", "query", { type: "search", oninput: (event) => draw(event.target.value.toLowerCase()) }),
		list], "Be this person");

	if (data?.get("who"))
		become(Number(data.get("who")));
}

// Fills in who somebody is; the body of a control, or null.
async function askPerson(title, person, action) {
	const data = await ask(title, [field("First name", "first_name", { value: person.first_name, required: true, maxlength: 64 }),
		field("Last name", "last_name", { value: person.last_name, maxlength: 64 }),
		field("Username", "username", { value: person.username, pattern: "[A-Za-z][A-Za-z0-9_]{3,31}" }),
		field("Language", "language", { value: person.language, maxlength: 12 }), tick("Telegram Premium", "premium", person.premium)], action);

	return data && { ...Object.fromEntries(data), premium: data.has("premium") };
}

export async function newPerson() {
	const { last_name: last, username, ...person } = await askPerson("A new person", { language: "en" }, "Create") ?? {};
	const made = person.first_name && await act("person", { ...person, ...(last && { last_name: last }), ...(username && { username }) });

	if (made)
		setTimeout(() => become(made.id), 400); // the stream tells of the new one
}

async function changePerson() {
	const person = await askPerson("You", me(), "Save");

	if (person)
		await act("person", { id: state.me, ...person });
}

export async function newChat() {
	const data = await ask("A new chat", [field("Title", "title", { required: true, maxlength: 128 }),
		pickOne("Kind", "type", [["supergroup", "Supergroup"], ["group", "Basic group"], ["channel", "Channel"], ["forum", "Supergroup with topics"]]),
		pickOne("The bot is", "bot", [["administrator", "administrator"], ["member", "member"], ["left", "not in it"]])], "Create");

	if (!data)
		return;
	const forum = data.get("type") === "forum";
	const made = await act("chat", { title: data.get("title"), type: forum ? "supergroup" : data.get("type"), forum,
		members: [state.me], bot: data.get("bot") });

	if (made)
		location.hash = `chat=${made.id}`;
}

export const openMe = (at) => menu(at, [["Be somebody else…", choosePerson], ["Change yourself…", changePerson],
	["A new person…", newPerson], null, ["Your chat with the bot", () => { location.hash = `chat=${state.me}`; }],
	me()?.blocked ? ["Unblock the bot", () => act("block", { person: state.me, blocked: false })]
		: ["Block the bot", () => act("block", { person: state.me })]]);

export const openNew = (at) => menu(at, [["A new person…", newPerson], ["A new group or channel…", newChat]]);

// --- the panel of a chat

const words = (right) => right.replace(/^can_/, "").replaceAll("_", " ");

const RIGHT = /^can_(?!be_edited|manage_voice_chats)/;

async function promote(member, isBot) {
	const rights = Object.keys(member).filter((key) => RIGHT.test(key) && typeof member[key] === "boolean");
	const all = rights.length > 4 ? rights : ["can_manage_chat", "can_change_info", "can_delete_messages", "can_invite_users",
		"can_restrict_members", "can_pin_messages", "can_promote_members", "can_manage_video_chats"];
	const data = await ask(`Rights of ${personName(member.user)}`, all.map((right) =>
		tick(words(right), "right", member.status !== "administrator" || member[right] === true, right)), "Promote");

	if (!data)
		return;
	const given = new Set(data.getAll("right"));

	await act("member", { chat: state.chat, ...(isBot ? { bot: true } : { person: member.user.id }), by: state.me, status: "administrator",
		rights: Object.fromEntries(all.map((right) => [right, given.has(right)])) });
}

function memberMenu(at, member) {
	const person = member.user.id;
	const isBot = person === state.bot.id;
	const set = (status, more = {}) => act("member", { chat: state.chat, ...(isBot ? { bot: true } : { person }), by: state.me, status,
		before: member.status, ...more });

	menu(at, [
		!isBot && person !== state.me && ["Speak as this person", () => become(person)],
		["Promote, with rights…", () => promote(member, isBot)],
		["Make a plain member", () => set("member")],
		!isBot && ["Make the owner", () => set("creator")],
		!isBot && openChat()?.type === "supergroup" && ["Mute for an hour", () => set("restricted", { for: "1h" })],
		!isBot && ["Ban", () => act("remove", { from: state.me, chat: state.chat, person })],
		isBot ? ["Remove the bot", () => set("left")] : ["Leave", () => act("do", { kind: "leave", from: person, chat: state.chat })],
	]);
}

const rightsOf = (member) => Object.keys(member).filter((key) => RIGHT.test(key) && member[key] === true).map(words).join(", ");

// Who may what: Telegram's word for it, and the rights of an administrator.
function standing(member) {
	if (!isPresent(member) && member.status === "restricted")
		return "left";
	return [member.custom_title ?? member.tag, member.status, member.status === "administrator" && (rightsOf(member) || "no rights")]
		.filter(Boolean).join(" · ");
}

function memberRow(member) {
	const at = button("⋯", () => memberMenu(at, member), { class: "more", "aria-label": `What to do with ${personName(member.user)}`, "aria-haspopup": "menu" });
	return el(isPresent(member) ? "li" : "li.gone", {}, avatar(member.user.id, personName(member.user)),
		el("span", {}, foreign(personName(member.user)), el("small", {}, foreign(standing(member)))), at);
}

async function addMember() {
	const inside = new Set(state.detail.members.filter(isPresent).map((member) => member.user.id));
	const others = [...state.people.values()].filter((one) => !inside.has(one.id)).slice(0, 60);

	for (const person of await choose("Add people", others.map((one) => [one.id, personName(one)]), "Add", true))
		await act("invite", { from: state.me, chat: state.chat, person });
}

async function rename() {
	const data = await ask("A new title", field("Title", "caption", { value: openChat().title, required: true }), "Save");

	if (data)
		await act("do", { kind: "title", from: state.me, chat: state.chat, caption: data.get("caption") });
}

async function newTopic() {
	const data = await ask("A new topic", field("Name", "caption", { required: true, maxlength: 128 }), "Open");

	if (data)
		await act("do", { kind: "topic", from: state.me, chat: state.chat, caption: data.get("caption") });
}

export function chatPanel() {
	const chat = openChat();
	const { detail } = state;

	if (!chat || !detail || detail.id !== chat.id)
		return [el("p.hint", {}, "…")];
	if (chat.person)
		return [el("h2", {}, foreign(chatTitle(chat))), el("p", {}, `A private chat with @${state.bot.username}.`),
			button("Follow a deep link…", async () => {
				const data = await ask("Start by a deep link", field("Payload", "payload", { pattern: "[A-Za-z0-9_\\-]{0,64}" }), "Start");

				if (data)
					await act("start", { from: state.me, payload: data.get("payload") });
			})];
	return [el("h2", {}, foreign(chat.title)), chat.username && el("p", {}, `@${chat.username}`), detail.description && el("p", {}, foreign(detail.description)),
		el("p.quiet", {}, `${chat.type}, ${detail.present} members`),
		el("div.pair", {}, button("Add people…", addMember), button("Rename…", rename), chat.forum && button("New topic…", newTopic),
			chat.type === "group" && button("Make it a supergroup", () => act("migrate", { chat: chat.id }))),
		el("h3", {}, "Members"), el("ul.members", {}, detail.bot && memberRow(detail.bot), detail.members.map(memberRow)),
		el("h3", {}, "All members may"), el("ul.quiet", {}, Object.entries(detail.permissions).filter(([, may]) => may).map(([key]) => el("li", {}, words(key))))];
}
