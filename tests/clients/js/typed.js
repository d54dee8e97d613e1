// node typed.js <version> <url>: what this client hears of a wrong argument and of a wrong auth payload, as JSON.
"use strict";

const [version, url] = process.argv.slice(2);
const io = require(`socket.io-client-${version}`);
const old = Number(version) < 3;

const board = io(`${url}/board`);
const told = (socket, event) => new Promise((resolve) => socket.once(event, resolve));

async function main() {
  await told(board, "connect");
  const ask = (...args) => new Promise((resolve) => board.emit(...args, resolve));
  const answers = [await ask("sum", "total", 1, "2"), await ask("sum", "total", 1, 2), await ask("post", { title: 7 })];
  const stranger = io(`${url}/board${old ? "?colour=red" : ""}`, { forceNew: true, auth: { colour: "red" } });
  const refusal = await told(stranger, old ? "error" : "connect_error");
  console.log(JSON.stringify({ answers, refusal: old ? refusal : refusal.data }));
  process.exit(0);
}

main();
