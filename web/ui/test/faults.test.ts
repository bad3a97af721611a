// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { FaultFinder, judgePath, type Fault, type Sample } from "../src/phone/faults";

const healthy: Sample = { muted: false, held: false, decibels: -30, flat: false, received: 0, connected: true };

// run feeds a finder every 100 ms, packets arriving unless told otherwise, and
// returns the fault after each second.
function run(seconds: number, more: Partial<Sample>, flowing = true, finder = new FaultFinder(), from = 0): (Fault | null)[] {
  const out: (Fault | null)[] = [];
  for (let ms = 0; ms <= seconds * 1000; ms += 100) {
    const received = more.received === null ? null : flowing ? 5 * Math.floor((from + ms) / 100) : 5;
    const found = finder.look({ ...healthy, received, ...more, ...(more.received === null ? {} : { received }) }, from + ms);
    if (ms > 0 && ms % 1000 === 0) {
      out.push(found);
    }
  }
  return out;
}

test("a healthy call has no fault", () => {
  expect(run(5, {})).toEqual([null, null, null, null, null]);
});

test("each silence is named within three seconds", () => {
  expect(run(3, { flat: true, decibels: -100 })[2]).toBe("micFlat");
  expect(run(3, {}, false)[2]).toBe("noSound");
  expect(run(1, { muted: true })[0]).toBe("mutedSpeaking");
  expect(run(1, { connected: false })[0]).toBe("pathLost");
});

test("a quiet room is no flat microphone, and a muted one may be flat", () => {
  expect(run(6, { decibels: -70 })).not.toContain("micFlat");
  expect(run(6, { flat: true, decibels: -100, muted: true })).toEqual([null, null, null, null, null, null]);
});

test("silence on hold is meant", () => {
  expect(run(6, { held: true, flat: true, decibels: -100 }, false)).toEqual([null, null, null, null, null, null]);
});

test("nothing is said of a path not yet measured", () => {
  expect(run(6, { received: null })).not.toContain("noSound");
});

test("a fault is gone within a second of its cure", () => {
  const finder = new FaultFinder();
  expect(run(3, { muted: true }, true, finder)[2]).toBe("mutedSpeaking");
  expect(run(1, {}, true, finder, 3000)[0]).toBeNull();
  const deaf = new FaultFinder();
  expect(run(4, {}, false, deaf)[3]).toBe("noSound");
  expect(run(1, {}, true, deaf, 4000)[0]).toBeNull();
});

test("a path is judged by what came since the last look", () => {
  const before = { received: 1000, lost: 100, jitterMs: 5, roundTripMs: 40 };
  expect(judgePath(before, { ...before, received: 1050 }, true)).toEqual({ quality: "good", roundTripMs: 40, lossPercent: 0 });
  expect(judgePath(before, { ...before, received: 1045, lost: 105 }, true).quality).toBe("poor");
  expect(judgePath(before, { ...before, received: 1050, roundTripMs: 500 }, true).quality).toBe("poor");
  expect(judgePath(null, before, false).quality).toBe("lost");
});
