// node listening.js <version> <transport> <url>: the checks of ../test_listening.py, one line of JSON for each.
"use strict";

const assert = require("node:assert");
const { Link, once, ask } = require("./link.js");
const { runner } = require("./runner.js");

const [version, transport, url] = process.argv.slice(2);
const { check, main } = runner(() => new Link(Number(version), transport, url));
const { ADAS_COOKIE, BOBS_COOKIE } = process.env;
const same = assert.deepStrictEqual;
const as = (Cookie) => ({ extraHeaders: { Cookie } });
const FORBIDDEN = [{ error: { code: "forbidden", message: "You do not have the permission for this" } }];
/** What the socket is told, as it comes. */
function told(socket) {
  const heard = [];
  socket.on("told", (text) => heard.push(text));
  return heard;
}

// -- targets --------------------------------------------------------------------------------------------------

check("a user is told on all devices, and nobody else is", async (link) => {
  const [one, two, bob] = [await link.connect("/", as(ADAS_COOKIE)), await link.connect("/", as(ADAS_COOKIE)),
    await link.connect("/", as(BOBS_COOKIE))];
  const heard = [one, two, bob].map(told);
  const [pk] = await ask(one, "pk");
  await ask(one, "tell user", pk, "to the other");
  await ask(bob, "tell user", pk, "from bob");
  await ask(bob, "tell user everywhere", String(pk), "everywhere");
  await Promise.all([ask(one, "pk"), ask(two, "pk")]);
  same(heard, [["from bob", "everywhere"], ["to the other", "from bob", "everywhere"], []]);
});

check("a user is told in every namespace", async (link) => {
  const main = await link.connect("/", as(ADAS_COOKIE));
  const staff = link.beside(main, "/staff");
  await once(staff, "connect");
  const heard = [main, staff].map(told);
  const [pk] = await ask(main, "pk");
  await ask(main, "tell user everywhere", pk, "everywhere");
  await Promise.all([ask(main, "pk"), ask(staff, "pk")]);
  same(heard, [["everywhere"], ["everywhere"]]);
});

check("a model instance is a room", async (link) => {
  const [one, two] = [await link.connect(), await link.connect()];
  const heard = [one, two].map(told);
  const number = Number(`${process.pid}${version}`);
  await ask(one, "enter group", number);
  await ask(two, "tell group", number, "hi");
  await ask(one, "pk");
  same(heard, [["hi"], []]);
});

// -- middleware and permissions -------------------------------------------------------------------------------

check("allow_request refuses by a header", async (link) => {
  const stranger = link.open("/", { extraHeaders: { "X-Stranger": "yes" }, reconnection: false });
  await once(stranger, "connect_error");
  same(stranger.connected, false);
});

check("the engine's middleware sees the headers of the first request", async (link) => {
  const socket = await link.connect("/", { extraHeaders: { "X-Colour": "teal" } });
  same(await ask(socket, "colour"), ["teal"]);
});

check("namespace middleware refuses with message and data", async (link) => {
  const main = await link.connect();
  const refusal = await link.refusal(link.beside(main, "/filtered", "wrong"));
  same(refusal.data, { token: "wrong" });
  if (!link.before3) same(refusal.message, "wrong token");
  const filtered = link.beside(await link.connect(), "/filtered", "sesame");
  await once(filtered, "connect");
  same(await ask(filtered, "say", "hi"), ["hi", "sesame"]);
});

check("event middleware changes, refuses and swallows", async (link) => {
  const filtered = link.beside(await link.connect(), "/filtered", "sesame");
  await once(filtered, "connect");
  same(await ask(filtered, "shout", "hi"), ["HI", "sesame"]);
  same(await ask(filtered, "secret"), [{ error: { code: "secret", message: "not for you", data: { why: "because" } } }]);
  same(await ask(filtered, "swallow"), ["swallowed"]);
});

check("an event without the permission is a forbidden ack", async (link) => {
  const [ada, bob, nobody] = [await link.connect("/", as(ADAS_COOKIE)), await link.connect("/", as(BOBS_COOKIE)),
    await link.connect()];
  same([await ask(ada, "kick", "eve"), await ask(ada, "ban", "eve")], [["kicked eve"], ["banned eve"]]);
  for (const socket of [bob, nobody]) {
    same([await ask(socket, "kick", "eve"), await ask(socket, "ban", "eve")], [FORBIDDEN, FORBIDDEN]);
    same(await ask(socket, "colour"), [""], "nothing else changes");
  }
});

check("a namespace without the permission is refused", async (link) => {
  const bob = await link.connect("/", as(BOBS_COOKIE));
  const refusal = await link.refusal(link.beside(bob, "/staff"));
  same(refusal.data, { code: "forbidden" });
});

// -- listeners ------------------------------------------------------------------------------------------------

check("listeners hear what comes in and what goes out", async (link) => {
  const socket = await link.connect("/listening");
  const both = [once(socket, "echo"), once(socket, "broadcast")];
  socket.emit("echo", 1, Buffer.from("x"));
  await Promise.all(both);
  const [log] = await ask(socket, "log");
  same(log, [["in", "echo", 1, Buffer.from("x")], ["out", "echo", 1, Buffer.from("x")],
    ["out", "broadcast", 1, Buffer.from("x")], ["in", "log"]]);
});

check("once is once, and the catch-all comes after it", async (link) => {
  const socket = await link.connect("/listening");
  same([await ask(socket, "hello"), await ask(socket, "hello")], [["welcome"], ["no hello"]]);
});

check("a socket adds listeners of its own and takes them away", async (link) => {
  const [one, other] = [await link.connect("/listening"), await link.connect("/listening")];
  same([await ask(one, "count", 1), await ask(one, "change", "grow"), await ask(one, "count", 1)], [[1], ["grow"], [1]]);
  same(await ask(one, "news", 1, Buffer.from("x")), [["news", 1, Buffer.from("x")]]);
  same([await ask(one, "next"), await ask(one, "next")], [["once"], ["no next"]]);
  same(await ask(other, "news", 1), ["no news"]);
  same(await ask(one, "added"), [{ added: [2], heard: ["count", "news", "next", "next", "added"], out: [] }]);
  const echoed = once(one, "echo");
  one.emit("echo");
  await echoed;
  await ask(one, "change", "shrink");
  same([await ask(one, "count", 1), await ask(one, "news", 1)], [[1], ["no news"]]);
  const [{ added, heard, out }] = await ask(one, "added");
  same([added, heard.slice(-2), out], [[2], ["echo", "change"], ["echo", "broadcast"]]);
});

for (const name of ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]) {
  check(`a client that sends ${name} as an event is closed`, async (link) => {
    const socket = await link.connect("/", { reconnection: false });
    const gone = once(socket, "disconnect");
    socket.io.engine.write(`2["${name}"]`);
    await gone;
  });
}

// -- dynamic namespaces ---------------------------------------------------------------------------------------

check("a function accepts a namespace by name and auth", async (link) => {
  const main = await link.connect();
  const name = `/${link.name("team")}`;
  for (const [path, token] of [[name, "wrong"], ["/nowhere", "sesame"]]) {
    same((await link.refusal(link.beside(main, path, token))).message, "Invalid namespace");
  }
  await once(link.beside(await link.connect(), name, "sesame"), "connect");
});

check("the operator of the class reaches every child", async (link) => {
  const main = await link.connect();
  const teams = [1, 2].map(() => link.beside(main, `/${link.name("team")}`, "sesame"));
  await Promise.all(teams.map((team) => once(team, "connect")));
  const text = link.name("text");
  const heard = teams.map((team) => new Promise((resolve) => team.on("told", (got) => got === text && resolve(got))));
  teams[0].emit("tell all teams", text);
  same(await Promise.all(heard), [text, text]);
});

// -- acks -----------------------------------------------------------------------------------------------------

check("a broadcast with acks has every answer", async (link) => {
  const sockets = [await link.connect(), await link.connect(), await link.connect()];
  sockets.forEach((socket, i) => socket.on("question", (answer) => (i ? answer(i) : answer("a", "b"))));
  const [said] = await ask(sockets[0], "ask", sockets.map((socket) => socket.id), 5);
  same(said.answers.length, 3);
  for (const answer of [["a", "b"], 1, 2]) assert(said.answers.some((one) => JSON.stringify(one) === JSON.stringify(answer)));
});

check("a broadcast with acks that are missing says whose", async (link) => {
  const sockets = [await link.connect(), await link.connect(), await link.connect()];
  sockets[0].on("question", (answer) => answer("here"));
  const [said] = await ask(sockets[0], "ask", sockets.map((socket) => socket.id), 0.3);
  same(said.answers, ["here"]);
  same(said.missing.sort(), [sockets[1].id, sockets[2].id].sort());
});

check("who leaves before the answer is missing, and nobody waits for it", async (link) => {
  const sockets = [await link.connect(), await link.connect()];
  sockets[0].on("question", (answer) => answer("here"));
  sockets[1].on("question", () => sockets[1].disconnect());
  const began = Date.now();
  const left = sockets[1].id;
  const [said] = await ask(sockets[0], "ask", [sockets[0].id, left], 8);
  same(said, { answers: ["here"], missing: [left] });
  assert(Date.now() - began < 5000, "it must not wait for the timeout");
});

check("an ack that is pending fails when its client leaves", async (link) => {
  const [leaves, stays, tag] = [await link.connect(), await link.connect(), link.name("tag")];
  leaves.on("question", () => leaves.disconnect());
  leaves.emit("ask me", tag);
  let ended;
  while (!ended || ended === "waiting") [ended] = await ask(stays, "how it ended", tag);
  same(ended, "Disconnected");
});

check("nobody acknowledges for somebody else", async (link) => {
  const [asks, answers, forges] = [await link.connect(), await link.connect(), await link.connect()];
  const asked = once(answers, "question");
  const said = ask(asks, "ask", [answers.id], 5);
  const [answer] = await asked;
  for (let id = 0; id < 300; id++) forges.io.engine.write(`3${id}["forged"]`);
  await ask(forges, "pk");
  answer("mine");
  answer("twice");
  same(await said, [{ answers: ["mine"] }]);
});

check("an ack that nobody waits for changes nothing", async (link) => {
  const socket = await link.connect();
  socket.io.engine.write('3999999["x"]');
  same(await ask(socket, "colour"), [""]);
});

main();
