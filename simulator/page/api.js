// api.js - talks to the simulator: controls by POST, one stream of events, questions by GET.

import { toast, byId } from "./dom.js";

let stream = null;
let last = 0; // when something came, ms
let recorder = null; // told of what was done: conversation.js

export function onDeed(fn) { recorder = fn; }

async function answerOf(response) {
	const answer = await response.json();

	if (!response.ok)
		throw new Error(answer.error || response.statusText);
	return answer;
}

export async function get(path, query) {
	return answerOf(await fetch(`/page/${path}?${new URLSearchParams(query)}`));
}

// A control; null and a toast when it is refused.
export async function act(name, body, { quiet = false } = {}) {
	const done = recorder?.(name, body); // it looks before anything changes

	try {
		const answer = await answerOf(await fetch(`/control/${name}`, { method: "POST",
			headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }));

		done?.(answer);
		return answer;
	} catch (error) {
		if (!quiet)
			toast(error.message, "error");
		return null;
	}
}

export async function upload(kind, file) {
	try {
		return (await answerOf(await fetch(`/page/upload?kind=${kind}`, { method: "POST", body: file })))
			.file_id;
	} catch (error) {
		toast(error.message, "error");
		return null;
	}
}

export const fileUrl = (id) => `/page/file?id=${encodeURIComponent(id)}`;

function lost(is, text = "The connection is lost. Trying again…") {
	byId("lost").hidden = !is;
	byId("lost").textContent = text;
	document.body.classList.toggle("offline", is);
}

// Opens the stream of a chat in place of the one before. It begins with all there is, so that
// coming back after a loss needs nothing else.
export function listen(chat, handlers) {
	const source = new EventSource(`/page/stream?chat=${chat}`);

	stream?.close();
	stream = source;
	last = Date.now();
	for (const [name, handler] of Object.entries(handlers)) {
		source.addEventListener(name, (event) => {
			if (stream !== source)
				return;
			last = Date.now();
			lost(false);
			handler(JSON.parse(event.data));
		});
	}
	source.addEventListener("error", () => {
		if (stream !== source)
			return;
		lost(true);
		if (source.readyState === EventSource.CLOSED) { // refused: too many pages, or another server
			stream = null;
			lost(true, "The simulator refuses: are 8 pages open already? Trying again…");
			setTimeout(() => { if (!stream) listen(chat, handlers); }, 3000);
		}
	});
}

// The clock comes each second: when it does not, the connection hangs.
setInterval(() => { if (stream && Date.now() - last > 6000) lost(true); }, 1000);
