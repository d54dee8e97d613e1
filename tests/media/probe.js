// In every page of these tests: what its <audio> elements play, and its peer connections for when something fails.
(() => {
  const connections = [];
  const Native = window.RTCPeerConnection;
  if (Native) {
    window.RTCPeerConnection = class extends Native {
      constructor(...args) { super(...args); connections.push(this); }
    };
  }

  let asked = 0; // how often the page wanted the microphone
  const devices = window.MediaDevices?.prototype;
  const ask = devices?.getUserMedia;
  if (ask) devices.getUserMedia = function (...args) { asked += 1; return ask.apply(this, args); };

  let context = null;
  const ears = new Map(); // <audio> -> {stream, analyser}

  function ear(audio) {
    const known = ears.get(audio);
    if (known?.stream === audio.srcObject) return known;
    context ??= new AudioContext({ sampleRate: 48000 });
    const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
    const source = context.createMediaStreamSource(audio.srcObject);
    source.connect(analyser);
    const one = { stream: audio.srcObject, analyser, source };
    ears.set(audio, one);
    return one;
  }

  function spectrum({ analyser }) {
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    const finite = (decibels) => Math.max(-200, decibels); // silence is -Infinity, which JSON has not
    const peak = bins.indexOf(Math.max(...bins));
    return { hertz: (peak * context.sampleRate) / analyser.fftSize, peak: finite(bins[peak]), median: finite([...bins].sort((a, b) => a - b)[bins.length >> 1]) };
  }

  window.probe = {
    connections,
    get asked() { return asked; },
    listen() {
      const heard = [...document.querySelectorAll("audio")].filter((audio) => audio.srcObject?.getAudioTracks().length);
      return heard.map((audio) => ({ ...spectrum(ear(audio)), off: audio.muted || audio.paused || audio.volume === 0 }));
    },
    async stats() {
      const kinds = ["inbound-rtp", "outbound-rtp", "candidate-pair", "local-candidate", "remote-candidate"];
      return Promise.all(connections.map(async (pc) => ({
        state: [pc.signalingState, pc.iceConnectionState, pc.connectionState],
        stats: [...(await pc.getStats()).values()].filter(({ type }) => kinds.includes(type)),
      })));
    },
  };
})();
