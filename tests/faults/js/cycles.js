// node cycles.js '{"url", "cycles", "together"}': clients that come, say a word, and go in one of three ways. Prints
// {"cycles", "failures"} when all have gone.
"use strict";

const { io } = require("socket.io-client-4");

const options = { together: 20, ...JSON.parse(process.argv[2]) };
const TRANSPORTS = [["websocket"], ["polling"], ["polling", "websocket"]];
const ENDS = [
  (socket) => socket.disconnect(), // says that it leaves
  (socket) => socket.io.engine.close(), // ends its connection, and may come back as far as the server knows
  (socket) => socket.io.engine.transport.ws?._socket?.destroy(), // falls silent: only the connection tells
];

const failures = {};

async function cycle(number) {
  const transports = TRANSPORTS[number % 3];
  const socket = io(options.url, { transports, forceNew: true, reconnection: false, timeout: 20000 });
  try {
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("connect_error", reject);
    });
    await socket.timeout(20000).emitWithAck("say", socket.id, 1, Date.now());
  } catch (error) {
    failures[error.message] = (failures[error.message] ?? 0) + 1;
  }
  ENDS[Math.floor(number / 3) % 3](socket);
  socket.close();
}

async function main() {
  let next = 0;
  const one = async () => {
    while (next < options.cycles) await cycle(next++);
  };
  await Promise.all(Array.from({ length: options.together }, one));
  console.log(JSON.stringify({ cycles: next, failures }));
  process.exit(0);
}

main();
