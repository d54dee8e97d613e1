// Writing: a draft that survives a reload, and an outbox that survives a lost connection.
import { problem, say } from "./strings.js";

const $ = (id) => document.getElementById(id);
const AGAIN = 3000; // milliseconds between two "typing"

export class Composer {
  #outbox = new Map(); // key -> text, in the order in which it was written
  #busy = false;
  #typed = 0;

  /** One outbox for a room: ``link`` sends, ``log`` shows. */
  constructor({ link, log, name, limit }) {
    Object.assign(this, { link, log, name, limit });
    this.form = $("composer");
    this.field = $("text");
    this.#restore();
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.#submit(); });
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("input", () => this.#changed());
    this.#changed(false);
  }

  /** Sends what waits, one after the other, so that the order stays. */
  async flush() {
    if (this.#busy || !this.link.connected) return;
    this.#busy = true;
    for (const [key, entry] of this.#outbox) {
      if (entry.failed) continue;
      if (!(await this.#send(key, entry))) break;
    }
    this.#busy = false;
  }

  retry(key) {
    this.#outbox.get(key).failed = false;
    this.#show(key);
    this.flush();
  }

  discard(key) {
    this.#outbox.delete(key);
    this.log.forget(key);
    this.#keep();
  }

  async #send(key, entry) {
    this.#show(key);
    try {
      const { message } = await this.link.ask("chat:send", entry.text, key);
      this.#outbox.delete(key);
      this.log.add([message]);
    } catch (error) {
      if (error.code === undefined) throw error;
      const away = error.code === "offline" || !this.link.connected; // goes out after the reconnection, under the same key
      if (!away) entry.failed = error.code;
      this.#show(key);
      if (away) return false;
    }
    this.#keep();
    return true;
  }

  #show(key) {
    const { text, failed } = this.#outbox.get(key);
    const state = failed ? "failed" : this.link.connected ? "sending" : "waiting";
    this.log.pending(key, text, state, failed ? problem(failed) : "");
  }

  #submit() {
    const text = this.field.value.trim();
    if (!text) return this.field.focus();
    const key = crypto.getRandomValues(new Uint32Array(4)).reduce((hex, n) => hex + n.toString(16).padStart(8, "0"), "");
    this.#outbox.set(key, { text, failed: false });
    this.field.value = "";
    this.#changed(false);
    this.#typed = 0;
    this.link.tell("chat:typing", false);
    this.#show(key);
    this.#keep();
    this.field.focus();
    this.flush();
  }

  #key(event) {
    // While an input method composes (Chinese, Japanese, Korean), Enter chooses a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#submit();
  }

  #changed(byHand = true) {
    const text = this.field.value;
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight + 2}px`;
    this.form.classList.toggle("idle", !text.trim());
    const left = this.limit - text.length;
    $("hint").hidden = left > 200;
    $("hint").textContent = left > 200 ? "" : say.left_over(left);
    if (byHand) this.#typing(Boolean(text.trim()));
    this.#keep();
  }

  #typing(on) {
    const now = Date.now();
    if (on ? now - this.#typed < AGAIN : !this.#typed) return;
    this.#typed = on ? now : 0;
    this.link.tell("chat:typing", on);
  }

  #keep() {
    try { sessionStorage.setItem(this.name, JSON.stringify({ draft: this.field.value, outbox: [...this.#outbox] })); } catch { /* not kept, then */ }
  }

  #restore() {
    try {
      const { draft, outbox } = JSON.parse(sessionStorage.getItem(this.name)) ?? {};
      this.field.value = draft ?? "";
      this.#outbox = new Map(outbox ?? []);
    } catch { /* nothing to restore */ }
    for (const key of this.#outbox.keys()) this.#show(key);
  }
}
