// Microphone and speaker: choose, test, and see that it works. The same panel stands before the door and in the settings.
import { el } from "../dom.js";
import { trouble, words } from "../room_strings.js";
import { choosesSpeaker, devices } from "../voice/mic.js";
import { ME } from "../voice/engine.js";
import { chime } from "../voice/output.js";
import { prefs, remember } from "../voice/prefs.js";

const $ = (id) => document.getElementById(id);
const BARS = 16;

export class Devices {
  #timer = null;
  #heard = false;

  constructor(engine) {
    this.engine = engine;
    this.bars = [...$("meter").children];
    $("mic-test").addEventListener("click", () => this.test());
    $("speaker-test").addEventListener("click", () => this.#chime());
    $("mic-choice").addEventListener("change", () => this.#treat({ input: $("mic-choice").value }));
    $("speaker-choice").addEventListener("change", () => { remember({ output: $("speaker-choice").value }); engine.output.choose(); });
    for (const name of ["echo", "noise", "gain"]) this.#switch(`pref-${name}`, name, (on) => this.#treat({ [name]: on }));
    this.#switch("pref-push", "push", (on) => { remember({ push: on }); engine.dispatchEvent(new Event("preferences")); });
    engine.mic.addEventListener("devices", () => this.#list());
    engine.mic.addEventListener("change", () => this.#opened());
    this.#list();
  }

  /** Opens the microphone, after a click. */
  async test() {
    $("mic-problem").hidden = true;
    try {
      await this.engine.mic.start();
      await this.engine.sound().resume();
    } catch (error) {
      if (error.code === undefined) throw error;
      this.problem(error.code);
    }
  }

  problem(code) {
    $("mic-problem").textContent = trouble(code);
    $("mic-problem").hidden = false;
  }

  #switch(id, name, changed) {
    $(id).checked = prefs[name];
    $(id).addEventListener("change", () => changed($(id).checked));
  }

  #treat(change) {
    remember(change);
    if (this.engine.mic.open) this.test();
  }

  #opened() {
    const { open } = this.engine.mic;
    $("mic-open").hidden = !open;
    $("mic-test").hidden = $("mic-why").hidden = open;
    clearInterval(this.#timer);
    this.#heard = false;
    if (open) this.#timer = setInterval(() => this.#meter(), 60);
    $("meter-note").textContent = words.saySomething();
    this.#list();
  }

  #meter() {
    if (!$("meter").getClientRects().length) return; // folded
    const decibels = 20 * Math.log10(this.engine.levels.level(ME) || 1e-6);
    const share = Math.min(1, Math.max(0, (decibels + 60) / 54));
    this.bars.forEach((bar, n) => bar.classList.toggle("on", n < share * BARS));
    $("meter").setAttribute("aria-valuenow", String(Math.round(share * 100)));
    if (share > 0.45 && !this.#heard) {
      this.#heard = true;
      $("meter-note").textContent = words.micWorks();
    }
  }

  async #list() {
    this.#fill($("mic-choice"), await devices("audioinput"), this.engine.mic.device || prefs.input);
    const speakers = choosesSpeaker ? await devices("audiooutput") : [];
    $("speaker-field").hidden = speakers.length === 0;
    this.#fill($("speaker-choice"), speakers, prefs.output);
  }

  #fill(node, found, chosen) {
    const named = found.filter((device) => device.id !== "default").map((device, n) => el("option", { value: device.id }, device.label || words.deviceNumber(n + 1)));
    node.replaceChildren(el("option", { value: "" }, words.defaultDevice()), ...named);
    node.value = found.some((device) => device.id === chosen && device.id !== "default") ? chosen : "";
  }

  async #chime() {
    $("speaker-note").textContent = "";
    $("speaker-note").textContent = (await chime(this.engine.sound())) ? words.heardChime() : words.noSpeaker();
  }
}
