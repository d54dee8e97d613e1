// One peer connection. Signals are handled one after the other; whoever offered first is who offers again.
const PATIENCE = 5000; // milliseconds in "disconnected" before ICE starts again

export class Peer {
  #work = Promise.resolve();
  #timer = null;
  #early = [];
  state = "new"; // new, connected, lost

  /** ``send(message)`` signals; ``on``: {stream(stream), state(state)}. */
  constructor({ call, offers, ice, track, send, on }) {
    Object.assign(this, { call, offers, send, on, track });
    this.began = performance.now();
    this.pc = new RTCPeerConnection({ iceServers: ice, bundlePolicy: "max-bundle" });
    this.pc.onicecandidate = ({ candidate }) => candidate && this.#say({ type: "candidate", candidate: candidate.toJSON() });
    this.pc.ontrack = ({ track: heard }) => this.on.stream(new MediaStream([heard]));
    this.pc.onconnectionstatechange = this.pc.oniceconnectionstatechange = () => this.#changed();
    if (offers) {
      this.sender = this.pc.addTransceiver(track ?? "audio", { direction: "sendrecv" }).sender;
      this.#do(() => this.#offer());
    }
  }

  get connected() { return this.state === "connected"; }

  /** What the other side hears from now on; null: nothing, and no packet either. */
  publish(track) {
    this.track = track;
    return this.#do(() => this.sender?.replaceTrack(track));
  }

  signal(message) {
    const handlers = {
      offer: () => this.#answer(message.sdp),
      answer: () => this.#described({ type: "answer", sdp: message.sdp }),
      candidate: () => this.#candidate(message.candidate),
      restart: () => this.offers && this.#offer(true),
    };
    return Object.hasOwn(handlers, message.type) ? this.#do(handlers[message.type]) : null;
  }

  /** Look for another way to the other side. */
  restart() {
    if (this.offers) this.#do(() => this.#offer(true));
    else this.#say({ type: "restart" });
  }

  configure(ice) { this.pc.setConfiguration({ ...this.pc.getConfiguration(), iceServers: ice }); }

  close() {
    clearTimeout(this.#timer);
    this.pc.onconnectionstatechange = this.pc.oniceconnectionstatechange = this.pc.ontrack = this.pc.onicecandidate = null;
    this.pc.close();
    this.state = "closed";
  }

  #do(step) {
    this.#work = this.#work.then(() => this.pc.signalingState !== "closed" && step()).catch((error) => console.debug("voice:", error.message));
    return this.#work;
  }

  #say(message) { this.send({ ...message, call: this.call }); }

  async #offer(again = false) {
    if (again) this.pc.restartIce();
    await this.pc.setLocalDescription();
    this.#say({ type: "offer", sdp: this.pc.localDescription.sdp });
  }

  async #answer(sdp) {
    await this.#described({ type: "offer", sdp });
    const [transceiver] = this.pc.getTransceivers();
    transceiver.direction = "sendrecv";
    this.sender = transceiver.sender;
    await this.sender.replaceTrack(this.track);
    await this.pc.setLocalDescription();
    this.#say({ type: "answer", sdp: this.pc.localDescription.sdp });
  }

  async #described(description) {
    await this.pc.setRemoteDescription(description);
    for (const candidate of this.#early.splice(0)) await this.pc.addIceCandidate(candidate);
  }

  async #candidate(candidate) {
    if (this.pc.remoteDescription) await this.pc.addIceCandidate(candidate);
    else this.#early.push(candidate);
  }

  #changed() {
    const ice = this.pc.iceConnectionState;
    const up = this.pc.connectionState === "connected" && (ice === "connected" || ice === "completed");
    const lost = ice === "failed" || ice === "disconnected" || this.pc.connectionState === "failed";
    clearTimeout(this.#timer);
    if (lost) this.#timer = setTimeout(() => this.#retry(), ice === "disconnected" ? PATIENCE : 0);
    const state = up ? "connected" : lost ? "lost" : this.state;
    if (state !== this.state) this.on.state((this.state = state));
  }

  #retry() {
    this.restart();
    this.#timer = setTimeout(() => this.#retry(), 2 * PATIENCE); // until it works, or somebody says bye
  }
}
