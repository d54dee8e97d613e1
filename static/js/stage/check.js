// Before the door: name and topic, sound, password, knocking. Joining is a click, so that the room may be heard.
import { trouble } from "../room_strings.js";
import { prefs, remember } from "../voice/prefs.js";

const $ = (id) => document.getElementById(id);

export class Check {
  /** ``join({password})`` goes in; ``knock()`` asks a host to open. */
  constructor({ join, knock }) {
    $("check-muted").checked = prefs.muted;
    $("check-listen").checked = prefs.listen;
    $("check-muted").addEventListener("change", () => remember({ muted: $("check-muted").checked }));
    $("check-listen").addEventListener("change", () => this.#listen());
    this.#listen();
    const wide = matchMedia("(min-width: 60rem)"); // there is room for it beside the rest
    const unfold = () => { if (wide.matches) $("devices-fold").open = true; };
    wide.addEventListener("change", unfold);
    unfold();
    $("check-knock").addEventListener("click", () => { this.busy(true); knock(); });
    $("check-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.busy(true);
      join({ password: $("password").value || undefined });
    });
    this.busy(false); // until here the page could not have answered a click
  }

  get open() { return !$("check").hidden; }

  focus() {
    if ($("password-field").hidden) $("check-join").focus({ focusVisible: false });
    else $("password").focus();
  }

  close() {
    $("check").hidden = true;
    this.busy(false);
  }

  /** Back before the door, with the reason. */
  refuse(code, text = trouble(code)) {
    this.busy(false);
    $("check").hidden = false;
    const tried = code === "password" && $("password").value;
    this.tell(tried ? trouble("password_wrong") : text);
    $("check-knock").hidden = code !== "locked";
    if (code === "password" || code === "too_fast") {
      $("password-field").hidden = false;
      $("password").select();
    }
  }

  tell(text) {
    $("check-problem").textContent = text;
    $("check-problem").hidden = !text;
  }

  busy(on) {
    $("check-join").disabled = $("check-knock").disabled = on;
    if (on) this.tell("");
  }

  #listen() {
    remember({ listen: $("check-listen").checked });
    $("check-muted").disabled = prefs.listen;
  }
}
