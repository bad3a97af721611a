// SPDX-License-Identifier: Apache-2.0

// The figure at the top right of the card: time in this state, or time left.
// Pure.

import type { Desk } from "../api/types";
import { elapsed, instant, left } from "../shared/clock";
import type { Screen } from "./screen";

export interface StateTime {
  seconds: number | null;
  // left: it counts down to a deadline.
  left: boolean;
}

export function stateTime(screen: Screen, desk: Desk | null, screenSince: number, now: number, here: number): StateTime {
  const up = (since: string | null | undefined): StateTime => ({ seconds: elapsed(since, now), left: false });
  if (screen === "reconnecting" || !desk) {
    return { seconds: Math.max(0, Math.floor((here - screenSince) / 1000)), left: false };
  }
  switch (screen) {
    case "ringing":
    case "wrapUp": {
      const remaining = left(desk.until, now);
      return remaining === null ? up(desk.activitySince) : { seconds: remaining, left: true };
    }
    case "talking":
      return up(desk.call?.bridged ?? desk.activitySince);
    case "onHold":
      return up(desk.call?.heldSince ?? desk.activitySince);
    case "idle": {
      const later = (instant(desk.activitySince) ?? 0) > (instant(desk.statusSince) ?? 0);
      return up(later ? desk.activitySince : desk.statusSince);
    }
    case "dialling":
      return up(desk.activitySince);
    case "reason":
    case "notResponding":
    case "offline":
      return up(desk.statusSince);
  }
  return { seconds: null, left: false };
}
