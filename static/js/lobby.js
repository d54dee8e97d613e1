// The rooms as cards, live.
import { avatar, el, icon, when } from "./dom.js";
import { Link } from "./link.js";
import { say } from "./strings.js";

const $ = (id) => document.getElementById(id);
const rooms = new Map();
let you = null;

function footer(room) {
  if (!room.here) return el("footer", {}, say.nobody());
  const faces = el("span", { class: "faces", "aria-hidden": "true" }, ...room.faces.map((person) => {
    const face = avatar(person);
    face.dataset.user = person.id;
    return face;
  }));
  const talking = el("span", { class: "talking" }, el("span", { class: "waves", "aria-hidden": "true" }, el("i"), el("i"), el("i")), el("bdi"));
  return el("footer", {}, faces, el("span", { class: "live" }, say.here(room.here)), talking);
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

const spoken = (room) => room.last?.at ?? "";
const found = (room, words) => words.every((word) => `${room.name} ${room.topic}`.toLowerCase().includes(word));
const before = (a, b) => (b.here > 0) - (a.here > 0) || (spoken(a) < spoken(b) ? 1 : -1); // where people are comes first

function draw() {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const order = [...rooms.values()].sort(before);
  const shown = order.filter((room) => found(room, words));
  const nodes = shown.map(cardOf);
  const old = [...$("cards").children];
  if (nodes.length !== old.length || nodes.some((node, n) => node !== old[n])) {
    const focused = document.activeElement?.closest?.(".card")?.dataset.slug;
    $("cards").replaceChildren(...nodes);
    if (focused) $("cards").querySelector(`[data-slug="${CSS.escape(focused)}"] a`)?.focus();
  }
  $("cards").removeAttribute("aria-busy");
  $("no-rooms").hidden = rooms.size > 0;
  $("no-match").hidden = rooms.size === 0 || shown.length > 0;
  const people = order.reduce((sum, room) => sum + room.here, 0);
  $("summary").textContent = say.summary(rooms.size, people);
}

function merge(change) {
  const old = rooms.get(change.slug) ?? { here: 0, faces: [], unread: 0 };
  const news = change.last && change.last.id > (old.last?.id ?? 0) && change.last.author.id !== you;
  rooms.set(change.slug, { ...old, ...change, unread: old.unread + (news && old.slug ? 1 : 0) });
}

const link = new Link("/", {
  async up() {
    const answer = await link.ask("lobby:join");
    you = answer.you;
    rooms.clear();
    for (const room of answer.rooms) rooms.set(room.slug, room);
    draw();
  },
  ended() {},
});
link.on("lobby:room", (room) => { merge(room); draw(); });
link.on("lobby:people", (glance) => { if (rooms.has(glance.slug)) { merge(glance); draw(); } });
link.on("lobby:closed", ({ slug }) => { rooms.delete(slug); draw(); });
$("search").addEventListener("input", draw);
