// node fleet.js '{"url", "clients", "name", ...}': many unmodified clients in one process, and what each of them saw.
// Commands come as lines of JSON on the standard input, each is answered with one line. See tests/faults/fleet.py.
"use strict";

const { io } = require("socket.io-client-4");
const readline = require("readline");

const options = { transports: ["websocket"], writers: 5, size: 100, timings: false, stagger: 2, ...JSON.parse(process.argv[2]) };
const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Latencies in ms, and how often: a histogram, as millions of deliveries are counted.
const latencies = new Map();

class Client {
  constructor(number) {
    this.name = `${options.name}.${number}`;
    this.heard = {}; // writer -> runs of consecutive numbers in the order of arrival: [[first, last], ...]
    this.times = {}; // process -> [[sent, arrived], ...]
    this.connects = []; // {at, recovered, sid}
    this.disconnects = []; // {at, reason}
    this.upgraded = null; // {writer: the last number heard when the transport changed}
    this.written = 0;
    this.acked = [];
    this.failed = []; // [number, why]
    this.warned = 0; // how often the server said that something may be missing
    this.open = 0; // acknowledgements awaited
    this.sid = null;
    const { transports, upgradeAfter, more } = options;
    this.socket = io(options.url, { transports, forceNew: true, upgrade: !upgradeAfter, ...more });
    this.socket.on("connect", () => this.connected());
    if (upgradeAfter) this.slowly();
    this.socket.on("disconnect", (reason) => this.disconnects.push({ at: Date.now(), reason }));
    this.socket.on("load again", () => this.warned++);
    this.socket.on("said", (process, writer, number, sent) => this.hear(process, writer, number, sent));
  }

  connected() {
    const { id, recovered } = this.socket;
    this.connects.push({ at: Date.now(), recovered: recovered === true, same: id === this.sid });
    this.sid = id;
  }

  /** Begins the upgrade so many ms after the transport has opened, as if the network were that slow. */
  slowly() {
    const manager = this.socket.io;
    manager.on("open", () => {
      manager.engine.on("upgrade", () => this.upgrade());
      setTimeout(() => manager.engine._probe("websocket"), options.upgradeAfter * (0.5 + Math.random()));
    });
  }

  upgrade() {
    this.upgraded ??= Object.fromEntries(Object.entries(this.heard).map(([writer, runs]) => [writer, runs.at(-1)[1]]));
  }

  /** Cut off, and not back until ``come``. */
  leave() {
    this.socket.io.reconnection(false);
    this.socket.io.engine.close();
  }

  come() {
    this.socket.io.reconnection(true);
    this.socket.connect();
  }

  hear(process, writer, number, sent) {
    const runs = (this.heard[writer] ??= []);
    const last = runs[runs.length - 1];
    if (last && last[1] + 1 === number) last[1] = number;
    else runs.push([number, number]);
    const now = Date.now();
    const late = Math.round(now - sent);
    latencies.set(late, (latencies.get(late) ?? 0) + 1);
    if (options.timings) (this.times[process] ??= []).push([sent, now]);
  }

  /** Says the next number; acknowledged, failed, or unanswered after a time. */
  write() {
    const number = ++this.written;
    this.open++;
    this.socket.timeout(options.patience ?? 15000).emit("say", this.name, number, Date.now(), padding, (error, answer) => {
      this.open--;
      this.answered?.();
      if (error) this.failed.push([number, error.message, Date.now()]);
      else if (answer === true) this.acked.push(number);
      else this.failed.push([number, JSON.stringify(answer), Date.now()]);
    });
  }

  get ready() {
    const transport = this.socket.io.engine?.transport?.name;
    return this.socket.connected && options.transports.includes(transport) && transport === options.transports.at(-1);
  }

  report() {
    const { name, heard, connects, disconnects, upgraded, written, acked, failed, warned } = this;
    const { connected } = this.socket;
    return { name, heard, connects, disconnects, upgraded, written, acked: runs(acked), failed, warned, connected };
  }
}

/** Sorted numbers as runs. */
function runs(numbers) {
  const found = [];
  for (const number of numbers.sort((a, b) => a - b)) {
    const last = found[found.length - 1];
    if (last && last[1] + 1 === number) last[1] = number;
    else found.push([number, number]);
  }
  return found;
}

const padding = "x".repeat(options.size);
const clients = [];
let timer = null;

const commands = {
  /** All writers together say ``rate`` messages a second, each in its turn. */
  load({ rate }) {
    const writers = clients.slice(0, options.writers);
    const started = Date.now();
    let count = 0;
    timer = setInterval(() => {
      while (count < ((Date.now() - started) * rate) / 1000) writers[count++ % writers.length].write();
    }, 5);
    return {};
  },

  /** The first ``speakers`` clients say so many messages each, one after the other as they are acknowledged. */
  async burst({ count, speakers }) {
    const speak = async (client) => {
      for (let i = 0; i < count; i++) {
        client.write();
        while (client.open) await new Promise((resolve) => (client.answered = resolve));
      }
    };
    await Promise.all(clients.slice(0, speakers).map(speak));
    return { writers: Object.fromEntries(clients.slice(0, speakers).map(({ name, written }) => [name, written])) };
  },

  /** No more messages; answers when every acknowledgement has come or has been given up. */
  async rest() {
    clearInterval(timer);
    while (clients.some((client) => client.open)) await sleep(10);
    return {};
  },

  /** Until all are connected. */
  async ready({ within = 30000 }) {
    const until = Date.now() + within;
    while (!clients.every((client) => client.ready) && Date.now() < until) await sleep(10);
    return { ready: clients.filter((client) => client.ready).length };
  },

  /** The clients of these numbers are cut off, and stay away until ``come``. */
  leave({ first, last }) {
    clients.slice(first, last).forEach((client) => client.leave());
    return {};
  },

  async come({ first, last }) {
    const comers = clients.slice(first, last);
    comers.forEach((client) => client.come());
    while (!comers.every((client) => client.ready)) await sleep(10);
    return {};
  },

  /** Until every client has heard this writer's number, or the time is over: how many have. */
  async heard({ writer, number, within = 60000 }) {
    const until = Date.now() + within;
    const has = (client) => (client.heard[writer] ?? []).some(([first, last]) => first <= number && number <= last);
    while (!clients.every(has) && Date.now() < until) await sleep(10);
    return { heard: clients.filter(has).length };
  },

  /** When each client first heard of each process something that was sent after this time: {process: [ms or null]}. */
  since({ at, processes }) {
    const first = (client, process) => (client.times[process] ?? []).find(([sent]) => sent >= at)?.[1] ?? null;
    return Object.fromEntries(processes.map((process) => [process, clients.map((client) => first(client, process))]));
  },

  report() {
    return { clients: clients.map((client) => client.report()), latencies: [...latencies] };
  },

  /** Nobody hears of what comes from now on. */
  forget() {
    latencies.clear();
    return {};
  },
};

async function main() {
  for (let i = 0; i < options.clients; i++) {
    clients.push(new Client(i));
    await sleep(options.stagger);
  }
  say(await commands.ready({}));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { command, ...args } = JSON.parse(line);
    if (command === "end") break;
    say(await commands[command](args));
  }
  process.exit(0);
}

main();
