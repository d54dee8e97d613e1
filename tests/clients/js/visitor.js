// node visitor.js <version> <transport> <url> <cookie> [hold]: an unmodified client whose cookies may change.
//
// Prints {"connected": [user, session key]} and {"disconnected": reason}. A line on stdin is the Cookie header from then on, as when
// a page of the same browser has logged in. With "hold" it stands still between the handshake and the upgrade
// (prints {"held"}) until the first line has come.
"use strict";

const fs = require("node:fs");
const readline = require("node:readline");
const { Link, ask } = require("./link.js");

const [version, transport, url, cookie, hold] = process.argv.slice(2);
const headers = {};

function wear(line) {
  if (line) headers.Cookie = line;
  else delete headers.Cookie;
}

function print(message) {
  fs.writeSync(1, JSON.stringify(message) + "\n");
}

function standStill() {
  print({ held: true });
  const byte = Buffer.alloc(1);
  let line = "";
  while (fs.readSync(0, byte) && byte.toString() !== "\n") line += byte;
  wear(line);
  listen();
}

function listen() {
  readline.createInterface({ input: process.stdin }).on("line", wear).on("close", () => process.exit(0));
}

wear(cookie);
const socket = new Link(Number(version), transport, url).open("/", { extraHeaders: headers });
socket.on("connect", async () => print({ connected: await ask(socket, "whoami") }));
socket.on("disconnect", (reason) => print({ disconnected: reason }));
if (hold) socket.io.engine.once("open", standStill);
else listen();
