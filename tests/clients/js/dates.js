// node dates.js <url> <parser.mjs>: what a date and bytes of the server are here, as one line of JSON.
"use strict";

const { io } = require("socket.io-client-4");

async function main(url, path) {
  const socket = io(url, { parser: await import(path) });
  const date = await socket.emitWithAck("new year");
  const [bytes] = await new Promise((resolve) =>
    socket.emit("ack", { bytes: new Uint8Array([0, 255]) }, (...answer) => resolve(answer)),
  );
  console.log(
    JSON.stringify({ date: `${date.constructor.name} ${date.toISOString()}`, bytes: [...bytes.bytes] }),
  );
  process.exit(0);
}

main(...process.argv.slice(2));
