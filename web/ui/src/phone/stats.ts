// SPDX-License-Identifier: Apache-2.0

// Reads from a connection's statistics what the desk judges by.

import type { PathSample } from "./faults";

export async function pathSample(connection: RTCPeerConnection): Promise<PathSample> {
  const sample: PathSample = { received: 0, lost: 0, jitterMs: 0, roundTripMs: null };
  const report = await connection.getStats();
  report.forEach((entry: Record<string, unknown>) => {
    if (entry.type === "inbound-rtp" && entry.kind === "audio") {
      sample.received += Number(entry.packetsReceived ?? 0);
      sample.lost += Number(entry.packetsLost ?? 0);
      sample.jitterMs = Number(entry.jitter ?? 0) * 1000;
    }
    if (entry.type === "candidate-pair" && entry.nominated && entry.currentRoundTripTime !== undefined) {
      sample.roundTripMs = Math.round(Number(entry.currentRoundTripTime) * 1000);
    }
  });
  return sample;
}
