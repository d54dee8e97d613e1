// The rooms of the lobby as a table, kept fresh. Everything from the server is written as text.
const table = document.getElementById("live-rooms");
const state = document.getElementById("live-state");
const rooms = new Map();
const more = document.getElementById("live-more");
const refused = document.getElementById("live-refused");
const reports = {}; // slug -> how many wait
let counts = { rooms: 0, lively: 0, people: 0, speaking: 0, reports: 0 }; // of all rooms, shown or not
let next; // where the next page goes on; null: there is none; undefined: not known
let most = Infinity; // rooms of which changes are told
let every = 10_000; // milliseconds between two looks at the first page
const socket = window.io("/");

function row(room) {
  const line = document.createElement("tr");
  const names = room.faces.map((person) => person.name).join(", ");
  const speaking = room.faces.filter((person) => room.speaking.includes(person.id)).map((person) => person.name).join(", ");
  const wait = reports[room.slug] ? link(`${table.dataset.reports}?q=${encodeURIComponent(room.name)}`, String(reports[room.slug])) : "";
  const cells = [String(room.here), names, speaking, room.locked ? table.dataset.yes : "", wait, room.last ? `${room.last.author.name}: ${room.last.text}` : ""];
  line.append(cell("th", link(`${table.dataset.change}?q=${encodeURIComponent(room.slug)}`, room.name)), ...cells.map((content, n) => cell("td", content, heads[n])));
  return line;
}

function link(href, text) { return Object.assign(document.createElement("a"), { href, textContent: text }); }

const heads = [...table.tHead.rows[0].cells].slice(1).map((head) => head.textContent);

function cell(tag, content, label = "") {
  const node = document.createElement(tag);
  if (content) node.append(content);
  if (label) node.dataset.label = label; // on a phone, where a room is a card
  return node;
}

function tile(name, number, wanting = false) {
  const node = document.getElementById(`live-${name}`);
  node.textContent = String(number);
  node.parentElement.classList.toggle("wanting", wanting);
}

function tiles() {
  tile("open", counts.rooms);
  tile("lively", counts.lively);
  tile("people", counts.people);
  tile("speaking", counts.speaking);
  tile("reports", counts.reports, counts.reports > 0);
}

function draw() {
  const sorted = [...rooms.values()].sort((a, b) => b.here - a.here || a.name.localeCompare(b.name));
  table.tBodies[0].replaceChildren(...sorted.map(row));
  more.hidden = next === null || rooms.size >= most;
  tiles();
}

/** What is known of a room that is shown is another: the sums over all rooms go along. */
function change(news) {
  const old = rooms.get(news.slug);
  if (!old) return;
  const now = { ...old, ...news };
  rooms.set(news.slug, now);
  counts.people += now.here - old.here;
  counts.lively += (now.here > 0) - (old.here > 0);
  counts.speaking += now.speaking.length - old.speaking.length;
  draw();
}

/** A page of rooms: the first one, or the one after it. */
async function ask(after = null) {
  const answer = await socket.emitWithAck("lobby:join", { after });
  if (answer.error) return;
  for (const room of answer.rooms) rooms.set(room.slug, room);
  if (after !== null || next === undefined) next = answer.more;
  ({ counts, shown: most } = answer);
  Object.assign(reports, answer.reports);
  every = answer.every * 1000;
  state.textContent = state.dataset.on;
  draw();
  refusals();
}

/** The limits that people ran into, of all processes, the most frequent first. */
async function refusals() {
  const answer = await socket.emitWithAck("house:refusals");
  if (answer.error) return;
  const rows = Object.entries(answer.refused).sort((a, b) => b[1] - a[1]);
  refused.tBodies[0].replaceChildren(...rows.map(([name, n]) => {
    const line = document.createElement("tr");
    line.append(cell("th", name), cell("td", String(n)));
    return line;
  }));
  refused.parentElement.hidden = rows.length === 0;
}

let looking = null;
function look() {
  looking ??= setTimeout(() => { looking = null; if (socket.connected) ask(); }, every);
}

socket.on("connect", () => { rooms.clear(); next = undefined; ask(); });
socket.on("disconnect", () => { state.textContent = state.dataset.off; });
socket.on("lobby:room", (news) => (rooms.has(news.slug) ? change(news) : look()));
socket.on("lobby:people", change);
socket.on("lobby:news", look);
socket.on("lobby:reports", ({ slug, waiting, all }) => { reports[slug] = waiting; counts.reports = all; draw(); });
socket.on("lobby:closed", ({ slug }) => {
  if (rooms.has(slug)) change({ slug, here: 0, speaking: [] });
  if (rooms.delete(slug)) counts.rooms -= 1;
  draw();
});
more.addEventListener("click", () => ask(next));
