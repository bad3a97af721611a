// SPDX-License-Identifier: Apache-2.0

// The ready check: what would silence a call is found before Available. Pure.

import type { MicState } from "../phone/microphone";
import type { LineState } from "../phone/phone";

export type StepID = "microphone" | "sound" | "path" | "notices";
export type StepState = "ok" | "waiting" | "todo" | "failed" | "warning";

export interface Step {
  id: StepID;
  state: StepState;
  // word is the key of what the step says.
  word: string;
}

export interface Checks {
  // needed: the agent's device is this page; else only path and notices count.
  needed: boolean;
  mic: MicState;
  heard: boolean;
  ringHeard: boolean;
  soundBlocked: boolean;
  line: LineState;
  feedLive: boolean;
  notices: NotificationPermission | "unsupported";
}

export function steps(c: Checks): Step[] {
  const list: Step[] = [];
  if (c.needed) {
    list.push(microphone(c), sound(c));
  }
  list.push(path(c), notices(c));
  return list;
}

function microphone(c: Checks): Step {
  const id = "microphone";
  switch (c.mic) {
    case "live":
      return c.heard ? { id, state: "ok", word: "heard" } : { id, state: "todo", word: "saySomething" };
    case "opening":
    case "closed":
      return { id, state: "waiting", word: "opening" };
    case "refused":
    case "missing":
    case "gone":
    case "insecure":
      return { id, state: "failed", word: c.mic };
  }
}

function sound(c: Checks): Step {
  const id = "sound";
  if (c.soundBlocked) {
    return { id, state: "failed", word: "blocked" };
  }
  return c.ringHeard ? { id, state: "ok", word: "played" } : { id, state: "todo", word: "notPlayed" };
}

function path(c: Checks): Step {
  const id = "path";
  if (!c.feedLive || (c.needed && c.line === "lost")) {
    return { id, state: "failed", word: "lost" };
  }
  if (c.needed && c.line !== "registered") {
    return { id, state: "waiting", word: "connecting" };
  }
  return { id, state: "ok", word: "good" };
}

function notices(c: Checks): Step {
  const id = "notices";
  switch (c.notices) {
    case "granted":
      return { id, state: "ok", word: "on" };
    case "denied":
      return { id, state: "warning", word: "denied" };
    case "default":
      return { id, state: "warning", word: "off" };
    case "unsupported":
      return { id, state: "warning", word: "unsupported" };
  }
}

// failing is the first step that stands in the way; a warning does not.
export function failing(list: readonly Step[]): Step | null {
  return list.find((s) => s.state !== "ok" && s.state !== "warning") ?? null;
}

export function passed(list: readonly Step[]): number {
  return list.filter((s) => s.state === "ok").length;
}
