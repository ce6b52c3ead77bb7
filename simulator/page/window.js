// window.js - a list of messages of which only those near the view are in the document. Heights are
// remembered, or guessed; what is being read does not move when others come or change.

import { byId } from "./dom.js";

const GUESS = 64;     // px of a message that was never shown
const BEYOND = 900;   // px above and below the view
const NEAR = 80;      // px from the end that count as "at the end"

export class MessageWindow {
	// render(item, before) makes an element; key(item, before) says when it must be made again.
	constructor(render, key, onTop) {
		this.render = render;
		this.key = key;
		this.onTop = onTop;
		this.scroller = byId("scroll");
		this.body = byId("messages");
		this.items = [];
		this.heights = new Map(); // by id
		this.nodes = new Map();   // id → { node, key }
		this.atEnd = true;
		this.queued = false;
		this.scroller.addEventListener("scroll", () => this.onScroll(), { passive: true });
		new ResizeObserver(() => this.later(true)).observe(this.scroller);
		new ResizeObserver(() => this.later()).observe(this.body); // pictures come, or do not
	}

	onScroll() {
		const { scrollTop, clientHeight, scrollHeight } = this.scroller;

		this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR;
		byId("down").hidden = this.atEnd;
		if (scrollTop < BEYOND && this.items.length)
			this.onTop();
		this.later();
	}

	// The items, oldest first; each has an id. `toEnd`: a chat was opened.
	set(items, toEnd = false) {
		this.items = items;
		if (toEnd) {
			this.heights.clear();
			for (const { node } of this.nodes.values())
				node.remove();
			this.nodes.clear();
			this.atEnd = true;
			this.draw();
		} else {
			this.later();
		}
	}

	later(resized = false) {
		if (resized)
			this.heights.clear();
		if (this.queued)
			return;
		this.queued = true;
		requestAnimationFrame(() => { this.queued = false; this.draw(); });
	}

	toEnd() {
		this.atEnd = true;
		this.scroller.scrollTop = this.scroller.scrollHeight;
		this.draw();
	}

	show(id) {
		const place = this.items.findIndex((item) => item.id === id);

		if (place < 0)
			return null;
		this.atEnd = false;
		this.scroller.scrollTop = this.offsets()[place] - this.scroller.clientHeight / 3;
		this.draw();
		return this.nodes.get(id)?.node;
	}

	heightOf(item) { return this.heights.get(item.id) ?? GUESS; }

	offsets() {
		const out = new Float64Array(this.items.length + 1);

		for (let i = 0; i < this.items.length; i++)
			out[i + 1] = out[i] + this.heightOf(this.items[i]);
		return out;
	}

	// The range [first, end) that is to be in the document: around what stands at the top of the view,
	// also when others came before it.
	range(offsets, anchor) {
		const place = anchor ? this.items.findIndex((item) => item.id === anchor.id) : -1;
		const top = this.atEnd ? offsets[this.items.length] - this.scroller.clientHeight
			: place < 0 ? this.scroller.scrollTop : offsets[place] - anchor.y;
		const find = (y) => {
			let low = 0, high = this.items.length;

			while (low < high) {
				const middle = (low + high) >> 1;

				if (offsets[middle + 1] < y)
					low = middle + 1;
				else
					high = middle;
			}
			return low;
		};

		return [find(top - BEYOND),
			Math.min(this.items.length, find(top + this.scroller.clientHeight + BEYOND) + 1)];
	}

	// What stands at the top of the view, and where, so that it can stay there.
	anchor() {
		const top = this.scroller.getBoundingClientRect().top;

		for (const node of this.body.children) {
			const box = node.getBoundingClientRect();

			if (box.bottom > top)
				return { id: Number(node.dataset.id), y: box.top - top };
		}
		return null;
	}

	draw() {
		const anchor = this.atEnd ? null : this.anchor();

		// Twice: heights are known only after the first.
		for (let turn = 0; turn < 2 && this.place(anchor); turn++);
		if (this.atEnd)
			this.scroller.scrollTop = this.scroller.scrollHeight;
		else if (anchor)
			this.keep(anchor);
	}

	keep(anchor) {
		const node = this.nodes.get(anchor.id)?.node;
		const top = this.scroller.getBoundingClientRect().top;

		if (node)
			this.scroller.scrollTop += node.getBoundingClientRect().top - top - anchor.y;
	}

	// Puts the range into the document; true when a height was not what it was thought to be.
	place(anchor) {
		const offsets = this.offsets();
		const [first, end] = this.range(offsets, anchor);
		const wanted = new Set();
		let after = null, changed = false;

		for (let i = first; i < end; i++)
			wanted.add(this.items[i].id);
		for (const [id, { node }] of this.nodes) {
			if (!wanted.has(id)) {
				node.remove();
				this.nodes.delete(id);
			}
		}
		for (let i = first; i < end; i++) {
			const node = this.nodeOf(this.items[i], this.items[i - 1]);

			if ((after ? after.nextSibling : this.body.firstChild) !== node)
				this.body.insertBefore(node, after ? after.nextSibling : this.body.firstChild);
			after = node;
		}
		byId("above").style.height = `${offsets[first] || 0}px`;
		byId("below").style.height = `${offsets[this.items.length] - offsets[end]}px`;
		for (let i = first; i < end; i++) {
			const { id } = this.items[i];
			const height = this.nodes.get(id).node.offsetHeight;

			changed ||= this.heights.get(id) !== height;
			this.heights.set(id, height);
		}
		return changed;
	}

	nodeOf(item, before) {
		const key = this.key(item, before);
		const known = this.nodes.get(item.id);

		if (known?.key === key)
			return known.node;
		const node = this.render(item, before);
		const focused = known?.node.contains(document.activeElement)
			? document.activeElement.dataset.focus ?? "" : null;

		node.dataset.id = item.id;
		if (known) {
			known.node.replaceWith(node);
			if (focused !== null)
				(focused ? node.querySelector(`[data-focus="${CSS.escape(focused)}"]`) : node)?.focus();
		}
		this.nodes.set(item.id, { node, key });
		return node;
	}
}
