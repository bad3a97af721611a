// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { failing, passed, steps, type Checks } from "../src/desk/ready";

const good: Checks = {
  needed: true, mic: "live", heard: true, ringHeard: true, soundBlocked: false, line: "registered", feedLive: true, notices: "granted",
};

test("with everything heard and connected the check passes", () => {
  const list = steps(good);
  expect(failing(list)).toBeNull();
  expect(passed(list)).toBe(4);
});

test.each<[string, Partial<Checks>, string, string]>([
  ["the microphone refused", { mic: "refused" }, "microphone", "refused"],
  ["no microphone", { mic: "missing" }, "microphone", "missing"],
  ["a page that is not secure", { mic: "insecure" }, "microphone", "insecure"],
  ["a voice not yet heard", { heard: false }, "microphone", "saySomething"],
  ["sound blocked by the browser", { soundBlocked: true }, "sound", "blocked"],
  ["a ring not yet heard", { ringHeard: false }, "sound", "notPlayed"],
  ["the line lost", { line: "lost" }, "path", "lost"],
  ["the feed lost", { feedLive: false }, "path", "lost"],
  ["not yet registered", { line: "connecting" }, "path", "connecting"],
])("%s stands in the way and names its repair", (_, more, id, word) => {
  expect(failing(steps({ ...good, ...more }))).toMatchObject({ id, word });
});

test("notices are a warning and no obstacle", () => {
  const list = steps({ ...good, notices: "default" });
  expect(failing(list)).toBeNull();
  expect(passed(list)).toBe(3);
});

test("an agent with a telephone needs neither microphone nor ring here", () => {
  const list = steps({ ...good, needed: false, mic: "missing", ringHeard: false, line: "off" });
  expect(list.map((s) => s.id)).toEqual(["path", "notices"]);
  expect(failing(list)).toBeNull();
});
