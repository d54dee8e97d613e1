// Chat and people: a column beside the stage, a sheet over it on a phone.
const $ = (id) => document.getElementById(id);
const narrow = matchMedia("(max-width: 52rem)");
const PANELS = { chat: "talk", people: "people" };

export class Side {
  #from = null;

  /** ``on.seen()``: the chat came into view. */
  constructor(on) {
    this.on = on;
    for (const name of Object.keys(PANELS)) $(`tab-${name}`).addEventListener("click", () => this.show(name));
    document.querySelector(".tabs").addEventListener("keydown", (event) => this.#arrows(event));
    $("side-close").addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => { if (event.key === "Escape" && this.sheet && !document.querySelector("dialog[open]")) this.close(); });
    narrow.addEventListener("change", () => { this.close(false); this.#look(); });
    document.addEventListener("visibilitychange", () => this.#look());
  }

  get sheet() { return $("side").classList.contains("open"); }
  get chatVisible() { return !$("talk").hidden && (!narrow.matches || this.sheet) && !document.hidden; }

  /** Somebody came back, or the window is another. */
  #look() { if (this.chatVisible) this.on.seen(); }

  show(name) {
    for (const [one, panel] of Object.entries(PANELS)) {
      $(panel).hidden = one !== name;
      $(`tab-${one}`).setAttribute("aria-selected", String(one === name));
      $(`tab-${one}`).tabIndex = one === name ? 0 : -1;
    }
    if (name === "chat") this.on.seen();
  }

  /** On a phone, over the stage. */
  open(name, from = document.activeElement) {
    if (!this.sheet) this.#from = from;
    $("side").classList.toggle("open", narrow.matches);
    $("people-button").setAttribute("aria-expanded", String(narrow.matches && name === "people"));
    this.show(name);
    if (name === "chat" && !narrow.matches) $("text").focus();
    else if (narrow.matches) $("side-close").focus({ focusVisible: false });
    else $(`tab-${name}`).focus({ focusVisible: false });
  }

  close(focus = true) {
    $("side").classList.remove("open");
    $("people-button").setAttribute("aria-expanded", "false");
    if (focus) (this.#from?.isConnected ? this.#from : $("chat-button")).focus();
  }

  #arrows(event) {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const other = $("tab-chat").getAttribute("aria-selected") === "true" ? "people" : "chat";
    this.show(other);
    $(`tab-${other}`).focus();
  }
}
