// node streams.js <version> <transport> <url> <task> [argument]: the unmodified socket.io-stream 0.9.1 on a client of
// this version. Prints what the task found, as JSON.
"use strict";

const crypto = require("node:crypto");
const { Readable } = require("node:stream");
const ss = require("socket.io-stream");
const { Link, ask } = require("../../clients/js/link.js");

const [version, transport, url, task, argument] = process.argv.slice(2);
const link = new Link(Number(version), transport, url);

/** Random bytes in pieces of 64 KiB, and their hash. */
function random(size) {
  const hash = crypto.createHash("sha256");
  const seed = crypto.randomBytes(65536);
  let left = size;
  const stream = new Readable({
    read() {
      if (!left) return this.push(null);
      const piece = Buffer.from(seed.subarray(0, Math.min(left, seed.length)));
      piece.writeUInt32LE(left, 0);
      left -= piece.length;
      hash.update(piece);
      this.push(piece);
    },
  });
  return { stream, sha256: () => hash.digest("hex") };
}

function collect(stream) {
  return new Promise((resolve, reject) => {
    const parts = [];
    stream.on("data", (part) => parts.push(part));
    stream.on("end", () => resolve(Buffer.concat(parts).toString()));
    stream.on("error", reject);
  });
}

function hashOf(stream) {
  return new Promise((resolve, reject) => {
    const hash = crypto.createHash("sha256");
    let size = 0;
    stream.on("data", (part) => (hash.update(part), (size += part.length)));
    stream.on("end", () => resolve({ sha256: hash.digest("hex"), size }));
    stream.on("error", reject);
  });
}

/** Sends an event with streams; resolves with the acknowledgement. */
function send(socket, event, ...args) {
  return new Promise((resolve) => ss(socket).emit(event, ...args, resolve));
}

function writing(text, options) {
  const stream = ss.createStream(options);
  stream.end(text);
  return stream;
}

function failure(stream) {
  return new Promise((resolve) => stream.on("error", (error) => resolve(error.message)));
}

const tasks = {
  async upload(socket) {
    const { stream, sha256 } = random(Number(argument));
    const out = ss.createStream();
    stream.pipe(out);
    const answer = await send(socket, "hash", out, {});
    return { sent: sha256(), answer };
  },
  async saveAndLoad(socket) {
    const size = Number(argument);
    const { stream, sha256 } = random(size);
    const out = ss.createStream();
    stream.pipe(out);
    const saved = await send(socket, "save", out, { name: `file-${link.unique}.bin`, size });
    const loaded = new Promise((resolve) => ss(socket).on("loaded", (file) => resolve(hashOf(file))));
    socket.emit("load", saved.name);
    return { sent: sha256(), size, loaded: await loaded };
  },
  async base64(socket) {
    ss(socket, { forceBase64: true });
    const { stream, sha256 } = random(Number(argument));
    const out = ss.createStream();
    stream.pipe(out);
    const answer = await send(socket, "hash", out, {});
    return { sent: sha256(), answer };
  },
  async empty(socket) {
    return send(socket, "hash", writing(""), {});
  },
  async burst(socket) {
    // Their ends come before anybody has asked for a chunk, in one go.
    const all = Array.from({ length: 50 }, () => send(socket, "hash", writing(""), {}));
    return (await Promise.all(all)).map((answer) => answer.size);
  },
  async several(socket) {
    const more = { deep: [writing("three")] };
    return send(socket, "two", writing("one"), writing("two"), more);
  },
  async inAnAck(socket) {
    const answer = await new Promise((resolve) => ss(socket).emit("answer", "häppchen", resolve));
    return { name: answer.name, text: await collect(answer.file) };
  },
  async fromAnAck(socket) {
    ss(socket); // its decoder and encoder
    socket.on("give", (answer) => {
      const file = writing("given");
      answer(ss(socket).encoder.encode({ file }));
    });
    return (await ask(socket, "ask"))[0];
  },
  async echo(socket) {
    const stream = ss.createStream({ allowHalfOpen: true });
    ss(socket).emit("echo", stream);
    const heard = collect(stream);
    for (const word of ["one ", "two ", "three"]) stream.write(word);
    stream.end();
    return heard;
  },
  async unknownEvent(socket) {
    return send(socket, "something", writing("x"), writing("y"), 1);
  },
  async lying(socket) {
    const { stream } = random(300000);
    const out = ss.createStream();
    const failed = failure(out);
    stream.pipe(out);
    const answer = await send(socket, "save", out, { name: "lie.bin", size: Number(argument) });
    return { answer, failed: Number(argument) < 300000 ? await failed : null };
  },
  async fails(socket) {
    const stream = ss.createStream();
    const failed = failure(stream);
    stream.write("x");
    return { answer: await send(socket, "fails", stream), failed: await failed };
  },
  async breaks(socket) {
    const stream = ss.createStream();
    const failed = failure(stream);
    await send(socket, "breaks", stream);
    return failed;
  },
  async error(socket) {
    const stream = ss.createStream();
    const answer = send(socket, "wait", stream, {});
    setTimeout(() => stream.emit("error", new Error("the disk is full")), 50);
    return answer;
  },
  async gone(socket) {
    // Leaves in the middle of an upload, and of a download that it does not read.
    const stream = ss.createStream();
    stream.write(Buffer.alloc(100000));
    ss(socket).emit("save", stream, { name: "half.bin", size: 10000000 });
    ss(socket).emit("wait", ss.createStream());
    const idle = ss.createStream({ allowHalfOpen: true });
    ss(socket).emit("never", idle);
    while ((await ask(socket, "state"))[0].open < 3) await new Promise((next) => setTimeout(next, 20));
    const before = (await ask(socket, "state"))[0];
    const other = await link.connect();
    const begun = Date.now();
    if (argument === "disconnect") socket.disconnect();
    else socket.io.engine.close();
    let after;
    do {
      [after] = await ask(other, "state");
    } while (after.streams > 0 && Date.now() - begun < 8000 && (await new Promise((n) => setTimeout(n, 20, true))));
    return { before, after, seconds: (Date.now() - begun) / 1000 };
  },
  async lazy(socket) {
    // Nothing is sent before it is asked for.
    const stream = ss.createStream();
    const taken = [];
    stream.write(Buffer.alloc(1000), () => taken.push(1));
    stream.write(Buffer.alloc(1000), () => taken.push(2));
    const answer = send(socket, "lazy", stream, 0.3);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const early = taken.length;
    return { early, read: await answer };
  },
};

link
  .connect("/", { reconnection: false })
  .then(tasks[task])
  .then((found) => {
    console.log(JSON.stringify(found));
    process.exit(0);
  });
