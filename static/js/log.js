// The conversation: messages in order, by day and by author, with what is still on its way at the end.
import { avatar, dayKey, dayName, el, icon, when, withLinks } from "./dom.js";
import { say } from "./strings.js";

const GAP = 5 * 60_000; // so long after the last one, a message gets a head of its own
const EDITABLE = 15 * 60_000; // so long, an author may change a message; the server has the last word
const NEAR = 90; // pixels from the end that still count as the end

export class Log {
  #items = new Map(); // "m12", "k<key>", "n1" -> {order, at, author, el, ...}
  #days = new Map();
  #serial = 0;
  #missed = 0;
  #newLine = null; // the id of the last message read before this visit

  /** ``you``: a person. ``on``: {remove(id), retry(key), discard(key), seen(id), more(), changed(), reacted, report(message)?, edit(message)?} */
  constructor({ log, scroller, pill, you, on }) {
    Object.assign(this, { log, scroller, pill, you, on });
    this.moderates = false;
    this.stuck = true; // at the end, and to stay there when something grows or the keyboard takes half the screen
    scroller.addEventListener("scroll", () => { this.stuck = this.atEnd; this.#scrolled(); }, { passive: true });
    const sizes = new ResizeObserver(() => this.#follow(this.stuck));
    for (const node of [scroller, ...scroller.children]) sizes.observe(node);
    pill.addEventListener("click", () => this.toEnd());
    document.addEventListener("visibilitychange", () => this.#scrolled());
    log.addEventListener("click", (event) => this.#pick(event));
  }

  get size() { return this.#items.size; }
  get oldest() { return this.#ids()[0]; }
  get newest() { return this.#ids().at(-1) ?? 0; }
  has(id) { return this.#items.has(`m${id}`); }
  #ids() { return [...this.#items.values()].filter((item) => item.id).map((item) => item.id).sort((a, b) => a - b); }

  /** Where "New" is drawn: after this message. */
  newAfter(id) { this.#newLine = id; }

  /** Takes messages from the server, in any order, again too. Answers how many were not known. */
  add(messages, { quiet = false } = {}) {
    const end = this.atEnd;
    const unknown = messages.filter((message) => !this.has(message.id));
    for (const message of messages) this.#put(message, !quiet && unknown.includes(message));
    this.#arrange();
    const others = unknown.filter((message) => message.author.id !== this.you.id);
    if (quiet || end || others.length < unknown.length) this.#follow(end || !quiet);
    else this.#missed += others.length;
    this.#scrolled();
    return unknown.length;
  }

  /** Older ones, above: what is on the screen stays where it is. */
  prepend(messages) {
    const before = this.scroller.scrollHeight;
    this.log.setAttribute("aria-busy", "true");
    for (const message of messages) this.#put(message, false);
    this.#arrange();
    this.scroller.scrollTop += this.scroller.scrollHeight - before;
    this.log.removeAttribute("aria-busy");
  }

  clear() {
    for (const [name, item] of this.#items) if (item.id) this.#items.delete(name);
    this.#arrange();
  }

  /** A message on its way: state is "sending", "waiting" or "failed" (then with a reason). */
  pending(key, text, state, reason = "") {
    const name = `k${key}`;
    const item = this.#items.get(name) ?? { order: Infinity, serial: ++this.#serial, at: new Date(), author: this.you };
    const note = el("div", { class: "state" }, state === "failed" ? reason : state === "waiting" ? say.waiting() : say.sending());
    if (state === "failed") {
      note.append(el("button", { type: "button", onclick: () => this.on.retry(key) }, say.retry()));
      note.append(el("button", { type: "button", onclick: () => this.on.discard(key) }, say.discard()));
    }
    const fresh = this.#items.has(name) ? "" : " fresh";
    item.el = this.#article(`own ${state === "failed" ? "failed" : "pending"}${fresh}`, item, [text], [], note);
    this.#items.set(name, item);
    this.#arrange();
    this.toEnd();
  }

  forget(key) { if (this.#items.delete(`k${key}`)) this.#arrange(); }

  notice(text) {
    const end = this.atEnd;
    const order = this.newest + 0.5;
    this.#items.set(`n${++this.#serial}`, { order, serial: this.#serial, at: new Date(), author: null, el: el("p", { class: "notice", dir: "auto" }, text) });
    this.#arrange();
    this.#follow(end);
  }

  edited(message) { if (this.has(message.id)) this.add([message]); }

  /** The latest message of one's own that can still be changed, or ``undefined``. */
  get changeable() {
    const own = ({ message }) => message && !message.deleted && message.author.id === this.you.id && Date.now() - new Date(message.at) < EDITABLE;
    return [...this.#items.values()].filter(own).sort((a, b) => a.id - b.id).at(-1)?.message;
  }

  deleted(id) {
    const item = this.#items.get(`m${id}`);
    if (item) this.add([{ ...item.message, text: "", deleted: true }]);
  }

  get atEnd() { return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR; }

  toEnd() {
    this.stuck = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#scrolled();
  }

  #follow(end) { if (end) this.toEnd(); }

  #put(message, fresh) {
    const own = message.author.id === this.you.id;
    if (own) this.#items.delete(`k${message.key}`);
    const old = this.#items.get(`m${message.id}`);
    if (old && old.message.deleted === message.deleted && old.message.text === message.text) return;
    const item = { id: message.id, order: message.id, serial: 0, at: new Date(message.at), author: message.author, message };
    const tools = message.deleted ? [] : this.#tools(message, own);
    const kinds = [own && "own", message.deleted && "deleted", fresh && !old && "fresh"].filter(Boolean).join(" ");
    item.el = this.#article(kinds, item, message.deleted ? [say.deleted()] : withLinks(message.text), tools, message.deleted ? null : this.on.reacted.under(message.id));
    item.el.dataset.id = message.id;
    this.#items.set(`m${message.id}`, item);
  }

  #tools(message, own) {
    const tool = (glyph, label, action) => el("button", { type: "button", class: "round tool", "aria-label": label, title: label, onclick: action }, icon(glyph, true));
    return [
      tool("smile", say.reactTo(), ({ currentTarget }) => this.on.reacted.choose(message.id, currentTarget)),
      own && this.on.edit && Date.now() - new Date(message.at) < EDITABLE && tool("pencil", say.edit(), () => this.on.edit(message)),
      !own && this.on.report && tool("flag", say.report(), () => this.on.report(message)),
      (own || this.moderates) && tool("trash", say.remove(), () => this.on.remove(message.id)),
    ].filter(Boolean);
  }

  #article(kinds, item, content, tools, below) {
    const meta = el("div", { class: "meta" }, el("b", {}, el("bdi", {}, item.author.name)), when(item.at.toISOString()));
    const edited = item.message?.edited && !item.message.deleted ? [" ", el("small", { class: "edited" }, say.edited())] : [];
    const row = el("div", { class: "row" }, el("div", { class: "bubble", dir: "auto" }, ...content, ...edited), tools.length ? el("div", { class: "tools" }, ...tools) : null);
    return el("article", { class: `msg ${kinds}` }, avatar(item.author), el("div", { class: "body" }, meta, row, below));
  }

  #arrange() {
    const items = [...this.#items.values()].sort((a, b) => (a.order === b.order ? a.serial - b.serial : a.order - b.order));
    const wanted = [];
    let before = null;
    for (const item of items) {
      const day = dayKey(item.at);
      const newDay = !before || day !== dayKey(before.at);
      if (newDay) wanted.push(this.#day(day, item.at));
      const line = this.#newLine !== null && item.id > this.#newLine && (before?.order ?? 0) <= this.#newLine && item.author.id !== this.you.id;
      if (line) wanted.push(this.line ??= el("div", { class: "new-line" }, say.newMessages()));
      const first = newDay || line || !before?.author || before.author.id !== item.author?.id || item.at - before.at > GAP;
      item.el.classList.toggle("first", first);
      wanted.push(item.el);
      before = item;
    }
    this.#place(wanted);
    this.on.changed();
  }

  #place(wanted) {
    let cursor = this.log.firstChild;
    for (const node of wanted) {
      if (node === cursor) cursor = cursor.nextSibling;
      else this.log.insertBefore(node, cursor);
    }
    while (cursor) {
      const next = cursor.nextSibling;
      cursor.remove();
      cursor = next;
    }
  }

  #day(key, at) {
    if (!this.#days.has(key)) this.#days.set(key, el("p", { class: "day" }));
    const node = this.#days.get(key);
    if (node.textContent !== dayName(at)) node.textContent = dayName(at); // tomorrow, "Today" has another name
    return node;
  }

  #pick(event) { // on a touch screen: tap a message for what can be done with it
    const message = event.target.closest(".msg");
    for (const other of this.log.querySelectorAll(".picked")) if (other !== message) other.classList.remove("picked");
    if (message && !event.target.closest("a, button")) message.classList.toggle("picked");
  }

  #scrolled() {
    if (this.atEnd && !document.hidden) {
      this.#missed = 0;
      if (this.newest) this.on.seen(this.newest);
    }
    this.pill.hidden = this.atEnd;
    this.pill.lastElementChild.textContent = this.#missed ? say.pill(this.#missed) : say.toBottom();
    if (this.scroller.scrollTop < 60) this.on.more();
  }
}
