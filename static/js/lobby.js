// The rooms as cards, live.
import { avatar, el, icon, when } from "./dom.js";
import { Link } from "./link.js";
import { say } from "./strings.js";

const $ = (id) => document.getElementById(id);
const rooms = new Map(); // those that are shown, or would be without the search
let you = null;
let more = null; // where the next page goes on
let counts = { rooms: 0, matches: 0, people: 0 }; // of all rooms, shown or not
let limits = { shown: Infinity, every: 10_000 };

function footer(room) {
  if (!room.here) return el("footer", {}, say.nobody());
  const faces = el("span", { class: "faces", "aria-hidden": "true" }, ...room.faces.map((person) => {
    const face = avatar(person);
    face.dataset.user = person.id;
    return face;
  }));
  const talking = el("span", { class: "talking" }, el("span", { class: "waves", "aria-hidden": "true" }, el("i"), el("i"), el("i")), el("bdi"));
  return el("footer", {}, faces, el("span", { class: "live" }, room.here * 2 >= room.capacity ? say.hereOf(room.here, room.capacity) : say.here(room.here)), talking);
}

function last(room) {
  if (!room.last) return el("p", { class: "last" }, el("span", {}, say.quiet()));
  const text = say.said(room.last.author.id === you ? say.you() : room.last.author.name, room.last.text);
  return el("p", { class: "last" }, el("span", { dir: "auto" }, text), when(room.last.at, true));
}

function badge(room) {
  if (room.here >= room.capacity) return el("span", { class: "badge full" }, say.full());
  if (!room.unread) return null;
  return el("span", { class: "badge" }, room.unread > 99 ? "99+" : String(room.unread), el("span", { class: "sr" }, ` ${say.unread(room.unread)}`));
}

const MARKS = [["private", "people", say.privateRoom], ["locked", "lock", say.lockedRoom], ["has_password", "key", say.needsPassword]];

function marks(room) {
  return MARKS.filter(([fact]) => room[fact]).map(([, glyph, label]) => el("span", { class: "mark-badge", title: label() }, icon(glyph, true), el("span", { class: "sr" }, label())));
}

function card(room) {
  const title = el("h2", {}, el("a", { href: room.url }, el("bdi", {}, room.name)), ...marks(room), badge(room));
  const topic = room.topic ? el("p", { class: "topic", dir: "auto" }, room.topic) : null;
  return el("li", { class: "card", "data-slug": room.slug }, title, topic, last(room), footer(room));
}

const drawn = new Map(); // slug -> {facts, node}: a card is made again only when it says something else

function cardOf(room) {
  const { speaking, ...rest } = room;
  const facts = JSON.stringify(rest);
  if (drawn.get(room.slug)?.facts !== facts) drawn.set(room.slug, { facts, node: card(room) });
  const { node } = drawn.get(room.slug);
  speak(node, room, speaking ?? []);
  return node;
}

function speak(node, room, speaking) {
  for (const face of node.querySelectorAll(".faces .avatar")) face.classList.toggle("speaks", speaking.includes(Number(face.dataset.user)));
  const first = room.faces?.find((person) => speaking.includes(person.id));
  const line = node.querySelector(".talking bdi");
  if (line) line.textContent = first ? first.name : "";
  node.classList.toggle("speaking", Boolean(first));
}

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase(); // nearly as the server does it
const matches = (room, words) => words.every((word) => folded(`${room.name} ${room.topic}`).includes(word));
const before = (a, b) => (b.here > 0) - (a.here > 0) || (a.at < b.at ? 1 : a.at > b.at ? -1 : 0); // where people are comes first

function draw() {
  if (!asked) return; // nothing is known yet
  const words = folded(search()).split(/\s+/).filter(Boolean);
  const shown = [...rooms.values()].sort(before).filter((room) => !searching || matches(room, words)); // what the server found, it found
  const nodes = shown.map(cardOf);
  const old = [...$("cards").children];
  if (nodes.length !== old.length || nodes.some((node, n) => node !== old[n])) {
    const focused = document.activeElement?.closest?.(".card")?.dataset.slug;
    $("cards").replaceChildren(...nodes);
    if (focused) linkOf(focused)?.focus();
  }
  $("cards").setAttribute("aria-busy", String(searching));
  $("no-rooms").hidden = counts.rooms > 0 || words.length > 0;
  $("no-match").hidden = words.length === 0 || shown.length > 0 || searching;
  drawCounts(words.length > 0);
}

const linkOf = (slug) => $("cards").querySelector(`[data-slug="${CSS.escape(slug)}"] a`);

function drawCounts(narrowed) {
  const full = rooms.size >= limits.shown;
  $("summary").textContent = searching ? say.searching() : narrowed ? say.matches(counts.matches) : say.summary(counts.rooms, counts.people);
  $("more").hidden = more === null || full;
  $("more-limit").hidden = more === null || !full;
  $("more-limit").textContent = say.shownOnly(rooms.size);
}

/** What is known of a room is another: the sums go along. */
function merge(change) {
  const old = rooms.get(change.slug);
  const news = change.last && change.last.id > (old.last?.id ?? 0) && change.last.author.id !== you;
  rooms.set(change.slug, { ...old, ...change, unread: old.unread + (news ? 1 : 0) });
  counts.people += (change.here ?? old.here) - old.here;
  draw();
}

function forget(slug) {
  const old = rooms.get(slug);
  if (!old) return;
  rooms.delete(slug);
  counts = { ...counts, rooms: counts.rooms - 1, matches: counts.matches - 1, people: counts.people - old.here };
  draw();
}

// -- asking the server ---------------------------------------------------------------------------------------------

const SETTLED = 250; // milliseconds without a key, before the server searches
let asking = null; // the question whose answer is waited for: a later one makes it void
let asked = 0; // when the first page came last
let searching = false; // something was typed, and what was found has not come
let typing = null;
let looking = null;
const search = () => $("search").value.trim();

/** A page: the first one, or the one after it. ``anew``: what was shown before is forgotten. */
async function ask({ after = null, anew = false } = {}) {
  const question = (asking = { search: search(), after });
  draw();
  try {
    const answer = await link.ask("lobby:join", question);
    if (asking === question) take(answer, { after, anew });
  } finally {
    if (asking === question) asking = null;
    draw();
  }
}

function take(answer, { after, anew }) {
  if (anew) rooms.clear();
  for (const room of answer.rooms) rooms.set(room.slug, room);
  if (anew || after !== null) more = answer.more;
  if (after === null) asked = Date.now();
  ({ you, counts } = answer);
  if (searching) $("found").textContent = say.matches(counts.matches);
  searching = false;
  limits = { shown: answer.shown, every: answer.every * 1000 };
}

/** The first page again, when the server says that it may be another; soon, but not all visitors at once. */
function look() {
  if (looking || document.hidden) return;
  const wait = Math.max(0, asked + limits.every - Date.now()) + Math.random() * 1000;
  looking = setTimeout(() => { looking = null; if (link.connected && asking === null) ask().catch(quiet); }, wait);
}

/** The next try, or the next connection, brings it. */
function quiet(error) { if (error.code === undefined) throw error; }

/** After a lost connection: as many pages as there were. */
async function again() {
  const had = rooms.size;
  await ask({ anew: true });
  while (more !== null && rooms.size < had) await ask({ after: more });
}

async function showMore() {
  const known = new Set(rooms.keys());
  await ask({ after: more }).catch(quiet);
  const first = [...$("cards").children].find((node) => !known.has(node.dataset.slug));
  if (first) linkOf(first.dataset.slug).focus();
}

function typed() {
  clearTimeout(typing);
  asking = {}; // what is on its way answers another question
  searching = true;
  draw();
  typing = setTimeout(() => (link.connected ? ask({ anew: true }).catch(quiet) : null), SETTLED);
}

const link = new Link("/", { up: (back) => (back ? again() : ask({ anew: true })), ended() {} });
link.on("lobby:room", (room) => (rooms.has(room.slug) ? merge(room) : look()));
link.on("lobby:people", (glance) => { if (rooms.has(glance.slug)) merge(glance); });
link.on("lobby:closed", ({ slug }) => forget(slug));
link.on("lobby:news", look);
document.addEventListener("visibilitychange", () => document.hidden || (Date.now() - asked > limits.every && look()));
$("search").addEventListener("input", typed);
$("more").addEventListener("click", showMore);
