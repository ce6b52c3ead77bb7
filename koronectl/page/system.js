// system.js - the system as koronectl page samples it: processes, pools, graphs, incidents. All texts become
// text nodes.

import { el, fill, byId } from "./dom.js";

const PAST_MS = 15 * 60 * 1000;
let past = [];   // [ms, received, acked, backlog, oldest_ms, handled within ms, done within ms]
let last = 0;    // when a sample came
const opened = new Set(); // pools whose children are shown

const count = (number, one) => `${number.toLocaleString("en")} ${one}${number === 1 ? "" : one.endsWith("child") ? "ren" : "s"}`;

const number = (value) => (value ?? 0).toLocaleString("en");

function span(ms) {
	const s = Math.floor((ms ?? 0) / 1000);

	return s < 60 ? `${s} s` : s < 3600 ? `${Math.floor(s / 60)} min` : s < 86400 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86400)} d`;
}

const ms = (value) => value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;

const bytes = (size) => size > 999999 ? `${(size / 1e6).toFixed(0)} MB` : `${Math.ceil((size ?? 0) / 1000)} KB`;

// A state is a word with a sign, never a colour alone.
function state(good, text) {
	return el(`span.state.${good ? "good" : "bad"}`, {}, el("span", { "aria-hidden": "true" }, good ? "●" : "▲"), ` ${text}`);
}

function table(caption, heads, rows) {
	return el("div.scroll", { tabindex: "0", role: "group", "aria-label": caption }, el("table", {}, el("caption.hidden", {}, caption),
		el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, rows)));
}

const row = (...cells) => el("tr", {}, cells.map((cell, i) => i ? el("td", {}, cell) : el("th", { scope: "row" }, cell)));

// --- graphs

const SVG = "http://www.w3.org/2000/svg";

function svg(name, attributes, ...children) {
	const node = document.createElementNS(SVG, name);

	for (const [key, value] of Object.entries(attributes))
		node.setAttribute(key, value);
	node.append(...children);
	return node;
}

// Per second, between two samples; a process that began anew counts from 0.
const rate = (place) => past.slice(1).map((now, i) => {
	const before = past[i];

	return now[place] === null || before[place] === null || now[place] < before[place] ? 0
		: (now[place] - before[place]) * 1000 / Math.max(1, now[0] - before[0]);
});

function graph(title, values, show) {
	const width = 300, height = 64, top = Math.max(1, ...values);
	// Where nothing was measured there is no point.
	const times = past.slice(past.length - values.length).map((one) => one[0]);
	const points = values.map((value, i) => value !== null && `${(width - (times.at(-1) - times[i]) * width / PAST_MS).toFixed(1)},${(height - value / top * (height - 4)).toFixed(1)}`).filter(Boolean);
	const now = show(values.findLast((value) => value !== null) ?? 0);

	return el("figure", {}, el("figcaption", {}, title, el("strong", {}, now)),
		svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}: now ${now}, at most ${show(Math.max(0, ...values))}`, preserveAspectRatio: "none" },
			svg("polyline", { points: points.join(" ") })), el("small", {}, `at most ${show(Math.max(0, ...values))}`));
}

function drawGraphs() {
	const column = (place, none = 0) => past.map((one) => one[place] ?? none);

	fill(byId("graphs"), graph("Updates a second", rate(1), (v) => v.toFixed(1)), graph("Answered a second", rate(2), (v) => v.toFixed(1)),
		graph("Waiting", column(3), (v) => number(Math.round(v))), graph("The oldest waits", column(4), span),
		graph("Handled, 95 % within", column(5, null), ms), graph("Answered, 95 % within", column(6, null), ms));
}

// Around what may be taken over: "files, calls", or what is missing.
const walls = (one) => one.walls !== undefined && [" ", state(!one.walls.includes(":"), `walls${one.walls.includes(":") ? " " : ": "}${one.walls}`)];

// --- what there is

function drawProcesses({ ingress, crashd, recorders }) {
	fill(byId("processes"), table("Processes", ["Process", "State", "Runs for", "Version", ""], [
		row("ingress", ingress ? state(ingress.ready, ingress.state) : state(false, "away"), span(ingress?.up_ms), ingress?.version ?? "",
			ingress ? `spool ${bytes(ingress.spool_bytes)} of ${bytes(ingress.spool_max_bytes)}` : ""),
		recorders.length ? recorders.map((one) => row("recorder", state(["active", "standby"].includes(one.state), one.state), span(one.since_ms), one.version,
			[`${one.host ?? ""}: ${number(one.written)} written, `, state(one.postgres === "ready", `Postgres ${one.postgres}`), " ", state(one.redis === "ready", `Redis ${one.redis}`)]))
			: row("recorder", state(false, "away"), "", "", ""),
		row("crashd", crashd ? state(crashd.ready, crashd.ready ? "ready" : "not ready") : state(false, "away"), span(crashd?.up_ms), crashd?.version ?? "",
			crashd ? [`reports to Logfire: ${crashd.logfire}, ${number(crashd.pending)} pending`, walls(crashd)] : ""),
	].flat()));
}

async function childrenOf(place, box) {
	try {
		const list = await (await fetch(`/children?pool=${place}`)).json();

		fill(box, table(`Children of pool ${place + 1}`, ["Child", "Does", "For", "Handled"], list.map((child, i) => row(`${i + 1}`,
			state(child.state !== "stuck", [child.state, child.module].filter(Boolean).join(": ")), span(child.since_ms), number(child.handled)))));
	} catch {
		fill(box, el("p", {}, "The pool has gone."));
	}
}

function poolRow(pool, place) {
	const key = `${pool.host}/${pool.pool}`;
	const box = el("div", {});
	const details = el("details", { open: opened.has(key), ontoggle: () => {
		if (details.open) {
			opened.add(key);
			childrenOf(place, box);
		} else {
			opened.delete(key);
		}
	} }, el("summary", {}, el("strong", {}, pool.pool), ` on ${pool.host} `, state(pool.state === "ready", pool.state),
		el("span.numbers", {}, `${pool.busy} of ${pool.children} busy · ${number(pool.handled)} handled · ${number(pool.crashed)} crashed · ${number(pool.unsent)} to send · ${pool.version ?? ""}`, walls(pool))), box);

	if (details.open)
		childrenOf(place, box);
	return details;
}

let poolsDrawn = "";

function drawPools({ pools }) {
	const key = JSON.stringify(pools.map(({ since_ms, ...rest }) => rest));

	if (key === poolsDrawn && !opened.size)
		return;
	const focused = document.activeElement?.closest("details");
	const place = focused ? [...byId("pools").children].indexOf(focused) : -1;

	poolsDrawn = key;
	fill(byId("pools"), pools.length ? pools.map(poolRow) : el("p", {}, state(false, "No pool: updates wait in the spool.")));
	if (place >= 0)
		byId("pools").children[place]?.querySelector("summary").focus({ preventScroll: true });
}

// Telegram asks for silence (429): in chats, never which, or of the whole bot.
function cooldownsOf({ cooldowns, ingress }) {
	const pause = ingress?.token_pause_ms;

	if (pause > 0)
		return state(false, `Telegram wants no call at all for another ${span(pause)}.`);
	return cooldowns.chats > 0 ? state(false, `Telegram wants silence in ${count(cooldowns.chats, "chat")}, the longest for another ${span(cooldowns.longest_ms)}.`)
		: state(true, "Telegram wants silence nowhere.");
}

const alertOf = (alert) => el("li", {}, state(!alert.fires, alert.name), !alert.fires && ` would fire in ${span(alert.in_s * 1000)}`);

function drawWaiting(sample) {
	const { lanes, ingress, alerts } = sample, ages = lanes?.ages ?? [];

	fill(byId("waiting"), el("p", {}, lanes ? `${count(lanes.updates, "update")} in ${count(lanes.lanes, "lane")}, ${number(lanes.in_hand)} in hand, ${number(lanes.waiting_work)} put off.`
		: `${count(ingress?.backlog ?? 0, "update")}; which ages they have is asked where KORONE_RUN_DIR may be read.`),
	ages.some((one) => one.updates) && table("Ages", ["Older than", "Updates"], ages.filter((one) => one.updates).map((one) => row(span(one.from_s * 1000), number(one.updates)))),
	el("p", {}, cooldownsOf(sample)), el("h3", {}, "Alerts that would fire"), alerts.length ? el("ul", {}, alerts.map(alertOf)) : el("p", {}, state(true, "none")),
	el("small", {}, "Of those in deploy/monitoring, by what ingress and crashd tell. What pools and recorders alone know is not judged here: lines of their logs that were dropped, a token that is refused to a pool, pools that start again and again."));
}

function drawIncidents({ incidents }) {
	fill(byId("incidents"), incidents === null ? el("p", {}, "crashd does not answer, or not to this user.") : incidents.length
		? table("Incidents", ["Fingerprint", "Where", "What", "Times", "Last"], incidents.map((one) => row(el("code", {}, (one.fingerprint ?? "").slice(0, 8)),
			one.function ? `${one.function} (${one.file}:${one.line})` : `${one.process ?? ""} ${one.module ?? ""}`, one.type ?? "", number(one.count), one.last ?? "")))
		: el("p", {}, state(true, "no crash and no error so far")));
}

function drawSummary({ ingress, pools, recorders, crashd, alerts }) {
	const children = pools.reduce((sum, pool) => sum + pool.children, 0), firing = alerts.filter((alert) => alert.fires).length;

	fill(byId("summary"), state(!alerts.length, firing ? count(firing, "alert") : alerts.length ? "something is wrong" : "all well"),
		document.createTextNode(ingress ? ` · ${count(pools.length, "pool")}, ${count(children, "child")} · ${number(ingress.backlog)} waiting` : " · ingress is away"),
		document.createTextNode(recorders.length ? "" : " · no recorder"), document.createTextNode(crashd ? "" : " · no crashd"));
}

// --- break it

const DEEDS = [["child", "Kill a child"], ["pool", "Kill the pool"], ["ingress", "Kill ingress"], ["recorder", "Kill the recorder"], ["crashd", "Kill crashd"],
	["postgres", "Stop Postgres for 10 s"], ["redis", "Stop Redis for 10 s"]];

async function deed(name, label) {
	const response = await fetch("/deed", { method: "POST", headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ word: byId("word").value.trim(), deed: name }) });
	const answer = await response.json().catch(() => ({}));

	byId("done").textContent = response.ok ? `${label}: asked. Look below.` : answer.error ?? "It did not work.";
}

function drawCrowd({ crowd }) {
	const cell = (name, value, bad) => el("div", {}, el("dt", {}, name), el(bad ? "dd.bad" : "dd", { "data-count": name }, number(value)));

	if (crowd)
		fill(byId("crowd"), cell("written", crowd.written), cell("answered", crowd.answered), cell("waiting", crowd.waiting),
			cell("lost", crowd.lost, crowd.lost > 0), cell("twice", crowd.twice, crowd.twice > 0));
}

function setUpDeeds() {
	byId("broken").hidden = false;
	fill(byId("buttons"), DEEDS.map(([name, label]) => el("button", { type: "button", "data-deed": name, onclick: () => deed(name, label) }, label)));
	byId("deeds").addEventListener("submit", (event) => event.preventDefault());
}

// --- the stream

function draw(sample) {
	last = Date.now();
	byId("lost").hidden = true;
	drawSummary(sample);
	drawCrowd(sample);
	drawProcesses(sample);
	drawPools(sample);
	drawWaiting(sample);
	drawIncidents(sample);
	drawGraphs();
}

function remember(sample) {
	past.push([sample.now_ms, sample.updates?.received ?? null, sample.updates?.acked ?? null, sample.ingress?.backlog ?? null,
		sample.ingress?.backlog_oldest_ms ?? null, sample.latency.handled, sample.latency.done]);
	past = past.filter((one) => sample.now_ms - one[0] <= PAST_MS);
}

function listen() {
	const source = new EventSource("/stream");

	source.addEventListener("hello", (event) => {
		const hello = JSON.parse(event.data);

		past = hello.past;
		if (hello.deeds && byId("broken").hidden)
			setUpDeeds();
		draw(hello.sample);
	});
	source.addEventListener("sample", (event) => {
		const sample = JSON.parse(event.data);

		remember(sample);
		draw(sample);
	});
	source.addEventListener("error", () => {
		byId("lost").hidden = false;
		if (source.readyState === EventSource.CLOSED) {
			byId("lost").textContent = "The page is refused: are 8 open already? Trying again…";
			setTimeout(listen, 3000);
		}
	});
}

setInterval(() => { if (Date.now() - last > 12000) byId("lost").hidden = false; }, 1000);
listen();
