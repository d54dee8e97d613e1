// What every client must be able to do. Each title is one test in ../test_javascript.py, which reads them (and
// ``since``, the first version that can, and ``only``, the one transport that it is about) out of this text:
// keep ``check("title", {options},`` on one line.
"use strict";

const assert = require("node:assert");
const { once, ask, gather, upgraded } = require("./link.js");

const checks = [];

function check(title, options, body) {
  checks.push({ title, ...options, body });
}

const same = assert.deepStrictEqual;
const numbers = (count) => Array.from({ length: count }, (_, i) => i);
const points = (text) => [...text].map((character) => character.codePointAt(0));
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const BYTES = Buffer.from(numbers(256));
const ODD_TEXT = "caf\u00e9 \u65e5\u672c \u{1f389} \u2028\u2029 \u0000 \ufeff \"\\/";
const LONE = "a\ud83db";

// -- connect and handshake ------------------------------------------------------------------------------------

check("it connects over the transport asked for", {}, async (link) => {
  const socket = await link.connect();
  const wanted = link.transport === "polling" ? "polling" : "websocket";
  same(socket.io.engine.transport.name, wanted);
  const first = link.transport === "websocket" ? "websocket" : "polling";
  same((await ask(socket, "handshake"))[0].transport, first);
});

check("both sides have the same socket id", {}, async (link) => {
  const socket = await link.connect();
  same(await ask(socket, "sid"), [socket.id]);
});

check("both sides have the same socket id in a second namespace", {}, async (link) => {
  const chat = link.beside(await link.connect(), "/chat");
  await link.ready(chat);
  same(await ask(chat, "sid"), [link.id(chat)]);
});

check("the query of the URL reaches the handshake", {}, async (link) => {
  const socket = await link.connect("/", { query: { token: "a b&c=d" } });
  const [handshake] = await ask(socket, "handshake");
  same(handshake.query.token, "a b&c=d");
});

check("extra headers reach the handshake", {}, async (link) => {
  const socket = await link.connect("/", { extraHeaders: { "X-Colour": "teal" } });
  const [handshake] = await ask(socket, "handshake");
  same(handshake.headers["x-colour"], "teal");
});

check("the handshake knows address, scheme and URL", {}, async (link) => {
  const [handshake] = await ask(await link.connect(), "handshake");
  same([handshake.address, handshake.secure, handshake.xdomain], ["127.0.0.1", false, false]);
  assert(handshake.url.startsWith("/socket.io/?"), handshake.url);
});

check("the auth payload reaches connect", { since: 3 }, async (link) => {
  const socket = await link.connect("/", { auth: { token: "abc", nested: [1, { deep: true }] } });
  const [handshake] = await ask(socket, "handshake");
  same(handshake.auth, { token: "abc", nested: [1, { deep: true }] });
});

check("what connect emits comes after the connect event, in order", {}, async (link) => {
  const socket = link.open("/", { query: { greetings: "50" } });
  const greetings = gather(socket, "greeting", 50);
  socket.once("greeting", () => assert(socket.connected));
  same((await greetings).map(([i]) => i), numbers(50));
});

check("the session cookie says who the user is", {}, async (link) => {
  const ada = await link.connect("/", { extraHeaders: { Cookie: process.env.ADAS_COOKIE } });
  same((await ask(ada, "whoami"))[0], "ada");
  same((await ask(link.beside(ada, "/chat"), "whoami"))[0], "ada");
  same(await ask(await link.connect(), "whoami"), ["", null]);
});

check("a page of another site is refused", {}, async (link) => {
  const socket = link.open("/", { extraHeaders: { Origin: "http://elsewhere.example" }, reconnection: false });
  await once(socket, "connect_error");
  same(socket.connected, false);
});

// -- namespaces -----------------------------------------------------------------------------------------------

check("a second namespace has its token from auth or query", {}, async (link) => {
  const chat = link.beside(await link.connect(), "/chat", "abc");
  await once(chat, "connect");
  same(await ask(chat, "auth"), [{ token: "abc" }]);
});

check("two namespaces share one connection and keep apart", {}, async (link) => {
  const main = await link.connect();
  const chat = link.beside(main, "/chat");
  await once(chat, "connect");
  same(main.io.engine, chat.io.engine);
  same([await ask(main, "where"), await ask(chat, "where")], [["/"], ["/chat"]]);
});

check("a namespace without the main one", {}, async (link) => {
  const chat = await link.connect("/chat");
  same(await ask(chat, "where"), ["/chat"]);
});

check("leaving a namespace leaves the other one alone", {}, async (link) => {
  const main = await link.connect();
  const chat = link.beside(main, "/chat");
  await once(chat, "connect");
  chat.disconnect();
  same(await ask(main, "where"), ["/"]);
});

check("a left namespace can be joined again", {}, async (link) => {
  const main = await link.connect();
  const chat = link.beside(main, "/chat");
  await once(chat, "connect");
  chat.disconnect();
  chat.connect();
  await once(chat, "connect");
  same(await ask(chat, "where"), ["/chat"]);
});

check("a dynamic namespace by a Django path", {}, async (link) => {
  const room = await link.connect("/rooms/blue-1");
  same(await ask(room, "captured"), [{ room: "blue-1" }]);
});

check("a dynamic namespace by a regular expression", {}, async (link) => {
  const room = await link.connect("/dynamic-42");
  same(await ask(room, "captured"), [{ number: "42" }]);
});

check("an unknown namespace is refused", {}, async (link) => {
  const main = await link.connect();
  same((await link.refusal(link.beside(main, "/nowhere"))).message, "Invalid namespace");
  same(await ask(main, "where"), ["/"]);
});

check("a refused connection gets its message and its data", {}, async (link) => {
  const refusal = await link.refusal(link.beside(await link.connect(), "/secure", "wrong"));
  same(refusal.data, { code: 401, hints: ["sesame"] });
  if (!link.before3) same(refusal.message, "not you");
});

check("a refusal without data gets its message", {}, async (link) => {
  const refusal = await link.refusal(link.beside(await link.connect(), "/secure"));
  same(refusal.message, "no token");
});

check("a refused socket comes in with the right token", {}, async (link) => {
  const main = await link.connect();
  const secure = link.beside(main, "/secure", "wrong");
  await link.refusal(secure);
  const connected = once(secure, "connect");
  link.renew(secure, "sesame");
  await connected;
  same(await ask(secure, "where"), ["/secure"]);
});

// -- events and acks ------------------------------------------------------------------------------------------

check("several arguments of every JSON type come back", {}, async (link) => {
  const socket = await link.connect();
  const args = [1, -1.5, 2 ** 53 - 1, "text", "", true, false, null, [], {}, { a: [{ b: null }] }, [[["x"]]]];
  const back = once(socket, "echo");
  socket.emit("echo", ...args);
  same(await back, args);
});

check("an event without arguments comes back", {}, async (link) => {
  const socket = await link.connect();
  const back = once(socket, "echo");
  socket.emit("echo");
  same(await back, []);
});

check("send is the message event", {}, async (link) => {
  const socket = await link.connect();
  const back = once(socket, "message");
  socket.send("hello", 2);
  same(await back, ["hello", 2]);
});

check("an event without a handler reaches the catch-all", {}, async (link) => {
  const chat = await link.connect("/chat");
  same(await ask(chat, "no such: handler!", 1, "two"), ["no such: handler!", 1, "two"]);
});

check("the server acknowledges with several arguments", {}, async (link) => {
  same(await ask(await link.connect(), "ack", 1, { two: [2] }, "3"), [1, { two: [2] }, "3"]);
});

check("the server acknowledges in a second namespace", {}, async (link) => {
  same(await ask(await link.connect("/chat"), "ack", "x"), ["x"]);
});

check("the server acknowledges without arguments", {}, async (link) => {
  same(await ask(await link.connect(), "ack"), []);
});

check("the client acknowledges", {}, async (link) => {
  const socket = await link.connect();
  socket.on("question", (a, b, answer) => answer(a + b, { sum: [a, b] }));
  same(await ask(socket, "call", "question", 2, 3), [[5, { sum: [2, 3] }]]);
});

check("an ack that does not come is a timeout", {}, async (link) => {
  const socket = await link.connect();
  same(await ask(socket, "call", "nobody listens"), ["AckTimeout"]);
});

check("a hundred acks at once find their questions", {}, async (link) => {
  const socket = await link.connect();
  const answers = await Promise.all(numbers(100).map((i) => ask(socket, "ack", i)));
  same(answers.map(([i]) => i), numbers(100));
});

check("emitWithAck and its timeout work", { since: 4 }, async (link) => {
  const socket = await link.connect();
  same(await socket.emitWithAck("ack", 7), 7);
  await assert.rejects(socket.timeout(50).emitWithAck("never"), /timed out/);
});

check("an error of the application is an error ack", {}, async (link) => {
  const socket = await link.connect();
  same(await ask(socket, "full"), [{ error: { code: "full", message: "the room is full", data: { limit: 2 } } }]);
  const [internal] = await ask(socket, "crash");
  same(internal.error.code, "internal_error");
  assert(!JSON.stringify(internal).includes("between us"), "a traceback is not for the client");
});

check("wrong arguments and unknown events are error acks", {}, async (link) => {
  const socket = await link.connect();
  same((await ask(socket, "where", "too", "many"))[0].error.code, "bad_arguments");
  same((await ask(socket, "no such event"))[0].error.code, "not_found");
});

check("a plain function handler answers from its thread", {}, async (link) => {
  const [answer] = await ask(await link.connect(), "users");
  assert(answer.includes("ada"), answer);
});

// -- binary ---------------------------------------------------------------------------------------------------

check("nested binary goes both ways", {}, async (link) => {
  const socket = await link.connect();
  const args = [{ file: BYTES, list: ["x", Buffer.from([0]), { deep: Buffer.from("abc") }] }, BYTES, 7];
  const back = once(socket, "echo");
  socket.emit("echo", ...args);
  same(await back, args);
});

check("binary acks go both ways", {}, async (link) => {
  const socket = await link.connect();
  same(await ask(socket, "ack", { a: BYTES }, BYTES), [{ a: BYTES }, BYTES]);
  socket.on("question", (bytes, answer) => answer({ back: bytes }, Buffer.from([9])));
  same(await ask(socket, "call", "question", BYTES), [[{ back: BYTES }, Buffer.from([9])]]);
});

check("binary goes both ways in a second namespace", {}, async (link) => {
  same(await ask(await link.connect("/chat"), "ack", BYTES, [BYTES]), [BYTES, [BYTES]]);
});

check("empty binary goes both ways", {}, async (link) => {
  const socket = await link.connect();
  const empty = Buffer.alloc(0);
  same(await ask(socket, "ack", empty, { x: [empty, BYTES] }), [empty, { x: [empty, BYTES] }]);
  const back = once(socket, "echo");
  socket.emit("echo", empty);
  same(await back, [empty]);
});

check("binary goes both ways with forceBase64", {}, async (link) => {
  const socket = await link.connect("/", { forceBase64: true });
  same(await ask(socket, "ack", { a: BYTES }), [{ a: BYTES }]);
});

check("the server sees bytes where the client sent bytes", {}, async (link) => {
  same(await ask(await link.connect(), "types", BYTES, "text", [BYTES]), [["bytes", "str", "list"]]);
});

check("what looks like a placeholder stays data", {}, async (link) => {
  const fake = { _placeholder: true, num: 0 };
  same(await ask(await link.connect(), "ack", fake), [fake]);
});

// -- rooms ----------------------------------------------------------------------------------------------------

check("a room joins two clients, until one leaves", {}, async (link) => {
  const [room, news] = [link.name("room"), link.name("news")];
  const [a, b, outside] = [await link.connect(), await link.connect(), await link.connect()];
  const heard = { a: [], b: [], outside: [] };
  a.on(news, (x) => heard.a.push(x));
  b.on(news, (x) => heard.b.push(x));
  outside.on(news, (x) => heard.outside.push(x));
  await Promise.all([ask(a, "join", room), ask(b, "join", room)]);
  await ask(a, "to", [room], news, 1);
  await settled(a, b, outside);
  await ask(b, "everyone in", [room], news, 2);
  await settled(a, b, outside);
  await ask(outside, "to", [room], news, 3);
  await settled(a, b, outside);
  await ask(b, "leave", room);
  await ask(a, "everyone in", [room], news, 4);
  await settled(a, b, outside);
  same(heard, { a: [2, 3, 4], b: [1, 2, 3], outside: [] });
});

check("who is in several rooms hears once", {}, async (link) => {
  const [one, two, news] = [link.name("one"), link.name("two"), link.name("news")];
  const [a, b] = [await link.connect(), await link.connect()];
  let count = 0;
  b.on(news, () => count++);
  await Promise.all([ask(b, "join", one), ask(b, "join", two)]);
  await ask(a, "to", [one, two], news);
  await settled(a, b);
  same(count, 1);
});

check("a broadcast reaches all but the sender", {}, async (link) => {
  const news = link.name("news");
  const [a, b, c] = [await link.connect(), await link.connect(), await link.connect()];
  const heard = { a: 0, b: 0, c: 0 };
  a.on(news, () => heard.a++);
  b.on(news, () => heard.b++);
  c.on(news, () => heard.c++);
  await ask(a, "broadcast", news, BYTES);
  await settled(a, b, c);
  same(heard, { a: 0, b: 1, c: 1 });
});

check("a broadcast can leave out a room", {}, async (link) => {
  const [room, news] = [link.name("room"), link.name("news")];
  const [a, b, c] = [await link.connect(), await link.connect(), await link.connect()];
  const heard = { b: 0, c: 0 };
  b.on(news, () => heard.b++);
  c.on(news, () => heard.c++);
  await ask(c, "join", room);
  await ask(a, "except", [room], news);
  await settled(a, b, c);
  same(heard, { b: 1, c: 0 });
});

check("a socket id is a room for private messages", {}, async (link) => {
  const news = link.name("news");
  const [a, b, c] = [await link.connect(), await link.connect(), await link.connect()];
  let strayed = 0;
  a.on(news, () => strayed++);
  c.on(news, () => strayed++);
  const heard = once(b, news);
  await ask(a, "to", [b.id], news, "psst", BYTES);
  same(await heard, ["psst", BYTES]);
  await settled(a, c);
  same(strayed, 0);
});

let fences = 0;

/** What these had to say before now has arrived at all of them: a word from each to each came behind it. */
function settled(...sockets) {
  const said = (from, to) => {
    const heard = once(to, `fence ${++fences}`);
    from.emit("everyone in", [to.id], `fence ${fences}`);
    return heard;
  };
  return Promise.all(sockets.flatMap((from) => sockets.map((to) => said(from, to))));
}

check("a volatile event reaches a client that is ready", {}, async (link) => {
  const socket = await link.connect();
  const heard = once(socket, "now or never");
  const again = setInterval(() => socket.emit("volatile", "now or never", 1, BYTES), 100); // soon a poll is waiting
  same(await heard.finally(() => clearInterval(again)), [1, BYTES]);
});

check("a burst of volatile events may lose some and harms nothing", {}, async (link) => {
  const socket = await link.connect();
  const seen = [];
  socket.on("flood", (i) => seen.push(i));
  socket.emit("volatile burst", "flood", 100);
  await settled(socket);
  same(seen, [...seen].sort((a, b) => a - b));
});

// -- leaving --------------------------------------------------------------------------------------------------

check("the server closes a namespace", {}, async (link) => {
  const main = await link.connect();
  const chat = link.beside(main, "/chat");
  await once(chat, "connect");
  const left = once(chat, "disconnect");
  chat.emit("close");
  same((await left)[0], "io server disconnect");
  same(await ask(main, "where"), ["/"]);
});

check("the server closes the main namespace", {}, async (link) => {
  const socket = await link.connect();
  const left = once(socket, "disconnect");
  socket.emit("close");
  same((await left)[0], "io server disconnect");
});

check("the server closes the whole connection", {}, async (link) => {
  const main = await link.connect();
  const chat = link.beside(main, "/chat");
  await once(chat, "connect");
  const left = [once(main, "disconnect"), once(chat, "disconnect")];
  main.emit("close everything");
  await Promise.all(left);
});

check("the server sees a client leave a namespace", {}, async (link) => {
  const tag = link.name("tag");
  const socket = await link.connect("/", { query: { tag } });
  socket.disconnect();
  const reason = await departure(link, tag);
  // The last socket closes its connection too, and its goodbye may lose the race, as with Node.
  assert(["client namespace disconnect", "transport close"].includes(reason), reason);
});

check("the server sees a connection cut", {}, async (link) => {
  const tag = link.name("tag");
  const socket = await link.connect("/", { query: { tag } });
  socket.io.engine.close();
  same(await departure(link, tag), "transport close");
});

check("a closed connection is opened again, and what waited is sent", {}, async (link) => {
  const socket = await link.connect();
  const before = socket.id;
  const left = once(socket, "disconnect");
  socket.io.engine.transport.close(); // as a network that goes away
  await left;
  same(await ask(socket, "ack", "waited"), ["waited"]); // emitted while nobody is there
  assert.notStrictEqual(socket.id, before);
});

async function departure(link, tag) {
  return (await fetch(`${link.url}/departures/${tag}/`)).text();
}

// -- much, and odd --------------------------------------------------------------------------------------------

check("500 KB of text go both ways", {}, async (link) => {
  const socket = await link.connect();
  const text = "0123456789".repeat(50_000);
  same(await ask(socket, "ack", text), [text]);
});

check("500 KB of binary go both ways", {}, async (link) => {
  const socket = await link.connect();
  const bytes = Buffer.alloc(500_000, BYTES);
  same(await ask(socket, "ack", bytes), [bytes]);
});

check("a message over the limit closes and the client comes back", {}, async (link) => {
  const socket = await link.connect();
  const left = once(socket, "disconnect");
  socket.emit("echo", "x".repeat(1_500_000));
  assert(["transport close", "transport error"].includes((await left)[0]));
  await once(socket, "connect");
});

check("text means the same on both sides", {}, async (link) => {
  const socket = await link.connect();
  same(await ask(socket, "code points", ODD_TEXT), [points(ODD_TEXT)]);
  same(await ask(socket, "text", points(ODD_TEXT)), [ODD_TEXT]);
});

check("text comes back as it was sent", {}, async (link) => {
  same(await ask(await link.connect(), "ack", ODD_TEXT), [ODD_TEXT]);
});

check("a lone surrogate arrives as it was sent", {}, async (link) => {
  const socket = await link.connect();
  same(await ask(socket, "ack", LONE, { [LONE]: BYTES }), [LONE, { [LONE]: BYTES }]);
  same(await ask(socket, "code points", LONE), [points(LONE)]);
  same(await ask(socket, "text", points(LONE)), [LONE]);
});

check("an event may have any name", {}, async (link) => {
  const socket = await link.connect();
  same(await ask(socket, "f\u00eate \u{1f389}", 1), ["party", 1]);
  same(await ask(socket, "__class__", 1), ["only a name", 1]);
});

check("1,000 messages arrive in order at the server", {}, async (link) => {
  const socket = await link.connect();
  for (const i of numbers(1000)) socket.emit("collect", i);
  same(await ask(socket, "collected"), [numbers(1000)]);
});

check("1,000 messages arrive in order at the client", {}, async (link) => {
  const socket = await link.connect();
  const seen = gather(socket, "number", 1000);
  socket.emit("count", 1000);
  same((await seen).map(([i]) => i), numbers(1000));
});

check("300 messages, text and binary mixed, come back in order", {}, async (link) => {
  const socket = await link.connect();
  const sent = numbers(300).map((i) => [i, i % 2 ? Buffer.from([i % 256]) : "text"]);
  const back = gather(socket, "echo", 300);
  for (const args of sent) socket.emit("echo", ...args);
  same(await back, sent);
});

check("500 messages sent before the connection come in order", {}, async (link) => {
  const socket = link.open();
  for (const i of numbers(500)) socket.emit("collect", i);
  same(await ask(socket, "collected"), [numbers(500)]);
});

check("nothing is lost or turned round across the upgrade", { only: "upgrade" }, async (link) => {
  const socket = link.open();
  const back = gather(socket, "echo", 600);
  await once(socket, "connect");
  const [sent, over] = [[], upgraded(socket.io.engine)];
  for (const i of numbers(600)) {
    sent.push([i, i % 3 ? "text" : Buffer.from([i % 256])]);
    socket.emit("echo", ...sent[i]);
    if (i % 20 === 0) await pause(0.005);
  }
  same(await back, sent);
  await over;
});

check("heartbeats keep an idle connection open", { aside: true }, async (link) => {
  const socket = await link.connect();
  let drops = 0;
  socket.on("disconnect", () => drops++);
  await pause(4);
  same([drops, await ask(socket, "ack", 1)], [0, [1]]);
});

module.exports = { checks };
