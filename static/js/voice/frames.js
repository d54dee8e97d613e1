// The fallback backend: Opus packets through the server, where no direct connection comes to be.
// A frame: 1 byte version, 2 bytes sequence, one Opus packet of 60 ms (mono, 48 kHz).
const VERSION = 1;
const FORMAT = { codec: "opus", sampleRate: 48000, numberOfChannels: 1 };
const MICROSECONDS = 60_000;

let loading = null;
const worklets = (context) => (loading ??= context.audioWorklet.addModule(new URL("./worklets.js", import.meta.url)));

export class Frames {
  #voices = new Map(); // tab -> {decoder, ring, sequence, count}
  #sequence = 0;
  #track = null;
  #tap = null;
  wanted = false; // somebody listens this way

  /** ``send(bytes)`` gives a frame to the server. ``sound``: answers the AudioContext. */
  constructor({ send, sound, on }) { Object.assign(this, { send, sound, on }); }

  static get works() { return "AudioEncoder" in window && "AudioDecoder" in window && "AudioWorkletNode" in window; }

  publish(track) {
    this.#track = track;
    return this.#update();
  }

  want(on) {
    this.wanted = on;
    return this.#update();
  }

  async receive(tab, bytes) {
    const data = new Uint8Array(bytes);
    if (data[0] !== VERSION || data.length < 4) return;
    const voice = this.#voices.get(tab) ?? (await this.#voice(tab));
    if (voice.decoder.state !== "configured") return void this.gone(tab); // a broken packet ended it: the next one begins anew
    voice.decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: voice.count++ * MICROSECONDS, duration: MICROSECONDS, data: data.subarray(3) }));
  }

  gone(tab) {
    const voice = this.#voices.get(tab);
    if (!voice) return;
    this.#voices.delete(tab);
    if (voice.decoder.state !== "closed") voice.decoder.close();
    voice.ring.disconnect();
    this.on.gone(tab);
  }

  has(tab) { return this.#voices.has(tab); }

  leave() {
    this.publish(null);
    for (const tab of [...this.#voices.keys()]) this.gone(tab);
  }

  async #update() {
    const track = this.wanted ? this.#track : null;
    if (this.#tap?.track === track) return;
    this.#close();
    if (!track) return;
    const tap = (this.#tap = { track });
    await worklets(this.sound());
    if (this.#tap !== tap) return; // another change came first
    tap.encoder = new AudioEncoder({ output: (chunk) => this.#out(chunk), error: () => this.#close() });
    tap.encoder.configure({ ...FORMAT, sampleRate: this.sound().sampleRate, bitrate: 24_000, opus: { frameDuration: MICROSECONDS } });
    tap.source = this.sound().createMediaStreamSource(new MediaStream([track]));
    tap.node = new AudioWorkletNode(this.sound(), "tap", { numberOfOutputs: 1 });
    tap.node.port.onmessage = ({ data }) => this.#encode(tap, data);
    tap.source.connect(tap.node).connect(new GainNode(this.sound(), { gain: 0 })).connect(this.sound().destination); // pulled, and not heard
  }

  #encode(tap, samples) {
    if (tap.encoder.state !== "configured" || tap.encoder.encodeQueueSize > 4) return;
    const { sampleRate } = this.sound();
    tap.time = (tap.time ?? 0) + samples.length;
    const data = new AudioData({ format: "f32-planar", sampleRate, numberOfFrames: samples.length, numberOfChannels: 1, timestamp: (tap.time / sampleRate) * 1e6, data: samples });
    tap.encoder.encode(data);
    data.close();
  }

  #out(chunk) {
    const bytes = new Uint8Array(3 + chunk.byteLength);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    bytes.set([VERSION, this.#sequence >> 8, this.#sequence & 255]);
    chunk.copyTo(bytes.subarray(3));
    this.send(bytes);
  }

  #close() {
    this.#tap?.source?.disconnect();
    this.#tap?.node?.disconnect();
    if (this.#tap?.encoder && this.#tap.encoder.state !== "closed") this.#tap.encoder.close();
    this.#tap = null;
  }

  async #voice(tab) {
    const voice = { count: 0 };
    this.#voices.set(tab, voice);
    voice.decoder = new AudioDecoder({ output: (data) => this.#decoded(voice, data), error: () => {} });
    voice.decoder.configure(FORMAT);
    await worklets(this.sound());
    voice.ring = new AudioWorkletNode(this.sound(), "ring", { numberOfInputs: 0, outputChannelCount: [1] });
    const end = this.sound().createMediaStreamDestination();
    voice.ring.connect(end);
    this.on.stream(tab, end.stream);
    return voice;
  }

  #decoded(voice, data) {
    const samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
    data.close();
    voice.ring?.port.postMessage(samples, [samples.buffer]);
  }
}
