// Each of these lines is an error that tsc must find.
import { io, type Socket } from "socket.io-client-4";
import type { Board } from "./events";

const board: Socket<Board.ServerToClientEvents, Board.ClientToServerEvents> = io();
board.emit("nothing of the kind");
board.emit("post", { title: 7 }, () => {});
board.emit("post", { title: "t", author: { name: "a", colour: "green" } }, () => {});
board.emit("sum", "total", "1", () => {});
board.emit("hello", 7);
board.on("moved", (who: number) => {});
board.on("nobody says this", () => {});
const login: Board.Auth = { device: "phone" };
