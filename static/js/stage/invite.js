// An invite link: for so long, for so many people; to copy, to share, to scan.
import { el, icon, moment } from "../dom.js";
import { qr } from "../qr.js";
import { words } from "../room_strings.js";
import { fill, menu, select, takeOut, toast } from "../ui.js";

const SVG = "http://www.w3.org/2000/svg";

function picture(text) {
  const cells = qr(text);
  if (!cells) return null;
  const size = cells.length + 8; // four quiet modules on each side
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `-4 -4 ${size} ${size}`);
  svg.setAttribute("class", "qr");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", words.inviteQr());
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", cells.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join(""));
  svg.append(path);
  return svg;
}

/** ``create({hours, uses})`` answers ``{url}`` or nothing. */
export async function inviteDialog(create, limits) {
  const fields = [
    ["hours", words.inviteFor(), select(words.inviteHours, 24)],
    ["uses", words.inviteUses(), el("input", { type: "number", min: 1, max: limits.link_uses, value: Math.min(10, limits.link_uses), required: true })],
  ];
  const filled = await fill({ title: words.inviteTitle(), text: words.inviteText(), fields, yes: words.inviteMake() });
  const answer = filled && (await create({ hours: Number(filled.hours), uses: Number(filled.uses) }));
  if (answer) show(new URL(answer.url, location.href).href);
}

/** The links that still work, and taking them back. ``run(event, ...args)`` sends a command. */
export async function linksDialog(run) {
  const answer = await run("invite:list");
  if (answer) menu({ title: words.linksTitle(), kind: "bans", items: answer.links.length ? answer.links.map((link) => row(link, run)) : [el("p", { class: "help" }, words.noLinks())] });
}

function row(link, run) {
  const facts = [words.linkUses(link.uses, link.max_uses), words.linkUntil(moment(link.expires))];
  const revoke = el("button", { type: "button", class: "button quiet slim", "aria-label": words.revokeWhose(link.by.name), onclick: async () => {
    if (!(await run("invite:revoke", link.id))) return;
    toast(words.revoked());
    takeOut(node, words.noLinks());
  } }, words.revoke());
  const node = el("div", { class: "ban" }, icon("link"), el("div", {}, el("b", {}, words.linkOf(link.by.name)), ...facts.map((fact) => el("small", {}, fact))), revoke);
  return node;
}

/** The address of the room itself, for everybody who may come in anyway. */
export const shareDialog = (url) => show(url, words.shareRoom());

function show(url, title = words.inviteTitle()) {
  const field = el("input", { readonly: true, "aria-label": words.inviteLink(), onfocus: () => field.select() });
  field.value = url;
  const copy = async () => {
    try { await navigator.clipboard.writeText(url); } catch { field.select(); document.execCommand("copy"); }
    toast(words.copied());
  };
  menu({
    title, kind: "invite",
    items: [
      el("div", { class: "field" }, field),
      el("button", { type: "button", class: "button wide", onclick: copy }, icon("link"), words.copy()),
      navigator.share ? el("button", { type: "button", class: "button quiet wide", onclick: () => navigator.share({ url, title: document.title }).catch(() => {}) }, words.share()) : null,
      picture(url),
    ],
  });
}
