// What is heard: one <audio> element for each tab that speaks (without one, browsers deliver no remote sound at all),
// its volume for this listener, the speaker, and the permission to play.
import { choosesSpeaker } from "./mic.js";
import { prefs, remember } from "./prefs.js";

const SILENT = 5000; // milliseconds in which a context that has a speaker begins

/** Wakes an AudioContext, after a click. Answers whether it runs: without a speaker, Firefox's never does, and says nothing. */
async function awake(context) {
  const late = new Promise((resolve) => setTimeout(resolve, SILENT));
  await Promise.race([context.resume().catch(() => {}), late]);
  return context.state === "running";
}

/** Whether a page may say how loud an element is. On an iPhone, only its buttons may. */
export const hasVolume = (() => {
  const audio = new Audio();
  audio.volume = 0.5;
  return audio.volume === 0.5;
})();

export class Output {
  #heard = new Map(); // tab -> {audio, source, analyser, gain, user, silent, refused}
  deafened = false;

  /** ``on``: {blocked(bool)}: whether the browser wants a click before it plays anything. */
  constructor({ sound, levels, on }) {
    Object.assign(this, { sound, levels, on });
    this.box = document.body.appendChild(document.createElement("div"));
    this.box.hidden = true;
  }

  get blocked() { return this.#heard.size > 0 && this.sound().state !== "running"; }
  tabs() { return [...this.#heard.keys()]; }
  analyser(tab) { return this.#heard.get(tab)?.analyser; }

  play(tab, stream) {
    this.stop(tab);
    const audio = new Audio();
    audio.autoplay = true;
    audio.srcObject = stream;
    this.box.append(audio);
    const analyser = new AnalyserNode(this.sound(), { fftSize: 1024 });
    const source = this.sound().createMediaStreamSource(stream);
    source.connect(analyser);
    const one = { audio, source, analyser, gain: null, user: null, silent: true, refused: false };
    audio.addEventListener("playing", () => this.#plays(one, true)); // by itself, after it was refused
    this.#heard.set(tab, one);
    this.levels.watch(tab, analyser);
    this.#speaker(audio);
    this.#start(one);
  }

  stop(tab) {
    const one = this.#heard.get(tab);
    if (!one) return;
    this.#heard.delete(tab);
    this.levels.forget(tab);
    one.source.disconnect();
    one.gain?.disconnect();
    one.audio.srcObject = null;
    one.audio.remove();
  }

  /** Who is behind a tab, and whether it must not be heard (muted by itself or by a host: a mesh cannot enforce it). */
  set(tab, user, silent) {
    const one = this.#heard.get(tab);
    if (!one) return;
    Object.assign(one, { user, silent });
    for (const track of one.audio.srcObject.getAudioTracks()) track.enabled = !silent;
    this.#apply(one);
  }

  volume(user) { return prefs.volumes[user] ?? 1; }
  silenced(user) { return prefs.silenced.includes(user); }

  setVolume(user, volume) {
    remember({ volumes: { ...prefs.volumes, [user]: volume } });
    this.#applyAll();
  }

  silence(user, on) {
    remember({ silenced: on ? [...new Set([...prefs.silenced, user])] : prefs.silenced.filter((id) => id !== user) });
    this.#applyAll();
  }

  deafen(on) {
    this.deafened = on;
    this.#applyAll();
  }

  choose() { for (const { audio } of this.#heard.values()) this.#speaker(audio); }

  /** After a click: everything may play. Answers whether it does. */
  async resume() {
    const [runs] = await Promise.all([awake(this.sound()), ...[...this.#heard.values()].map((one) => this.#start(one))]);
    this.on.blocked(this.blocked);
    return runs;
  }

  #speaker(audio) { if (choosesSpeaker && (prefs.output || audio.sinkId)) audio.setSinkId(prefs.output).catch(() => {}); }
  #applyAll() { for (const one of this.#heard.values()) this.#apply(one); }

  #apply({ audio, gain, user, silent, refused }) {
    audio.muted = this.deafened || silent || this.silenced(user);
    audio.volume = this.volume(user);
    if (gain) gain.gain.value = refused && !audio.muted ? this.volume(user) : 0;
  }

  /** Safari wants a click for every element that comes late, though the context runs already: then it plays there. */
  #plays(one, on) {
    one.refused = !on;
    if (!on && !one.gain) {
      one.gain = new GainNode(this.sound(), { gain: 0 });
      one.source.connect(one.gain).connect(this.sound().destination);
    }
    this.#apply(one);
  }

  async #start(one) {
    await one.audio.play().then(() => this.#plays(one, true), (error) => this.#plays(one, error.name !== "NotAllowedError"));
    this.on.blocked(this.blocked);
  }
}

/** Two short notes through the chosen speaker. Answers whether they were played. */
export async function chime(context) {
  if (!(await awake(context))) return false;
  const end = context.createMediaStreamDestination();
  const start = context.currentTime + 0.05;
  [523.25, 783.99].forEach((frequency, n) => {
    const gain = new GainNode(context, { gain: 0 });
    const note = new OscillatorNode(context, { frequency });
    gain.gain.setTargetAtTime(0.25, start + n * 0.22, 0.015);
    gain.gain.setTargetAtTime(0, start + n * 0.22 + 0.12, 0.12);
    note.connect(gain).connect(end);
    note.start(start + n * 0.22);
    note.stop(start + 1.2);
  });
  const audio = new Audio();
  audio.srcObject = end.stream;
  if (choosesSpeaker && prefs.output) await audio.setSinkId(prefs.output).catch(() => {});
  const played = await audio.play().then(() => true, () => false);
  setTimeout(() => { audio.srcObject = null; }, 2000);
  return played;
}
