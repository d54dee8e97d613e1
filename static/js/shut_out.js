// Before a locked door: knock, wait, and go in when somebody opens.
import { trouble, words } from "./room_strings.js";
import { knock } from "./stage/knock.js";

const button = document.getElementById("knock");
const note = document.getElementById("knock-note");

button.addEventListener("click", async () => {
  button.disabled = true;
  note.textContent = words.knocking();
  const { accept, code } = await knock(button.dataset.slug);
  if (accept) return location.reload();
  button.disabled = false;
  note.textContent = code ? trouble(code) : words.knockRefused();
});
