// What screen readers are told: politely, and what comes close together as one. Who speaks is not announced.
import { el } from "./dom.js";
import { say } from "./strings.js";
import { words } from "./room_strings.js";

const BATCH = 1500; // milliseconds
const MOST = 3; // seats that are told one by one

export class Announcer {
  #lines = [];
  #before = null;
  #people = null;
  #timer = null;

  constructor(box) { this.box = box; }

  say(sentence) {
    this.#lines.push(sentence);
    this.#soon();
  }

  /** Who is here: comings and goings since the last time are told. */
  people(now, quietly = false) {
    if (quietly || !this.#before) this.#before = now;
    this.#people = now;
    this.#soon();
  }

  /** Pairs of a seat before and after. */
  seats(changed) {
    for (const [before, after] of changed) {
      if (before?.person?.id === after.person?.id) continue;
      this.say(after.person ? words.took(after.person.name, after.index + 1) : words.leftSeat(before.person.name));
    }
  }

  #soon() { this.#timer ??= setTimeout(() => this.#tell(), BATCH); }

  #tell() {
    this.#timer = null;
    const lines = this.#lines.splice(0);
    const told = lines.length > MOST ? [words.manySeats(lines.length)] : lines;
    const sentences = [...this.#moves(), ...told];
    if (sentences.length) this.box.replaceChildren(...sentences.map((sentence) => el("p", {}, sentence)));
  }

  #moves() {
    const [before, now] = [this.#before ?? new Map(), this.#people ?? new Map()];
    this.#before = now;
    const names = (here, there) => [...here.values()].filter((person) => !there.has(person.id)).map((person) => person.name);
    const [came, went] = [names(now, before), names(before, now)];
    return [came.length ? say.entered(came) : "", went.length ? say.left(went) : ""].filter(Boolean);
  }
}
