// Beside the seats: the queue of raised hands, and who listens.
import { avatar, el, icon } from "../dom.js";
import { words } from "../room_strings.js";

const FACES = 24; // listeners that are shown one by one
const waited = (at) => words.minutes(Math.max(0, Math.floor((Date.now() - new Date(at)) / 60_000)));
const $ = (id) => document.getElementById(id);

/** The queue, first come first. */
export class Hands {
  constructor(state, on) {
    Object.assign(this, { state, on });
    state.addEventListener("change", () => this.draw());
    setInterval(() => this.#clock(), 15_000);
  }

  #clock() {
    for (const node of $("hands-list").querySelectorAll("time")) node.textContent = waited(node.dateTime);
  }

  draw() {
    const { hands, raised } = this.state;
    const focused = document.activeElement?.dataset?.hand;
    $("hands").hidden = hands.length === 0;
    $("hands-list").replaceChildren(...hands.map((hand, n) => this.#row(hand, n + 1)));
    if (raised) $("hands-list").append(el("li", { class: "own-place" }, words.handPlace(raised)));
    if (focused) $("hands-list").querySelector(`[data-hand="${CSS.escape(focused)}"]`)?.focus();
  }

  #row({ person, at }, place) {
    const row = el("li", { class: "hand" }, el("span", { class: "place-number", "aria-hidden": "true" }, String(place)), avatar(person), el("bdi", { class: "hand-name" }, person.name), el("time", { class: "waited", datetime: at }, waited(at)));
    if (this.state.keepsOrder) {
      row.append(
        el("button", { type: "button", class: "button slim", "data-hand": `yes${person.id}`, "aria-label": words.bringUpWho(person.name), onclick: () => this.on.accept(person) }, words.bringUp()),
        el("button", { type: "button", class: "button quiet slim", "data-hand": `no${person.id}`, "aria-label": words.declineWho(person.name), onclick: () => this.on.reject(person) }, words.decline()));
    }
    return row;
  }
}

/** Who is here without a seat. */
export class Audience {
  #people = [];

  constructor(state, on) {
    Object.assign(this, { state, on });
    state.addEventListener("change", () => this.draw());
  }

  here(people) {
    this.#people = people;
    this.draw();
  }

  get listeners() { return this.#people.filter((person) => !this.state.seatOf(person.id)); }

  draw() {
    const listeners = this.listeners;
    const focused = document.activeElement?.closest?.("#audience-list button")?.dataset.user;
    $("audience").hidden = listeners.length === 0;
    const shown = listeners.slice(0, FACES).map((person) => el("li", {},
      el("button", { type: "button", class: "listener", "data-user": person.id, title: person.name, onclick: (event) => this.on.person(person, event.currentTarget) },
        avatar(person), this.state.hands.some((hand) => hand.person.id === person.id) ? el("span", { class: "badge-hand", "aria-hidden": "true" }, icon("hand", true)) : null, el("bdi", { "aria-hidden": "true" }, person.name), el("span", { class: "sr" }, words.options(person.name)))));
    const rest = listeners.length - FACES;
    if (rest > 0) shown.push(el("li", {}, el("button", { type: "button", class: "listener more", onclick: () => this.on.people() }, el("span", { class: "avatar" }, `+${rest}`), words.more(rest))));
    $("audience-list").replaceChildren(...shown);
    if (focused) $("audience-list").querySelector(`[data-user="${CSS.escape(focused)}"]`)?.focus();
  }
}
