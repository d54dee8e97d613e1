// A person with a real socket.io-client who loses the connection and comes back, for the scenarios beside this file.
"use strict";

const { once, ask } = require("../../clients/js/link.js");
const { io } = require("socket.io-client-4");

const TRANSPORTS = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };

class Person {
  /** Not yet connected. ``heard``: all that was said to it, without the offsets, in order. */
  constructor(urls, transport, { namespace = "/", auth = {}, ...options } = {}) {
    this.servers = [...urls];
    const [url] = urls;
    this.socket = io(url + (namespace === "/" ? "" : namespace), {
      transports: TRANSPORTS[transport], forceNew: true, auth, reconnectionDelay: 20, reconnectionDelayMax: 60,
      parser: process.env.CLIENT_PARSER ? require(process.env.CLIENT_PARSER) : undefined, ...options,
    });
    this.heard = [];
    this.raw = [];
    this.connects = [];
    this.away = 0;
    this.socket.onAny((event, ...args) => {
      this.raw.push([event, ...args]);
      this.heard.push([event, ...args.slice(0, -1)]);
    });
    this.socket.on("connect", () => this.connects.push({ id: this.socket.id, recovered: this.socket.recovered }));
  }

  async connected() {
    if (!this.socket.connected) await once(this.socket, "connect");
    return this;
  }

  ask(event, ...args) {
    return ask(this.socket, event, ...args);
  }

  /** Loses the connection without a word. The client does not come back yet. */
  async lose() {
    this.socket.io.reconnection(false);
    // A client that is closed in the midst of an upgrade has received what it counts as not received: it hands that
    // over when it is back, and gets it again. Connections that break do not end in the midst of a turn.
    while (this.socket.io.engine.upgrading) await pause(5);
    const gone = once(this.socket, "disconnect");
    this.socket.io.engine.close();
    await gone;
  }

  /** Whenever it is lost, to the next of its servers. ``away``: the longest that took, in milliseconds. */
  comesBackByItself() {
    let since;
    const next = () => {
      this.servers.push(this.servers.shift());
      this.socket.io.uri = this.servers[0];
    };
    this.socket.on("disconnect", () => ((since = Date.now()), next()));
    this.socket.io.on("reconnect_error", next);
    this.socket.on("connect", () => (this.away = Math.max(this.away, Date.now() - since)));
  }

  /** To the next of its servers, if it has several. */
  async comeBack() {
    this.servers.push(this.servers.shift());
    this.socket.io.uri = this.servers[0];
    this.socket.io.reconnection(true);
    const back = Promise.race([once(this.socket, "connect"), once(this.socket, "connect_error").then((e) => { throw e[0]; })]);
    this.socket.connect();
    await back;
    return this.socket.recovered;
  }

  /** Until it has heard so many. */
  async hears(count, patience = 5000) {
    for (const end = Date.now() + patience; this.heard.length < count && Date.now() < end; ) await pause(5);
    return this.heard;
  }

  /** Waits until nothing more can be on its way: what was asked for last is answered last. */
  async settle() {
    await this.ask("pid");
    await pause(20);
  }

  close() {
    this.socket.close();
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

module.exports = { Person, once, pause };
