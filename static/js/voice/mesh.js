// The mesh backend: everybody is connected to everybody. The newcomer offers; who was there answers.
import { Peer } from "./peer.js";

const AWAY = 30_000; // milliseconds that a connection without packets outlives the news that its tab left
const newCall = () => crypto.getRandomValues(new Uint32Array(2)).join("-");

/**
 * A backend of the voice engine. Every backend has: join(grant), members(tabs), publish(track), signal(from, message),
 * left(tab), refresh(ice), has(tab), connected(tab), inside, stats(), leave(); and calls on.stream(tab, stream), on.gone(tab), on.state(tab, state).
 */
export class Mesh {
  #peers = new Map(); // tab -> Peer
  #leaving = new Map(); // tab -> timer
  #track = null;
  #ice = [];

  /** ``send(tab, message)`` signals through the server. */
  constructor({ send, on }) {
    Object.assign(this, { send, on });
    this.tab = null;
    this.inside = false;
  }

  static get works() { return "RTCPeerConnection" in window; }

  /** Goes in, or comes back after the signalling was away: what still plays goes on. */
  join({ tab, ice_servers: ice = [], peers = [], in_mesh: inside = true }) {
    if (this.tab !== null && this.tab !== tab) this.leave(); // the server knows this tab by another name now
    this.tab = tab;
    this.refresh(ice);
    this.inside = inside;
    if (inside) this.#meet(peers);
  }

  /** Who is in the mesh now. Whoever comes in offers; whoever is there waits for it. */
  members(peers) {
    const came = !this.inside && peers.includes(this.tab);
    this.inside = peers.includes(this.tab);
    if (came) this.#meet(peers);
    for (const tab of this.tabs()) if (peers.includes(tab)) this.#stays(tab); else this.left(tab);
  }

  publish(track) {
    this.#track = track;
    for (const peer of this.#peers.values()) peer.publish(track);
  }

  signal(from, message) {
    if (from === this.tab || !message || typeof message !== "object") return;
    const peer = this.#peers.get(from);
    if (peer?.call === message.call) {
      if (message.type === "bye") this.#close(from);
      else peer.signal(message);
    } else if (message.type === "offer" && this.#yields(from, peer)) {
      this.#close(from);
      this.#open(from, message.call, false).signal(message);
    }
  }

  /** The server says that a tab left. Its sound may outlive its signalling: a server that restarts looks the same. */
  left(tab, gone = false) {
    if (gone) return this.#close(tab);
    if (!this.#peers.has(tab) || this.#leaving.has(tab)) return;
    this.#leaving.set(tab, setTimeout(() => this.#close(tab), this.#peers.get(tab).connected ? AWAY : 0));
  }

  refresh(ice) {
    this.#ice = ice;
    for (const peer of this.#peers.values()) peer.configure(ice);
  }

  has(tab) { return this.#peers.has(tab); }
  connected(tab) { return this.#peers.get(tab)?.connected ?? false; }
  tabs() { return [...this.#peers.keys()]; }

  /** [[tab, RTCStatsReport], ...] */
  stats() { return Promise.all([...this.#peers].filter(([, peer]) => peer.connected).map(async ([tab, peer]) => [tab, await peer.pc.getStats()])); }

  leave() {
    for (const tab of this.tabs()) this.#close(tab, true);
  }

  #meet(peers) {
    for (const tab of peers) {
      if (tab === this.tab) continue;
      this.#stays(tab);
      const known = this.#peers.get(tab);
      if (!known) this.#open(tab, newCall(), true);
      else if (known.state === "lost") known.restart();
    }
  }

  #stays(tab) {
    clearTimeout(this.#leaving.get(tab));
    this.#leaving.delete(tab);
  }

  #yields(from, peer) { // both offered at once: the one whose name comes first gives way
    return !peer || !peer.offers || peer.connected || peer.state === "lost" || this.tab < from;
  }

  #open(tab, call, offers) {
    const peer = new Peer({
      call, offers, ice: this.#ice, track: this.#track,
      send: (message) => this.send(tab, message),
      on: { stream: (stream) => this.on.stream(tab, stream), state: (state) => this.#state(tab, peer, state) },
    });
    this.#peers.set(tab, peer);
    return peer;
  }

  #state(tab, peer, state) {
    if (state === "lost" && this.#leaving.has(tab)) this.#close(tab); // gone from the server, and silent too
    else if (this.#peers.get(tab) === peer) this.on.state(tab, state);
  }

  #close(tab, say = false) {
    const peer = this.#peers.get(tab);
    this.#stays(tab);
    if (!peer) return;
    if (say) this.send(tab, { type: "bye", call: peer.call });
    peer.close();
    this.#peers.delete(tab);
    this.on.gone(tab);
  }
}
