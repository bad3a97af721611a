// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { gradeServiceLevel, gradeWait, gradeWaiting, Patience, worst } from "../src/wallboard/thresholds";

test("a wait is watched from the threshold and late from three times it", () => {
  expect([null, 0, 19, 20, 59, 60].map((s) => gradeWait(s, 20))).toEqual(["ok", "ok", "ok", "watch", "watch", "late"]);
});

test("a service level is watched to ten points under its goal", () => {
  expect([null, 0.8, 0.79, 0.7, 0.69].map((l) => gradeServiceLevel(l, 0.8))).toEqual(["ok", "ok", "watch", "watch", "late"]);
  expect(gradeServiceLevel(0, 0)).toBe("ok");
});

test("callers in line matter when nobody is free for them", () => {
  expect(gradeWaiting(0, 0, 0)).toBe("ok");
  expect(gradeWaiting(3, 1, 1)).toBe("ok");
  expect(gradeWaiting(3, 0, 2)).toBe("watch");
  expect(gradeWaiting(3, 0, 0)).toBe("late");
});

test("the worst of several counts", () => {
  expect(worst("ok", "late", "watch")).toBe("late");
  expect(worst()).toBe("ok");
});

test("a grade worsens after 10 s and betters after 30 s", () => {
  const p = new Patience();
  expect(p.judge("q", "ok", 0)).toBe("ok");
  expect(p.judge("q", "watch", 1_000)).toBe("ok");
  expect(p.judge("q", "watch", 10_900)).toBe("ok");
  expect(p.judge("q", "watch", 11_000)).toBe("watch");
  expect(p.judge("q", "ok", 12_000)).toBe("watch");
  expect(p.judge("q", "ok", 41_900)).toBe("watch");
  expect(p.judge("q", "ok", 42_000)).toBe("ok");
});

test("a wobble starts the patience anew", () => {
  const p = new Patience();
  p.judge("q", "ok", 0);
  p.judge("q", "watch", 1_000);
  p.judge("q", "ok", 9_000);
  expect(p.judge("q", "watch", 10_000)).toBe("ok");
  expect(p.judge("q", "watch", 12_000)).toBe("ok");
  expect(p.judge("q", "watch", 20_000)).toBe("watch");
});

test("getting worse while already beyond does not start anew", () => {
  const p = new Patience();
  p.judge("q", "ok", 0);
  p.judge("q", "watch", 1_000);
  p.judge("q", "late", 8_000);
  expect(p.judge("q", "late", 11_000)).toBe("late");
});

test("what is seen first is shown at once, and each thing has its own patience", () => {
  const p = new Patience();
  expect(p.judge("a", "late", 0)).toBe("late");
  expect(p.judge("b", "ok", 0)).toBe("ok");
});
