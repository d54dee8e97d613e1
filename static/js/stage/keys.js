// The keys. They rest in fields and dialogs and with modifiers; a held space bar is let go when the window loses the focus.
const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const SPACE_HAS_A_MEANING = "button, summary, a, input, [role=tab], [role=switch]";

function resting(event) {
  return event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]") || event.target.closest?.(FIELDS);
}

/** ``keys``: {character: action}. ``hold``: {down(), up()} for the space bar. ``active()``: whether the room is open. */
export function shortcuts({ keys, hold, active }) {
  let held = false;
  const release = () => { if (held) { held = false; hold.up(); } };
  document.addEventListener("keydown", (event) => {
    if (!active() || resting(event)) return;
    if (event.key === " ") {
      if (event.target.closest?.(SPACE_HAS_A_MEANING)) return;
      event.preventDefault();
      if (!event.repeat && !held) { held = true; hold.down(); }
    } else if (!event.repeat && Object.hasOwn(keys, event.key.toLowerCase())) {
      event.preventDefault();
      keys[event.key.toLowerCase()]();
    }
  });
  document.addEventListener("keyup", (event) => { if (event.key === " ") release(); });
  addEventListener("blur", release);
  document.addEventListener("visibilitychange", () => document.hidden && release());
}
