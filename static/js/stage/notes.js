// What one should know about the sound right now, above the seats, with the button that helps.
import { el, icon } from "../dom.js";
import { words } from "../room_strings.js";
import { toast } from "../ui.js";

export class Notes {
  #path = "direct";
  #blocked = false;
  #kept = false;
  #outdated = false;

  constructor({ box, engine, voice, state }) {
    Object.assign(this, { box, engine, voice, state });
    engine.addEventListener("path", ({ detail }) => { this.#path = detail; this.draw(); });
    engine.addEventListener("blocked", ({ detail }) => { this.#blocked = detail; this.draw(); });
    voice.addEventListener("kept", () => { this.#kept = true; this.draw(); });
  }

  /** The server was renewed since this page was loaded. */
  outdated(on) {
    this.#outdated = on;
    this.draw();
  }

  draw() {
    const { voice, state } = this;
    if (this.engine.mic.open || !state.mine || state.mine.muted) this.#kept = false;
    const notes = [
      this.#outdated && ["info", words.outdated(), words.reload(), () => location.reload()],
      this.#blocked && ["sound", words.hearRoom(), null, async () => (await this.engine.output.resume()) || toast(words.noSpeaker(), true)],
      voice.elsewhere && ["info", words.tookOver(), words.talkHere(), () => voice.publish()],
      this.#kept && !voice.elsewhere && ["seat", words.seatKept(), words.turnOn(), () => voice.publish()],
      this.#path === "frames" && ["info", words.throughServer()],
      this.#path === "none" && ["info", words.noPath()],
    ].filter(Boolean);
    const signature = JSON.stringify(notes);
    if (signature === this.signature) return;
    this.signature = signature;
    this.box.replaceChildren(...notes.map((note) => this.#note(...note)));
  }

  #note(glyph, text, button, action) {
    if (action && !button) return el("button", { type: "button", class: "button note-button", onclick: action }, icon(glyph), text);
    return el("p", { class: "note", role: "status" }, icon(glyph), el("span", {}, text), button ? el("button", { type: "button", class: "button slim", onclick: action }, button) : null);
  }
}
