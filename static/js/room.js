// A room: the parts, and what they tell each other.
import { Announcer } from "./announcer.js";
import { Chat } from "./chat.js";
import { el, icon, moment } from "./dom.js";
import { Link } from "./link.js";
import { People } from "./people.js";
import { trouble, words } from "./room_strings.js";
import { Check } from "./stage/check.js";
import { Controls } from "./stage/controls.js";
import { Devices } from "./stage/devices.js";
import { Audience, Hands } from "./stage/floor.js";
import { KeyList, shortcuts } from "./stage/keys.js";
import { inviteDialog, shareDialog } from "./stage/invite.js";
import { knock } from "./stage/knock.js";
import { Menus } from "./stage/menus.js";
import { Notes } from "./stage/notes.js";
import { Reactions } from "./stage/reactions.js";
import { report } from "./stage/report.js";
import { Seats } from "./stage/seats.js";
import { Side } from "./stage/side.js";
import { told } from "./stage/told.js";
import { Voice } from "./stage/voice.js";
import { RoomState } from "./state.js";
import { ending, say } from "./strings.js";
import { ask, menu, toast } from "./ui.js";
import { Engine } from "./voice/engine.js";
import { stayAwake } from "./wake.js";

const $ = (id) => document.getElementById(id);
const page = document.querySelector("main.room").dataset;
const limits = JSON.parse(page.limits); // of the server's settings, to be said beforehand
const you = { id: Number(page.id), name: page.name, tint: Number(page.tint), role: "member" };
const visit = { name: `inside ${page.namespace}`, invite: page.invite || new URLSearchParams(location.search).get("invite") || undefined, password: undefined };
const CODE = /^[a-z_]{2,30}$/;
const waiting = []; // changes that came while the answer of a join or a sync was on its way
let asking = null;
let inside = false;

const link = new Link(page.namespace, {
  up: join, ended: end, refused, now: false,
  auth: () => (visit.invite ? { invite: visit.invite } : {}),
  leaving: () => engine.backend?.leave(),
});
const engine = new Engine(link);
const state = new RoomState(you);
state.staff = "staff" in page;
const announcer = new Announcer($("announcer"));
const side = new Side({ seen: () => chat.shown() });
const chat = new Chat({ link, you, name: `draft ${you.id} ${page.namespace}`, limit: limits.text_length, visible: () => side.chatVisible, report: (message) => report(message.author, run, limits, message.id) });
const voice = new Voice({ state, engine, run, trouble: (code) => toast(code === "lost" ? words.micLost() : trouble(code), true, "voice") });
const menus = new Menus({ state, engine, run, listeners: () => audience.listeners, close: page.close, limits });
const seats = new Seats($("seats"), state, { seat: chooseSeat });
const audience = new Audience(state, { person: (person, anchor) => menus.person(person, anchor), people: () => side.open("people") });
const people = new People(state, { here: peopleChanged, person: (person, anchor) => menus.person(person, anchor) });
const controls = new Controls({ state, voice });
const reactions = new Reactions({ box: $("reactions"), send: (emoji) => run("reaction", emoji) });
const notes = new Notes({ box: $("notes"), engine, voice, state });
const devices = new Devices(engine);
const check = new Check({ join: enter, knock: askIn });
told(state);
new Hands(state, { accept: (person) => run("hand:accept", person.id), reject: (person) => run("hand:reject", person.id) });

/** A command; what goes wrong is said. Answers what was acknowledged, or null. */
async function run(event, ...args) {
  try {
    return await link.ask(event, ...args);
  } catch (error) {
    if (error.code === undefined) throw error;
    if (error.code === "forbidden" && event === "mic:state") return null;
    toast(trouble(error.code), true, error.code === "muted" ? "voice" : "");
    return null;
  }
}

async function join(again) {
  people.begin();
  const answer = await sync("room:join", { tab: engine.tab, password: visit.password, invite: visit.invite });
  people.add(answer.tabs);
  notes.outdated(answer.version > Number(page.version));
  reactions.set(answer.reactions ?? answer.room.reactions);
  $("help-reactions").textContent = reactions.all.join(" ");
  engine.join(answer.media);
  voice.joined();
  if (!inside) entered();
  return chat.load(answer, again);
}

/** Asks for all of it; changes that come meanwhile wait. */
async function sync(event, ...args) {
  asking = link.ask(event, ...args);
  try {
    const answer = await asking;
    state.load(answer);
    return answer;
  } finally {
    asking = null;
    for (const change of waiting.splice(0)) changed(change);
  }
}

/** What was said meanwhile has not come. */
async function refresh() {
  if (!inside || asking) return;
  people.begin();
  try {
    const answer = await sync("room:sync");
    people.add(answer.tabs);
    await chat.load(answer, true);
  } catch (error) {
    if (error.code === undefined) throw error; // without a connection, the next join brings it
  }
}

function changed(change) {
  if (asking) waiting.push(change);
  else if (inside && !state.change(change)) sync("room:sync").catch(() => {}); // without a connection, the next join brings it
}

function enter({ password } = {}) {
  visit.password = password;
  engine.sound().resume();
  link.start();
}

function entered() {
  inside = true;
  if (!state.mine) engine.mic.stop();
  check.close();
  cover(false);
  stayAwake(true);
  remember();
  document.body.classList.add("inside");
  $("seat-button").focus({ focusVisible: false });
}

/** For a reload: that somebody is inside, and whether they were muted. */
function remember() {
  if (inside) try { sessionStorage.setItem(visit.name, voice.muted ? "muted" : "open"); } catch { /* asked again after a reload, then */ }
}

/** What lies under a cover is out of reach, for keys and screen readers too. */
function cover(on) {
  if (on) side.close(false); // on a phone it would lie over the cover
  for (const part of document.querySelectorAll(".room-head, #stage, #side")) part.inert = on;
}

function refused(code) {
  if (inside || !["password", "locked", "too_fast", "too_many_tabs", "full", "invite_invalid"].includes(code)) return false;
  if (code === "invite_invalid") visit.invite = undefined;
  cover(true);
  check.refuse(code);
  return true;
}

async function askIn() {
  check.tell(words.knocking());
  const answer = await knock(page.slug);
  if (!answer.accept) return check.refuse("locked", answer.code ? trouble(answer.code) : words.knockRefused());
  visit.invite = answer.invite ?? visit.invite;
  enter();
}

async function leave() {
  try { sessionStorage.removeItem(visit.name); } catch { /* nothing was kept */ }
  if (voice.here) await link.ask("seat:leave").catch(() => {});
  engine.leave();
  location.href = $("back").href;
}

function end(code) {
  inside = false;
  try { sessionStorage.removeItem(visit.name); } catch { /* nothing was kept */ }
  engine.leave();
  stayAwake(false);
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  check.close();
  const [head, text] = ending(code);
  $("ended-title").textContent = head;
  $("ended-text").textContent = text;
  $("ended-reason").replaceChildren(...(visit.why ?? []).map((line) => el("p", {}, line)));
  $("ended-reason").hidden = !visit.why?.length;
  $("ended-code").textContent = CODE.test(code) ? code : "";
  $("ended-again").hidden = !["kicked", "other", "full"].includes(code);
  cover(true);
  $("ended").hidden = false;
  $("ended-title").focus();
}

function peopleChanged(list, quietly) {
  audience.here(list);
  announcer.people(new Map(list.map((person) => [person.id, person])), quietly);
}

function chooseSeat(seat, anchor) {
  if (seat.person) return menus.person(seat.person, anchor);
  if (state.keepsOrder) return menus.seat(seat, anchor, () => sit(seat.index));
  if (seat.locked) return toast(trouble("seat_locked"), true);
  return state.mayTake || state.mine ? sit(seat.index) : hand();
}

async function sit(index = null) {
  if (state.mine) return run("seat:move", index);
  if (index === null && !state.freeSeat) return toast(words.noFreeSeat());
  voice.want();
  if (!(await run("seat:take", index))) voice.want(false);
}

async function hand() {
  if (state.raised) return run("hand:lower");
  if (!state.room.hands_open) return toast(words.handsClosed());
  voice.want();
  if (await run("hand:raise")) toast(words.handUp(), false, "voice");
}

const mainAction = () => (state.mine ? voice.toggle() : state.mayTake ? sit() : hand());
const react = (n) => () => reactions.all[n] && reactions.send(reactions.all[n]);

function moreMenu(anchor) {
  menu({
    title: words.moreTitle(), anchor,
    items: [
      ["mic", words.soundAndMic(), settings],
      ["people", words.people(), () => side.open("people", anchor)],
      !state.room.private && ["link", words.shareRoom(), () => shareDialog(new URL(page.url, location.href).href)],
      ["keys", words.keys(), () => $("help").showModal()],
      matchMedia("(max-width: 52rem)").matches && ["sun", words.looks(), () => $("looks").showModal()],
      [voice.deafened ? "ear" : "ear-off", voice.deafened ? words.undeafen() : words.deafen(), () => voice.deafen()],
      state.mine && ["seat", words.leaveSeat(), () => run("seat:leave")],
      ["leave", words.leave(), leave, "danger"],
      el("p", { class: "menu-title note" }, words.soundLimits(engine.media.limits)),
    ],
  });
}

function settings() {
  $("settings-home").append($("devices"));
  $("settings").showModal();
}

function drawHead() {
  const { room } = state;
  $("room-name").textContent = room.name;
  $("room-topic").textContent = room.topic;
  $("room-topic").hidden = !room.topic;
  const marks = [room.private && ["people", say.privateRoom()], room.locked && ["lock", words.roomLocked()], room.has_password && ["key", words.hasPassword()], room.seat_mode === "apply" && ["hand", words.applyMode()]].filter(Boolean);
  $("room-marks").replaceChildren(...marks.map(([glyph, label]) => el("span", { class: "mark-badge", title: label }, icon(glyph, true), el("span", { class: "sr" }, label))));
  $("room-button").hidden = $("invite-button").hidden = !state.keepsOrder;
}

state.addEventListener("change", ({ detail }) => {
  drawHead();
  controls.draw();
  chat.composer.allow(state.mayWrite());
  announcer.seats(detail.changed);
  for (const one of detail.raised ?? []) if (one.person.id !== you.id) announcer.say(words.raised(one.person.name));
});
voice.addEventListener("change", () => { controls.draw(); notes.draw(); remember(); });
engine.addEventListener("speaking", ({ detail: { user, on } }) => seats.speaking(user ?? you.id, on));
engine.addEventListener("quality", ({ detail }) => seats.quality(you.id, detail));

link.on("room:changed", changed);
link.on("room:entered", (tab) => people.enter(tab));
link.on("room:left", (tab) => { people.leave(tab); engine.left(tab.id, Boolean(tab.gone)); });
link.on("room:closed", ({ code, reason, until }) => { visit.why = [reason, until && words.bannedUntil(moment(until))].filter(Boolean); link.end(code); });
link.on("room:stale", refresh);
link.on("room:reaction", (news) => reactions.show(news));
link.on("media:speaking", ({ tab, user, on }) => { if (user !== you.id && !engine.hears(tab)) seats.speaking(user, on); });
link.on("media:quality", ({ user, level }) => seats.quality(user, level));
link.on("media:taken_over", () => voice.takenOver());
link.on("seat:unmute_asked", async ({ by }) => {
  if (await ask({ title: words.unmuteTitle(by.name), text: words.unmuteText(), yes: words.unmuteYes(), no: words.unmuteNo(), seconds: 60 })) voice.unmute();
});
link.on("hand:answered", ({ by, accept }) => toast(accept ? words.broughtUp(by.name, voice.quiet) : words.notNowHand(by.name), false, "voice"));
link.on("seat:taken_away", ({ by }) => toast(words.seatTakenAway(by.name), true, "voice"));
link.on("seat:invited", async ({ id, by, seconds }) => {
  const accept = await ask({ title: words.invitedTitle(by.name), text: words.invitedText(), yes: words.accept(), no: words.notNow(), seconds: seconds ?? 30 });
  if (accept) voice.invited();
  run("seat:invite_reply", id, accept);
});
link.on("seat:invite_answered", ({ person, accept }) => accept || toast(words.declined(person.name)));
link.on("room:knocked", async ({ person }) => {
  const accept = await ask({ title: words.knockTitle(person.name), text: words.knockText(), yes: words.letIn(), no: words.notNow(), seconds: 60 });
  run("knock:answer", person.id, accept);
});

$("seat-button").addEventListener("click", mainAction);
$("mic-button").addEventListener("click", () => voice.push || voice.toggle());
$("mic-button").addEventListener("pointerdown", () => voice.push && voice.hold(true));
for (const over of ["pointerup", "pointercancel", "pointerleave"]) $("mic-button").addEventListener(over, () => voice.push && voice.hold(false));
$("deafen-button").addEventListener("click", () => voice.deafen());
$("hand-button").addEventListener("click", hand);
$("react-button").addEventListener("click", () => reactions.choose($("react-button")));
$("chat-button").addEventListener("click", () => side.open("chat", $("chat-button")));
$("peek").addEventListener("click", () => side.open("chat", $("peek")));
$("people-button").addEventListener("click", () => side.open("people", $("people-button")));
$("more-button").addEventListener("click", () => moreMenu($("more-button")));
$("leave-button").addEventListener("click", leave);
$("back").addEventListener("click", (event) => { if (inside) { event.preventDefault(); leave(); } });
$("room-button").addEventListener("click", () => menus.room($("room-button")));
$("invite-button").addEventListener("click", () => inviteDialog((options) => run("invite:create", options), limits));
$("ended-again").addEventListener("click", () => location.reload());

shortcuts({
  active: () => inside,
  hold: { down: () => (state.mine ? voice.hold(true) : toast(words.needSeat())), up: () => voice.hold(false) },
  digits: (n) => react(n)(),
  actions: {
    mic: () => (state.mine ? voice.toggle() : toast(words.needSeat())), hand, deafen: () => voice.deafen(),
    chat: () => side.open("chat", $("chat-button")), leave, help: () => $("help").showModal(),
  },
});
new KeyList($("help"), () => controls.keys());

$("main").dataset.ready = "true";
let before = null;
try { before = sessionStorage.getItem(visit.name); } catch { /* a first visit, then */ }
if (before) {
  voice.muted = before === "muted";
  check.close();
  link.start();
} else {
  cover(true);
  check.focus();
}
if (new URLSearchParams(location.search).has("debug")) {
  import("./voice/debug.js").then(({ expose }) => expose({ engine, state, voice, link }));
  import("./stage/debug.js").then(({ panel }) => panel({ link, source: page.source }));
}
