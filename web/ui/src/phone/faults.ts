// SPDX-License-Identifier: Apache-2.0

// What is wrong with the sound of a call, decided from one sample after another.
// Pure: the caller brings the measurements and the time.

export type Fault = "mutedSpeaking" | "micFlat" | "noSound" | "pathLost";

export interface Sample {
  muted: boolean;
  held: boolean;
  // The microphone in dBFS, and whether its samples are exactly nothing.
  decibels: number;
  flat: boolean;
  // Packets received so far; null while not yet known.
  received: number | null;
  // The state of the connection between browser and server.
  connected: boolean;
}

// Someone is speaking from this loudness on, for this long in the last second.
export const speakingDecibels = -42;
export const speakingMs = 300;
// Silence is named after this long.
export const flatMs = 2200;
export const noSoundMs = 2200;

export class FaultFinder {
  private spokenMs = 0;
  private quietMs = 0;
  private flatForMs = 0;
  private deafForMs = 0;
  private received: number | null = null;
  private at: number | null = null;

  // look takes a sample at a time in ms and returns the most urgent fault.
  look(s: Sample, at: number): Fault | null {
    const step = this.at === null ? 0 : Math.min(1000, Math.max(0, at - this.at));
    this.at = at;

    const speaking = s.decibels > speakingDecibels;
    this.spokenMs = speaking ? this.spokenMs + step : this.spokenMs;
    this.quietMs = speaking ? 0 : this.quietMs + step;
    if (!s.muted || this.quietMs > 800) {
      this.spokenMs = 0;
    }
    this.flatForMs = s.flat && !s.muted && !s.held ? this.flatForMs + step : 0;
    const came = s.received !== null && this.received !== null && s.received > this.received;
    this.deafForMs = s.received === null || s.held || came ? 0 : this.deafForMs + step;
    this.received = s.received;

    if (!s.connected) {
      return "pathLost";
    }
    if (this.deafForMs >= noSoundMs) {
      return "noSound";
    }
    if (s.muted && this.spokenMs >= speakingMs) {
      return "mutedSpeaking";
    }
    if (this.flatForMs >= flatMs) {
      return "micFlat";
    }
    return null;
  }

  reset(): void {
    this.spokenMs = this.quietMs = this.flatForMs = this.deafForMs = 0;
    this.received = null;
    this.at = null;
  }
}

export interface Path {
  quality: "good" | "poor" | "lost";
  roundTripMs: number | null;
  lossPercent: number | null;
}

// Over these a conversation suffers.
export const poorRoundTripMs = 400;
export const poorLossPercent = 3;
export const poorJitterMs = 60;

export interface PathSample {
  received: number;
  lost: number;
  jitterMs: number;
  roundTripMs: number | null;
}

// judgePath compares two samples of a second or more apart.
export function judgePath(before: PathSample | null, now: PathSample, connected: boolean): Path {
  const received = before ? now.received - before.received : 0;
  const lost = before ? Math.max(0, now.lost - before.lost) : 0;
  const lossPercent = received + lost > 0 ? (100 * lost) / (received + lost) : null;
  const poor =
    (now.roundTripMs ?? 0) > poorRoundTripMs || (lossPercent ?? 0) > poorLossPercent || now.jitterMs > poorJitterMs;
  return {
    quality: !connected ? "lost" : poor ? "poor" : "good",
    roundTripMs: now.roundTripMs,
    lossPercent,
  };
}
