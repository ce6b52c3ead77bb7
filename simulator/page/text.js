// text.js - formatted texts: entities to elements, what somebody types to HTML.

import { el, foreign } from "./dom.js";

const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code",
	blockquote: "blockquote", expandable_blockquote: "blockquote" };

// Only what leads to a web page; anything else a bot may have written is not a link.
export function safeUrl(url) {
	try {
		const parsed = new URL(/^[a-z][a-z0-9+.-]*:/i.test(url) ? url : `http://${url}`);

		return ["http:", "https:", "mailto:", "tel:", "tg:"].includes(parsed.protocol) ? parsed.href : null;
	} catch {
		return null;
	}
}

function link(url, children, label) {
	const href = safeUrl(url);

	return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer", title: label }, children)
		: el("span", {}, children);
}

function spoiler(children) {
	const node = el("button.spoiler", { type: "button", "aria-expanded": "false",
		"aria-label": "Covered text; press to show", onclick: () => {
			node.classList.add("open");
			node.setAttribute("aria-expanded", "true");
			node.removeAttribute("aria-label");
		} }, children);

	return node;
}

function wrap(entity, text, children, on) {
	switch (entity.type) {
	case "pre":
		return el("pre", { "data-language": entity.language }, children);
	case "spoiler":
		return spoiler(children);
	case "url":
		return link(text, children);
	case "email":
		return link(`mailto:${text}`, children);
	case "phone_number":
		return link(`tel:${text}`, children);
	case "text_link":
		return link(entity.url, children, entity.url);
	case "bot_command":
		return el("button.link", { type: "button", onclick: () => on.command?.(text) }, children);
	case "hashtag": case "cashtag": case "mention":
		return el("span.link", {}, children);
	case "text_mention":
		return el("span.link", { title: entity.user?.first_name }, children);
	case "custom_emoji":
		return el("span", { title: `custom emoji ${entity.custom_emoji_id}` }, children);
	case "date_time":
		return el("span.link", { title: new Date((entity.unix_time || 0) * 1000).toLocaleString() }, children);
	default:
		return TAGS[entity.type] ? el(TAGS[entity.type], {}, children) : el("span", {}, children);
	}
}

// The nodes of text[from, to): entities nest and do not cross. Offsets are UTF-16, as in JavaScript.
function nodes(text, entities, from, to, on) {
	const out = [];
	let at = from;

	for (let i = 0; i < entities.length;) {
		const entity = entities[i];
		const end = Math.min(entity.offset + entity.length, to);
		let inner = i + 1;

		while (inner < entities.length && entities[inner].offset < end)
			inner++;
		if (entity.offset >= at && entity.offset < to && end > entity.offset) {
			if (entity.offset > at)
				out.push(text.slice(at, entity.offset));
			out.push(wrap(entity, text.slice(entity.offset, end),
				nodes(text, entities.slice(i + 1, inner), entity.offset, end, on), on));
			at = end;
		}
		i = inner;
	}
	if (at < to)
		out.push(text.slice(at, to));
	return out;
}

export function formatted(text, entities = [], on = {}) {
	const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);

	return el("div.text", { dir: "auto" }, nodes(text, sorted, 0, text.length, on));
}

export const escapeHtml = (text) => text.replace(/[&<>"]/g, (c) =>
	({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

const MARKS = [
	[/```(?:(\w+)\n)?([\s\S]+?)```/g, (m, language, body) => language
		? `<pre><code class="language-${language}">${body}</code></pre>` : `<pre>${body}</pre>`],
	[/`([^`\n]+)`/g, "<code>$1</code>"],
	[/\*\*([^*]+)\*\*/g, "<b>$1</b>"],
	[/__([^_]+)__/g, "<i>$1</i>"],
	[/~~([^~]+)~~/g, "<s>$1</s>"],
	[/\|\|([^|]+)\|\|/g, "<tg-spoiler>$1</tg-spoiler>"],
	[/\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)/g, "<a href=\"$2\">$1</a>"],
];

// As in Telegram's own clients: **bold** __italic__ `code` ```block``` ~~struck~~ ||covered|| and
// [label](https://…). Null when there is none of it.
export function typedHtml(text) {
	const parts = [];
	let html = escapeHtml(text);

	for (const [pattern, to] of MARKS) {
		html = html.replace(pattern, (...found) => {
			const made = typeof to === "string"
				? to.replace(/\$(\d)/g, (m, n) => found[n]) : to(...found);

			if (!made.startsWith("<code") && !made.startsWith("<pre"))
				return made;
			parts.push(made); // nothing inside code is markup
			return `\u0000${parts.length - 1}\u0000`;
		});
	}
	html = html.replace(/\u0000(\d+)\u0000/g, (m, n) => parts[n]);
	return html === escapeHtml(text) ? null : html;
}

export const money = (amount, currency) => currency === "XTR" ? `⭐ ${amount}` : `${(amount / 100).toFixed(2)} ${currency}`;

export const preview = (text) => foreign(text.replace(/\s+/g, " ").slice(0, 120));
