// SPDX-License-Identifier: Apache-2.0

// Who is on the card: the server's story of the call, or, until it has come,
// what the INVITE said. Pure.

import type { Desk } from "../api/types";
import type { Leg } from "../phone/phone";
import { elapsed, instant } from "../shared/clock";

export interface Caller {
  name: string;
  number: string;
  queue: string;
  dialled: string;
  waitedSeconds: number | null;
  menuPath: string[];
  // kind is that of the contact: call, callback, task, ...
  kind: string;
}

export function callerOf(desk: Desk | null, leg: Leg | null, now: number, here: number): Caller | null {
  const call = desk?.call;
  if (call && (!leg || leg.call === "" || leg.call === call.id)) {
    const answered = instant(call.bridged) ?? instant(call.ended) ?? now;
    return {
      name: call.name,
      number: call.number,
      queue: call.queue,
      dialled: call.dialled,
      waitedSeconds: elapsed(call.entered, answered),
      menuPath: call.menuPath ?? [],
      kind: call.kind ?? "call",
    };
  }
  if (leg) {
    const rung = leg.state === "ringing" ? Math.floor((here - leg.since) / 1000) : 0;
    return {
      name: leg.name,
      number: leg.number,
      queue: leg.queue,
      dialled: "",
      waitedSeconds: leg.waitedSeconds === null ? null : leg.waitedSeconds + rung,
      menuPath: [],
      kind: "call",
    };
  }
  return null;
}

// talkedSeconds is how long agent and caller have been joined, holds included.
export function talkedSeconds(desk: Desk | null, now: number): number | null {
  const call = desk?.call;
  return call ? elapsed(call.bridged, instant(call.ended) ?? now) : null;
}

// menuWords is the last three choices, as people say them.
export function menuWords(path: readonly string[]): string {
  return path.slice(-3).join(" > ");
}
