// SPDX-License-Identifier: Apache-2.0

// Shape and colour of each state, the same on desk and wallboard.

import type { Screen } from "../desk/screen";
import type { Tone } from "../theme/tokens";
import type { IconName } from "./Icons";

export interface Look {
  icon: IconName;
  tone: Tone;
}

export const screenLooks: Record<Screen, Look> = {
  loading: { icon: "clock", tone: "offline" },
  readyCheck: { icon: "check", tone: "talking" },
  idle: { icon: "circle", tone: "available" },
  reason: { icon: "moon", tone: "reason" },
  dialling: { icon: "phoneUp", tone: "ringing" },
  ringing: { icon: "bell", tone: "ringing" },
  talking: { icon: "waves", tone: "talking" },
  onHold: { icon: "bars", tone: "hold" },
  wrapUp: { icon: "pencil", tone: "wrapUp" },
  notResponding: { icon: "octagon", tone: "danger" },
  reconnecting: { icon: "broken", tone: "warning" },
  offline: { icon: "hollow", tone: "offline" },
  elsewhere: { icon: "windows", tone: "offline" },
};

// agentState is the one word under which an agent is counted and listed: what
// they do, or, while idle, what they are willing to do.
export function agentState(status: string, activity: string): string {
  return activity !== "idle" ? activity : status;
}

export function agentLook(status: string, activity: string): Look {
  const state = agentState(status, activity);
  switch (state) {
    case "available":
      return screenLooks.idle;
    case "offline":
    case "notResponding":
    case "ringing":
    case "dialling":
    case "talking":
    case "onHold":
    case "wrapUp":
      return screenLooks[state];
  }
  return screenLooks.reason;
}
