// message.js - one message as a bubble.

import { el, foreign, button } from "./dom.js";
import { fileUrl } from "./api.js";
import { state, personName, hueOf, initials, timeOf, dayOf } from "./state.js";
import { formatted, preview, money } from "./text.js";
import { inlineKeyboard } from "./keyboards.js";

const GROUPED_S = 300; // messages of one sender within it stand together

export function senderOf(message) {
	const chat = message.sender_chat;

	if (chat)
		return { id: chat.id, name: chat.title || "Channel" };
	if (message.from)
		return { id: message.from.id, name: personName(message.from), bot: message.from.is_bot };
	return { id: message.chat.id, name: message.chat.title || "" };
}

const isMine = (item) => item.message.from?.id === state.me && !item.message.sender_chat;

export const startsDay = (item, before) => !before ||
	new Date(before.message.date * 1000).toDateString() !== new Date(item.message.date * 1000).toDateString();

export const continues = (item, before) => Boolean(before) && !before.service && !item.service &&
	senderOf(before.message).id === senderOf(item.message).id &&
	item.message.date - before.message.date < GROUPED_S && !startsDay(item, before);

export function avatar(id, name) {
	return el(`span.avatar.hue${hueOf(id)}`, { "aria-hidden": "true" }, initials(name));
}

// --- what is in it

const bytes = (size) => size > 999999 ? `${(size / 1e6).toFixed(1)} MB` : `${Math.ceil((size || 0) / 1000)} KB`;
const seconds = (s) => `${Math.floor((s || 0) / 60)}:${String((s || 0) % 60).padStart(2, "0")}`;

// A picture whose bytes the simulator has; in place of others stands what they would be.
function picture(file, label, shape) {
	const box = el(`div.picture${shape ? `.${shape}` : ""}`, {});
	const image = el("img", { src: fileUrl(file.file_id), alt: label, loading: "lazy" });

	if (file.width && file.height)
		box.style.aspectRatio = `${file.width} / ${file.height}`;
	image.addEventListener("error", () => {
		box.classList.add("made-up");
		image.replaceWith(el("span", {}, label, file.width ? ` ${file.width}×${file.height}` : ""));
	});
	box.append(image);
	return box;
}

function video(file, label, { loop = false, round = false } = {}) {
	const box = el(`div.picture${round ? ".round" : ""}`);
	const node = el("video", { src: fileUrl(file.file_id), controls: !loop, loop, muted: loop,
		autoplay: loop && !matchMedia("(prefers-reduced-motion: reduce)").matches, playsInline: true,
		preload: "metadata", "aria-label": label });

	node.addEventListener("error", () => {
		box.classList.add("made-up");
		node.replaceWith(el("span", {}, `▶ ${label} ${file.duration ? seconds(file.duration) : ""}`));
	});
	box.append(node);
	return box;
}

function sticker(file) {
	if (file.is_animated)
		return el("div.sticker.still", { role: "img", "aria-label": `Animated sticker ${file.emoji || ""}` },
			el("span.big", {}, file.emoji || "🖼"), el("small", {}, `${file.width}×${file.height} · ${bytes(file.file_size)}`));
	const node = file.is_video ? video(file, `Video sticker ${file.emoji || ""}`, { loop: true })
		: picture(file, `Sticker ${file.emoji || ""}`);

	node.classList.add("sticker");
	return node;
}

function sound(file, label) {
	const node = el("audio", { src: fileUrl(file.file_id), controls: true, preload: "metadata",
		"aria-label": label });
	const box = el("div.sound", {}, node);

	node.addEventListener("error", () => {
		node.replaceWith(el("span.wave", { "aria-hidden": "true" }), el("span", {}, `${label} · ${seconds(file.duration)}`));
	});
	return box;
}

function fileRow(file, label) {
	return el("a.file", { href: fileUrl(file.file_id), download: file.file_name || "file" },
		el("span.sign", { "aria-hidden": "true" }, "📄"),
		el("span", {}, foreign(file.file_name || label), el("small", {}, bytes(file.file_size))));
}

function place(location, title, address) {
	return el("div.place", {}, el("span.map", { "aria-hidden": "true" }, "📍"),
		el("span", {}, title && el("strong", {}, foreign(title)), address && foreign(address),
			el("small", {}, `${location.latitude.toFixed(4)}, ${location.longitude.toFixed(4)}`,
				location.live_period ? " · live" : "")));
}

function poll(item, on) {
	const { poll: it } = item.message;
	const mine = item.votes?.find((vote) => vote.voter === state.me)?.options ?? 0;
	const rows = it.options.map((option, i) => {
		const share = it.total_voter_count ? option.voter_count / it.total_voter_count : 0;
		const bar = el("span.bar");

		bar.style.width = `${share * 100}%`;
		return el("button.option", { type: "button", disabled: it.is_closed || !item.votes,
			"aria-pressed": Boolean(mine >> i & 1), "data-focus": `option${i}`, onclick: () => on.vote(item, i, mine) },
			el("span", {}, foreign(option.text)), el("small", {}, `${Math.round(share * 100)}%`), bar);
	});

	return el("div.poll", {}, el("strong", {}, foreign(it.question)),
		el("small", {}, [it.is_anonymous ? "Anonymous" : "Public", it.type === "quiz" ? "quiz" : "poll",
			it.is_closed && "· closed"].filter(Boolean).join(" ")), rows,
		el("small", {}, it.total_voter_count === 1 ? "1 vote" : `${it.total_voter_count} votes`));
}

const KINDS = {
	photo: (it) => picture(it.at(-1), "Photo"),
	video: (it) => video(it, "Video"),
	animation: (it) => video(it, "GIF", { loop: true }),
	video_note: (it) => video(it, "Video message", { round: true }),
	sticker,
	voice: (it) => sound(it, "Voice message"),
	audio: (it) => el("div", {}, it.title && el("strong", {}, foreign(`${it.performer || ""} – ${it.title}`)), sound(it, "Audio")),
	document: (it, item) => item.message.animation ? null : fileRow(it, "Document"),
	location: (it, item) => item.message.venue ? null : place(it),
	venue: (it) => place(it.location, it.title, it.address),
	contact: (it) => el("div.file", {}, el("span.sign", { "aria-hidden": "true" }, "👤"),
		el("span", {}, foreign(`${it.first_name} ${it.last_name || ""}`), el("small", {}, it.phone_number))),
	dice: (it) => el("div.sticker.still", { role: "img", "aria-label": `${it.emoji} ${it.value}` },
		el("span.big", {}, it.emoji), el("small", {}, String(it.value))),
	game: (it) => el("div", {}, el("strong", {}, foreign(it.title)), el("p", {}, foreign(it.description || ""))),
	invoice: (it) => el("div.place", {}, el("span.map", { "aria-hidden": "true" }, "🧾"), el("span", {},
		el("strong", {}, foreign(it.title)), foreign(it.description),
		el("small", {}, money(it.total_amount, it.currency)))),
	paid_media: (it) => el("div.picture.made-up", {}, el("span", {}, `⭐ ${it.star_count} to see ${it.paid_media.length} media`)),
	successful_payment: (it) => el("strong", {}, `✓ Paid ${money(it.total_amount, it.currency)}`),
	story: () => el("em", {}, "A story"),
};

function content(item, on) {
	const { message } = item;
	const parts = [];

	for (const [kind, make] of Object.entries(KINDS)) {
		if (message[kind])
			parts.push(make(message[kind], item));
	}
	if (message.poll)
		parts.push(poll(item, on));
	const text = message.text ?? message.caption;

	if (text !== undefined)
		parts.push(formatted(text, message.entities ?? message.caption_entities, on));
	if (!parts.some(Boolean))
		parts.push(el("em.quiet", {}, "A kind of message that this page does not know; see its raw form."));
	return parts;
}

// --- service messages

const names = (people) => people.map(personName).join(", ");

const SERVICES = {
	new_chat_members: (it, by) => it.length === 1 && it[0].id === by.id ? "joined the group" : `added ${names(it)}`,
	left_chat_member: (it, by) => it.id === by.id ? "left the group" : `removed ${personName(it)}`,
	new_chat_title: (it) => `changed the name to “${it}”`,
	new_chat_photo: () => "changed the photo",
	delete_chat_photo: () => "removed the photo",
	group_chat_created: () => "created the group",
	supergroup_chat_created: () => "created the group",
	channel_chat_created: () => "created the channel",
	pinned_message: (it) => `pinned “${(it.text ?? it.caption ?? "a message").slice(0, 40)}”`,
	forum_topic_created: (it) => `opened the topic “${it.name}”`,
	forum_topic_edited: (it) => it.name ? `renamed the topic to “${it.name}”` : "changed the topic",
	forum_topic_closed: () => "closed the topic",
	forum_topic_reopened: () => "opened the topic again",
	migrate_to_chat_id: () => "made the group a supergroup",
	migrate_from_chat_id: () => "made the group a supergroup",
	chat_shared: (it) => `chose the chat “${it.title || it.chat_id}”`,
	users_shared: (it) => `chose ${(it.users || []).map((one) => one.first_name || one.user_id).join(", ")}`,
	boost_added: (it) => `boosted the group ${it.boost_count} times`,
	message_auto_delete_timer_changed: (it) => `set messages to disappear after ${it.message_auto_delete_time} s`,
	video_chat_started: () => "started a video chat",
	video_chat_ended: () => "ended the video chat",
	write_access_allowed: () => "allowed the bot to write",
};

function serviceText(message) {
	const by = senderOf(message);

	for (const [kind, text] of Object.entries(SERVICES)) {
		if (message[kind] !== undefined)
			return [foreign(by.name), " ", foreign(text(message[kind], by))];
	}
	const kind = Object.keys(message).find((key) => !["message_id", "from", "chat", "date", "sender_chat", "message_thread_id", "is_topic_message"].includes(key));

	return [foreign(by.name), " ", kind ? kind.replaceAll("_", " ") : "did something"];
}

export const isService = (item) => !item.message.successful_payment &&
	(item.service || Object.keys(SERVICES).some((kind) => item.message[kind] !== undefined));

// --- around it

function replyLine(item, on) {
	const reply = item.reply ?? (item.message.external_reply && { from: "Another chat", kind: "message" });
	const { quote } = item.message;

	return reply && el("button.reply", { type: "button", onclick: () => on.show?.(reply.message_id) },
		el("strong", {}, foreign(reply.from || "")), el("span", {}, preview(quote?.text ?? reply.text ?? reply.kind ?? "")));
}

function forwardLine({ forward_origin: origin }) {
	const name = origin && (origin.sender_user ? personName(origin.sender_user) : origin.sender_user_name ??
		origin.sender_chat?.title ?? origin.chat?.title);

	return origin && el("p.forward", {}, "Forwarded from ", foreign(name || "somebody"));
}

function reactions(item, on) {
	const counts = new Map();

	for (const { actor, list } of item.reactions || []) {
		for (const one of list) {
			const key = one.emoji ?? (one.type === "paid" ? "⭐" : "🔹");
			const entry = counts.get(key) ?? { count: 0, mine: false };

			entry.count++;
			entry.mine ||= actor === state.me;
			counts.set(key, entry);
		}
	}
	return counts.size > 0 && el("div.reactions", {}, [...counts].map(([emoji, { count, mine }]) =>
		button(`${emoji} ${count}`, () => on.react(item, mine ? null : emoji),
			{ "aria-pressed": mine, "aria-label": `${emoji}, ${count}`, "data-focus": `reaction${emoji}` })));
}

function status(item) {
	const { message } = item;

	return el("span.meta", {}, item.pinned && el("span", { role: "img", "aria-label": "pinned" }, "📌"),
		message.edit_date && el("span", {}, "edited "), message.author_signature && foreign(`${message.author_signature} `),
		el("time", { datetime: new Date(message.date * 1000).toISOString(),
			title: new Date(message.date * 1000).toLocaleString() }, timeOf(message.date)));
}

function bubble(item, joined, on) {
	const { message } = item;
	const sender = senderOf(message);
	const mine = isMine(item);
	const bare = message.sticker || message.dice || message.video_note;
	const member = state.detail?.members?.find((one) => one.user.id === sender.id);
	const title = member?.custom_title || { creator: "owner", administrator: "admin" }[member?.status];

	return el(`div.bubble${mine ? ".mine" : ""}${bare ? ".bare" : ""}${message.media_group_id ? ".album" : ""}`, {},
		!mine && !joined && message.chat.type !== "private" && el(`p.name.hue${hueOf(sender.id)}`, {},
			foreign(sender.name), sender.bot && el("small", {}, "bot"), title && el("small", {}, foreign(title))),
		item.receiver && el("p.only", {}, "Only you can see this message"),
		message.via_bot && el("p.forward", {}, `via @${message.via_bot.username}`),
		forwardLine(message), replyLine(item, on), content(item, on), reactions(item, on), status(item));
}

// The key by which window.js knows that the element must be made again.
export const keyOf = (item, before) => `${item.version}|${continues(item, before)}|${startsDay(item, before)}|${state.me}`;

export function renderMessage(item, before, on) {
	const { message } = item;
	const joined = continues(item, before);
	const sender = senderOf(message);
	const day = startsDay(item, before) && el("p.day", {}, el("span", {}, dayOf(message.date)));

	if (isService(item))
		return el("div.row.service", { "data-message": item.id }, day, el("p", {}, el("button", { type: "button",
			title: "Raw form", onclick: () => on.inspect(item) }, serviceText(message))));
	const more = button("⋯", () => on.menu(item, more), { class: "more", "aria-label": "What to do with this message",
		"aria-haspopup": "menu", "data-focus": "more" });
	const mine = isMine(item);

	return el("div.row-box", {}, day, el(`div.row${mine ? ".mine" : ""}${joined ? ".joined" : ""}`,
		{ "data-message": item.id, role: "article", "aria-label": `${sender.name}, ${timeOf(message.date)}`, tabindex: "-1" },
		!mine && message.chat.type !== "private" && (joined ? el("span.avatar.none") : avatar(sender.id, sender.name)),
		el("div.stack", {}, bubble(item, joined, on), inlineKeyboard(item, on)), more));
}
