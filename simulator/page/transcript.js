// transcript.js - a call of the bot as the line of a golden conversation that shows it, as the player
// of tests/modules writes them.

// JSON as the player has it: keys in order, blanks behind commas and colons.
export function json(value) {
	if (Array.isArray(value))
		return `[${value.map(json).join(", ")}]`;
	if (value && typeof value === "object")
		return `{${Object.keys(value).sort().filter((key) => value[key] !== undefined).map((key) => `${JSON.stringify(key)}: ${json(value[key])}`).join(", ")}}`;
	return JSON.stringify(value);
}

// Parameters come as texts: what they are is to be seen from them.
const TEXTS = ["text", "caption", "payload", "title", "description", "error_message", "question", "callback_query_id", "inline_query_id",
	"pre_checkout_query_id", "emoji", "name", "currency"];

function parsed(parameters) {
	const out = {};

	for (const [key, value] of Object.entries(parameters ?? {})) {
		out[key] = value;
		if (typeof value !== "string" || TEXTS.includes(key))
			continue;
		if (/^-?\d{1,15}(\.\d+)?$/.test(value) || /^(true|false)$/.test(value) || /^[[{]/.test(value)) {
			try {
				out[key] = JSON.parse(value);
			} catch { /* a text after all */ }
		}
	}
	return out;
}

// --- formatted texts

const TAGS = { bold: ["b"], italic: ["i"], underline: ["u"], strikethrough: ["s"], code: ["code"], pre: ["pre", "language", "language"],
	blockquote: ["blockquote"], expandable_blockquote: ["blockquote expandable"], spoiler: ["tg-spoiler"], text_link: ["a", "href", "url"],
	custom_emoji: ["tg-emoji", "emoji-id", "custom_emoji_id"], date_time: ["tg-time", "format", "date_time_format"] };

const escaped = (text, isValue) => text.replace(/[<>&"]/g, (c) =>
	({ "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': isValue ? "&quot;" : '"' })[c]);

function openTag(entity) {
	const [tag, attribute, field] = TAGS[entity.type];
	const unix = entity.unix_time !== undefined ? ` unix="${entity.unix_time}"` : "";

	return `<${tag}${unix}${field && entity[field] ? ` ${attribute}="${escaped(entity[field], true)}"` : ""}>`;
}

// The text of an object as HTML; entities are in the field beside it.
function html(object, name) {
	const text = object[name] ?? "";
	const entities = (object[name === "text" || name === "message_text" ? "entities" : `${name}_entities`] ?? []).filter((one) => TAGS[one.type]);
	let out = "";
	const tags = (unit) => {
		for (const one of [...entities].reverse()) {
			if (one.offset + one.length === unit)
				out += `</${TAGS[one.type][0].split(" ")[0]}>`;
		}
		if (unit < text.length)
			out += entities.filter((one) => one.offset === unit).map(openTag).join("");
	};

	for (let unit = 0; unit < text.length;) {
		const character = String.fromCodePoint(text.codePointAt(unit));

		tags(unit);
		out += escaped(character, false);
		unit += character.length;
	}
	tags(text.length);
	return out;
}

// A text of several lines goes on behind "  | ".
export function withText(line, text) {
	const [first, ...rest] = text.split("\n");

	return [`${line}:${first ? ` ${first}` : ""}`, ...rest.map((one) => one ? `  | ${one}` : "  |")].join("\n");
}

// --- how and with which buttons

function how(body) {
	const words = [];
	const flags = (object) => {
		for (const [key, word] of [["disable_notification", "silent"], ["protect_content", "protected"], ["has_spoiler", "spoiler"], ["show_caption_above_media", "text above"]]) {
			if (object?.[key] === true)
				words.push(word);
		}
	};
	const preview = body.link_preview_options;

	flags(body);
	flags(Array.isArray(body.media) ? body.media[0] : body.media);
	if (preview && !preview.is_disabled)
		words.push(["preview", preview.prefer_large_media && "large", preview.prefer_small_media && "small",
			preview.show_above_text && "above", preview.url && `of ${preview.url}`].filter(Boolean).join(" "));
	if (body.message_effect_id)
		words.push("with an effect");
	if (body.ephemeral_message_parameters)
		words.push(`only for ${body.ephemeral_message_parameters.receiver_user_id}`);
	if (body.reply_parameters?.quote)
		words.push(`quotes “${body.reply_parameters.quote}”`);
	return words.length ? ` (${words.join(", ")})` : "";
}

const PLAIN = ["text", "style", "callback_data", "icon_custom_emoji_id"];

function purpose(key) {
	return Object.entries(key).filter(([field]) => !PLAIN.includes(field)).map(([field, value]) => {
		const { request_id: a, user_administrator_rights: b, ...rest } = typeof value === "object" ? value : {};

		return ` -> ${field === "url" ? "" : `${field} `}${typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(rest) : JSON.stringify(value)}`;
	}).join("");
}

function keyboard(body) {
	const markup = body.reply_markup ?? {};
	const rows = (list, open, close) => (list ?? []).map((row) => `\n${row.map((key) =>
		`${open}${key.text}${purpose(key)}${key.icon_custom_emoji_id ? " (icon)" : ""}${key.style ? ` (${key.style})` : ""}${close}`).join(" ")}`).join("");

	return rows(markup.inline_keyboard, "[", "]") + rows(markup.keyboard, "{", "}") + (markup.remove_keyboard ? "\n{}" : "");
}

function who(body, verb, deed) {
	const to = body.chat_id && body.chat_id !== (deed.chat ?? deed.body.from) ? ` to ${body.chat_id}` : "";
	const topic = body.message_thread_id && body.message_thread_id !== deed.body.thread ? ` in topic ${body.message_thread_id}` : "";

	return `bot${verb ? ` ${verb}` : ""}${to}${topic}${how(body)}`;
}

// A question ends with a link that nobody sees.
function takeQuestion(body, name) {
	const key = name === "text" ? "entities" : "caption_entities";
	const last = body[key]?.at(-1);

	if (!last?.url?.startsWith("http://t.me/#ask-"))
		return false;
	body[key] = body[key].slice(0, -1);
	body[name] = body[name].slice(0, -1);
	return true;
}

// --- calls

const kindOf = (method) => method.slice(4).replace(/[A-Z]/g, (c, i) => (i ? "_" : "") + c.toLowerCase());
const OTHERWISE = ["chat_id", "message_thread_id", "direct_messages_topic_id", "business_connection_id", "ephemeral_message_parameters", "reply_parameters",
	"reply_markup", "caption", "caption_entities", "show_caption_above_media", "has_spoiler", "disable_notification", "protect_content", "message_effect_id"];

function others(body, kind) {
	const rest = Object.fromEntries(Object.entries(body).filter(([key]) => !OTHERWISE.includes(key) && key !== kind));

	return Object.keys(rest).length ? ` ${json(rest)}` : "";
}

function under(head, body, deed, object = body, name = "caption") {
	const text = (object ? html(object, name) : "") + keyboard(body);

	return text ? withText(who(body, head, deed), text) : who(body, head, deed);
}

// What the bot made goes along with the call: {file_name, size}.
function madeOf(body, value) {
	const made = typeof value === "string" && value.startsWith("attach://") ? body[value.slice(9)] : value;

	return made?.file_name ? made : null;
}

const source = (body, value) => madeOf(body, value)?.file_name ?? value;

// The kind of file that the call sends, if the bot made it; its bytes are shown.
export function madeKind({ method, parameters }) {
	const kind = kindOf(method);

	return /^send/.test(method) && madeOf(parameters, parameters[kind]) ? kind : null;
}

function medium(body, deed, call) {
	const kind = kindOf(call.method);
	const asks = takeQuestion(body, "caption");

	if (call.made !== undefined)
		return withText(who(body, `${asks ? "asks with" : "sends"} ${source(body, body[kind])}`, deed), `${html(body, "caption")}\n${call.made}${keyboard(body)}`);
	return under(`${asks ? "asks with" : "sends"} ${kind} ${body[kind]}${others(body, kind)}`, body, deed);
}

function album(body, deed) {
	const captioned = body.media.filter((one) => one.caption).at(-1);

	return under(`sends ${body.media.map((one) => `${one.type} ${source(body, one.media)}`).join(", ")}`, body, deed, captioned);
}

function poll(body, deed) {
	const options = body.options.map((one) => `\n- ${html(one, "text")}`).join("");

	return withText(who(body, "sends poll", deed), html(body, "question") + options + keyboard(body));
}

function offers(body) {
	const lines = [...(body.button ? [`[${body.button.text}]`] : []), ...body.results.map((one) => {
		const content = one.input_message_content;

		return `${one.title || one.type}${one.description ? ` - ${one.description}` : ""}${content?.message_text ? `: ${html(content, "message_text")}` : ""}`;
	})];

	return lines.length ? withText("bot offers", lines.join("\n")) : "bot offers nothing";
}

const message = (verb) => (body, deed) => {
	const name = body.text !== undefined ? "text" : "caption";

	return withText(who(body, verb || (takeQuestion(body, name) ? "asks" : ""), deed), html(body, name) + keyboard(body));
};

const content = (body, deed, call) => under(`sends ${kindOf(call.method)}${others(body, "")}`, body, deed);

const SHOWN = {
	sendMessage: message(""), editMessageText: message("edits"), editMessageReplyMarkup: message("edits"),
	sendMediaGroup: album, sendPoll: poll, sendVenue: content, sendLocation: content, sendContact: content, sendDice: content,
	editMessageCaption: (body, deed) => under("edits caption", body, deed),
	editMessageMedia: (body, deed) => under(`edits ${body.media.type} ${source(body, body.media.media)}`, body, deed, body.media),
	answerCallbackQuery: (body) => body.text ? withText(body.show_alert ? "bot alerts" : "bot shows", body.text) : null,
	answerInlineQuery: offers,
	answerPreCheckoutQuery: (body) => body.ok === true ? "bot takes the payment" : withText("bot refuses the payment", body.error_message ?? ""),
	sendInvoice: (body, deed) => withText(who(body, "invoices", deed), `${body.title}: ${body.description}${body.prices.map((one) =>
		`\n${one.label}: ${one.amount} ${body.currency}`).join("")}${keyboard(body)}`),
};

for (const kind of ["Photo", "Video", "LivePhoto", "Animation", "Audio", "Document", "Voice", "VideoNote", "Sticker"])
	SHOWN[`send${kind}`] = medium;

// Calls whose results modules await.
const AWAITED = /^(ban|unban|restrict|promote|create|add|set(?!MessageReaction|ChatMemberTag))/;

// What a conversation does not show: the bot's own affairs, and what it asks about rights.
export const isShown = (call) => call.error_code === 0 &&
	!/^(get|setMy|deleteMy|sendChatAction|setWebhook|deleteWebhook|logOut|close$)/.test(call.method);

export const isAwaited = (call) => AWAITED.test(call.method);

export function botLine(names, call, deed) {
	const body = parsed(call.parameters);

	if (call.message_id && /^(send|copy|forward)/.test(call.method))
		names.message(call.chat_id, call.message_id);
	if (SHOWN[call.method])
		return SHOWN[call.method](body, deed, call);
	if (body.message_id)
		body.message_id = names.messages.get(`${call.chat_id}/${body.message_id}`) ?? body.message_id;
	return `bot ${isAwaited(call) ? "waits for" : "calls"} ${call.method} ${json(body)}`;
}
