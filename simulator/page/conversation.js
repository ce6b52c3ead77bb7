// conversation.js - what was done here, as the lines of a golden conversation ("Lines of
// conversations" in workers/modules/README.md): each deed, and behind it the bot's calls.

import { state } from "./state.js";
import { onDeed, fileUrl } from "./api.js";
import { json, withText, botLine, isAwaited, isShown, madeKind } from "./transcript.js";

let deeds = [];
const seen = new Map(); // "chat/id" → the message as it came first
const members = new Map(); // chat → administrators, as last seen

export function forget() { deeds = []; }

// A message of the stream.
export function noteMessage(item) {
	const key = `${item.message.chat.id}/${item.id}`;
	const before = seen.get(key);

	seen.set(key, before ? { ...item, first: before.first } : { ...item, first: item.message });
	if (seen.size > 3000)
		seen.delete(seen.keys().next().value);
}

const ADMIN = ["creator", "administrator"];

function adminsOf(detail) {
	return [...(detail.members ?? []), ...(detail.bot ? [detail.bot] : [])].filter((one) => ADMIN.includes(one.status));
}

export function noteChat(detail) { members.set(detail.id, adminsOf(detail)); }

// What was so before the deed; it is one when it was answered.
onDeed((name, body) => {
	const item = seen.get(`${body.chat ?? body.from}/${body.message_id}`);
	const reactions = item?.reactions?.find((one) => one.actor === body.from)?.list?.[0]?.emoji;
	const person = { ...state.people.get(body.from) };

	return (answer) => {
		const chat = body.chat ?? answer.chat_id ?? body.from;

		deeds.push({ name, body, answer, chat, item, person, reactions, admins: members.get(chat) });
	};
});

// --- names

class Names {
	constructor() {
		this.people = new Map(); // id → name
		this.chats = new Map();  // id → title
		this.numbers = new Map([[state.bot.id, 999]]);
		this.messages = new Map();
		this.files = new Map(); // id → as the player names what people send
		this.last = 0;
	}

	person(id) {
		if (id === state.bot.id)
			return "the bot";
		if (!this.people.has(id)) {
			const base = (state.people.get(id)?.first_name ?? `person${id}`).normalize("NFD").toLowerCase()
				.replace(/[^a-z0-9_]/g, "") || "somebody";
			let name = base;

			for (let i = 2; [...this.people.values()].includes(name) || ["bot", "chat", "telegram", "after"].includes(name); i++)
				name = `${base}${i}`;
			this.people.set(id, name);
			this.numbers.set(id, 1000 + this.people.size);
		}
		return this.people.get(id);
	}

	chat(id) {
		if (!this.chats.has(id)) {
			this.chats.set(id, (state.chats.get(id)?.title ?? String(id)).replaceAll('"', "'"));
			this.numbers.set(id, -1001000000000 - this.chats.size);
		}
		return `"${this.chats.get(id)}"`;
	}

	// A message of its chat gets the next number, as in the player.
	message(chat, id) { this.messages.set(`${chat}/${id}`, ++this.last); }

	// Ids, and the bot's name, as they are there. What is sealed in a link is another there; what is not is a name.
	translate(text) {
		for (const [id, name] of this.files)
			text = text.replaceAll(id, name);
		return text.replace(/(\?start=)([\w-]+)/g, (link, start, payload) => /^[a-z_]+$/.test(payload) ? link : `${start}…`).replace(/-?\b\d{3,}\b/g, (digits) => this.numbers.get(Number(digits)) ?? digits)
			.replaceAll(state.bot.username, "korone_bot");
	}
}

// --- deeds

const AUTOMATIC = ["bot_command", "mention", "hashtag", "cashtag", "url", "email", "phone_number", "bank_card"];

function where(names, deed) {
	const { body, chat } = deed;
	const parts = [names.person(body.from)];

	if (chat < 0)
		parts.push(`in ${names.chat(chat)}`);
	if (body.thread)
		parts.push(`topic ${body.thread}`);
	if (body.anonymous)
		parts.push(`as ${names.chat(chat)}`);
	else if (body.as)
		parts.push(`as ${names.chat(body.as)}`);
	return parts.join(" ");
}

// To whom: a person, a chat's name, or the bot's question.
function replied(names, deed) {
	const to = deed.body.reply_to && seen.get(`${deed.chat}/${deed.body.reply_to}`)?.first;

	if (!to)
		return "";
	if (to.entities?.some((one) => one.url?.startsWith("http://t.me/#ask-")))
		return " answers";
	if (to.from?.id === state.bot.id)
		return "";
	const who = to.sender_chat ? names.chat(to.sender_chat.id) : names.person(to.from.id);

	return ` to ${who}${to.text !== undefined ? ` whose ${json({ text: to.text })}` : ""}`;
}

function said(names, deed) {
	const { body, chat, answer } = deed;
	const message = seen.get(`${chat}/${answer.message_id}`);
	const current = body.edit ? message?.message : message?.first;
	const entities = body.html ? (current?.entities ?? []).filter((one) => !AUTOMATIC.includes(one.type)) : [];
	const text = body.html ? current?.text ?? body.text : body.text;
	const extra = entities.length ? ` with ${json({ entities })}` : "";

	if (state.chats.get(chat)?.type === "channel")
		return withText(`${names.person(body.from)} ${body.edit ? "edits the post" : "posts"} in ${names.chat(chat)}${extra}`, text);
	return withText(`${where(names, deed)}${body.edit ? " edits" : replied(names, deed)}${extra}`, text);
}

const MEDIA = ["photo", "document", "video", "animation", "audio", "voice", "video_note", "sticker", "dice", "location", "contact"];

function medium(names, deed) {
	const { kind, caption, file_name: name } = deed.body;
	const sent = seen.get(`${deed.chat}/${deed.answer.message_id}`)?.first;
	let line = `${where(names, deed)}${replied(names, deed).replace(/^ answers$/, "")}`;

	if (!MEDIA.includes(kind))
		return caused(names, deed, kind, sent?.[kind]);
	if (sent?.media_group_id)
		line += ` with ${json({ media_group_id: sent.media_group_id })}`;
	line += replied(names, deed) === " answers" ? ` answers with a ${kind}` : ` sends ${kind}`;
	if (kind === "dice" && sent?.dice)
		line += ` ${sent.dice.value}`;
	else if (kind === "contact" && sent?.contact)
		line += ` ${sent.contact.first_name.replace(/\W/g, "") || "Carl"}`;
	else if (name && /^[\w.-]+$/.test(name))
		line += ` ${name}`;
	if (deed.body.file) {
		const { file_size: size, duration } = [sent?.[kind]].flat().at(-1) ?? {};

		line += ` (${size} B${duration ? `, ${duration}s` : ""})`;
	}
	for (const { file_id: id } of [sent?.[kind]].flat())
		names.files.set(id, name && /^[\w.-]+$/.test(name) ? name : kind);
	return caption ? withText(line, caption) : line;
}

function caused(names, deed, field, value) {
	if (value === undefined)
		return null;
	return withText(`${where(names, deed)} causes ${field}`, typeof value === "string" ? value : names.translate(json(value)));
}

const FIELDS = { title: "new_chat_title", pin: "pinned_message", topic: "forum_topic_created" };

const botIsAdmin = (deed) => deed.admins?.some((one) => one.user.id === state.bot.id);

// The bot is told by an update of membership if it is an administrator, and else by a message.
function came(names, deed) {
	const { kind, from } = deed.body;
	const message = seen.get(`${deed.chat}/${deed.answer.message_id}`)?.first;

	if (botIsAdmin(deed))
		return `${names.person(from)} ${kind === "join" ? "joins" : "leaves"} ${names.chat(deed.chat)}`;
	return kind === "join" ? caused(names, deed, "new_chat_members", message?.new_chat_members)
		: caused(names, deed, "left_chat_member", message?.left_chat_member);
}

function member(names, deed) {
	const { body, chat } = deed;
	const verbs = { administrator: "promotes", restricted: "restricts", kicked: "bans", left: "kicks",
		member: body.before === "administrator" ? "demotes" : body.before === "restricted" ? "frees" : "unbans" };
	const whom = body.bot ? "the bot" : names.person(body.person);

	if (!verbs[body.status])
		return null;
	if (body.bot && body.before === "left")
		return `${names.person(body.by)} adds the bot to ${names.chat(chat)}`;
	return `${names.person(body.by)} in ${names.chat(chat)} ${verbs[body.status]} ${whom}`;
}

// The button that leads there, of those that were seen last.
function linkOf(payload) {
	for (const { message } of [...seen.values()].reverse()) {
		const key = message.reply_markup?.inline_keyboard?.flat().find((one) => one.url?.endsWith(`?start=${payload}`));

		if (key)
			return { label: key.text, chat: message.chat.id };
	}
	return null;
}

function started(names, deed) {
	const link = deed.body.payload && linkOf(deed.body.payload);

	if (link && !deed.body.chat)
		return `${names.person(deed.body.from)}${link.chat < 0 ? ` in ${names.chat(link.chat)}` : ""} follows: ${link.label}`;
	const payload = deed.body.payload ? ` ${deed.body.payload}` : "";

	if (deed.body.chat)
		return `${names.person(deed.body.from)} in ${names.chat(deed.chat)}: /start@korone_bot${payload}`;
	return `${names.person(deed.body.from)}: /start${payload}`;
}

function invoiceOf(deed, calls) {
	const call = calls.find((one) => one.method === "sendInvoice" && one.message_id === deed.body.message_id);
	const invoice = deed.item?.message.invoice;

	return call && invoice && `${invoice.total_amount} ${invoice.currency}: ${call.parameters.payload}`;
}

const LINES = {
	say: said,
	do: (names, deed) => ["join", "leave"].includes(deed.body.kind) ? came(names, deed)
		: FIELDS[deed.body.kind] ? caused(names, deed, FIELDS[deed.body.kind],
			seen.get(`${deed.chat}/${deed.answer.message_id}`)?.first?.[FIELDS[deed.body.kind]]) : medium(names, deed),
	press: (names, { body, chat, item }) => withText(`${names.person(body.from)}${chat < 0 ? ` in ${names.chat(chat)}` : ""} presses${item?.message.via_bot ? " inline" : ""}`, body.label ?? ""),
	react: (names, { body, chat, reactions }) => {
		const line = `${names.person(body.from)}${chat < 0 ? ` in ${names.chat(chat)}` : ""} reacts${reactions ? ` instead of ${reactions}` : ""}`;

		return body.reaction.length ? `${line}: ${body.reaction}` : line;
	},
	vote: (names, { body, item }) => item?.message.poll.is_anonymous ? null : `${names.person(body.from)} votes: ${body.options.join(" ")}`,
	join: (names, { body, chat }) => `${names.person(body.from)} asks to join ${names.chat(chat)}`,
	invite: (names, { body, chat }) => `${names.person(body.from)} adds ${names.person(body.person)} to ${names.chat(chat)}`,
	remove: (names, { body, chat }) => `${names.person(body.from)} in ${names.chat(chat)} ${state.chats.get(chat)?.type === "group" ? "kicks" : "bans"} ${names.person(body.person)}`,
	member,
	block: (names, { body }) => `${names.person(body.person)} ${body.blocked === false ? "unblocks" : "blocks"} the bot`,
	start: started,
	forward: (names, deed) => {
		const text = seen.get(`${deed.body.source}/${deed.body.message_id}`)?.first.text;

		return text === undefined ? null : withText(`${where(names, deed)} forwards`, text);
	},
	inline: (names, { body }) => `${names.person(body.from)} asks inline:${body.query ? ` ${body.query}` : ""}`,
	choose: (names, { body, by }) => `${names.person(by)} chooses: ${body.title}`,
	share: (names, { body }) => `${names.person(body.from)} picks ${body.shared ? names.chat(body.shared) : names.person(body.people[0])}: ${body.label}`,
	clock: (names, { body }) => body.after ? `after ${body.after}` : undefined,
	pay: (names, deed, calls) => {
		const invoice = invoiceOf(deed, calls);

		return invoice ? `${names.person(deed.body.from)} is about to pay ${invoice}` : null;
	},
};

// Deeds that the bot is not told of, or that are no part of a conversation.
const SILENT = ["person", "chat", "crowd", "faults", "limits", "privacy", "reset", "delete", "delay"];

// --- the whole

async function callsSince(index) {
	const calls = [];

	for (let since = index; ;) {
		const answer = await (await fetch(`/control/sent?since=${since}`)).json();

		calls.push(...answer.calls.filter((call) => isShown(call) || call.method === "getFile"));
		if (!answer.calls.length || answer.next <= since)
			return calls;
		since = answer.next;
	}
}

// A text, or that it is none, as the player shows and takes it.
async function contentOf(id) {
	try {
		const bytes = await (await fetch(fileUrl(id))).arrayBuffer();
		const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

		return text.includes("\0") ? "(no text)" : text;
	} catch {
		return "(no text)";
	}
}

// Files that the bot made, and those that it got: what is in them.
async function readFiles(calls) {
	for (const call of calls) {
		const kind = madeKind(call), message = seen.get(`${call.chat_id}/${call.message_id}`)?.first;
		const id = kind ? [message?.[kind]].flat().at(-1)?.file_id : call.parameters.file_id;

		if (kind || call.method === "getFile")
			call.made = await contentOf(id);
	}
}

function header(names) {
	const lines = [];
	const operators = state.operators.filter((id) => names.people.has(id));

	for (const [id, name] of names.people) {
		const { first_name: first, last_name: last, username } = state.people.get(id) ?? { first_name: name };

		lines.push(`chat ${name}: ${json({ first_name: first, ...(last && { last_name: last }), ...(username && { username }) })}`);
	}
	for (const [id] of names.chats) {
		const chat = state.chats.get(id);

		lines.push(`chat ${names.chat(id)}: ${json({ type: chat?.type ?? "supergroup", ...(chat?.forum && { is_forum: true }) })}`);
	}
	if (operators.length)
		lines.push(`operators: ${operators.map((id) => names.people.get(id)).join(", ")}`);
	return lines;
}

// Who administers a chat, told when it was first spoken in, and when it changed.
function admins(names, deed, known) {
	if (deed.chat >= 0 || !deed.admins || state.chats.get(deed.chat)?.type === "channel")
		return [];
	const of = (one) => one.user.id === state.bot.id ? "bot" : names.person(one.user.id);
	const title = names.chat(deed.chat);
	const lines = [`admins of ${title}: ${deed.admins.map(of).join(", ")}`, ...deed.admins.map((one) => {
		const rights = Object.keys(one).filter((key) => /^can_/.test(key) && one[key] === true && key !== "can_be_edited" && key !== "can_manage_voice_chats");
		const whose = one.user.id === state.bot.id ? "the bot" : of(one);

		return `rights of ${whose} in ${title}: ${one.status === "creator" ? "owner" : rights.join(" ") || "none"}`;
	})];
	const key = lines.join("\n");

	if (known.get(deed.chat) === key)
		return [];
	known.set(deed.chat, key);
	return lines;
}

const updatesOf = (deed) => (deed.answer.update_id > 0 ? 1 : 0);

// The answer to a press is on its way beside all others, and may come before or after them: it is shown before, but behind
// what the handler waited for.
function inOrder(calls) {
	const isAnswer = (call) => call.method === "answerCallbackQuery";
	const waited = calls.findLastIndex((call) => isAwaited(call)) + 1;
	const rest = calls.slice(waited);

	return [...calls.slice(0, waited), ...rest.filter(isAnswer), ...rest.filter((call) => !isAnswer(call))];
}

// The bot's lines behind a deed; null when a handler crashed, which cannot be played.
function answers(names, deed, calls, context) {
	const lines = [];

	for (const call of inOrder(calls)) {
		if (/\b[0-9a-f]{32}\b/.test(call.text ?? ""))
			return null;
		if (call.method === "getFile")
			continue;
		const line = botLine(names, call, deed, context);

		if (line !== null)
			lines.push(names.translate(line));
		if (call.method === "answerPreCheckoutQuery" && call.parameters.ok === "true" && context.invoice)
			lines.push(`${names.person(deed.body.from)} pays ${context.invoice}`);
	}
	return lines;
}

export async function conversation() {
	if (!deeds.length)
		return "# Nothing was done yet.\n";
	const names = new Names();
	const calls = await callsSince(deeds[0].answer.next_call);

	await readFiles(calls);
	const chats = new Set(deeds.flatMap((deed) => [deed.chat, deed.body.from, 0]));
	const known = new Map(), languages = new Map();
	const out = [];
	let query = null;

	for (const [i, deed] of deeds.entries()) {
		const end = deeds[i + 1]?.answer.next_call ?? Infinity;
		const own = calls.filter((call) => call.index >= deed.answer.next_call && call.index < end && chats.has(call.chat_id));

		if (deed.name === "inline")
			query = deed.body.from;
		deed.by = query;
		const told = admins(names, deed, known);
		let line = LINES[deed.name]?.(names, deed, own.length ? calls : calls);

		if (line === undefined && !SILENT.includes(deed.name) || line === null)
			line = `# ${deed.name} ${json(deed.body)}`;
		if (line === undefined)
			continue;
		const language = deed.person.language;

		if (!line.startsWith("#") && deed.body.from && languages.get(deed.body.from) !== language && line.startsWith(names.person(deed.body.from))) {
			const name = names.person(deed.body.from);

			languages.set(deed.body.from, language);
			if (language && language !== "en")
				line = `${name} (${language})${line.slice(name.length)}`;
		}
		if (deed.answer.message_id && updatesOf(deed))
			names.message(deed.chat, deed.answer.message_id);
		for (const call of own.filter((one) => one.method === "getFile" && names.files.has(one.parameters.file_id)))
			told.push(withText(`file ${names.files.get(call.parameters.file_id)} holds`, call.made));
		if (own.some((call) => call.made === "(no text)" && call.method !== "getFile"))
			told.push("programs work"); // which made it: the simulator does not see them
		const context = { invoice: deed.name === "pay" ? invoiceOf(deed, calls) : null };
		const bot = answers(names, deed, own, context);

		out.push(...told, ...(bot ? [line, ...bot] : [`# A handler crashed: ${line.split("\n")[0]}`]), "");
	}
	// At the very beginning, or it is no head.
	return `${[...state.without.length ? [`without: ${state.without.join(" ")}`] : [], ...header(names), "", ...out].join("\n").trimEnd()}\n`;
}
