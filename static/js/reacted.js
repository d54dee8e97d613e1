// Signs that people put under a message: one button for each, and a few to choose from.
import { el } from "./dom.js";
import { say } from "./strings.js";

export class Reacted {
  #counts = new Map(); // message id -> Map(emoji -> {count, mine})
  #rows = new Map(); // message id -> what is under it
  #all = [];

  /** ``send(id, emoji, on)`` tells the server. */
  constructor({ you, send }) { Object.assign(this, { you, send }); }

  /** What the server says of these messages, and of nothing else. ``all``: the signs that there are. */
  load(messages, reacted = [], all = this.#all) {
    this.#all = all;
    for (const { id } of messages) this.#counts.delete(id);
    for (const { message, emoji, count, mine } of reacted) this.#of(message).set(emoji, { count, mine });
    for (const { id } of messages) this.#draw(id);
  }

  heard({ message, user, emoji, on, count }) {
    const mine = user === this.you.id ? on : Boolean(this.#of(message).get(emoji)?.mine);
    if (count > 0) this.#of(message).set(emoji, { count, mine });
    else this.#of(message).delete(emoji);
    this.#draw(message);
  }

  /** The element under a message. */
  under(id) {
    this.#rows.set(id, el("div", { class: "chips", "aria-live": "off" }));
    this.#draw(id);
    return this.#rows.get(id);
  }

  /** Offers the signs under the message, beside those that are there; again takes them away. */
  choose(id, from) {
    const row = this.#rows.get(id);
    const open = row.querySelector(".choices");
    if (open) return open.remove();
    const pick = (emoji) => { choices.remove(); from.focus(); this.#toggle(id, emoji); };
    const choices = el("span", { class: "choices", role: "group", "aria-label": say.reactTo() }, ...this.#all.map((emoji) => el("button", { type: "button", class: "chip choice", onclick: () => pick(emoji) }, emoji)));
    choices.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation(); // on a phone it would close the chat
      choices.remove();
      from.focus();
    });
    row.append(choices);
    choices.firstChild.focus({ focusVisible: false });
    choices.scrollIntoView({ block: "nearest" });
  }

  #of(id) {
    if (!this.#counts.has(id)) this.#counts.set(id, new Map());
    return this.#counts.get(id);
  }

  #toggle(id, emoji) { this.send(id, emoji, !this.#of(id).get(emoji)?.mine); }

  #draw(id) {
    const row = this.#rows.get(id);
    if (!row) return;
    const focused = row.contains(document.activeElement) ? document.activeElement.dataset.emoji : null;
    for (const old of row.querySelectorAll("[data-emoji]")) old.remove();
    const chips = [...this.#of(id)].map(([emoji, { count, mine }]) => el("button", { type: "button", class: "chip", "data-emoji": emoji, "aria-pressed": String(mine), "aria-label": say.reactedBy(emoji, count), onclick: () => this.#toggle(id, emoji) }, emoji, el("b", {}, String(count))));
    row.prepend(...chips);
    if (focused) (chips.find((chip) => chip.dataset.emoji === focused) ?? chips[0])?.focus();
  }
}
