// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import type { Floor, FloorAgent, FloorQueue, QueueNumbers } from "../src/api/types";
import { byState, keepOrder, movedCount, flowOuts, level, summarise } from "../src/wallboard/summary";

const now = Date.parse("2026-11-22T12:00:00.000Z");
const ago = (s: number) => new Date(now - s * 1000).toISOString();

function numbers(answered: number, within: number, abandoned: number, short = 0): QueueNumbers {
  return { offered: answered + abandoned, answered, abandoned, shortAbandoned: short, answeredWithin: within };
}

function queue(id: string, waiting: number, longest: number | null, today: QueueNumbers, last30 = today): FloorQueue {
  return {
    id, name: { en: id, zh: id }, closed: false, goal: 80, thresholdSeconds: 20, waiting, longestSince: longest === null ? null : ago(longest),
    signedIn: 1, available: 1, free: 0, today, last30,
  };
}

function agent(id: string, status: string, activity: FloorAgent["activity"], since: number): FloorAgent {
  return { id, name: id, status, reason: "", actor: id, statusSince: ago(since), nextStatus: "", activity, activitySince: ago(since), queue: "", device: "browser" };
}

test("service level is answered within / (answered + abandoned), short abandons inside", () => {
  expect(level(numbers(8, 6, 2, 1))).toBeCloseTo(0.6);
});

test("a service level over fewer than five contacts is not shown", () => {
  expect(level(numbers(3, 3, 1))).toBeNull();
  expect(level(numbers(4, 4, 1))).toBeCloseTo(0.8);
});

test("the five numbers join the queues by their counts, not by the mean of their shares", () => {
  const floor: Floor = {
    now: ago(0),
    queues: [queue("a", 2, 48, numbers(90, 90, 0)), queue("b", 1, 108, numbers(0, 0, 10, 4))],
    agents: [agent("x", "available", "talking", 1), agent("y", "break", "idle", 1), agent("z", "offline", "idle", 1)],
  };
  const s = summarise(floor, now);
  expect(s).toMatchObject({ waiting: 3, longest: 108, available: 1, signedIn: 2, abandoned: 10, shortAbandoned: 4, offered: 100, goal: 0.8, thresholdSeconds: 20 });
  expect(s.level30).toBeCloseTo(0.9);
});

test("nobody waiting is no wait, not a wait of zero", () => {
  expect(summarise({ now: ago(0), queues: [queue("a", 0, null, numbers(0, 0, 0))], agents: [] }, now)).toMatchObject({ longest: null, level30: null, waiting: 0 });
});

test("agents are grouped by what they do, exceptions first, longest first, offline last", () => {
  const groups = byState([
    agent("off", "offline", "idle", 10),
    agent("short", "available", "idle", 5),
    agent("long", "available", "idle", 50),
    agent("missed", "notResponding", "idle", 20),
    agent("talk", "available", "talking", 3),
    agent("rest", "break", "idle", 3),
  ]);
  expect(groups.map((g) => [g.state, g.agents.map((a) => a.id)])).toEqual([
    ["notResponding", ["missed"]],
    ["talking", ["talk"]],
    ["available", ["long", "short"]],
    ["break", ["rest"]],
    ["offline", ["off"]],
  ]);
});

test("an order is kept under the hand: nobody moves, newcomers stand last", () => {
  const due = ["c", "a", "new", "b"].map((id) => agent(id, "available", "idle", 1));
  const shown = keepOrder(due, ["a", "b", "gone", "c"]);
  expect(shown.map((a) => a.id)).toEqual(["a", "b", "c", "new"]);
  expect(movedCount(shown, due)).toBe(4);
  expect(movedCount(due, due)).toBe(0);
});

test("flow-outs add up over their endings", () => {
  expect(flowOuts({ ...numbers(0, 0, 0), flowOuts: { exitKey: 2, timedOut: 3 } })).toBe(5);
  expect(flowOuts(numbers(0, 0, 0))).toBe(0);
});
