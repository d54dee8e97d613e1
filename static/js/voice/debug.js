// For tests and for the curious: ?debug=1 gives window.__voice. Nothing here is used by the page itself.
const SIZE = 8192;
const analysers = new WeakMap();

/** What a tab sounds like now: {hz, db, median, rms}. */
function spectrum(engine, tab) {
  const heard = tab === "me" ? engine.mic.analyser : engine.output.analyser(tab);
  if (!heard) return null;
  let analyser = analysers.get(heard);
  if (!analyser) {
    analyser = new AnalyserNode(engine.sound(), { fftSize: SIZE, smoothingTimeConstant: 0 });
    heard.connect(analyser);
    analysers.set(heard, analyser);
  }
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  const wave = new Float32Array(SIZE);
  analyser.getFloatTimeDomainData(wave);
  const peak = bins.reduce((best, value, n) => (value > bins[best] ? n : best), 0);
  return {
    hz: (peak * engine.sound().sampleRate) / SIZE, db: bins[peak],
    median: [...bins].sort((a, b) => a - b)[bins.length >> 1], rms: Math.sqrt(wave.reduce((sum, x) => sum + x * x, 0) / SIZE),
  };
}

export function expose({ engine, state, voice, link }) {
  document.documentElement.dataset.debug = "1";
  window.__voice = {
    engine, state, voice, link,
    get tab() { return engine.tab; },
    get speakers() { return engine.output.tabs(); },
    get path() { return engine.frames ? "frames" : "direct"; },
    spectrum: (tab) => spectrum(engine, tab),
    spectra: () => Object.fromEntries(engine.output.tabs().map((tab) => [tab, spectrum(engine, tab)])),
    stats: async () => Object.fromEntries((await engine.backend.stats()).map(([tab, report]) => [tab, [...report.values()]])),
    drop: () => link.socket.io.engine.close(),
  };
}
