// voice.js - records a voice message; the simulator makes of it what Telegram's clients record.

import { el, button, byId, toast } from "./dom.js";

const FORMS = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus"]; // what the browser can do first

// In place of the field to write in, until it is sent or thrown away; resolves with a Blob or null.
export async function record() {
	let stream;

	try {
		stream = await navigator.mediaDevices.getUserMedia({ audio: true });
	} catch {
		toast("The browser gives no microphone here. 📎 sends a voice message from a file.", "error");
		return null;
	}
	const recorder = new MediaRecorder(stream, { mimeType: FORMS.find((form) => MediaRecorder.isTypeSupported(form)) });
	const parts = [], began = Date.now();
	const clock = el("span", { role: "timer" }, "0:00");
	let keep = false;
	const end = (sends) => { keep = sends; recorder.stop(); };
	const bar = el("div.writer", { id: "recording", onkeydown: (event) => { if (event.key === "Escape") end(false); } },
		button("✕", () => end(false), { class: "round", "aria-label": "Throw it away" }),
		el("span", { role: "status" }, "● Recording "), clock, button("➤", () => end(true), { class: "round send", "aria-label": "Send the voice message" }));
	const ticking = setInterval(() => {
		const s = Math.floor((Date.now() - began) / 1000);

		clock.textContent = `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
	}, 250);

	byId("bottom").hidden = true;
	byId("bottom").after(bar);
	bar.lastChild.focus();
	return new Promise((resolve) => {
		recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
		recorder.addEventListener("stop", () => {
			clearInterval(ticking);
			stream.getTracks().forEach((track) => track.stop());
			bar.remove();
			byId("bottom").hidden = false;
			byId("write")?.focus();
			resolve(keep ? new Blob(parts) : null);
		});
		recorder.start();
	});
}
