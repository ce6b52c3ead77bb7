// dom.js - makes elements. Texts become text nodes and never markup; there is no other way in.

const PROPERTIES = new Set(["disabled", "hidden", "value", "checked", "tabIndex", "controls", "loop",
	"muted", "autoplay", "rows", "open", "multiple", "playsInline"]);

// el("p.quiet", { title: "…", onclick: f }, "text", node, …)
export function el(name, attributes = {}, ...children) {
	const [tag, ...classes] = name.split(".");
	const node = document.createElement(tag);

	if (classes.length)
		node.className = classes.join(" ");
	for (const [key, value] of Object.entries(attributes)) {
		if (value === undefined || value === null || value === false)
			continue;
		if (key.startsWith("on"))
			node.addEventListener(key.slice(2), value);
		else if (PROPERTIES.has(key))
			node[key] = value;
		else
			node.setAttribute(key, value === true ? "" : String(value));
	}
	put(node, ...children);
	return node;
}

export function put(node, ...children) {
	for (const child of children.flat(9)) {
		if (child !== undefined && child !== null && child !== false)
			node.append(child instanceof Node ? child : document.createTextNode(String(child)));
	}
	return node;
}

export function fill(node, ...children) {
	node.replaceChildren();
	return put(node, ...children);
}

export const byId = (id) => document.getElementById(id);

// A text of somebody else: its direction does not reach what stands beside it.
export const foreign = (text) => el("bdi", {}, text);

export function button(label, onclick, attributes = {}) {
	const { class: classes = "", ...others } = attributes;

	return el(classes ? `button.${classes}` : "button", { type: "button", onclick, ...others }, label);
}

export function toast(text, kind = "") {
	const node = el(kind ? `p.${kind}` : "p", {}, text);

	byId("toasts").append(node);
	setTimeout(() => node.remove(), 5000);
}

// A modal dialog with a form; resolves with its FormData, or null when it was left.
export function ask(title, fields, action = "OK") {
	return new Promise((resolve) => {
		const form = el("form", { method: "dialog" }, el("h2", { id: "dialog-title" }, title), fields,
			el("menu", {}, button("Cancel", () => dialog.close()),
				el("button.main", { type: "submit", value: "ok" }, action)));
		const dialog = el("dialog", { "aria-labelledby": "dialog-title" }, form);

		dialog.addEventListener("close", () => {
			const data = new FormData(form);

			dialog.remove();
			resolve(dialog.returnValue === "ok" ? data : null);
		});
		document.body.append(dialog);
		dialog.showModal();
	});
}

// Of rows of [number, label]; an array of the numbers.
export async function choose(title, rows, action, many = false) {
	const data = await ask(title, el("div.scroll", {}, rows.map(([value, label]) => el("label.choice", {},
		el("input", { type: many ? "checkbox" : "radio", name: "choice", value }), foreign(label)))), action);

	return data?.getAll("choice").map(Number) ?? [];
}

// A menu at a button: rows of [label, function] or null for a line between.
export function menu(at, rows) {
	const list = el("div.menu", { role: "menu" });
	const box = at.getBoundingClientRect();
	const close = () => { list.remove(); document.removeEventListener("pointerdown", outside, true); };
	const outside = (event) => { if (!list.contains(event.target)) close(); };

	for (const row of rows.filter((one) => one !== false && one !== undefined)) {
		list.append(row ? el("button", { type: "button", role: "menuitem", onclick: () => {
			close();
			at.focus({ preventScroll: true });
			row[1]();
		} }, row[0]) : el("hr"));
	}
	list.addEventListener("keydown", (event) => {
		const items = [...list.querySelectorAll("button")];
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];

		if (event.key === "Escape" || event.key === "Tab") {
			close();
			at.focus({ preventScroll: true });
			event.preventDefault();
		} else if (step) {
			items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
			event.preventDefault();
		}
		event.stopPropagation();
	});
	document.body.append(list);
	list.style.left = `${Math.max(8, Math.min(box.left, innerWidth - list.offsetWidth - 8))}px`;
	list.style.top = `${Math.max(8, Math.min(box.bottom + 4, innerHeight - list.offsetHeight - 8))}px`;
	document.addEventListener("pointerdown", outside, true);
	list.querySelector("button")?.focus({ preventScroll: true });
}
