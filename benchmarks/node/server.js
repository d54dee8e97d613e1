"use strict";
// The peer: Socket.IO's own server, which speaks websockets with "ws". Listens on the port of 127.0.0.1 that it is told.
const http = require("http");
const { Server } = require("socket.io");

const server = http.createServer((request, response) => {
  const url = new URL(request.url, "http://localhost");
  if (url.pathname === "/emit") io.to("everyone").emit("news", url.searchParams.get("x"));
  response.end("ok");
});
const io = new Server(server, { allowEIO3: true, pingInterval: 3600000, pingTimeout: 3600000 });

if (process.env.BENCH_REDIS) {
  const { createClient } = require("redis");
  const { createAdapter } = require("@socket.io/redis-adapter");
  const publisher = createClient({ url: process.env.BENCH_REDIS });
  const subscriber = publisher.duplicate();
  Promise.all([publisher.connect(), subscriber.connect()]).then(() => io.adapter(createAdapter(publisher, subscriber)));
}

io.on("connection", (socket) => {
  socket.join("everyone");
  socket.on("echo", (argument, answer) => answer(argument));
  socket.on("broadcast", (argument) => { io.to("everyone").emit("news", argument); });
  socket.on("rooms", (names, answer) => { socket.join(names); answer(true); });
  socket.on("room", (name, argument) => { io.to(name).emit("news", argument); });
});
for (let number = 0; number < 4; number++) {
  io.of(`/further${number}`).on("connection", (socket) => socket.on("echo", (argument, answer) => answer(argument)));
}
server.listen(Number(process.argv[2]), "127.0.0.1");
