// The conversation beside the stage: history, news, drafts, deleting. It works without any sound.
import { Composer } from "./composer.js";
import { Log } from "./log.js";
import { Typing } from "./people.js";
import { Reacted } from "./reacted.js";
import { problem } from "./strings.js";
import { el } from "./dom.js";

const $ = (id) => document.getElementById(id);
const PEEK = 5; // messages that a phone shows below the seats

export class Chat {
  #joined = false;
  #more = false;
  #loading = false;
  #seen = 0;
  #title = document.title;
  #last = [];
  #unread = 0;

  /** ``visible()``: whether somebody can see it now. ``report(message)``, if messages can be reported. */
  constructor({ link, you, name, limit, visible, report = null }) {
    Object.assign(this, { link, you, visible });
    this.reacted = new Reacted({ you, send: (id, emoji, on) => this.#try("chat:react", id, emoji, on) });
    this.log = new Log({
      log: $("log"), scroller: $("scroller"), pill: $("pill"), you,
      on: { remove: (id) => this.#remove(id), seen: (id) => this.#markSeen(id), more: () => this.#older(), retry: (key) => this.composer.retry(key), discard: (key) => this.composer.discard(key), changed: () => this.#empty(), report, reacted: this.reacted, edit: $("editing") && ((message) => this.composer.edit(message)) },
    });
    this.composer = new Composer({ link, log: this.log, name, limit, wrote: (message) => this.#peek([...this.#last, message]) });
    this.typing = new Typing($("typing"));
    $("older").addEventListener("click", () => this.#older());
    link.on("chat:message", (message) => this.#said(message));
    link.on("chat:edited", (message) => { this.log.edited(message); this.#peek(this.#last.map((one) => (one.id === message.id ? message : one))); });
    link.on("chat:deleted", ({ id }) => { this.log.deleted(id); this.composer.forget(id); this.#peek(this.#last.filter((message) => message.id !== id)); });
    link.on("chat:reacted", (news) => this.reacted.heard(news));
    link.on("chat:typing", (news) => { if (news.person.id !== you.id) this.typing.heard(news); });
    link.on("room:announcement", ({ text }) => this.log.notice(text));
  }

  /** The answer of a join. Answers how many messages were missed, if this was not the first; "anew" if they were too many. */
  load(state, again) {
    this.log.moderates = state.moderates;
    this.typing.seconds = state.typing_seconds;
    this.reacted.load(state.messages, state.reacted, state.reactions);
    const gap = this.#joined && state.more && this.log.newest && state.messages[0]?.id > this.log.newest;
    if (gap) this.log.clear(); // away for more than a page: what is missing in between comes when somebody scrolls up
    if (!this.#joined || gap) this.#setMore(state.more);
    if (!this.#joined && state.last_read) this.log.newAfter(state.last_read); // on a first visit everything is new: no line
    const news = this.log.add(state.messages, { quiet: !this.#joined });
    $("log").removeAttribute("aria-busy");
    this.#joined = true;
    this.#empty();
    this.#peek(state.messages);
    this.composer.flush();
    return !again ? 0 : gap ? "anew" : news;
  }

  /** It came into view. */
  shown() {
    this.#unread = 0;
    $("chat-dot").hidden = true;
    if (this.log.stuck) this.log.toEnd();
  }

  #said(message) {
    this.typing.stop(message.author.id);
    this.log.add([message]);
    this.#peek([...this.#last, message]);
    if (message.author.id === this.you.id) return;
    if (document.hidden) document.title = `• ${this.#title}`;
    if (!this.visible()) {
      $("chat-dot").hidden = false;
      $("chat-dot").textContent = ++this.#unread > 9 ? "9+" : String(this.#unread);
    }
  }

  #peek(messages) {
    this.#last = [...new Map(messages.map((message) => [message.id, message])).values()].filter((message) => !message.deleted).slice(-PEEK);
    $("peek").hidden = this.#last.length === 0;
    $("peek-lines").replaceChildren(...this.#last.map((message) => el("span", {}, el("b", {}, el("bdi", {}, message.author.name)), el("bdi", {}, message.text))));
  }

  #setMore(value) {
    this.#more = value;
    $("older").hidden = !value;
    this.#empty();
  }

  #empty() {
    $("nothing").hidden = this.log.size > 0;
    $("beginning").hidden = this.#more || this.log.size === 0;
  }

  async #older() {
    if (!this.#more || this.#loading || !this.link.connected) return;
    this.#loading = true;
    try {
      const state = await this.link.ask("chat:history", this.log.oldest);
      this.#setMore(state.more);
      this.reacted.load(state.messages, state.reacted);
      this.log.prepend(state.messages);
    } catch (error) {
      if (error.code === undefined) throw error;
    } finally {
      this.#loading = false;
    }
  }

  async #remove(id) {
    const dialog = $("confirm");
    dialog.returnValue = "no";
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
    if (dialog.returnValue === "yes" && (await this.#try("chat:delete", id))) this.log.deleted(id);
  }

  /** A command; what goes wrong is said among the messages. */
  async #try(event, ...args) {
    try {
      return await this.link.ask(event, ...args);
    } catch (error) {
      if (error.code === undefined) throw error;
      this.log.notice(problem(error.code));
      return null;
    }
  }

  #markSeen(id) {
    document.title = this.#title;
    if (id <= this.#seen || !this.#joined || !this.link.connected || !this.visible()) return;
    this.#seen = id;
    this.link.ask("chat:read", id).catch(() => { this.#seen = 0; });
  }
}
