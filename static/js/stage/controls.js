// The bar below the stage: what it shows, from the state of the room and of the microphone.
import { icon } from "../dom.js";
import { words } from "../room_strings.js";
import { keys, named } from "./keys.js";

const $ = (id) => document.getElementById(id);

function face(button, glyph, text, pressed) {
  button.querySelector("svg").replaceWith(icon(glyph));
  const label = button.querySelector(".text, .sr");
  if (label.textContent !== text) label.textContent = text;
  if (pressed !== undefined) button.setAttribute("aria-pressed", String(pressed));
  if (button.title) button.title = button.dataset.keys ? `${text} (${named(keys[button.dataset.keys])})` : text;
}

export class Controls {
  constructor({ state, voice }) { Object.assign(this, { state, voice }); }

  /** Somebody chose other keys. */
  keys() {
    for (const button of document.querySelectorAll("[data-keys]")) {
      const key = keys[button.dataset.keys];
      button.setAttribute("aria-keyshortcuts", key === " " ? "Space" : key);
      if (button.title) button.title = button.title.replace(/\([^()]*\)$/, `(${named(key)})`);
    }
  }

  draw() {
    const { state, voice } = this;
    const seat = state.mine;
    $("seat-button").hidden = Boolean(seat);
    $("mic-button").hidden = !seat;
    if (seat) this.#microphone(seat, voice);
    else face($("seat-button"), state.mayTake ? "seat" : "hand", state.mayTake ? words.takeSeat() : state.raised ? words.lower() : words.askSeat());
    $("hand-button").hidden = Boolean(seat) || !state.mayTake;
    face($("hand-button"), "hand", state.raised ? words.lower() : words.raise(), Boolean(state.raised));
    face($("deafen-button"), voice.deafened ? "ear-off" : "ear", voice.deafened ? words.undeafen() : words.deafen(), voice.deafened);
  }

  #microphone(seat, voice) {
    const button = $("mic-button");
    const live = voice.live;
    button.classList.toggle("live", live);
    button.classList.toggle("stopped", seat.muted);
    if (voice.elsewhere) return face(button, "mic", words.talkHere(), false);
    if (seat.muted) return face(button, "mic-off", words.mutedByHost(), false);
    if (voice.push) return face(button, live ? "mic" : "mic-off", words.holdToTalk(), live);
    face(button, live ? "mic" : "mic-off", live ? words.mute() : words.unmute(), live);
  }
}
