// What this browser remembers of how somebody likes to sound and hear. Nothing of it leaves the device.
const NAME = "voice";
const DEFAULTS = {
  input: "", output: "", echo: true, noise: true, gain: true, // microphone, speaker and what is done to the voice
  muted: false, listen: false, push: false, // join muted, listen only, push to talk
  keys: {}, // action -> key, where somebody chose another one
  volumes: {}, silenced: [], // by user id: 0..1, and who is muted for this listener only
};

let kept = { ...DEFAULTS };
try { kept = { ...DEFAULTS, ...JSON.parse(localStorage.getItem(NAME)) }; } catch { /* the defaults, then */ }

export const prefs = kept;

export function remember(changes) {
  Object.assign(kept, changes);
  try { localStorage.setItem(NAME, JSON.stringify(kept)); } catch { /* for this page only, then */ }
}
