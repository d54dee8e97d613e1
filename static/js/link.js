// One namespace and its connection. Reconnects by itself, says so in the banner, and lets people try at once.
import { el } from "./dom.js";
import { say } from "./strings.js";

const LONGEST = 15; // seconds between two tries
const RESTART = 1012; // what a websocket is closed with by a server that stops to begin again
const banner = document.getElementById("banner");

function show(text, button = null, good = false) {
  banner.replaceChildren(el("span", {}, text), ...(button ? [button] : []));
  banner.classList.toggle("good", good);
  banner.hidden = false;
}

export class Link {
  #tries = 0;
  #timer = null;
  #lost = false;
  #restarts = false; // the server said that it stops
  #ended = false;
  #parked = false; // turned away at the door: it tries again when somebody says so

  /**
   * ``up(again)`` runs after each connection, ``ended(code)`` when the server does not want this page any more.
   * ``refused(code)`` may answer true: then it is not the end, and ``start`` tries again. ``auth()``: who knocks there.
   * ``leaving()`` runs before the page goes away. Without ``now``, the first connection waits for ``start``.
   */
  constructor(namespace, { up, ended, refused = () => false, auth = () => ({}), leaving = () => {}, now = true }) {
    Object.assign(this, { up, ended, turnedAway: refused, leaving });
    if (!window.io) return show(say.noClient());
    const transports = new URLSearchParams(location.search).get("transports")?.split(","); // ?transports=polling
    this.socket = window.io(namespace, { reconnection: false, autoConnect: false, auth: (give) => give(auth()), ...(transports && { transports }) });
    this.socket.on("connect", () => this.#connected());
    this.socket.on("disconnect", (reason, details) => { this.#restarts = details?.context?.code === RESTART; if (!this.#parked) this.#again(); });
    this.socket.on("connect_error", (error) => this.#refused(error));
    addEventListener("online", () => this.now());
    addEventListener("offline", () => this.#lost && show(say.offline()));
    document.addEventListener("visibilitychange", () => document.hidden || this.now());
    addEventListener("pagehide", () => { this.leaving(); this.socket.disconnect(); }); // said, so that nobody waits for a ping to time out
    addEventListener("pageshow", (event) => event.persisted && this.now(true));
    if (now) this.start();
  }

  start() {
    this.#parked = false;
    if (!this.#ended) this.socket?.connect();
  }

  on(event, handler) { this.socket?.on(event, handler); }

  get connected() { return Boolean(this.socket?.connected); }

  /** Sends and forgets; dropped without a connection. */
  tell(event, ...args) { if (this.connected) this.socket.emit(event, ...args); }

  /** The same for what is worth nothing later: dropped, too, while the transport is busy. */
  stream(event, ...args) { if (this.connected) this.socket.volatile.emit(event, ...args); }

  /** Sends a command. Answers what the server acknowledged; throws ``{code}``. */
  async ask(event, ...args) {
    if (!this.connected) throw { code: "offline" };
    const answer = await this.socket.timeout(10_000).emitWithAck(event, ...args).catch(() => ({ error: { code: "timeout" } }));
    if (answer?.error) throw { code: String(answer.error.code) };
    return answer;
  }

  /** Stay away from now on. */
  end(code) {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    banner.hidden = true;
    this.socket.disconnect();
    this.ended(code);
  }

  /** Try now, if it is waiting to. */
  now(force = false) {
    if (this.#ended || this.#parked || !this.socket || this.connected || (this.#timer === null && !force)) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#lost) show(this.#restarts ? say.restartsNow() : say.retrying());
    this.socket.connect();
  }

  async #connected() {
    const again = this.#lost;
    this.#tries = 0;
    this.#lost = false;
    clearTimeout(this.#timer);
    this.#timer = null;
    banner.hidden = true;
    try {
      const news = await this.up(again);
      if (again) this.#greet(news);
    } catch (error) {
      if (error.code === "timeout" || error.code === "offline") return void (this.connected && this.socket.disconnect());
      if (error.code === undefined) throw error;
      this.#turned(error.code);
    }
  }

  #turned(code) {
    if (!this.turnedAway(code)) return this.end(code);
    this.#parked = true;
    this.socket.disconnect();
  }

  #greet(news) {
    show(news === "anew" ? say.loadedAnew() : news ? say.caughtUp(news) : say.back(), null, true);
    setTimeout(() => { if (this.connected) banner.hidden = true; }, 4000);
  }

  #refused(error) {
    const code = error.data?.code ?? (error.message === "Invalid namespace" ? "not_found" : null);
    if (code === "login") location.reload(); // the page itself asks who is there
    else if (code) this.#turned(code);
    else this.#again();
  }

  #again() {
    if (this.#ended) return;
    this.#lost = true;
    const seconds = Math.min(LONGEST, 2 ** this.#tries++);
    this.#count(Math.ceil(seconds), seconds * 1000 * (0.75 + Math.random() / 2));
  }

  #count(seconds, milliseconds) {
    const button = el("button", { type: "button", onclick: () => this.now() }, say.retryNow());
    show(!navigator.onLine ? say.offline() : this.#restarts ? say.restarts(seconds) : say.lost(seconds), button);
    clearTimeout(this.#timer);
    const step = Math.min(1000, milliseconds);
    this.#timer = setTimeout(() => {
      if (milliseconds - step < 50) this.now();
      else this.#count(Math.max(1, seconds - 1), milliseconds - step);
    }, step);
  }
}
