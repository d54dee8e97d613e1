// Compiled against the declarations that socketio_schema writes, and run: prints one line of JSON.
import { io, type Socket } from "socket.io-client-4";
import type { Board, ErrorAck, Lobby, Post, Room, Saved } from "./events";

declare const process: { argv: string[]; exit(code: number): never };

const url = process.argv[2];
const login: Board.Auth = { token: "sesame" };
const board: Socket<Board.ServerToClientEvents, Board.ClientToServerEvents> = io(`${url}/board`, { auth: login });
const lobby: Socket<Lobby.ServerToClientEvents, Lobby.ClientToServerEvents> = io(url);

function good<T extends object>(answer: T | ErrorAck): T {
  if ("error" in answer) throw new Error(answer.error.message);
  return answer as T;
}

async function main(): Promise<void> {
  const post: Post = { title: "four", author: { name: "ada", colour: "red" }, tags: ["a"] };
  const shown = new Promise<string>((resolve) => board.on("post", (each: Post) => resolve(each.author.name)));
  board.on("moved", (who: string, x: number, y: number) => console.error(who, x + y));
  board.on("bye */ *", () => {});
  board.emit("hello");
  board.emit("hello", "ada");
  board.emit("hello", null);
  board.emit("untyped", 1);
  const saved: Saved = good(await board.emitWithAck("post", post));
  const drawn = await new Promise<[number | ErrorAck, Record<string, number[]>]>((resolve) =>
    board.emit("draw", { points: [[1, 2.5], [3, 4]], picture: new Uint8Array([1, 2, 3]) }, (count, sizes) =>
      resolve([count, sizes]),
    ),
  );
  const refused = await board.emitWithAck("post", { title: 7 } as unknown as Post);
  const young = await new Promise<ErrorAck | undefined>((resolve) =>
    board.emit("sign up", { name: "a", age: 7 }, resolve),
  );
  const sum = await board.emitWithAck("sum", "total", 1, 2, 3);
  const said = new Promise<string>((resolve) => lobby.on("said", resolve));
  lobby.emit("say", "hello");
  const bad = io(`${url}/board`, { auth: { token: 7 }, forceNew: true });
  const refusal = await new Promise<object>((resolve) =>
    bad.on("connect_error", (error: Error & { data?: unknown }) => resolve([error.message, error.data])),
  );
  console.log(JSON.stringify({ saved, drawn, refused, young, sum, said: await said, shown: await shown, refusal }));
  process.exit(0);
}

export type Known = Room.ServerToClientEvents["said"];
main();
