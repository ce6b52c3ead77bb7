// keyboards.js - buttons under messages, and the keys in place of the keyboard.

import { el, foreign, button, choose, toast } from "./dom.js";
import { act } from "./api.js";
import { state, personName, chatTitle } from "./state.js";
import { safeUrl, money } from "./text.js";

function sign(key) {
	if (key.url || key.login_url)
		return "↗";
	if (key.web_app)
		return "▣";
	if (key.copy_text)
		return "⧉";
	if (key.switch_inline_query !== undefined || key.switch_inline_query_current_chat !== undefined)
		return "@";
	return key.pay ? "⭐" : null;
}

async function press(item, key, on) {
	const where = { from: state.me, chat: state.chat, message_id: item.id };

	if (key.url || key.login_url)
		return on.link(key.url ?? key.login_url.url);
	if (key.pay)
		return on.pay(item);
	if (key.copy_text) {
		await navigator.clipboard?.writeText(key.copy_text.text).catch(() => {});
		return toast("Copied");
	}
	if (key.switch_inline_query_current_chat !== undefined)
		return on.inline(key.switch_inline_query_current_chat);
	if (key.switch_inline_query !== undefined)
		return on.inline(key.switch_inline_query);
	if (key.callback_data !== undefined)
		return on.pressed(await act("press", { ...where, data: key.callback_data, label: key.text }));
	return toast("A button that this page does not act out; see the raw form.");
}

export function inlineKeyboard(item, on) {
	const { invoice, reply_markup: markup } = item.message;
	// An invoice without buttons gets Telegram's own.
	const rows = markup?.inline_keyboard ?? (invoice && [[{ text: `Pay ${money(invoice.total_amount, invoice.currency)}`, pay: true }]]);

	return rows && el("div.inline-keys", {}, rows.map((row, i) => el("div", {}, row.map((key, j) =>
		el("button", { type: "button", "data-focus": `key${i}.${j}`,
			title: key.url && (safeUrl(key.url) ?? undefined), onclick: () => press(item, key, on) },
			foreign(key.text), sign(key) && el("small", { "aria-hidden": "true" }, sign(key)))))));
}

// --- keys

// The keyboard that the bot last left in this chat for this person; null for none.
export function currentKeyboard(items) {
	for (const item of [...items].reverse()) {
		if (!item.keyboard || (item.receiver && item.receiver !== state.me))
			continue;
		try {
			const markup = JSON.parse(item.keyboard);

			if (markup.remove_keyboard)
				return null;
			if (markup.keyboard || markup.force_reply)
				return { ...markup, item };
		} catch {
			return null;
		}
	}
	return null;
}

async function shareUsers(key) {
	const wish = key.request_users ?? key.request_user;
	const people = await choose("Choose people", [...state.people.values()].filter((one) => one.id !== state.me).slice(0, 40)
		.map((one) => [one.id, personName(one)]), "Share", (wish.max_quantity ?? 1) > 1);

	if (people.length)
		await act("share", { from: state.me, request_id: wish.request_id, people, label: key.text });
}

async function shareChat(key) {
	const wish = key.request_chat;
	const [shared] = await choose("Choose a chat", [...state.chats.values()].filter((one) => !one.person &&
		(one.type === "channel") === Boolean(wish.chat_is_channel)).slice(0, 40).map((one) => [one.id, chatTitle(one)]), "Share");

	if (shared)
		await act("share", { from: state.me, request_id: wish.request_id, shared, label: key.text });
}

function use(key, say) {
	if (key.request_users || key.request_user)
		return shareUsers(key);
	if (key.request_chat)
		return shareChat(key);
	if (key.request_contact)
		return act("do", { kind: "contact", from: state.me, chat: state.chat });
	if (key.request_location)
		return act("do", { kind: "location", from: state.me, chat: state.chat });
	if (key.request_poll)
		return act("do", { kind: "poll", from: state.me, chat: state.chat });
	return say(key.text);
}

export function replyKeyboard(markup, say) {
	return el("div.keys", { role: "group", "aria-label": "Keys of the bot" }, markup.keyboard.map((row) =>
		el("div", {}, row.map((key) => (typeof key === "string" ? { text: key } : key)).map((key) =>
			button(foreign(key.text), () => use(key, say))))));
}
