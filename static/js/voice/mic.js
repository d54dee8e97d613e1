// The microphone. It is opened by a click and never before; what goes wrong has a code, and the page has the words.
import { prefs } from "./prefs.js";

const CODES = {
  NotAllowedError: "mic_denied", SecurityError: "mic_denied", NotFoundError: "mic_none", OverconstrainedError: "mic_none",
  NotReadableError: "mic_busy", AbortError: "mic_busy",
};

function constraints(input) {
  return {
    audio: {
      ...(input && { deviceId: { exact: input } }),
      echoCancellation: prefs.echo, noiseSuppression: prefs.noise, autoGainControl: prefs.gain, channelCount: 1,
    },
  };
}

async function ask(input) {
  if (!isSecureContext || !navigator.mediaDevices?.getUserMedia) throw { code: "mic_insecure" };
  try {
    return await navigator.mediaDevices.getUserMedia(constraints(input));
  } catch (error) {
    const remembered = input && ["OverconstrainedError", "NotFoundError"].includes(error.name);
    if (remembered) return ask(""); // the one that was chosen the last time is not plugged in
    throw { code: CODES[error.name] ?? "mic_other" };
  }
}

export class Microphone extends EventTarget {
  #stream = null;
  #source = null;

  /** ``sound``: answers the AudioContext. Events: "change" (another track, or none), "lost" (unplugged). */
  constructor(sound) {
    super();
    this.sound = sound;
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.dispatchEvent(new Event("devices")));
  }

  get open() { return Boolean(this.#stream); }
  get track() { return this.#stream?.getAudioTracks()[0] ?? null; }
  get device() { return this.track?.getSettings().deviceId ?? ""; }

  /** Opens it, or opens it again with other settings. Throws ``{code}``; what was open then stays open. */
  async start() {
    const stream = await ask(prefs.input);
    this.stop(true);
    this.#stream = stream;
    this.track.addEventListener("ended", () => { if (this.#stream === stream) { this.stop(); this.dispatchEvent(new Event("lost")); } });
    const context = this.sound();
    this.analyser = new AnalyserNode(context, { fftSize: 1024 });
    this.#source = context.createMediaStreamSource(stream);
    this.#source.connect(this.analyser);
    this.dispatchEvent(new Event("change"));
  }

  stop(quietly = false) {
    this.#source?.disconnect();
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = this.#source = null;
    if (!quietly) this.dispatchEvent(new Event("change"));
  }
}

/** [{id, label}] of one kind, "audioinput" or "audiooutput". Without a permission, browsers hide the labels. */
export async function devices(kind) {
  const found = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return found.filter((device) => device.kind === kind && device.deviceId).map((device) => ({ id: device.deviceId, label: device.label }));
}

export const choosesSpeaker = "setSinkId" in HTMLMediaElement.prototype;
