// How good a connection is, in four levels: 3 excellent, 2 good, 1 poor, 0 lost.
const before = new WeakMap(); // report owner -> counters of the last look

function facts(report) {
  const found = { received: 0, lost: 0, jitter: 0, rtt: 0 };
  for (const stat of report.values()) {
    if (stat.type === "inbound-rtp") Object.assign(found, { received: stat.packetsReceived ?? 0, lost: stat.packetsLost ?? 0, jitter: stat.jitter ?? 0 });
    if (stat.type === "candidate-pair" && stat.nominated && stat.currentRoundTripTime) found.rtt = stat.currentRoundTripTime;
  }
  return found;
}

/** ``owner``: any object that stays the same for a connection. */
export function level(owner, report) {
  const now = facts(report);
  const last = before.get(owner) ?? { received: 0, lost: 0 };
  before.set(owner, now);
  const lost = Math.max(0, now.lost - last.lost);
  const share = lost / Math.max(1, now.received - last.received + lost);
  if (share > 0.3) return 0;
  if (share > 0.05 || now.rtt > 0.4 || now.jitter > 0.08) return 1;
  if (share > 0.01 || now.rtt > 0.2 || now.jitter > 0.03) return 2;
  return 3;
}
