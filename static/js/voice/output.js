// What is heard: one <audio> element for each tab that speaks (without one, browsers deliver no remote sound at all),
// its volume for this listener, the speaker, and the permission to play.
import { choosesSpeaker } from "./mic.js";
import { prefs, remember } from "./prefs.js";

export class Output {
  #heard = new Map(); // tab -> {audio, source, analyser, user, silent}
  deafened = false;

  /** ``on``: {blocked(bool)}: whether the browser wants a click before it plays anything. */
  constructor({ sound, levels, on }) {
    Object.assign(this, { sound, levels, on });
    this.box = document.body.appendChild(document.createElement("div"));
    this.box.hidden = true;
  }

  get blocked() { return this.#heard.size > 0 && (this.sound().state !== "running" || [...this.#heard.values()].some((one) => one.refused)); }
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
    const one = { audio, source, analyser, user: null, silent: true, refused: false };
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

  /** After a click: everything may play. */
  async resume() {
    await this.sound().resume().catch(() => {});
    await Promise.all([...this.#heard.values()].map((one) => this.#start(one)));
    this.on.blocked(this.blocked);
  }

  #speaker(audio) { if (choosesSpeaker && (prefs.output || audio.sinkId)) audio.setSinkId(prefs.output).catch(() => {}); }
  #applyAll() { for (const one of this.#heard.values()) this.#apply(one); }

  #apply({ audio, user, silent }) {
    audio.muted = this.deafened || silent || this.silenced(user);
    audio.volume = this.volume(user);
  }

  async #start(one) {
    try {
      await one.audio.play();
      one.refused = false;
    } catch (error) {
      one.refused = error.name === "NotAllowedError";
    }
    this.on.blocked(this.blocked);
  }
}

/** Two short notes through the chosen speaker. */
export async function chime(context) {
  await context.resume();
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
  await audio.play();
  setTimeout(() => { audio.srcObject = null; }, 2000);
}
