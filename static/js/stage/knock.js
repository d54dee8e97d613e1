// Knocking at a locked room. The door is elsewhere: the lobby's namespace hears who may not connect to the room's.
const LONGEST = 90_000; // milliseconds

/** Answers ``{accept, invite?}``, or ``{accept: false, code}``. */
export function knock(slug) {
  const socket = window.io("/", { reconnection: false });
  return new Promise((resolve) => {
    const done = (answer) => { clearTimeout(timer); resolve(answer); socket.disconnect(); };
    const timer = setTimeout(() => done({ accept: false }), LONGEST);
    socket.on("connect_error", () => done({ accept: false, code: "offline" }));
    socket.on("disconnect", () => done({ accept: false, code: "offline" }));
    socket.on("lobby:knock_answer", (answer) => { if (answer.slug === slug) done(answer); });
    socket.on("connect", async () => {
      const answer = await socket.timeout(10_000).emitWithAck("room:knock", slug).catch(() => ({ error: { code: "timeout" } }));
      if (answer?.error) done({ accept: false, code: answer.error.code });
    });
  });
}
