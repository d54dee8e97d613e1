// Writing: a draft that survives a reload, and an outbox that survives a lost connection.
import { problem, say } from "./strings.js";

const $ = (id) => document.getElementById(id);
const AGAIN = 3000; // milliseconds between two "typing"
const BREATH = 1000; // ... and between two tries of what was sent too fast, such as all that was written offline

export class Composer {
  #outbox = new Map(); // key -> text, in the order in which it was written
  #busy = false;
  #typed = 0;
  #editing = null; // the id of the message that is changed
  #draft = ""; // what was being written before
  #recalls = false; // the last message is to be changed as soon as it has arrived

  /** One outbox for a room: ``link`` sends, ``log`` shows. ``wrote(message)``: the server has it. */
  constructor({ link, log, name, limit, wrote }) {
    Object.assign(this, { link, log, name, limit, wrote });
    this.form = $("composer");
    this.field = $("text");
    this.placeholder = this.field.placeholder;
    this.#restore();
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.#submit(); });
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("input", () => this.#changed());
    $("editing-stop")?.addEventListener("click", () => this.#stop());
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

  /** Whether a host lets this person write. What waits is kept. */
  allow(on) {
    if (this.field.disabled === !on) return;
    this.field.disabled = !on;
    this.form.querySelector(".send").disabled = !on;
    this.form.classList.toggle("forbidden", !on);
    this.field.placeholder = on ? this.placeholder : problem("chat_muted");
    if (on) this.flush();
  }

  /** Changes a message of one's own, in the place where it was written. */
  edit(message) {
    if (this.#editing === null) this.#draft = this.field.value;
    this.#editing = message.id;
    $("editing").hidden = false;
    this.#fill(message.text);
    this.field.focus();
  }

  /** Changes the last message: one that is on its way as soon as it has arrived, never the one before it. */
  #recall() {
    this.#recalls = [...this.#outbox.values()].some(({ failed }) => !failed);
    if (!this.#recalls && this.log.changeable) this.edit(this.log.changeable);
  }

  /** The message is gone. */
  forget(id) { if (id === this.#editing) this.#stop(); }

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
      this.wrote(message);
      if (this.#recalls && !this.field.value && document.activeElement === this.field) this.#recall();
    } catch (error) {
      if (error.code === undefined) throw error;
      const away = error.code === "offline" || !this.link.connected; // goes out after the reconnection, under the same key
      const early = error.code === "too_fast"; // and what comes after it waits, too: the order stays
      if (early && !away) setTimeout(() => this.flush(), BREATH);
      if (!away && !early) [entry.failed, this.#recalls] = [error.code, false];
      this.#show(key);
      if (away || early) return false;
    }
    this.#keep();
    return true;
  }

  #show(key) {
    const { text, failed } = this.#outbox.get(key);
    const state = failed ? "failed" : this.link.connected ? "sending" : "waiting";
    this.log.pending(key, text, state, failed ? problem(failed) : "");
  }

  #fill(text) {
    this.field.value = text;
    this.#changed(false);
  }

  #stop() {
    this.#editing = null;
    $("editing").hidden = true;
    this.#fill(this.#draft);
    this.field.focus();
  }

  async #change(text) {
    try {
      const { message } = await this.link.ask("chat:edit", this.#editing, text);
      this.log.edited(message);
      this.#stop();
    } catch (error) {
      if (error.code === undefined) throw error;
      this.#hint(problem(error.code));
    }
  }

  #hint(text) {
    $("hint").hidden = !text;
    $("hint").textContent = text;
  }

  #submit() {
    const text = this.field.value.trim();
    if (!text) return this.field.focus();
    if (this.#editing !== null) return void this.#change(text);
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
    if (event.key === "Escape" && this.#editing !== null) {
      event.stopPropagation(); // on a phone it would close the chat
      return this.#stop();
    }
    this.#recalls = false; // by another key somebody says that they do something else now
    if (event.key === "ArrowUp" && !this.field.value && $("editing")) {
      event.preventDefault();
      return this.#recall();
    }
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
    this.#hint(left > 200 ? "" : say.left_over(left));
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
    try { sessionStorage.setItem(this.name, JSON.stringify({ draft: this.#editing === null ? this.field.value : this.#draft, outbox: [...this.#outbox] })); } catch { /* not kept, then */ }
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
