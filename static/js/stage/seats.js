// The seats. Each tile stays the same element, so that focus and rings survive what changes.
import { avatar, el, icon } from "../dom.js";
import { words } from "../room_strings.js";
import { say } from "../strings.js";

export const GLYPHS = { owner: "crown", host: "star", moderator: "shield" };

/** A role as a small picture with its name. */
export function role(person) {
  const glyph = GLYPHS[person.role];
  if (!glyph) return null;
  const svg = icon(glyph, true);
  svg.classList.add("role");
  svg.removeAttribute("aria-hidden");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", say.roles[person.role]());
  return svg;
}

class Tile {
  #quality = 3;
  #holder = null;

  constructor(index, on) {
    this.face = el("span", { class: "face", "aria-hidden": "true" });
    this.name = el("span", { class: "seat-name", "aria-hidden": "true" });
    this.label = el("span", { class: "sr" }); // everything at once, in a sentence
    this.button = el("button", { type: "button", class: "seat", onclick: () => on.seat(this.seat, this.button) },
      el("span", { class: "number", "aria-hidden": "true" }, String(index + 1)), this.face, this.name, this.label);
    this.node = el("li", { "data-seat": index }, this.button);
  }

  draw(seat, state) {
    this.seat = seat;
    const { person } = seat;
    const kinds = { taken: Boolean(person), locked: seat.locked, away: seat.away, own: person?.id === state.you.id };
    for (const [kind, on] of Object.entries(kinds)) this.button.classList.toggle(kind, Boolean(on));
    if (person?.id !== this.#holder) { // somebody else's ring and bars
      this.#holder = person?.id;
      this.#quality = 3;
      this.speaking(false);
    }
    this.button.dataset.user = person?.id ?? "";
    this.face.replaceChildren(...(person ? this.#person(seat) : this.#empty(seat, state)));
    this.name.replaceChildren(...(person ? [el("bdi", {}, person.name), role(person) ?? ""] : [seat.locked ? words.locked() : words.free()]));
    this.#label(state);
    this.#bars();
  }

  speaking(on) { this.button.classList.toggle("speaking", on); }

  quality(level, state) {
    this.#quality = level;
    this.#bars();
    this.#label(state);
  }

  #bars() {
    const bars = this.face.querySelector(".bars");
    if (!bars) return;
    bars.dataset.level = this.#quality;
    bars.title = words.quality[this.#quality]?.() ?? "";
  }

  #person(seat) {
    const glyph = seat.away ? "away" : seat.muted || seat.mic === "off" ? "mic-off" : "mic";
    const badge = el("span", { class: seat.muted ? "badge-mic muted" : seat.mic === "off" ? "badge-mic off" : "badge-mic" }, icon(glyph, true));
    const waves = el("span", { class: "waves", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
    return [avatar(seat.person), badge, waves, el("span", { class: "bars", "aria-hidden": "true" }, el("i"), el("i"), el("i"))];
  }

  #empty(seat, state) {
    return [el("span", { class: "place" }, icon(seat.locked ? "lock" : state.mayTake ? "plus" : "hand"))];
  }

  #label(state) {
    const { person, index, locked, muted, mic, away } = this.seat;
    const n = index + 1;
    if (person) {
      const facts = [say.roles[person.role]?.(), this.#quality < 2 && words.quality[this.#quality](), away ? words.away() : muted ? words.micMuted() : mic === "off" ? words.micOff() : words.micOn()];
      return void (this.label.textContent = words.seatTaken(n, person.name, facts.filter(Boolean).join(", ")));
    }
    const label = locked ? words.seatLocked : state.keepsOrder ? words.seatManage : state.mayTake ? words.seatFree : words.seatAsk;
    this.label.textContent = label(n);
  }
}

export class Seats {
  #tiles = new Map();

  /** ``on.seat(seat, anchor)``: somebody chose one. */
  constructor(list, state, on) {
    Object.assign(this, { list, state, on });
    state.addEventListener("change", () => this.draw());
  }

  draw() {
    for (const seat of this.state.seats) {
      if (!this.#tiles.has(seat.index)) {
        const tile = new Tile(seat.index, this.on);
        this.#tiles.set(seat.index, tile);
        this.list.append(tile.node);
      }
      this.#tiles.get(seat.index).draw(seat, this.state);
    }
    for (const [index, tile] of this.#tiles) {
      if (this.state.seats.some((seat) => seat.index === index)) continue;
      tile.node.remove();
      this.#tiles.delete(index);
    }
    this.list.dataset.count = this.state.seats.length;
  }

  speaking(user, on) {
    const seat = this.state.seatOf(user);
    if (seat) this.#tiles.get(seat.index)?.speaking(on);
  }

  quality(user, level) {
    const seat = this.state.seatOf(user);
    if (seat) this.#tiles.get(seat.index)?.quality(level, this.state);
  }
}
