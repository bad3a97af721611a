// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { ServerClock, elapsed, instant, left } from "../src/shared/clock";
import { duration, percent, telephone } from "../src/shared/format";

test.each([
  [0, "0:00"],
  [59.9, "0:59"],
  [187, "3:07"],
  [3600, "1:00:00"],
  [7201, "2:00:01"],
  [-3, "0:00"],
  [null, "–"],
])("%s s is %s", (seconds, want) => {
  expect(duration(seconds)).toBe(want);
});

test.each([
  ["+493012345678", "+49 30 1234 5678"],
  ["13800138000", "138 0013 8000"],
  ["+8613800138000", "+86 138 0013 8000"],
  ["+14155550123", "+1 415 555 0123"],
  ["+35312345678", "+353 1234 5678"],
  ["1000", "1000"],
  ["anna", "anna"],
  ["", ""],
])("%s reads %s", (number, want) => {
  expect(telephone(number)).toBe(want);
});

test("a share is a whole per cent, spaced as the language does", () => {
  expect(percent(0.824, "en")).toBe("82\u00a0%");
  expect(percent(0.824, "zh")).toBe("82%");
  expect(percent(null, "en")).toBe("–");
});

test("times of Go's zero and of nothing are none", () => {
  expect(instant("0001-01-01T00:00:00Z")).toBeNull();
  expect(instant("")).toBeNull();
  expect(instant(null)).toBeNull();
  expect(elapsed(null, 5)).toBeNull();
});

test("time gone is rounded down, time left up, neither below zero", () => {
  const at = "2026-11-22T12:00:00.000Z";
  const t = Date.parse(at);
  expect(elapsed(at, t + 1999)).toBe(1);
  expect(elapsed(at, t - 500)).toBe(0);
  expect(left(at, t - 11_001)).toBe(12);
  expect(left(at, t + 1)).toBe(0);
});

test("the clock follows the stamp that travelled fastest", () => {
  const clock = new ServerClock();
  const server = Date.parse("2026-11-22T12:00:00.000Z");
  clock.learn(new Date(server).toISOString(), 1_000_400); // 400 ms on the way
  clock.learn(new Date(server + 2000).toISOString(), 1_002_020); // 20 ms
  clock.learn("no time", 1_003_000);
  expect(clock.now(1_002_020)).toBe(server + 2000);
});
