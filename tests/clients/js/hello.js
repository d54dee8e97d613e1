// node hello.js <version> <url>: one event and its acknowledgement.
"use strict";

const { Link, ask } = require("./link.js");

new Link(Number(process.argv[2]), "websocket", process.argv[3])
  .connect()
  .then((socket) => ask(socket, "ack", "hello"))
  .then(() => process.exit(0));
