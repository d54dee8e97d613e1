// Small makers of elements. Whatever people wrote only ever becomes text nodes.
import { say } from "./strings.js";

const page = document.documentElement.lang;
// Times as people write them where they are: "en" alone would be America.
const language = navigator.languages.find((one) => one.split("-")[0] === page.split("-")[0]) ?? page;
const SVG = "http://www.w3.org/2000/svg";

/** An element: attributes (true: present; false, null: absent; on...: a listener), then children (text or nodes). */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

export function icon(name, small = false) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", small ? "icon small" : "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : words;
  return chosen.map((word) => [...word][0]).join("").toUpperCase();
}

export function avatar(person) {
  return el("span", { class: `avatar tint-${Number(person.tint)}`, "aria-hidden": "true" }, initials(person.name));
}

const LINK = /https?:\/\/[^\s<>"'`]+[^\s<>"'`.,:;!?)\]}，。！？、；：）】]/g;

/** Text as nodes, with its http(s) addresses as links. */
export function withLinks(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    nodes.push(text.slice(end, match.index));
    nodes.push(el("a", { href: match[0], target: "_blank", rel: "noopener noreferrer nofollow ugc" }, match[0]));
    end = match.index + match[0].length;
  }
  return [...nodes, text.slice(end)].filter((node) => node !== "");
}

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
const short = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });

const startOfDay = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();

export const dayKey = (moment) => startOfDay(moment);

export function dayName(moment) {
  const days = Math.round((startOfDay(new Date()) - startOfDay(moment)) / 86_400_000);
  return days === 0 ? say.today() : days === 1 ? say.yesterday() : date.format(moment);
}

/** Day and time. */
export const moment = (iso) => full.format(new Date(iso));

/** A time of day; in the lobby, a date if it is not today's. */
export function when(iso, dated = false) {
  const moment = new Date(iso);
  const text = dated && dayKey(moment) !== dayKey(new Date()) ? short.format(moment) : clock.format(moment);
  return el("time", { datetime: iso, title: full.format(moment) }, text);
}
