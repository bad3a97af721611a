// SPDX-License-Identifier: Apache-2.0

// When a number is ok, to be watched, or late, and the patience before the word
// changes. Pure.

export type Grade = "ok" | "watch" | "late";

// A grade worsens after this long beyond its threshold, and betters after this
// long back.
export const worsenMs = 10_000;
export const betterMs = 30_000;

// From this many counted contacts on a service level is judged and shown.
export const judgedFrom = 5;

// A service level this far below its goal is late.
export const watchBand = 0.1;

export function gradeWait(seconds: number | null, thresholdSeconds: number): Grade {
  if (seconds === null || thresholdSeconds <= 0 || seconds < thresholdSeconds) {
    return "ok";
  }
  return seconds >= 3 * thresholdSeconds ? "late" : "watch";
}

export function gradeServiceLevel(level: number | null, goal: number): Grade {
  if (level === null || goal <= 0 || level >= goal) {
    return "ok";
  }
  return level >= goal - watchBand - 1e-9 ? "watch" : "late";
}

export function gradeWaiting(waiting: number, free: number, available: number): Grade {
  if (waiting === 0 || free > 0) {
    return "ok";
  }
  return available === 0 ? "late" : "watch";
}

const rank: Record<Grade, number> = { ok: 0, watch: 1, late: 2 };

export function worst(...grades: Grade[]): Grade {
  return grades.reduce((a, b) => (rank[b] > rank[a] ? b : a), "ok");
}

interface Held {
  shown: Grade;
  wanted: Grade;
  since: number;
}

// Patience holds what is shown until the measured grade has lasted.
export class Patience {
  private readonly held = new Map<string, Held>();

  // shown is the grade last shown; ok for what was never judged.
  shown(what: string): Grade {
    return this.held.get(what)?.shown ?? "ok";
  }

  // judge takes the grade measured now (ms) and returns the one to show.
  judge(what: string, measured: Grade, now: number): Grade {
    const h = this.held.get(what);
    if (!h) {
      this.held.set(what, { shown: measured, wanted: measured, since: now });
      return measured;
    }
    if (measured === h.shown) {
      h.wanted = measured;
      h.since = now;
      return h.shown;
    }
    if (measured !== h.wanted) {
      // Worse still, or better still: the time already spent beyond counts.
      const same = rank[measured] > rank[h.shown] === rank[h.wanted] > rank[h.shown] && h.wanted !== h.shown;
      h.since = same ? h.since : now;
      h.wanted = measured;
    }
    const patience = rank[measured] > rank[h.shown] ? worsenMs : betterMs;
    if (now - h.since >= patience) {
      h.shown = measured;
      h.since = now;
    }
    return h.shown;
  }
}
