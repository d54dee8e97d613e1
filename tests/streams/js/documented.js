// node documented.js <page> <version> <url> <path> <copy>: the JavaScript of the how-to, run on a real file.
"use strict";

const page = require("node:fs").readFileSync(process.argv[2], "utf8");
const [version, url, path, copy] = process.argv.slice(3);
const { Link, ask } = require("../../clients/js/link.js");
const { upload, download } = new Function("require", /```js\n(.*?)```/s.exec(page)[1] + "return { upload, download };")(
  require,
);

async function main() {
  const socket = await new Link(Number(version), "websocket", url).connect();
  const { name } = await upload(socket, path);
  await download(socket, name, copy);
  const [answer] = await ask(socket, "download", "uploads/nothing");
  console.log(JSON.stringify({ name, sid: socket.id, answer }));
  process.exit(0);
}

main();
