// Keeps the screen of a phone on while somebody is in a room, where the browser can.
let lock = null;
let wanted = false;

async function take() {
  if (!wanted || lock || document.hidden) return;
  try {
    lock = await navigator.wakeLock?.request("screen");
    lock?.addEventListener("release", () => { lock = null; });
  } catch { /* low battery, or not allowed */ }
}

document.addEventListener("visibilitychange", take);

export function stayAwake(on) {
  wanted = on;
  if (on) take();
  else lock?.release();
}
