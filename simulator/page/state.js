// state.js - what the page knows; the modules read it, main.js and the stream write it.

export const state = {
	bot: { id: 0, first_name: "Bot", username: "" },
	operators: [],
	without: [],        // modules that the bot runs without
	me: 0,              // id of the person who acts
	chat: 0,            // id of the open chat
	thread: 0,          // its topic; 0: all
	people: new Map(),  // by id
	chats: new Map(),
	lasts: new Map(),   // the last message of each chat
	detail: null,       // members, rights and topics of the open chat
	commands: {},       // "scope/language" → list
	clock: {},
	reply: null, edit: null, // the message that is answered or edited
};

export const me = () => state.people.get(state.me);

export const personName = (person) =>
	person ? [person.first_name, person.last_name].filter(Boolean).join(" ") : "Somebody";

export function chatTitle(chat) {
	if (!chat)
		return "";
	if (!chat.person)
		return chat.title;
	return chat.person === state.me ? state.bot.first_name
		: `${personName(state.people.get(chat.person))} & ${state.bot.first_name}`;
}

export const openChat = () => state.chats.get(state.chat);

export const memberOf = (id) => state.detail?.members?.find((member) => member.user.id === id);

export function isPresent(member) {
	return member && !["left", "kicked"].includes(member.status) && member.is_member !== false;
}

// Whether the person may, as an administrator.
export function hasRight(id, right) {
	const member = memberOf(id);

	return member?.status === "creator" || (member?.status === "administrator" && member[right] === true);
}

const HUES = 7;

// One of a few colours, always the same for somebody.
export const hueOf = (id) => Math.abs(Number(BigInt(id) % BigInt(HUES)));

export function initials(name) {
	const words = name.replace(/[^\p{L}\p{N}\s]/gu, " ").trim().split(/\s+/);

	return words.slice(0, 2).map((word) => [...word][0] || "").join("").toUpperCase() || "?";
}

export const timeOf = (seconds) =>
	new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

export const dayOf = (seconds) =>
	new Date(seconds * 1000).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
