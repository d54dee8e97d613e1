// The rooms of the lobby as a table, kept fresh. Everything from the server is written as text.
const table = document.getElementById("live-rooms");
const state = document.getElementById("live-state");
const rooms = new Map();
const socket = window.io("/");

function row(room) {
  const line = document.createElement("tr");
  const names = room.faces.map((person) => person.name).join(", ");
  const speaking = room.faces.filter((person) => room.speaking.includes(person.id)).map((person) => person.name).join(", ");
  const cells = [room.here, names, speaking, room.locked ? table.dataset.yes : "", room.last ? `${room.last.author.name}: ${room.last.text}` : ""];
  const link = document.createElement("a");
  link.href = `${table.dataset.change}?q=${encodeURIComponent(room.slug)}`;
  link.textContent = room.name;
  const head = document.createElement("th");
  head.append(link);
  line.append(head, ...cells.map((text) => Object.assign(document.createElement("td"), { textContent: String(text) })));
  return line;
}

function draw() {
  const sorted = [...rooms.values()].sort((a, b) => b.here - a.here || a.name.localeCompare(b.name));
  table.tBodies[0].replaceChildren(...sorted.map(row));
}

function change(news) {
  rooms.set(news.slug, { here: 0, faces: [], speaking: [], ...rooms.get(news.slug), ...news });
  draw();
}

socket.on("connect", async () => {
  const answer = await socket.emitWithAck("lobby:join");
  rooms.clear();
  for (const room of answer.rooms) rooms.set(room.slug, room);
  state.textContent = state.dataset.on;
  draw();
});
socket.on("disconnect", () => { state.textContent = state.dataset.off; });
socket.on("lobby:room", change);
socket.on("lobby:people", (news) => { if (rooms.has(news.slug)) change(news); });
socket.on("lobby:closed", ({ slug }) => { rooms.delete(slug); draw(); });
