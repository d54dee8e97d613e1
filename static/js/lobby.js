// The rooms as cards, live.
import { avatar, el, icon, when } from "./dom.js";
import { Link } from "./link.js";
import { say } from "./strings.js";

const $ = (id) => document.getElementById(id);
const rooms = new Map();
let you = null;

function footer(room) {
  if (!room.here) return el("footer", {}, say.nobody());
  const faces = el("span", { class: "faces", "aria-hidden": "true" }, ...room.faces.map(avatar));
  return el("footer", {}, faces, el("span", { class: "live" }, say.here(room.here)));
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

function lock(room) {
  if (!room.private) return null;
  const svg = icon("lock", true);
  svg.removeAttribute("aria-hidden");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", say.privateRoom());
  return svg;
}

function card(room) {
  const title = el("h2", {}, el("a", { href: room.url }, el("bdi", {}, room.name)), lock(room), badge(room));
  const topic = room.topic ? el("p", { class: "topic", dir: "auto" }, room.topic) : null;
  return el("li", { class: "card", "data-slug": room.slug }, title, topic, last(room), footer(room));
}

const spoken = (room) => room.last?.at ?? "";
const found = (room, words) => words.every((word) => `${room.name} ${room.topic}`.toLowerCase().includes(word));

function draw() {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const order = [...rooms.values()].sort((a, b) => (spoken(a) < spoken(b) ? 1 : -1));
  const shown = order.filter((room) => found(room, words));
  const focused = document.activeElement?.closest?.(".card")?.dataset.slug;
  $("cards").replaceChildren(...shown.map(card));
  if (focused) $("cards").querySelector(`[data-slug="${CSS.escape(focused)}"] a`)?.focus();
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
