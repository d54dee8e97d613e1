// One cell of the matrix: a client version and a transport. What differs between the four generations of
// socket.io-client is said here, once; the checks know nothing of it.
"use strict";

const TRANSPORTS = {
  polling: ["polling"],
  websocket: ["websocket"],
  upgrade: ["polling", "websocket"],
};

// The parser for every client, if it is another than the default.
const PARSER = {};

/** Lets every client use the parser in CLIENT_PARSER: a package, or the path of a module. */
async function chooseParser(name = process.env.CLIENT_PARSER) {
  if (name) PARSER.parser = name.endsWith(".mjs") ? await import(name) : require(name);
}

let serial = 0;

class Link {
  constructor(version, transport, url) {
    Object.assign(this, { version, transport, url, sockets: [] });
    this.io = require(`socket.io-client-${version}`);
    this.before3 = version < 3; // no auth payload, "error" instead of "connect_error"
    this.unique = `${version}-${transport}-${process.pid}`;
  }

  /** A name that no other check and no other cell uses: they share one server. */
  name(word) {
    return `${word}-${this.unique}-${++serial}`;
  }

  /** A socket on a connection of its own, not yet connected. */
  open(namespace = "/", options = {}) {
    const { token, ...rest } = options;
    const base = namespace === "/" ? this.url : this.url + namespace;
    return this.keep(
      this.io(base, {
        transports: TRANSPORTS[this.transport],
        forceNew: true,
        reconnectionDelay: 50,
        reconnectionDelayMax: 200,
        ...PARSER,
        ...this.credentials(token),
        ...rest,
      }),
    );
  }

  /** The id that this client knows; 1.x does not say the namespace in it. */
  id(socket) {
    return this.version === 1 && socket.nsp !== "/" ? `${socket.nsp}#${socket.id}` : socket.id;
  }

  /** Another namespace on the connection that this socket has. */
  beside(socket, namespace, token) {
    return this.keep(socket.io.socket(namespace, this.credentials(token)));
  }

  /** A token for a namespace: the auth payload since 3.0, the namespace's query before. */
  credentials(token) {
    if (token === undefined) return {};
    return this.before3 ? { query: `token=${token}` } : { auth: { token } };
  }

  /** Another token for the next attempt of the same socket. */
  renew(socket, token) {
    Object.assign(socket, this.credentials(token)).connect();
  }

  /** Connected, and in an upgrade cell also upgraded. */
  async connect(namespace, options) {
    const socket = this.open(namespace, options);
    await this.ready(socket);
    return socket;
  }

  async ready(socket) {
    if (!socket.connected) await once(socket, "connect");
    if (this.transport === "upgrade") await upgraded(socket.io.engine);
  }

  /** What a refused socket is told: {message, data}; 1.x and 2.x get the data, or else the message, alone. */
  async refusal(socket) {
    const [told] = await once(socket, this.before3 ? "error" : "connect_error");
    if (!this.before3) return { message: told.message, data: told.data };
    return typeof told === "string" ? { message: told } : { data: told, message: told.message };
  }

  keep(socket) {
    this.sockets.push(socket);
    return socket;
  }

  /** Close what the last check left open. */
  release() {
    for (const socket of this.sockets.splice(0)) {
      socket.io.reconnection(false);
      socket.io.engine?.close();
      socket.close();
    }
  }
}

/** The arguments of the next such event. */
function once(emitter, event) {
  return new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));
}

/** The arguments of the server's acknowledgement. */
function ask(socket, event, ...args) {
  return new Promise((resolve) => socket.emit(event, ...args, (...answer) => resolve(answer)));
}

/** The arguments of the next ``count`` such events, in the order of arrival. */
function gather(socket, event, count) {
  return new Promise((resolve) => {
    const seen = [];
    socket.on(event, (...args) => seen.push(args) === count && resolve(seen));
  });
}

async function upgraded(engine) {
  while (engine.transport.name !== "websocket" || engine.upgrading) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

module.exports = { Link, chooseParser, TRANSPORTS, once, ask, gather, upgraded };
