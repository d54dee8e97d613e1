// Runs in the audio thread: "tap" hands out what passes in pieces of 60 ms, "ring" plays what arrives, late or early.
class Tap extends AudioWorkletProcessor {
  constructor() {
    super();
    this.piece = new Float32Array(Math.round(sampleRate * 0.06));
    this.filled = 0;
  }

  process([[input]]) {
    if (!input) return true;
    for (let from = 0; from < input.length;) {
      const part = input.subarray(from, from + this.piece.length - this.filled);
      this.piece.set(part, this.filled);
      this.filled += part.length;
      from += part.length;
      if (this.filled === this.piece.length) {
        this.port.postMessage(this.piece);
        this.filled = 0;
      }
    }
    return true;
  }
}

class Ring extends AudioWorkletProcessor {
  constructor() {
    super();
    this.pieces = [];
    this.held = 0; // samples
    this.playing = false;
    this.port.onmessage = ({ data }) => this.take(data);
  }

  take(piece) {
    this.pieces.push(piece);
    this.held += piece.length;
    while (this.held > sampleRate * 0.5) this.held -= this.pieces.shift().length; // half a second late: drop the oldest
    if (this.held >= sampleRate * 0.12) this.playing = true;
  }

  process(_, [[output]]) {
    if (!this.playing) return true;
    for (let at = 0; at < output.length;) {
      const piece = this.pieces[0];
      if (!piece) {
        this.playing = false; // dry: gather 120 ms before the next sound
        break;
      }
      const part = piece.subarray(0, output.length - at);
      output.set(part, at);
      at += part.length;
      this.held -= part.length;
      if (part.length === piece.length) this.pieces.shift();
      else this.pieces[0] = piece.subarray(part.length);
    }
    return true;
  }
}

registerProcessor("tap", Tap);
registerProcessor("ring", Ring);
