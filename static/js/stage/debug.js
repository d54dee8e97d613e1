// ?debug=1: what goes over the connection. Whatever comes from it is shown as text.
import { el } from "../dom.js";
import { words } from "../room_strings.js";

const EVERY = 2000; // milliseconds between two looks
const KEPT = 60; // round trips in the graph
const LINES = 40;
const SVG = "http://www.w3.org/2000/svg";

function graph() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${KEPT} 20`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", words.debug.graph());
  svg.append(document.createElementNS(SVG, "polyline"));
  return svg;
}

function short(value) {
  const text = JSON.stringify(value, (_, each) => (each instanceof ArrayBuffer || ArrayBuffer.isView(each) ? `<${each.byteLength} B>` : each)) ?? "";
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

function over(transports) {
  const there = new URL(location.href);
  there.searchParams.set("transports", transports);
  location.href = there.href;
}

/** Adds the panel to the page. ``source``: the address of the server's code, where it is shown. */
export function panel({ link, source }) {
  const facts = Object.fromEntries(["transport", "trip", "socket", "packets"].map((name) => [name, el("dd", {}, "–")]));
  const picture = graph();
  const log = el("ol", { tabindex: "0", "aria-label": words.debug.log() });
  const count = { in: 0, out: 0 };
  const trips = [];
  const button = (text, action) => el("button", { type: "button", class: "button quiet slim", onclick: action }, text);
  document.body.append(el("details", { class: "debug", open: true }, el("summary", {}, words.debug.title()),
    el("dl", {}, ...Object.entries(facts).flatMap(([name, node]) => [el("dt", {}, words.debug[name]()), node])), picture,
    el("div", { class: "debug-buttons" }, button(words.debug.drop(), () => link.socket.io.engine.close()), button(words.debug.polling(), () => over("polling")), button(words.debug.websocket(), () => over("websocket"))),
    log, source ? el("a", { href: source, target: "_blank" }, words.debug.source()) : null));

  const note = (sign) => (event, ...args) => {
    log.append(el("li", {}, `${sign} ${event} ${short(args)}`));
    while (log.children.length > LINES) log.firstChild.remove();
    log.scrollTop = log.scrollHeight;
  };
  link.socket.onAny(note("←"));
  link.socket.onAnyOutgoing((event, ...args) => event === "debug:ping" || note("→")(event, ...args));
  const watch = () => {
    link.socket.io.engine.on("packet", () => { count.in += 1; });
    link.socket.io.engine.on("packetCreate", () => { count.out += 1; });
  };
  link.socket.io.on("open", watch);
  if (link.socket.io.engine) watch();

  async function trip() { // an event that nobody handles is answered at once
    const began = performance.now();
    await link.socket.timeout(EVERY).emitWithAck("debug:ping").catch(() => null);
    return performance.now() - began;
  }

  setInterval(async () => {
    facts.packets.textContent = `${(count.in * 1000 / EVERY).toFixed(1)} / ${(count.out * 1000 / EVERY).toFixed(1)}`;
    count.in = count.out = 0;
    facts.transport.textContent = link.connected ? link.socket.io.engine.transport.name : "–";
    facts.socket.textContent = link.socket.id ?? "–";
    if (!link.connected) return;
    trips.push(await trip());
    if (trips.length > KEPT) trips.shift();
    facts.trip.textContent = `${Math.round(trips.at(-1))} ms`;
    const most = Math.max(20, ...trips);
    picture.firstChild.setAttribute("points", trips.map((one, n) => `${n},${20 - (one / most) * 19}`).join(" "));
  }, EVERY);
}
