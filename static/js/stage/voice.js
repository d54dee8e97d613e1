// Between the room and the engine: who of my windows speaks, whether it is muted, and what the others are told of it.
import { prefs, remember } from "../voice/prefs.js";

const ELSEWHERE = 1500; // milliseconds in which another window may take up the seat

export class Voice extends EventTarget {
  #wanted = false; // this window asked for the seat, so it is the one that speaks
  #seated = false;
  #publishing = null;
  #told = "";
  #spoke = false; // from this window
  muted = prefs.muted;
  held = false;

  /** ``run(event, ...args)``: a command; answers nothing after it said what went wrong. ``trouble(code)`` says it. */
  constructor({ state, engine, run, trouble }) {
    super();
    Object.assign(this, { state, engine, run, trouble });
    state.addEventListener("change", () => this.#update());
    engine.mic.addEventListener("lost", () => { this.trouble("lost"); this.mute(true); });
    engine.addEventListener("preferences", () => this.#sound());
  }

  get push() { return prefs.push; }
  get deafened() { return this.engine.output.deafened; }
  get here() { return Boolean(this.engine.tab) && this.state.mine?.tab === this.engine.tab; }
  get elsewhere() { return Boolean(this.state.mine?.tab) && !this.here; }
  get live() { return this.here && this.engine.mic.open && !this.state.mine.muted && (this.push ? this.held : !this.muted); }

  /** Whether a seat alone does not make one heard. */
  get quiet() { return this.muted || this.push || prefs.listen; }

  /** This window is going to ask for a seat. */
  want(on = true) { this.#wanted = on; }

  /** It agreed to an invitation: seated, and silent until somebody says otherwise. */
  invited() {
    this.want();
    this.muted = true;
  }

  /** After each join. A server that forgot hears it again; a reloaded page takes up its seat. */
  joined() {
    const { mine: seat } = this.state;
    if (seat && this.#spoke && !this.here) this.publish(true);
    else if (seat && !this.#spoke && !this.#wanted && !(this.elsewhere && !seat.away)) this.#kept();
    this.#told = "";
    this.#update();
  }

  /** Speak from this window. Opens the microphone; without one, the seat is silent. */
  publish(quietly = false) { return (this.#publishing ??= this.#publish(quietly).finally(() => { this.#publishing = null; this.#sound(); })); }

  async toggle() {
    if (this.elsewhere) return this.publish();
    if (this.state.mine.muted) return this.state.keepsOrder ? this.unmute() : this.trouble("muted");
    return this.mute(!this.muted);
  }

  async mute(on) {
    if (!on && !this.engine.mic.open && !(await this.#open())) return;
    this.muted = on;
    if (!on) remember({ listen: false });
    this.#sound();
  }

  /** A host asked, and somebody agreed. */
  async unmute() {
    if (!(await this.run("seat:unmute"))) return;
    await this.mute(false);
  }

  hold(on) {
    if (!this.here || (!this.push && on && !this.muted)) return;
    if (!this.push && !this.held && !on) return;
    this.held = on;
    if (!this.push) this.muted = !on; // holding the key talks for a moment, also without the preference
    if (on && !this.engine.mic.open) return void this.#open().then(() => this.#sound());
    this.#sound();
  }

  deafen(on = !this.deafened) {
    this.engine.output.deafen(on);
    this.#changed();
  }

  takenOver() {
    this.#wanted = false;
    this.#silence();
    this.#changed();
  }

  async #publish(quietly) {
    this.#wanted = false;
    if (!prefs.listen && !this.engine.mic.open) await this.#open(quietly);
    const answer = await this.run("media:publish");
    if (!answer) return;
    this.#spoke = true;
    this.engine.published(answer.media);
    this.#told = "";
  }

  async #open(quietly = false) {
    try {
      await this.engine.mic.start();
      this.engine.output.resume();
      return true;
    } catch (error) {
      if (error.code === undefined) throw error;
      this.muted = true;
      if (!quietly) this.trouble(error.code);
      return false;
    }
  }

  #update() {
    const seat = this.state.mine;
    const taken = this.state.seats.filter((one) => one.tab && one.person);
    this.engine.speakers(taken.map((one) => ({ tab: one.tab, user: one.person.id, silent: one.muted || one.mic !== "on" })));
    if (seat && !this.#seated) this.#told = "";
    if (!seat && this.#seated) this.#silence();
    if (seat && !this.#seated && !this.#wanted) setTimeout(() => this.state.mine && !this.state.mine.tab && !this.#publishing && this.dispatchEvent(new Event("kept")), ELSEWHERE);
    this.#seated = Boolean(seat);
    if (seat?.muted) this.muted = true;
    if (seat && this.#wanted) this.publish();
    this.#sound();
  }

  async #kept() {
    const permission = await navigator.permissions?.query({ name: "microphone" }).catch(() => null);
    if (permission?.state === "granted" && !prefs.listen) this.publish(true);
    else this.dispatchEvent(new Event("kept"));
  }

  #silence() {
    this.#spoke = false;
    this.engine.talk(false);
    this.engine.mic.stop();
    this.muted = prefs.muted;
    this.held = false;
  }

  #sound() {
    this.engine.talk(this.live);
    const state = this.live ? "on" : "off";
    if (this.here && !this.#publishing && !this.state.mine.muted && this.#told !== state) {
      this.#told = state;
      this.run("mic:state", state);
    }
    this.#changed();
  }

  #changed() { this.dispatchEvent(new Event("change")); }
}
