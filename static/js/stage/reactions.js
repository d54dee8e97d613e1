// Reactions: they rise from whoever sent them, and are gone.
import { el } from "../dom.js";
import { words } from "../room_strings.js";
import { menu } from "../ui.js";

const LASTING = 2600; // milliseconds; the style sheet's animation is as long

export class Reactions {
  all = ["👍", "❤️", "😂", "👏", "🎉", "😮"];

  constructor({ box, send }) { Object.assign(this, { box, send }); }

  set(emojis) { if (emojis?.length) this.all = emojis; }

  choose(anchor) {
    const buttons = this.all.map((emoji, n) => el("button", { type: "button", class: "emoji", "aria-keyshortcuts": String(n + 1), "aria-label": words.reacted(words.react(), emoji), onclick: () => { dialog.close(); this.send(emoji); } }, emoji));
    const dialog = menu({ title: words.react(), anchor, kind: "emojis", items: buttons });
  }

  show({ person, emoji }) {
    if (!this.all.includes(emoji)) return;
    const from = document.querySelector(`.seat[data-user="${Number(person.id)}"] .face, .listener[data-user="${Number(person.id)}"]`)?.getBoundingClientRect();
    const area = this.box.getBoundingClientRect();
    const node = el("span", { class: "reaction" }, el("span", {}, emoji), el("bdi", {}, person.name));
    node.style.left = `${from ? from.left + from.width / 2 - area.left : area.width / 2}px`;
    node.style.top = `${from ? from.top + from.height / 2 - area.top : area.height * 0.7}px`;
    this.box.append(node);
    setTimeout(() => node.remove(), LASTING);
  }
}
