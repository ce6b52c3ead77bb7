// panel.js - the right side: a chat, the raw form of a message with its times and calls, the tools,
// or the conversation as a test.

import { el, fill, button, byId, toast } from "./dom.js";
import { act, get } from "./api.js";
import { state } from "./state.js";
import { chatPanel } from "./people.js";
import { conversation, forget } from "./conversation.js";

let shown = null; // { name, draw }
let opener = null;

export function openPanel(name, draw, from = document.activeElement) {
	shown = { name, draw };
	opener = from;
	document.body.classList.add("with-panel");
	byId("panel").hidden = false;
	redraw();
	byId("panel").querySelector("button")?.focus({ preventScroll: true });
}

export function closePanel() {
	shown = null;
	document.body.classList.remove("with-panel");
	byId("panel").hidden = true;
	opener?.isConnected && opener.focus({ preventScroll: true });
}

function redraw() {
	fill(byId("panel"), el("header", {}, el("strong", {}, shown.name), button("✕", closePanel, { class: "round", "aria-label": "Close" })),
		el("div.body", {}, shown.draw()));
}

// The chat has changed.
export function chatChanged() {
	if (shown?.name === "Chat" && !byId("panel").contains(document.activeElement?.closest("input")))
		redraw();
}

export const openChatPanel = (from) => openPanel("Chat", chatPanel, from);

// --- raw

const after = (us, from) => us && from ? `${((us - from) / 1000).toFixed(1)} ms after it was sent` : "not yet";

const clock = (us) => new Date(us / 1000).toISOString().slice(11, 23);

function pretty(parameters) {
	const out = {};

	for (const [key, value] of Object.entries(parameters || {})) {
		try { // objects come as texts of JSON
			out[key] = typeof value === "string" && /^[[{]/.test(value) ? JSON.parse(value) : value;
		} catch {
			out[key] = value;
		}
	}
	return JSON.stringify(out, null, 2);
}

function callBox(call, trace) {
	return el("details", { open: true }, el("summary", {}, el("code", {}, call.method), " ",
		el("small", {}, trace.made_us ? after(call.time_ms * 1000, trace.made_us) : ""),
		call.error_code !== 0 && el("small.error", {}, ` error ${call.error_code}`)), call.remarks && el("p.error", {}, call.remarks),
		el("pre", { tabindex: "0" }, pretty(call.parameters)));
}

function traceBody(item, trace) {
	return [trace.update !== undefined && el("dl.times", {},
		el("dt", {}, "Sent by the person"), el("dd", {}, clock(trace.made_us)),
		el("dt", {}, "Received by the bot"), el("dd", {}, after(trace.delivered_us, trace.made_us)),
		el("dt", {}, "Handled: the first call"), el("dd", {}, trace.calls?.length ? after(trace.calls[0].time_ms * 1000, trace.made_us) : "none"),
		trace.calls?.length > 1 && [el("dt", {}, "Sent: the last call"), el("dd", {}, after(trace.calls.at(-1).time_ms * 1000, trace.made_us))],
		el("dt", {}, "Confirmed by the bot"), el("dd", {}, after(trace.confirmed_us, trace.made_us))),
	trace.update !== undefined && [el("h3", {}, `Update ${trace.update_id}`), el("pre", { tabindex: "0" }, JSON.stringify(trace.update, null, 2))],
	trace.update === undefined && el("p.quiet", {}, "The bot was not told of this message, or that is too long ago."),
	el("h3", {}, "Calls in this chat until its next update"), trace.calls?.length ? trace.calls.map((call) => callBox(call, trace)) : el("p.quiet", {}, "None."),
	el("h3", {}, "The message as it is now"), el("pre", { tabindex: "0" }, JSON.stringify(item.message, null, 2))];
}

export async function inspect(item) {
	const from = document.activeElement;

	try {
		const trace = await get("trace", { chat: state.chat, message_id: item.id });

		openPanel("Raw", () => [button("Look again", () => inspect(item)), traceBody(item, trace)], from);
	} catch (error) {
		toast(error.message, "error");
	}
}

// --- tools

const number = (label, value, attributes = {}) => {
	const input = el("input", { type: "number", value, ...attributes });

	return { node: el("label.field", {}, label, input), get value() { return Number(input.value); } };
};

const FAULTS = [["Slow: each call takes 2 s", { mode: "slow", delay_ms: 2000 }], ["Telegram answers 500", { mode: "error", status: 500 }],
	["Too many requests: 429, wait 3 s", { mode: "error", status: 429, retry_after: 3 }], ["Pages of HTML, 502", { mode: "html" }],
	["Connections break", { mode: "close" }], ["Half of an answer", { mode: "half" }], ["No answer at all", { mode: "silent" }]];

function crowdTools() {
	const rate = number("Messages a second (0: as fast as the bot takes them)", state.clock.rate || 5, { min: 0, step: "any" });
	const people = number("People", 50, { min: 1, max: 100000 });
	const chats = number("Chats", 12, { min: 1, max: 10000 });

	return [el("h3", {}, "Crowd"), rate.node, people.node, chats.node, el("div.pair", {},
		button("Let them talk", () => act("crowd", { rate: rate.value, people: people.value, chats: chats.value })),
		button("Silence", () => act("crowd", { running: false })))];
}

let fault = ""; // that was chosen last

function faultTools() {
	const on = new Set(state.clock.faults?.map((fault) => fault.mode) ?? []);

	return [el("h3", {}, "Faults of Telegram"), FAULTS.map(([label, body]) => el("label.choice", {}, el("input", { type: "radio", name: "fault", checked: on.has(body.mode) && fault === label,
		onchange: () => { fault = label; act("faults", { ...body, clear: true, method: body.mode === "slow" ? "*" : "sendMessage" }); } }), label)),
	el("label.choice", {}, el("input", { type: "radio", name: "fault", checked: on.size === 0, onchange: () => act("faults", { clear: true }) }), "None"),
	el("label.choice", {}, el("input", { type: "checkbox", checked: state.clock.strict, onchange: (event) => act("limits", { strict: event.target.checked }) }), "Telegram’s limits on messages"),
	el("label.choice", {}, el("input", { type: "checkbox", checked: state.clock.privacy, onchange: (event) => act("privacy", { on: event.target.checked }) }), "Privacy mode: in groups the bot sees only commands")];
}

function clockTools() {
	const seed = number("Seed", 1, { min: 0 });

	return [el("h3", {}, "Clock of Telegram"), el("p", {}, new Date((state.clock.now_s || 0) * 1000).toLocaleString()),
		el("div.pair", {}, ["5m", "1h", "1d"].map((step) => button(`+ ${step}`, async () => { await act("clock", { after: step }); toast(`${step} passed`); })),
			button(state.clock.stands ? "Let it go on" : "Stop it", () => act("clock", { stands: !state.clock.stands }))),
		el("h3", {}, "Begin anew"), seed.node, button("Reset everything to this seed", async () => {
			await act("reset", { seed: seed.value });
			forget();
		})];
}

export const openTools = (from) => openPanel("Tools", () => [crowdTools(), faultTools(), clockTools()], from);

// --- the conversation

export async function openConversation(from) {
	const text = await conversation();

	openPanel("As a test", () => [el("p", {}, "What you did since the page was opened, as a golden conversation for ", el("code", {}, "tests/modules"), "."),
		el("textarea", { id: "conversation", rows: 22, spellcheck: "false", "aria-label": "Golden conversation", value: text }),
		el("div.pair", {}, button("Copy", async () => {
			byId("conversation").select();
			await navigator.clipboard?.writeText(byId("conversation").value).catch(() => document.execCommand("copy"));
			toast("Copied");
		}), button("Begin a new one", () => { forget(); openConversation(from); }))], from);
}
