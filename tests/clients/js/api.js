// node api.js <version> <transport> <url>: the checks of ../test_api.py, one line of JSON for each.
"use strict";

const assert = require("node:assert");
const { Link, once, ask } = require("./link.js");
const { runner } = require("./runner.js");

const [version, transport, url] = process.argv.slice(2);
const { check, main } = runner(() => new Link(Number(version), transport, url));
const same = assert.deepStrictEqual;
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const IMPATIENT = { reconnection: false, timeout: 3000 };

/** The arguments of each such event, as they come. */
function all(socket, event) {
  const heard = [];
  socket.on(event, (...args) => heard.push(args));
  return heard;
}

async function until(condition) {
  let found;
  while (!(found = await condition())) await pause(0.02);
  return found;
}

const connectError = (socket) => Promise.race([once(socket, "connect_error"), once(socket, "error")]);

// -- what a consumer knows ------------------------------------------------------------------------------------

check("a consumer knows its socket", async (link) => {
  const socket = await link.connect("/", { query: { tag: "mine" } });
  await ask(socket, "join", "a");
  const [about] = await ask(socket, "about me");
  same(about.sid, socket.id);
  same([about.rooms, about.connected, about.namespace], [[socket.id, "a"].sort(), true, "/"]);
  same([about.data, about.transport, about.protocol], [{ tag: "mine" }, transport, version === "2" ? 3 : 4]);
  assert(Math.abs(about.time - Date.now() / 1000) < 60);
});

check("the namespaces of one connection know that they are", async (link) => {
  const one = await link.connect();
  const other = link.beside(one, "/other");
  await once(other, "connect");
  const stranger = await link.connect();
  const ids = [];
  for (const socket of [one, other, stranger]) ids.push((await ask(socket, "about me"))[0].connection);
  same([ids[0] === ids[1], ids[0] === ids[2]], [true, false]);
  assert(!ids.includes(one.io.engine.id), "it opens nothing");
});

check("disconnecting still has the rooms, disconnect has the reason", async (link) => {
  const [leaving, staying, tag] = [await link.connect(), await link.connect("/other"), link.name("tag")];
  const named = await link.connect("/", { query: { tag } });
  await ask(named, "join", "a", "b");
  named.io.engine.close();
  const how = await until(async () => (await ask(staying, "how it ended", tag))[0]?.reason && (await ask(staying, "how it ended", tag))[0]);
  same([how.rooms, how.connected, how.reason, how.left], [["a", "b"], false, "transport close", true]);
  leaving.disconnect();
});

check("what went wrong on the wire is told in words", async (link) => {
  const [staying, tag] = [await link.connect(), link.name("tag")];
  const broken = await link.connect("/", { query: { tag }, ...IMPATIENT });
  broken.io.engine.write("nonsense");
  const how = await until(async () => (await ask(staying, "how it ended", tag))[0]?.reason && (await ask(staying, "how it ended", tag))[0]);
  same([how.reason, how.details], ["forced close", "unknown packet type"]);
});

// -- operators ------------------------------------------------------------------------------------------------

check("sockets are fetched with their rooms and data", async (link) => {
  const [one, two, room] = [await link.connect("/", { query: { tag: "x" } }), await link.connect(), link.name("room")];
  await ask(one, "join", room);
  await ask(two, "join", room);
  const [about, local, rooms] = await ask(one, "fetch", room);
  same(Object.keys(about).sort(), [one.id, two.id].sort());
  same(about[one.id], [[one.id, room].sort(), { tag: "x" }, "127.0.0.1"]);
  same([local, rooms[room]], [[one.id, two.id].sort(), [one.id, two.id].sort()]);
});

check("sockets are made to join and leave", async (link) => {
  const [one, two, room] = [await link.connect(), await link.connect(), link.name("room")];
  await ask(one, "make join", [one.id, two.id], room, "and this");
  same(Object.keys((await ask(one, "fetch", room))[0]).sort(), [one.id, two.id].sort());
  await ask(one, "make leave", [two.id], room);
  same(Object.keys((await ask(one, "fetch", room))[0]), [one.id]);
});

check("sockets are disconnected, with and without their connection", async (link) => {
  const one = await link.connect();
  const two = await link.connect("/", { reconnection: false });
  const beside = link.beside(two, "/other");
  await once(beside, "connect");
  const left = once(two, "disconnect");
  await ask(one, "make go", [two.id], false);
  same((await left)[0], "io server disconnect");
  same(await ask(beside, "ack", 1), [1]);
  const three = await link.connect("/", { reconnection: false });
  const closed = new Promise((resolve) => three.io.engine.once("close", resolve));
  await ask(one, "make go", [three.id], true);
  await closed;
});

check("a fetched socket is spoken to, joins, leaves and goes", async (link) => {
  const [one, two] = [await link.connect(), await link.connect("/", { reconnection: false })];
  two.on("question", (number, answer) => answer(number + 1));
  const [news, left] = [once(two, "news"), once(two, "disconnect")];
  same(await ask(one, "remote", two.id), [2]);
  same(await news, [2, ["remote joined"]]);
  same((await left)[0], "io server disconnect");
});

check("a thread tells the whole namespace, and all but one", async (link) => {
  const [one, two, other, news] = [await link.connect(), await link.connect(), await link.connect("/other"), link.name("news")];
  const heard = [one, two, other].map((socket) => all(socket, news));
  await ask(one, "everywhere", news, 1, Buffer.from("x"));
  await Promise.all([one, two, other].map((socket) => ask(socket, "ack")));
  same(heard, [[[1, Buffer.from("x")]], [[1, Buffer.from("x")], ["others"]], []]);
});

check("a union has nobody twice, and except takes a room out of it", async (link) => {
  const [one, two, news] = [await link.connect(), await link.connect(), link.name("news")];
  const rooms = [link.name("room"), link.name("room")];
  await ask(one, "join", ...rooms);
  await ask(two, "join", rooms[0]);
  const heard = [one, two].map((socket) => all(socket, news));
  await ask(one, "in both", ...rooms, news);
  await Promise.all([one, two].map((socket) => ask(socket, "ack")));
  same(heard, [[["union"]], [["union"], ["less one"]]]);
});

check("the flags compress and local", async (link) => {
  const [one, two, news] = [await link.connect(), await link.connect(), link.name("news")];
  const heard = [one, two].map((socket) => all(socket, news));
  await ask(one, "flags", news);
  await Promise.all([one, two].map((socket) => ask(socket, "ack")));
  same(heard, [[["compress"], ["local"], ["compress all"]], [["not to me"], ["local"], ["compress all"]]]);
});

// -- signals --------------------------------------------------------------------------------------------------

check("signals tell of namespaces, rooms and who was refused", async (link) => {
  const [main, name, room] = [await link.connect(), link.name("x"), link.name("room")];
  const path = `/rooms/${name}`;
  const inside = link.beside(main, path);
  await once(inside, "connect");
  await ask(inside, "join", room);
  const { id } = inside;
  inside.disconnect();
  const refused = link.open("/", { query: { refuse: name }, ...IMPATIENT });
  await connectError(refused);
  const ours = (entry) => entry[1] === path;
  const entries = await until(async () => {
    const [told] = await ask(main, "told");
    return told.some((entry) => ours(entry) && entry[0] === "namespace_deleted") && told;
  });
  same(entries.filter(ours), [["namespace_created", path, {}], ["room_created", path, { room }],
    ["room_joined", path, { room, sid: id }], ["room_left", path, { room, sid: id }], ["room_deleted", path, { room }],
    ["namespace_deleted", path, {}]]);
  assert(entries.some(([signal, , said]) => signal === "connection_rejected" && said.message === "not you"));
  assert(entries.some(([signal, sender]) => signal === "socket_connected" && sender === "Main"));
});

check("a signal tells of a request that was refused", async (link) => {
  const main = await link.connect();
  await fetch(`${url}/socket.io/?EIO=4&transport=carrier-pigeon`);
  await until(async () => (await ask(main, "told"))[0].some(([signal, , said]) => signal === "connection_error" && said.code === 0));
});

check("a signal tells of an upgrade", async (link) => {
  const socket = link.open("/", { transports: ["polling", "websocket"] });
  await once(socket, "connect");
  const { id } = socket;
  await until(async () => (await ask(socket, "told"))[0].some(([signal, , said]) => signal === "transport_upgraded" && said.sid === id));
  same((await ask(socket, "about me"))[0].transport, "websocket");
});

// -- the engine and its options -------------------------------------------------------------------------------

check("the engine's middleware sees what comes in and goes out", async (link) => {
  const [before] = await ask(await link.connect(), "frames");
  await ask(await link.connect("/", { path: "/framed" }), "ack", 1);
  const [after] = await ask(await link.connect(), "frames");
  assert(after.in > before.in && after.out > before.out);
});

check("the engine counts its clients and closes them all", async (link) => {
  const main = await link.connect();
  const [before] = await ask(main, "clients");
  const counted = [1, 2, 3].map(() => link.open("/", { path: "/counted", reconnection: false }));
  await Promise.all(counted.map((socket) => once(socket, "connect")));
  same(await ask(main, "clients"), [before + 3]);
  const left = counted.map((socket) => once(socket, "disconnect"));
  await ask(main, "close the engine");
  assert((await Promise.all(left)).every(([reason]) => reason.startsWith("transport")));
  await until(async () => (await ask(main, "clients"))[0] === 0);
});

check("path and transports", async (link) => {
  const socket = link.open("/", { path: "/narrow", ...IMPATIENT });
  await once(socket, transport === "websocket" ? "connect" : "connect_error");
});

check("allowUpgrades", async (link) => {
  const options = { transports: ["polling", "websocket"] };
  const [still, moving] = [await link.connect("/", { path: "/still", ...options }), link.open("/", options)];
  await once(moving, "connect");
  await until(() => moving.io.engine.transport.name === "websocket");
  await ask(still, "ack");
  same(still.io.engine.transport.name, "polling");
});

check("pingInterval", async (link) => {
  const socket = await link.connect("/", { path: "/quick" });
  const [emitter, event] = version === "2" ? [socket, "pong"] : [socket.io, "ping"];
  const began = Date.now();
  for (let i = 0; i < 3; i++) await once(emitter, event);
  assert(Date.now() - began < 3000, "three pings at 0.2 s");
});

check("maxHttpBufferSize", async (link) => {
  const socket = await link.connect("/", { path: "/small", ...IMPATIENT });
  same(await ask(socket, "ack", "x".repeat(900)), ["x".repeat(900)]);
  const left = once(socket, "disconnect");
  socket.emit("ack", "x".repeat(2000));
  assert((await left)[0].startsWith("transport"));
});

check("initialPacket", async (link) => {
  const socket = link.open("/", { path: "/initial" });
  same(await once(socket, "first"), [1]);
});

check("allowEIO3", async (link) => {
  await once(link.open("/", { path: "/new", ...IMPATIENT }), version === "2" ? "connect_error" : "connect");
});

check("addTrailingSlash", async (link) => {
  const socket = await link.connect("/", { path: "/slashless", addTrailingSlash: false });
  same(await ask(socket, "ack", 1), [1]);
});

check("connectTimeout", async (link) => {
  if (version === "2") return once(link.open("/", { path: "/lonely" }), "connect"); // joined without asking
  const manager = new link.io.Manager(url, { path: "/lonely", transports: [transport], ...IMPATIENT });
  await once(manager, "open");
  await once(manager, "close");
  same(await ask(await link.connect("/", { path: "/lonely" }), "ack", 1), [1]);
});

check("generateId", async (link) => {
  const socket = await link.connect("/", { path: "/generated" });
  assert(socket.io.engine.id.startsWith("made-"), socket.io.engine.id);
});

check("the origins that the project names", async (link) => {
  const from = (Origin, path) => link.open("/", { path, extraHeaders: { Origin }, ...IMPATIENT });
  await once(from("http://friend.example", "/friends"), "connect");
  await once(from("http://foe.example", "/friends"), "connect_error");
  await once(from("http://anybody.example", "/asking"), "connect");
  await once(from("http://foe.example", "/asking"), "connect_error");
});

main();
