// SPDX-License-Identifier: Apache-2.0

// The five numbers over all queues, and the agents by state. Pure.

import type { Floor, FloorAgent, FloorQueue, QueueNumbers } from "../api/types";
import { elapsed, instant } from "../shared/clock";
import { agentState } from "../shared/look";
import { judgedFrom } from "./thresholds";

export interface Summary {
  waiting: number;
  longest: number | null;
  longestThreshold: number;
  thresholdSeconds: number | null;
  // goal is a share, 0 for none.
  goal: number;
  level30: number | null;
  levelToday: number | null;
  available: number;
  signedIn: number;
  abandoned: number;
  shortAbandoned: number;
  offered: number;
}

// counted is how many contacts a service level is over: flow-outs stand outside
// (routing rule 26), short abandons inside, and apart as a number of their own.
export function counted(n: QueueNumbers): number {
  return n.answered + n.abandoned;
}

// level is a queue's service level, null while too few are counted.
export function level(n: QueueNumbers): number | null {
  const over = counted(n);
  return over < judgedFrom ? null : n.answeredWithin / over;
}

export function together(all: readonly QueueNumbers[]): number | null {
  const over = all.reduce((sum, n) => sum + counted(n), 0);
  const within = all.reduce((sum, n) => sum + n.answeredWithin, 0);
  return over < judgedFrom ? null : within / over;
}

export function summarise(floor: Floor, now: number): Summary {
  const queues = floor.queues ?? [];
  const agents = floor.agents ?? [];
  let longest: number | null = null;
  let longestThreshold = 0;
  for (const q of queues) {
    const wait = q.waiting > 0 ? elapsed(q.longestSince, now) : null;
    if (wait !== null && (longest === null || wait > longest)) {
      longest = wait;
      longestThreshold = q.thresholdSeconds;
    }
  }
  const sum = (of: (q: FloorQueue) => number) => queues.reduce((total, q) => total + of(q), 0);
  const thresholds = new Set(queues.map((q) => q.thresholdSeconds));
  return {
    waiting: sum((q) => q.waiting),
    longest,
    longestThreshold: longestThreshold || Math.min(...thresholds, Infinity),
    thresholdSeconds: thresholds.size === 1 ? ([...thresholds][0] ?? null) : null,
    goal: queues.length === 0 ? 0 : Math.max(...queues.map((q) => q.goal)) / 100,
    level30: together(queues.map((q) => q.last30)),
    levelToday: together(queues.map((q) => q.today)),
    available: agents.filter((a) => a.status === "available").length,
    signedIn: agents.filter((a) => a.status !== "offline").length,
    abandoned: sum((q) => q.today.abandoned),
    shortAbandoned: sum((q) => q.today.shortAbandoned),
    offered: sum((q) => q.today.offered),
  };
}

// What hurts comes first.
const order = ["notResponding", "ringing", "dialling", "onHold", "talking", "wrapUp", "available"];

export interface Group {
  state: string;
  agents: FloorAgent[];
}

// byState groups the agents, each group with the longest first; offline last.
export function byState(agents: readonly FloorAgent[]): Group[] {
  const groups = new Map<string, FloorAgent[]>();
  for (const agent of agents) {
    const state = agentState(agent.status, agent.activity);
    groups.set(state, [...(groups.get(state) ?? []), agent]);
  }
  const place = (state: string) => (state === "offline" ? order.length + 1 : order.includes(state) ? order.indexOf(state) : order.length);
  return [...groups.entries()]
    .map(([state, list]) => ({ state, agents: list.toSorted((a, b) => since(a) - since(b) || (a.id < b.id ? -1 : 1)) }))
    .toSorted((a, b) => place(a.state) - place(b.state) || (a.state < b.state ? -1 : 1));
}

export function since(agent: FloorAgent): number {
  return instant(agent.activity === "idle" ? agent.statusSince : agent.activitySince) ?? 0;
}

// keepOrder puts the agents as they stood when someone's hand or focus came in,
// newcomers last, so that nothing moves under it.
export function keepOrder(agents: readonly FloorAgent[], order: readonly string[]): FloorAgent[] {
  const place = new Map(order.map((id, i) => [id, i]));
  return agents.toSorted((a, b) => (place.get(a.id) ?? order.length) - (place.get(b.id) ?? order.length));
}

// movedCount is how many agents stand elsewhere in one order than in the other.
export function movedCount(shown: readonly FloorAgent[], due: readonly FloorAgent[]): number {
  return shown.filter((a, i) => a.id !== due[i]?.id).length;
}

// flowOuts is everything that left a queue neither answered nor abandoned.
export function flowOuts(n: QueueNumbers): number {
  return Object.values(n.flowOuts ?? {}).reduce((sum, count) => sum + count, 0);
}
