// Who is here, by person: several tabs of one are one. And who is typing.
import { avatar, el, icon } from "./dom.js";
import { words } from "./room_strings.js";
import { role } from "./stage/seats.js";
import { say } from "./strings.js";

const SETTLE = 40; // milliseconds
const $ = (id) => document.getElementById(id);

export class People {
  #tabs = new Map(); // id -> {id, person, at}
  #gone = new Map(); // id -> when it left; the news of a tab may come in any order
  #timer = null;
  #others = false;
  #news = new Map(); // user -> person, as changed since they came

  /** ``on``: {here(people, quietly), person(person, anchor)}. */
  constructor(state, on) {
    Object.assign(this, { state, on });
    state.addEventListener("change", ({ detail }) => {
      for (const person of detail.people) this.#news.set(person.id, person);
      this.#soon();
      if (detail.people.length) this.on.here(this.list, true);
    });
  }

  get list() {
    const people = [...new Map([...this.#tabs.values()].map(({ person }) => [person.id, this.#news.get(person.id) ?? person])).values()];
    const rank = ({ id }) => (id === this.state.you.id ? 0 : this.state.seatOf(id) ? 1 : this.state.hands.some((hand) => hand.person.id === id) ? 2 : 3);
    return people.map((person) => [rank(person), person]).sort(([one, a], [two, b]) => one - two || a.name.localeCompare(b.name)).map(([, person]) => person);
  }

  find(user) { return this.list.find((person) => person.id === user) ?? null; }

  /** Before a join: the tabs of an earlier connection may be gone by now. */
  begin() {
    this.#tabs.clear();
    this.#gone.clear();
    this.#news.clear();
  }

  /** The answer of a join; who was heard to enter meanwhile stays. */
  add(tabs) {
    for (const tab of tabs) this.#put(tab);
    this.#changed(true);
  }

  enter(tab) { if (this.#put(tab)) this.#soon(true); }

  leave({ id, at = Infinity }) {
    if (at < (this.#tabs.get(id)?.at ?? 0)) return; // it has come back since
    this.#gone.set(id, at);
    if (this.#tabs.delete(id)) this.#soon(true);
  }

  #put(tab) {
    if ((tab.at ?? 0) <= (this.#gone.get(tab.id) ?? -1)) return false; // it has left since
    this.#tabs.set(tab.id, tab);
    return true;
  }

  /** Draws what comes in a burst at once. ``others``: somebody came or went. */
  #soon(others = false) {
    this.#others ||= others;
    this.#timer ??= setTimeout(() => (this.#others ? this.#changed() : this.#draw()), SETTLE);
  }

  #changed(quietly = false) {
    this.#draw();
    this.on.here(this.list, quietly);
  }

  #draw() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#others = false;
    const people = this.list;
    const focused = document.activeElement?.closest?.("#people-list button")?.dataset.user;
    $("people-list").replaceChildren(...people.map((person) => this.#row(person)));
    if (focused) $("people-list").querySelector(`button[data-user="${CSS.escape(focused)}"]`)?.focus();
    $("people-count").textContent = $("tab-count").textContent = String(people.length);
  }

  #row(person) {
    const seat = this.state.seatOf(person.id);
    const notes = [person.id === this.state.you.id && say.you(), say.roles[person.role]?.(), seat && words.seat(seat.index + 1)].filter(Boolean);
    const name = el("span", { class: "name" }, el("b", {}, el("bdi", {}, person.name), role(person)), notes.length ? el("small", {}, notes.join(" · ")) : null);
    const hand = this.state.hands.some((one) => one.person.id === person.id) ? icon("hand", true) : null;
    const more = el("button", { type: "button", class: "round", "data-user": person.id, "aria-label": words.options(person.name), onclick: (event) => this.on.person(person, event.currentTarget) }, icon("more"));
    return el("li", { "data-user": person.id }, avatar(person), name, hand, person.id === this.state.you.id && !seat ? null : more);
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
