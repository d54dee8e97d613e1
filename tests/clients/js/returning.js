// node returning.js <url>: one client of each version and transport. Prints {"ready"} when all are connected, and one
// line for each that was cut off, came back and had sent what was emitted meanwhile.
"use strict";

const { Link, TRANSPORTS, once, ask } = require("./link.js");

async function returning(link, socket) {
  const before = socket.id;
  const [reason] = await once(socket, "disconnect");
  const [answer] = await ask(socket, "ack", "waited");
  const fresh = socket.id !== before;
  console.log(JSON.stringify({ version: String(link.version), transport: link.transport, reason, answer, fresh }));
}

async function main() {
  const links = [1, 2, 3, 4].flatMap((version) =>
    Object.keys(TRANSPORTS).map((transport) => new Link(version, transport, process.argv[2])),
  );
  const sockets = await Promise.all(links.map((link) => link.connect()));
  console.log(JSON.stringify({ ready: sockets.length }));
  await Promise.all(links.map((link, i) => returning(link, sockets[i])));
  process.exit(0);
}

main();
