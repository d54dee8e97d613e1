// node scenarios.js <scenario> <transport> <url>...: prints what happened, as JSON.
// With several servers, whoever comes back comes to another.
"use strict";

const { Person, once, pause } = require("./person.js");

const [scenario, transport, ...urls] = process.argv.slice(2);
const person = (options) => new Person(urls, transport, options).connected();

const scenarios = {
  /** Away while others speak to its room, to it alone, to everybody; with rooms, data, and two namespaces. */
  async missed() {
    const [ada, bob] = [await person(), await person()];
    await ada.ask("join", "lobby", "red");
    await ada.ask("remember", "seat", { row: 7 });
    await bob.ask("say", "lobby", "before");
    await ada.hears(1);
    const id = ada.socket.id;
    await ada.lose();
    await bob.ask("say", "lobby", "one");
    await bob.ask("say", id, "two");
    await bob.ask("say", "elsewhere", "not for ada");
    await bob.ask("everybody", "three");
    await bob.ask("say", "red", "four", { five: [6, "seven"] });
    await bob.ask("say", "lobby", Buffer.from([1, 2, 3]));
    const recovered = await ada.comeBack();
    await bob.ask("say", "lobby", "after");
    await ada.hears(7);
    await ada.settle();
    const [whoami] = await ada.ask("whoami");
    const [lived] = await ada.ask("log", id);
    return { id, recovered, connects: ada.connects, heard: ada.heard, whoami, lived };
  },

  /** A client that has got no event yet has no offset. */
  async silent() {
    const [ada, bob] = [await person({ auth: { rooms: ["lobby"] } }), await person()];
    await ada.lose();
    await bob.ask("say", "lobby", "one");
    await bob.ask("say", "lobby", "two");
    const recovered = await ada.comeBack();
    await ada.hears(2);
    return { recovered, heard: ada.heard };
  },

  /** Lost again and again. */
  async often() {
    const [ada, bob] = [await person({ auth: { rooms: ["lobby"] } }), await person()];
    const recovered = [];
    for (let i = 0; i < 5; i++) {
      await ada.lose();
      await bob.ask("stream of", "lobby", i * 10, 10);
      recovered.push(await ada.comeBack());
    }
    await ada.hears(50);
    await ada.settle();
    return { recovered, numbers: ada.heard.map((each) => each[1]), id: ada.connects.map((each) => each.id) };
  },

  /** Away and back at any moment while a stream goes on. */
  async stream() {
    const people = await Promise.all(Array.from({ length: 10 }, () => person({ auth: { rooms: ["lobby"] } })));
    const bob = await person();
    let over = false;
    const lost = people.map(async (each, i) => {
      for (let n = 0; n < 4; n++) {
        await pause(20 + 13 * i);
        await each.lose();
        await each.comeBack();
      }
    });
    const speaking = (async () => {
      for (let i = 0; !over; i += 5) await bob.ask("stream of", "lobby", i, 5);
    })();
    await Promise.all(lost);
    over = true;
    await speaking;
    const said = Math.max(...people.map((each) => each.heard.length));
    for (const each of people) await each.hears(said);
    await Promise.all(people.map((each) => each.settle()));
    return {
      recovered: people.map((each) => each.connects.filter((one) => one.recovered).length),
      said: Math.max(...people.map((each) => each.heard.length)),
      wrong: people.filter((each) => each.heard.some(([, number], i) => number !== i)).length,
      counts: people.map((each) => each.heard.length),
    };
  },

  /** Volatile and local events whose last argument is a string are no offsets. */
  async strings() {
    const [ada, bob] = [await person({ auth: { rooms: ["lobby"] } }), await person()];
    await bob.ask("volatile", "a word");
    await bob.ask("local", "a word");
    await bob.ask("volatile");
    await ada.hears(3);
    await ada.lose();
    await bob.ask("say", "lobby", "one");
    const recovered = await ada.comeBack();
    await ada.hears(4);
    await ada.settle();
    return { recovered, heard: ada.heard };
  },

  /** What went to a room after it was left, or before it was joined, is not for it. */
  async rooms() {
    const [ada, bob] = [await person({ auth: { rooms: ["lobby", "red"] } }), await person()];
    await bob.ask("say", "blue", "before blue");
    await bob.ask("say", "red", "in red");
    await ada.ask("leave", "red");
    await bob.ask("say", "red", "after red");
    await ada.ask("join", "blue");
    await ada.hears(1);
    ada.socket._lastOffset = undefined; // as if nothing had arrived
    ada.heard.length = 0;
    await ada.lose();
    await bob.ask("say", "blue", "in blue");
    const recovered = await ada.comeBack();
    await ada.hears(2);
    await ada.settle();
    return { recovered, heard: ada.heard };
  },

  /** The application looks again who may be where, and may refuse. */
  async recheck() {
    const bob = await person();
    const [ada, eve] = [
      await person({ auth: { rooms: ["lobby"], unjoin: "secret", slow: 0.1, greet: true } }),
      await person({ auth: { rooms: ["lobby"], refuse: true } }),
    ];
    await ada.ask("join", "secret");
    await ada.lose();
    await eve.lose();
    await bob.ask("say", "secret", "not any more");
    await bob.ask("say", "lobby", "one");
    const coming = ada.comeBack();
    await pause(50);
    await bob.ask("say", "lobby", "two");
    await bob.ask("everybody", "three");
    const recovered = await coming;
    await ada.hears(4);
    await ada.settle();
    const [whoami] = await ada.ask("whoami");
    const refused = await eve.comeBack().catch((error) => error.message);
    await bob.ask("say", "lobby", "four");
    eve.socket.auth = {};
    const again = await eve.comeBack();
    const [doors] = await bob.ask("doors");
    return { recovered, heard: ada.heard, rooms: whoami.rooms, auth: whoami.auth, refused, again, doors };
  },

  /** Who left on purpose, or was put out, is not kept. */
  async purpose() {
    const [ada, eve, bob] = [await person(), await person(), await person()];
    ada.socket.disconnect();
    const ida = eve.socket.id;
    await bob.ask("out", ida);
    await pause(50);
    return { left: await ada.comeBack(), putOut: await eve.comeBack() };
  },

  /** A connection that hangs: the client is back before the server knows that it was gone. */
  async hanging() {
    const [ada, bob] = [await person({ auth: { rooms: ["lobby"] } }), await person()];
    await ada.ask("remember", "seat", 7);
    await bob.ask("say", "lobby", "zero");
    await ada.hears(1);
    const id = ada.socket.id;
    const twin = new Person(urls.slice(-1), transport, { auth: { pid: ada.socket._pid, offset: ada.socket._lastOffset } });
    twin.socket._pid = ada.socket._pid; // the same client, on a new connection
    twin.socket._lastOffset = ada.socket._lastOffset;
    ada.socket.io.reconnection(false);
    await bob.ask("say", "lobby", "one");
    await twin.connected();
    await bob.ask("say", "lobby", "two");
    await twin.hears(2);
    await pause(50);
    const [lived] = await twin.ask("log", id);
    return {
      recovered: twin.socket.recovered, same: twin.socket.id === id, heard: twin.heard, first: ada.heard,
      cut: !ada.socket.connected, lived,
    };
  },

  /** Secrets that are none, somebody else's namespace, offsets that are none. */
  async forged() {
    const ada = await person({ auth: { rooms: ["lobby"] } });
    const pid = ada.socket._pid;
    const told = {};
    await ada.lose();
    const forge = async (name, auth, namespace = "/") => {
      const eve = await person({ auth, namespace });
      told[name] = [eve.socket.recovered, eve.socket.id === ada.connects[0].id, eve.socket._pid === pid];
      eve.close();
    };
    await forge("guess", { pid: "x".repeat(22) });
    await forge("number", { pid: 7, offset: 8 });
    await forge("long", { pid: "x".repeat(5000) });
    await forge("prototype", { pid: "__proto__", offset: "constructor" });
    await forge("namespace", { pid }, "/chat");
    const recovered = await ada.comeBack();
    return { told, recovered };
  },

  /** An offset that is none, or of another log, from the right client. */
  async offsets() {
    const said = {};
    for (const [name, offset] of Object.entries({
      word: "hello", future: null, list: [1], long: "0".repeat(5000), text: "00000000.0.1\n", epoch: "00000000.0.1",
    })) {
      const ada = await person();
      await ada.ask("self", "one");
      await ada.hears(1);
      const real = ada.socket._lastOffset;
      ada.socket._lastOffset = name === "future" ? real.replace(/[0-9a-f]+$/, "ffff") : offset;
      await ada.lose();
      const recovered = await ada.comeBack();
      await ada.settle();
      said[name] = [recovered, ada.heard.map((each) => each[1])];
      ada.close();
    }
    return said;
  },

  /**
   * Twenty people on all servers, one of whom speaks, on the last. Prints {"ready"}; while the test does something to
   * the servers they come back by themselves, each time to the next; a line on stdin ends it.
   */
  async fault() {
    const people = Array.from({ length: 20 }, (_, i) => {
      const mine = i % 2 ? urls : [...urls].reverse();
      return new Person(mine, transport, { auth: { rooms: ["lobby"] }, reconnectionDelay: 100, reconnectionDelayMax: 500 });
    });
    await Promise.all(people.map((each) => each.connected()));
    people.forEach((each) => each.comesBackByItself());
    const bob = await new Person(urls.slice(-1), transport).connected();
    let [over, said, local, longest] = [false, 0, 0, 0];
    const end = require("node:readline").createInterface({ input: process.stdin });
    end.once("line", () => (over = true));
    console.log(JSON.stringify({ ready: people.length }));
    for (; !over; said++) {
      const asked = Date.now();
      const [answer] = await bob.ask("try to say", "lobby", said);
      longest = Math.max(longest, Date.now() - asked);
      if (answer.local !== undefined) local++;
      await pause(10);
    }
    await Promise.all(people.map((each) => each.hears(said, 4000)));
    await pause(200);
    const lost = people.map((each) => new Set(Array(said).keys()).difference?.(new Set(each.heard.map((e) => e[1]))).size
      ?? said - new Set(each.heard.map((e) => e[1])).size);
    return {
      said, local, lost: lost.reduce((a, b) => a + b),
      twice: people.reduce((sum, each) => sum + each.heard.length - new Set(each.heard.map((e) => e[1])).size, 0),
      disordered: people.filter((each) => each.heard.some((e, i) => i && e[1] < each.heard[i - 1][1])).length,
      cut: people.filter((each) => each.connects.length > 1).length,
      recovered: people.filter((each) => each.connects.length > 1 && each.connects.slice(1).every((c) => c.recovered)).length,
      slowest: Math.max(...people.map((each) => each.away)), longest,
    };
  },

  /** Somebody hears what a process without clients says, and what it has said meanwhile. */
  async outside() {
    const ada = await person({ auth: { rooms: ["lobby"] } });
    const lines = require("node:readline").createInterface({ input: process.stdin });
    console.log(JSON.stringify({ ready: 1 }));
    await once(lines, "line");
    await ada.hears(1);
    await ada.lose();
    console.log(JSON.stringify({ ready: 2 }));
    await once(lines, "line");
    const recovered = await ada.comeBack();
    await ada.hears(2);
    return { recovered, heard: ada.heard };
  },

  /** Away while Redis forgets everything; and one who stays, and is away later. */
  async forgotten() {
    const [ada, eve, bob] = [
      await person({ auth: { rooms: ["lobby"] } }), await person({ auth: { rooms: ["lobby"] } }), await person(),
    ];
    const lines = require("node:readline").createInterface({ input: process.stdin });
    await bob.ask("say", "lobby", "zero");
    await Promise.all([ada.hears(1), eve.hears(1)]);
    await ada.lose();
    console.log(JSON.stringify({ ready: 1 }));
    await once(lines, "line");
    await pause(2500);
    await bob.ask("say", "lobby", "one");
    await eve.hears(2);
    const first = await ada.comeBack();
    await eve.lose();
    await bob.ask("say", "lobby", "two");
    const second = await eve.comeBack();
    await eve.hears(3);
    await eve.settle();
    return { first, second, heard: eve.heard };
  },

  /** Somebody who has heard what the log has not got yet goes to another server as soon as Redis answers again. */
  async ahead() {
    const [ada, bob] = [await person({ auth: { rooms: ["lobby"] } }), await person()];
    const lines = require("node:readline").createInterface({ input: process.stdin });
    const say = async (first) => {
      let local = 0;
      for (let i = first; i < first + 5; i++) {
        const [answer] = await bob.ask("try to say", "lobby", i);
        local += answer.local !== undefined;
      }
      return local;
    };
    const local = [await say(0)];
    console.log(JSON.stringify({ ready: 1 }));
    await once(lines, "line");
    local.push(await say(5));
    await ada.hears(10);
    console.log(JSON.stringify({ ready: 2 }));
    await once(lines, "line");
    await ada.lose();
    local.push(await say(10));
    const recovered = await ada.comeBack();
    await ada.hears(15);
    await ada.settle();
    return { recovered, local: local.map((each) => each > 0), heard: ada.heard.map((each) => each[1]) };
  },

  /** Two who have the same secret come at the same moment. */
  async race() {
    const ada = await person({ auth: { rooms: ["lobby"] } });
    const [pid, id] = [ada.socket._pid, ada.socket.id];
    await ada.lose();
    const both = Array.from({ length: 6 }, (_, i) => new Person([urls[i % urls.length]], transport, { auth: { pid } }));
    both.forEach((each) => each.socket.io.reconnection(false));
    await Promise.all(both.map((each) => Promise.race([each.connected(), pause(2000)])));
    const connected = () => both.filter((each) => each.socket.connected && each.socket.id === id).length;
    // Of those in several processes the earlier ones are cut off when their process reads who came after them.
    for (const end = Date.now() + 10000; connected() > 1 && Date.now() < end; ) await pause(20);
    await pause(300);
    return { connected: connected() };
  },

  /** The right secret with another cookie. */
  async identity() {
    const cookie = (word) => ({ extraHeaders: { cookie: `sessionid=${word.repeat(32)}` } });
    const ada = await person(cookie("a"));
    const [pid, id] = [ada.socket._pid, ada.socket.id];
    await ada.lose();
    const eve = await person({ auth: { pid }, ...cookie("e") });
    const nobody = await person({ auth: { pid } });
    const recovered = await ada.comeBack();
    return { stolen: [eve, nobody].filter((each) => each.socket.id === id || each.socket._pid === pid).length, recovered };
  },

  /** Many come and go on purpose. */
  async many() {
    for (let i = 0; i < 10; i++) {
      const people = await Promise.all(Array.from({ length: 20 }, () => person({ auth: { rooms: ["lobby"] } })));
      await Promise.all(people.map((each) => each.ask("remember", "a", "b")));
      people.forEach((each) => each.close());
    }
    await pause(500);
    return {};
  },

  /** Goes on when the test says so; tells what the servers have counted. */
  async wait() {
    const [ada, bob] = [await person({ auth: { rooms: ["lobby"] } }), await person()];
    const lines = require("node:readline").createInterface({ input: process.stdin });
    await bob.ask("say", "lobby", "one");
    await ada.hears(1);
    await ada.lose();
    console.log(JSON.stringify({ ready: 1 }));
    await once(lines, "line");
    await pause(1000);
    await bob.ask("say", "lobby", "two");
    const recovered = await ada.comeBack();
    await bob.ask("say", "lobby", "three");
    await ada.hears(recovered ? 3 : 2);
    return { recovered, heard: ada.heard, counters: (await bob.ask("counters"))[0] };
  },

  /** Away while more is said, and while the test does something; a last word before she comes back. */
  async later() {
    const [ada, bob] = [await person({ auth: { rooms: ["lobby"] } }), await person()];
    const lines = require("node:readline").createInterface({ input: process.stdin });
    await bob.ask("say", "lobby", "zero");
    await ada.hears(1);
    await ada.lose();
    for (const word of ["one", "two", "three"]) await bob.ask("say", "lobby", word);
    console.log(JSON.stringify({ ready: 1 }));
    await once(lines, "line");
    await bob.ask("say", "lobby", "four");
    const recovered = await ada.comeBack();
    await bob.ask("say", "lobby", "five");
    await ada.hears(recovered ? 6 : 2);
    return { recovered, heard: ada.heard.map((each) => each[1]) };
  },

  /** What a client is told by a server without recovery. */
  async plain() {
    const [ada, bob] = [await person({ auth: { rooms: ["lobby"] } }), await person()];
    await bob.ask("say", "lobby", "one");
    await ada.hears(1);
    await ada.lose();
    return { raw: ada.raw, recovered: Boolean(await ada.comeBack()), pid: ada.socket._pid ?? null };
  },

  /** Away for longer than the server keeps (see the settings of the test). */
  async late() {
    const [ada, bob] = [await person({ auth: { rooms: ["lobby"] } }), await person()];
    const [id, pid] = [ada.socket.id, ada.socket._pid];
    await ada.lose();
    await pause(1300);
    const recovered = await ada.comeBack();
    return { recovered, same: ada.socket.id === id || ada.socket._pid === pid, rooms: (await ada.ask("whoami"))[0].rooms };
  },

  /** More was said than the log holds. */
  async overflow() {
    const [ada, bob] = [await person({ auth: { rooms: ["lobby"] } }), await person()];
    await bob.ask("say", "lobby", "one");
    await ada.hears(1);
    await ada.lose();
    await bob.ask("stream of", "lobby", 0, 30);
    const recovered = await ada.comeBack();
    await ada.settle();
    return { recovered, heard: ada.heard };
  },
};

const watchdog = setTimeout(() => process.exit(9), 50_000);
scenarios[scenario]().then(
  (result) => {
    clearTimeout(watchdog);
    console.log(JSON.stringify(result));
    process.exit(0);
  },
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
