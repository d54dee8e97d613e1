// What hosts do to oneself is said, and what was said before and is no longer so goes.
import { trouble, words } from "../room_strings.js";
import { hush, toast } from "../ui.js";

/** Watches one's own microphone and role. */
export function told(state) {
  let before = null; // nothing is known yet
  state.addEventListener("change", () => {
    const now = { seated: Boolean(state.mine), muted: Boolean(state.mine?.muted), role: state.you.role };
    if (before) {
      if (now.muted && !before.muted) toast(trouble("muted"), true, "voice");
      if (now.seated && before.muted && !now.muted) hush("voice");
      if (now.role !== before.role) toast(words.nowYouAre[now.role]?.() ?? words.nowYouAre.member(), false, "role");
    }
    before = now;
  });
}
