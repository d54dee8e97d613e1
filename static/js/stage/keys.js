// The keys. They rest in fields and dialogs and with modifiers; a held key is let go when the window loses the focus.
// Everybody may choose their own: in the list of keys, which this browser remembers.
import { words } from "../room_strings.js";
import { prefs, remember } from "../voice/prefs.js";

const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const SPACE_HAS_A_MEANING = "button, summary, a, input, [role=tab], [role=switch]";
const DEFAULTS = { mic: "m", talk: " ", hand: "h", deafen: "d", chat: "c", leave: "l", help: "?" };
const MODIFIERS = ["shift", "control", "alt", "meta", "tab"];
const RESERVED = ["1", "2", "3", "4", "5", "6", "escape", "enter", "capslock"];

export const keys = { ...DEFAULTS, ...prefs.keys };

function resting(event) {
  return event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]") || event.target.closest?.(FIELDS);
}

const actionOf = (key) => Object.keys(keys).find((action) => keys[action] === key);

/**
 * ``actions``: what each key of ``keys`` does; ``digits(n)``: the keys 1 to 6, from 0. ``hold``: {down(), up()}.
 * ``active()``: whether the room is open.
 */
export function shortcuts({ actions, digits, hold, active }) {
  let held = null;
  const release = () => { if (held) { held = null; hold.up(); } };
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const action = actionOf(key);
    if (!active() || resting(event) || (!action && !/^[1-6]$/.test(key))) return;
    if (key === " " && event.target.closest?.(SPACE_HAS_A_MEANING)) return;
    event.preventDefault();
    if (event.repeat) return;
    if (!action) digits(Number(key) - 1);
    else if (action !== "talk") actions[action]();
    else if (!held) { held = key; hold.down(); }
  });
  document.addEventListener("keyup", (event) => { if (event.key.toLowerCase() === held) release(); });
  addEventListener("blur", release);
  document.addEventListener("visibilitychange", () => document.hidden && release());
}

/** How a key is called. */
export const named = (key) => (key === " " ? words.space() : key.length === 1 ? key : key.replace(/^./, (first) => first.toUpperCase()));

/** The list of keys: a click on one, and the next key that is pressed takes its place. ``changed()`` runs after each. */
export class KeyList {
  #waiting = null;

  constructor(dialog, changed) {
    Object.assign(this, { dialog, changed });
    this.buttons = [...dialog.querySelectorAll("[data-action]")];
    for (const button of this.buttons) button.addEventListener("click", () => this.#wait(button));
    dialog.addEventListener("keydown", (event) => this.#press(event));
    dialog.addEventListener("close", () => this.#wait(null));
    dialog.querySelector("#keys-reset").addEventListener("click", () => this.#set({ ...DEFAULTS }));
    this.draw();
  }

  draw() {
    for (const button of this.buttons) {
      const waits = button === this.#waiting;
      const name = named(keys[button.dataset.action]);
      const what = button.closest("div").querySelector("dd").textContent;
      button.firstElementChild.textContent = waits ? words.pressKey() : name;
      button.classList.toggle("waits", waits);
      button.setAttribute("aria-label", waits ? words.pressKey() : words.changeKey(what, name));
    }
    this.changed();
  }

  #wait(button) {
    this.#waiting = button;
    this.draw();
  }

  #press(event) {
    const key = event.key.toLowerCase();
    if (!this.#waiting || MODIFIERS.includes(key)) return;
    event.preventDefault();
    event.stopPropagation();
    const { action } = this.#waiting.dataset;
    const other = actionOf(key); // gets the key that is given up
    this.#waiting = null;
    if (RESERVED.includes(key)) this.draw();
    else this.#set({ ...keys, ...(other && { [other]: keys[action] }), [action]: key });
  }

  #set(wanted) {
    Object.assign(keys, wanted);
    remember({ keys: { ...keys } });
    this.draw();
  }
}
