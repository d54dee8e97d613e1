// Who is here, by person: several tabs of one are one. And who is typing.
import { avatar, el } from "./dom.js";
import { say } from "./strings.js";

const $ = (id) => document.getElementById(id);
const BATCH = 1500; // milliseconds of comings and goings that are announced together

export class People {
  #tabs = new Map(); // id -> person
  #gone = new Set(); // tabs that left; an id is never used again, so a late "entered" is not believed
  #told = new Map();
  #timer = null;

  constructor(you) { this.you = you; }

  /** Before a join: the tabs of an earlier connection may be gone by now. */
  begin() { this.#tabs.clear(); }

  /** The answer of a join; who was heard to enter meanwhile stays. */
  add(tabs) {
    for (const tab of tabs) if (!this.#gone.has(tab.id)) this.#tabs.set(tab.id, tab.person);
    this.#told = this.#people();
    this.#draw();
  }

  enter(tab) {
    if (this.#gone.has(tab.id)) return;
    this.#tabs.set(tab.id, tab.person);
    this.#changed();
  }

  leave({ id }) {
    this.#gone.add(id);
    if (this.#tabs.delete(id)) this.#changed();
  }

  #people() { return new Map([...this.#tabs.values()].map((person) => [person.id, person])); }

  #changed() {
    this.#draw();
    this.#timer ??= setTimeout(() => this.#announce(), BATCH);
  }

  #announce() {
    this.#timer = null;
    const now = this.#people();
    const came = [...now.values()].filter((person) => !this.#told.has(person.id)).map((person) => person.name);
    const went = [...this.#told.values()].filter((person) => !now.has(person.id)).map((person) => person.name);
    this.#told = now;
    const sentences = [came.length ? say.entered(came) : "", went.length ? say.left(went) : ""].filter(Boolean);
    if (sentences.length) $("announcer").replaceChildren(...sentences.map((sentence) => el("p", {}, sentence)));
  }

  #draw() {
    const people = [...this.#people().values()].sort((a, b) => (b.id === this.you.id) - (a.id === this.you.id) || a.name.localeCompare(b.name));
    $("people-list").replaceChildren(...people.map((person) => this.#row(person)));
    $("people-count").textContent = String(people.length);
  }

  #row(person) {
    const notes = [person.id === this.you.id && say.you(), say.roles[person.role]?.()].filter(Boolean);
    const name = el("span", { class: "name" }, el("b", {}, el("bdi", {}, person.name)), notes.length ? el("small", {}, notes.join(" · ")) : null);
    return el("li", { "data-user": person.id }, avatar(person), name);
  }
}

export class Typing {
  #until = new Map(); // id -> {name, timer}

  constructor(node) {
    this.node = node;
    this.seconds = 6;
  }

  heard({ person, on }) {
    this.stop(person.id);
    if (on) this.#until.set(person.id, { name: person.name, timer: setTimeout(() => this.stop(person.id), this.seconds * 1000) });
    this.#draw();
  }

  stop(id) {
    clearTimeout(this.#until.get(id)?.timer);
    if (this.#until.delete(id)) this.#draw();
  }

  #draw() { this.node.textContent = say.typing([...this.#until.values()].map((one) => one.name)); }
}
