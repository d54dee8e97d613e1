// Small conversations with whoever sits there: sentences that pass, questions, forms, and menus beside what was clicked.
import { el, icon } from "./dom.js";
import { words } from "./room_strings.js";

const LASTING = 6000; // milliseconds

/** A sentence that passes by itself. ``bad``: something did not work. ``about``: what was said of the same is over. */
export function toast(text, bad = false, about = "") {
  const box = document.getElementById("toasts");
  hush(about);
  for (const old of [...box.children]) if (old.textContent === text) old.remove();
  const node = el("p", { class: bad ? "toast bad" : "toast", "data-about": about }, text);
  box.append(node);
  while (box.children.length > 3) box.firstChild.remove();
  setTimeout(() => node.remove(), LASTING);
}

/** What was said about this is not so any more. */
export function hush(about) {
  for (const old of [...document.getElementById("toasts").children]) if (about && old.dataset.about === about) old.remove();
}

function open(dialog) {
  const before = document.activeElement;
  document.body.append(dialog);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); }); // beside it
  dialog.addEventListener("close", () => { dialog.remove(); if (before?.isConnected) before.focus(); });
  dialog.showModal();
  return dialog;
}

let serial = 0;
function make(kind, title, ...children) {
  const id = `dialog-${++serial}`;
  const dialog = el("dialog", { class: kind, "aria-labelledby": id }, ...children);
  dialog.prepend(el("h2", { id, tabindex: "-1" }, el("bdi", {}, title)));
  return dialog;
}

/** A question. Answers true for yes; false for no, Escape and the end of ``seconds``. */
export function ask({ title, text, yes, no = words.cancel(), danger = false, seconds = 0 }) {
  const form = el("form", { method: "dialog", class: "choices" },
    el("button", { class: "button quiet", value: "no" }, no), el("button", { class: danger ? "button danger" : "button", value: "yes" }, yes));
  const dialog = open(make("", title, text ? el("p", {}, text) : null, form));
  if (seconds) setTimeout(() => dialog.close("no"), seconds * 1000);
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes")));
}

/** A form in a dialog: ``fields`` are [name, label, control]. Answers {name: value}, or null. */
export function fill({ title, text, fields, yes, danger = false }) {
  const rows = fields.map(([name, label, control]) => {
    control.id = `field-${++serial}`;
    control.name = name;
    return el("div", { class: "field" }, el("label", { for: control.id }, label), control);
  });
  const form = el("form", { method: "dialog", class: "stack" }, ...rows, el("div", { class: "choices" },
    el("button", { class: "button quiet", type: "button", onclick: () => dialog.close("no") }, words.cancel()),
    el("button", { class: danger ? "button danger" : "button", value: "yes" }, yes)));
  const dialog = open(make("", title, text ? el("p", {}, text) : null, form));
  form.querySelector("input, select")?.focus();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? Object.fromEntries(new FormData(form)) : null)));
}

export function select(options, chosen) {
  const node = el("select", {}, ...Object.entries(options).map(([value, label]) => el("option", { value }, label())));
  if (chosen !== undefined) node.value = String(chosen);
  return node;
}

/** A menu. ``items``: [icon, label, action, kind] with kind "danger", or nodes; null ones are left out. */
export function menu({ title, head = null, items, anchor, kind = "" }) {
  const button = ([glyph, label, action, tone = ""]) => el("button", { type: "button", class: `item ${tone}`, onclick: () => { dialog.close(); action(); } }, icon(glyph), label);
  const nodes = items.filter(Boolean).map((item) => (Array.isArray(item) ? button(item) : item));
  const close = el("button", { type: "button", class: "round shut", "aria-label": words.close(), onclick: () => dialog.close() }, icon("close"));
  const dialog = open(make(`pop ${kind}`, title, head, el("div", { class: "items" }, ...nodes), close));
  if (head) dialog.querySelector("h2").classList.add("sr");
  place(dialog, anchor);
  (dialog.querySelector(".items button, .items input") ?? close).focus({ focusVisible: false });
  return dialog;
}

/** Takes a row out of an open menu. After the last one, ``none`` says that there are no more. */
export function takeOut(row, none) {
  const [list, dialog] = [row.parentElement, row.closest("dialog")];
  row.remove();
  if (!list.children.length) list.append(el("p", { class: "help" }, none));
  (list.querySelector("button") ?? dialog.querySelector(".shut")).focus();
}

/** A row with a switch in a menu. */
export function toggle(label, why, on, changed) {
  const input = el("input", { type: "checkbox", role: "switch", onchange: () => changed(input.checked) });
  input.checked = on;
  return el("label", { class: "switch" }, input, el("span", {}, el("b", {}, label), why ? el("small", {}, why) : null));
}

function place(dialog, anchor) { // on a phone, the style sheet puts it at the bottom
  if (!anchor || matchMedia("(max-width: 52rem)").matches) return;
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = dialog;
  const left = Math.min(Math.max(8, at.left + at.width / 2 - width / 2), innerWidth - width - 8);
  const below = at.bottom + 8 + height < innerHeight;
  const top = below ? at.bottom + 8 : Math.max(8, Math.min(at.top - 8 - height, innerHeight - height - 8));
  Object.assign(dialog.style, { margin: "0", left: `${left}px`, top: `${top}px`, right: "auto", bottom: "auto" });
}
