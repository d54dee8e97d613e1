// A room: the parts, and what the server says to each.
import { Composer } from "./composer.js";
import { Link } from "./link.js";
import { Log } from "./log.js";
import { People, Typing } from "./people.js";
import { ending, problem } from "./strings.js";

const $ = (id) => document.getElementById(id);
const page = document.querySelector("main.room").dataset;
const you = { id: Number(page.id), name: page.name, tint: Number(page.tint) };
const title = document.title;

let joined = false;
let more = false;
let loading = false;
let seen = 0;

const link = new Link(page.namespace, { up: join, ended: end });
const log = new Log({
  log: $("log"), scroller: $("scroller"), pill: $("pill"), you,
  on: { remove, seen: markSeen, more: loadOlder, retry: (key) => composer.retry(key), discard: (key) => { composer.discard(key); empty(); } },
});
const composer = new Composer({ link, log, name: `draft ${you.id} ${page.namespace}`, limit: Number(page.limit) });
const people = new People(you);
const typing = new Typing($("typing"));

async function join(again) {
  people.begin();
  const state = await link.ask("room:join");
  log.moderates = state.moderates;
  typing.seconds = state.typing_seconds;
  people.add(state.tabs);
  const gap = joined && state.more && log.newest && state.messages[0]?.id > log.newest;
  if (gap) log.clear(); // away for more than a page: what is missing in between comes when somebody scrolls up
  if (!joined || gap) setMore(state.more);
  if (!joined && state.last_read) log.newAfter(state.last_read); // on a first visit everything is new: no line
  const news = log.add(state.messages, { quiet: !joined });
  $("log").removeAttribute("aria-busy");
  joined = true;
  empty();
  composer.flush();
  return again ? news : 0;
}

function setMore(value) {
  more = value;
  $("older").hidden = !more;
  $("beginning").hidden = more || log.size === 0;
}

function empty() {
  $("nothing").hidden = log.size > 0;
  $("beginning").hidden = more || log.size === 0;
}

async function loadOlder() {
  if (!more || loading || !link.connected) return;
  loading = true;
  try {
    const state = await link.ask("chat:history", log.oldest);
    setMore(state.more);
    log.prepend(state.messages);
  } catch (error) {
    if (error.code === undefined) throw error;
  } finally {
    loading = false;
  }
}

async function remove(id) {
  const dialog = $("confirm");
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  if (dialog.returnValue !== "yes") return;
  try {
    await link.ask("chat:delete", id);
    log.deleted(id);
  } catch (error) {
    if (error.code === undefined) throw error;
    log.notice(problem(error.code));
  }
}

function markSeen(id) {
  document.title = title;
  if (id <= seen || !joined || !link.connected) return;
  seen = id;
  link.ask("chat:read", id).catch(() => { seen = 0; });
}

function end(code) {
  const [head, text] = ending(code);
  $("ended-title").textContent = head;
  $("ended-text").textContent = text;
  $("ended").hidden = false;
  $("ended-title").focus();
}

link.on("chat:message", (message) => {
  typing.stop(message.author.id);
  log.add([message]);
  empty();
  if (document.hidden && message.author.id !== you.id) document.title = `• ${title}`;
});
link.on("chat:deleted", ({ id }) => log.deleted(id));
link.on("chat:typing", (news) => { if (news.person.id !== you.id) typing.heard(news); });
link.on("room:entered", (tab) => people.enter(tab));
link.on("room:left", (tab) => people.leave(tab));
link.on("room:announcement", ({ text }) => { log.notice(text); empty(); });
link.on("room:closed", ({ code }) => link.end(code));

function drawer(open) {
  $("people").classList.toggle("open", open);
  $("people-button").setAttribute("aria-expanded", String(open));
  (open ? $("people-close") : $("people-button")).focus();
}
$("people-button").addEventListener("click", () => drawer(!$("people").classList.contains("open")));
$("people-close").addEventListener("click", () => drawer(false));
$("older").addEventListener("click", loadOlder);
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && $("people").classList.contains("open")) drawer(false); });
