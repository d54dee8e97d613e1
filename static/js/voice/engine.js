// The voice engine: microphone in, voices out, whatever carries them. It knows no page and no backend by name.
import { Frames } from "./frames.js";
import { Levels } from "./levels.js";
import { Mesh } from "./mesh.js";
import { Microphone } from "./mic.js";
import { Output } from "./output.js";
import { level } from "./quality.js";

const BACKENDS = { mesh: Mesh }; // by the name that the server gives; each has the interface told in mesh.js
const UNREACHED = 8000; // milliseconds without a direct connection before sound goes through the server
const UNOFFERED = 3000; // and for a speaker who is in nobody's mesh
const LOOK = 3000; // between two looks at the quality
export const ME = "me";

export class Engine extends EventTarget {
  #context = null;
  #backend = null;
  #frames = null;
  #voices = new Map(); // tab -> {user, silent, since}
  #timers = [];
  #talking = false;
  #speaking = false;
  #level = null;
  #refresh = null;
  #wanted = false;
  frames = false; // whether this tab asked for sound through the server

  /** ``link``: tells, asks and hears. Events: speaking, path, blocked, quality, problem. */
  constructor(link) {
    super();
    this.link = link;
    this.levels = new Levels((tab, on) => this.#heard(tab, on));
    this.mic = new Microphone(() => this.sound());
    this.output = new Output({ sound: () => this.sound(), levels: this.levels, on: { blocked: (on) => this.#tell("blocked", on) } });
    this.mic.addEventListener("change", () => this.#microphone());
    link.on("media:signal", ({ from, message }) => this.#backend?.signal(from, message));
    link.on("media:frame", (tab, bytes) => this.#frame(tab, bytes));
    link.on("media:wanted", ({ frames }) => this.#want(frames));
    link.on("media:peers", ({ peers }) => this.#members(peers));
  }

  /** The AudioContext, made when it is first needed. Phones interrupt it for a call, and it has to be woken by a click. */
  sound() {
    if (this.#context) return this.#context;
    this.#context = new AudioContext({ sampleRate: 48000, latencyHint: "interactive" });
    this.#context.addEventListener("statechange", () => this.#tell("blocked", this.output.blocked));
    return this.#context;
  }
  get tab() { return this.media?.tab; }
  get backend() { return this.#backend; }

  /** Begins, or goes on after the signalling was away. ``media`` is the grant of the join. */
  join(media) {
    this.media = media;
    const Backend = Object.hasOwn(BACKENDS, media.backend) ? BACKENDS[media.backend] : null;
    const on = { stream: (tab, stream) => this.#stream(tab, stream), gone: (tab) => this.#gone(tab), state: () => this.#check() };
    if (Backend?.works && !this.#backend) this.#backend = new Backend({ send: (tab, message) => this.#signal(tab, message), on });
    if (Frames.works && !this.#frames) {
      this.#frames = new Frames({ sound: () => this.sound(), send: (bytes) => this.link.stream("media:frame", bytes), on: { stream: (tab, stream) => this.output.play(tab, stream), gone: (tab) => this.output.stop(tab) } });
    }
    this.#backend?.join(media);
    this.#want(media.frames_wanted);
    this.#publish();
    this.#renew(media.expires_in);
    if (this.frames && this.#frames) this.#fallback(true);
    if (!this.#timers.length) this.#timers = [setInterval(() => this.#check(), 1000), setInterval(() => this.#look(), LOOK)];
  }

  /** This tab publishes: what the server granted for it. */
  published({ in_mesh: inside, peers = [] } = {}) {
    if (inside !== undefined) this.#backend?.join({ ...this.media, in_mesh: inside, peers });
    this.#want(this.#wanted);
  }

  /** Who speaks: [{tab, user, silent}]. ``silent``: muted by itself or by a host. */
  speakers(list) {
    const now = performance.now();
    this.#voices = new Map(list.map(({ tab, user, silent }) => [tab, { user, silent, since: this.#voices.get(tab)?.since ?? now }]));
    for (const tab of this.output.tabs()) {
      const voice = this.#voices.get(tab);
      this.output.set(tab, voice?.user ?? null, voice?.silent ?? true);
    }
    for (const [tab, voice] of this.#voices) if (voice.silent && !this.output.analyser(tab)) this.#tell("speaking", { tab, user: voice.user, on: false });
    this.#check();
  }

  /** Whether the microphone goes out. The server checks it too. */
  talk(on) {
    this.#talking = on;
    this.#publish();
    this.#speak(on && this.levels.loud(ME));
  }

  /** Whether the sound of a tab is here to be looked at; if not, the server tells when it speaks. */
  hears(tab) { return Boolean(this.output.analyser(tab)) && this.sound().state === "running"; }

  /** ``gone``: for good, and not only its connection to the server. */
  left(tab, gone = false) {
    this.#backend?.left(tab, gone);
    this.#frames?.gone(tab);
  }

  leave() {
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#refresh);
    this.#timers = [];
    this.#backend?.leave();
    this.#frames?.leave();
    this.mic.stop();
    this.#backend = this.#frames = null;
  }

  #members(peers) {
    this.#backend?.members(peers);
    this.#want(this.#wanted);
    this.#check();
    const room = this.#backend && !this.#backend.inside && peers.length < this.media.limits?.mesh;
    if (room) this.link.ask("media:enter").then(({ media }) => this.published(media), () => {}); // somebody else was faster, then
  }

  #want(wanted) { // outside the mesh, nobody hears this tab otherwise
    this.#wanted = Boolean(wanted);
    this.#frames?.want(this.#wanted || this.#backend?.inside !== true);
  }

  #tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
  #publish() {
    const track = this.#talking ? this.mic.track : null;
    this.#backend?.publish(track);
    this.#frames?.publish(track);
  }

  #microphone() {
    this.levels.forget(ME);
    if (this.mic.open) this.levels.watch(ME, this.mic.analyser);
    this.#publish();
  }

  #signal(tab, message) {
    this.link.ask("media:signal", tab, message).catch((error) => { if (error.code === "gone") this.#backend?.left(tab); });
  }

  #stream(tab, stream) {
    this.#frames?.gone(tab); // a direct connection wins
    this.output.play(tab, stream);
    const voice = this.#voices.get(tab);
    this.output.set(tab, voice?.user ?? null, voice?.silent ?? true);
  }

  #gone(tab) {
    this.output.stop(tab);
    this.#check();
  }

  #frame(tab, bytes) {
    const voice = this.#voices.get(tab);
    if (!this.#frames || !voice || voice.silent || tab === this.tab || this.#backend?.connected(tab)) return;
    if (!this.#frames.has(tab)) this.output.stop(tab); // the element of a connection that never came to be
    this.#frames.receive(tab, bytes).then(() => this.output.set(tab, voice.user, voice.silent));
  }

  #heard(tab, on) {
    if (tab === ME) return this.#speak(on && this.#talking);
    const voice = this.#voices.get(tab);
    if (voice) this.#tell("speaking", { tab, user: voice.user, on: on && !voice.silent });
  }

  #speak(on) {
    if (on === this.#speaking) return;
    this.#speaking = on;
    this.link.tell("media:speaking", on);
    this.#tell("speaking", { tab: this.tab, user: null, on });
  }

  /** Asks for sound through the server while a speaker cannot be reached directly. */
  #check() {
    const now = performance.now();
    const unreached = [...this.#voices].filter(([tab, voice]) => {
      if (tab === this.tab || this.#backend?.connected(tab)) return false;
      const limit = !this.#backend?.inside ? 0 : this.#backend.has(tab) ? UNREACHED : UNOFFERED;
      return now - voice.since >= limit;
    });
    const neither = !this.#backend && !this.#frames; // ways that this browser knows
    const needed = neither || unreached.length > 0;
    if (needed === this.frames || !this.#timers.length) return;
    this.frames = needed;
    if (needed && !this.#frames) return this.#tell("path", "none");
    this.#fallback(needed);
    this.#tell("path", needed ? "frames" : "direct");
  }

  #fallback(on) { this.link.ask("media:fallback", on).catch(() => { this.frames = !on; }); } // asked again at the next look

  #renew(seconds) {
    clearTimeout(this.#refresh);
    if (seconds) this.#refresh = setTimeout(() => this.#fresh(), seconds * 800);
  }

  async #fresh() {
    try {
      const { ice_servers: ice, expires_in: seconds } = await this.link.ask("media:refresh");
      this.#backend?.refresh(ice);
      this.#renew(seconds);
    } catch {
      this.#renew(25); // again soon; a reconnection brings fresh ones too
    }
  }

  async #look() {
    const reports = await (this.#backend?.stats() ?? []);
    const levels = reports.map(([tab, report]) => level(this.output.analyser(tab) ?? report, report));
    const now = levels.length ? Math.max(...levels) : this.link.connected ? 3 : 0; // one bad line is the other side's
    if (now === this.#level) return;
    this.#level = now;
    this.link.tell("media:quality", now);
    this.#tell("quality", now);
  }
}
