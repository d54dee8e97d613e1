// How loud something is, and whether somebody is speaking: loud at once, silent only after a pause between two words.
const TICK = 40; // milliseconds between two looks; a ring must be there within 150
const LOUD = 0.012; // root mean square, of 1
const QUIET = 0.007;
const PAUSE = 350; // milliseconds

/** Root mean square of what an analyser hears now, 0..1. */
export function rms(analyser, buffer = new Float32Array(analyser.fftSize)) {
  analyser.getFloatTimeDomainData(buffer);
  let sum = 0;
  for (const sample of buffer) sum += sample * sample;
  return Math.sqrt(sum / buffer.length);
}

/** On at the first loud moment, off after ``PAUSE`` of quiet ones. Pure: the caller has the clock. */
export class Hysteresis {
  on = false;
  #loud = -Infinity;

  /** Answers whether this changed it. */
  take(level, now) {
    if (level >= (this.on ? QUIET : LOUD)) this.#loud = now;
    const on = now - this.#loud < PAUSE;
    const changed = on !== this.on;
    this.on = on;
    return changed;
  }
}

/** Watches any number of analysers. ``heard(name, on)`` on a change; ``level(name)`` now. */
export class Levels {
  #watched = new Map(); // name -> {analyser, buffer, voice, level}

  constructor(heard) {
    this.heard = heard;
    this.timer = setInterval(() => this.#look(), TICK);
  }

  watch(name, analyser) {
    this.#watched.set(name, { analyser, buffer: new Float32Array(analyser.fftSize), voice: new Hysteresis(), level: 0 });
  }

  forget(name) {
    const on = this.#watched.get(name)?.voice.on;
    if (this.#watched.delete(name) && on) this.heard(name, false);
  }

  level(name) { return this.#watched.get(name)?.level ?? 0; }
  loud(name) { return this.#watched.get(name)?.voice.on ?? false; }
  has(name) { return this.#watched.has(name); }
  stop() { clearInterval(this.timer); }

  #look() {
    const now = performance.now();
    for (const [name, one] of this.#watched) {
      one.level = rms(one.analyser, one.buffer);
      if (one.voice.take(one.level, now)) this.heard(name, one.voice.on);
    }
  }
}
