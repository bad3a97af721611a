// SPDX-License-Identifier: Apache-2.0

// Which state the desk shows, decided from the server's word, the line and the
// page's own checks. Pure; desk.md section 2 is its table.

import type { Feed } from "../api/live";
import type { Desk } from "../api/types";
import type { PhoneState } from "../phone/phone";
import { elapsed } from "../shared/clock";

export type Screen =
  | "loading"
  | "readyCheck"
  | "idle"
  | "reason"
  | "dialling"
  | "ringing"
  | "talking"
  | "onHold"
  | "wrapUp"
  | "notResponding"
  | "reconnecting"
  | "offline"
  | "elsewhere";

export interface Situation {
  feed: Feed;
  desk: Desk | null;
  phone: PhoneState;
  page: string;
  // mine: this page has had the desk since it was loaded.
  mine: boolean;
  // checked: the ready check has passed, now or silently after a reload.
  checked: boolean;
}

// needsLine says whether the agent's device is this page.
export function needsLine(desk: Desk): boolean {
  return desk.device !== "phone" && desk.device !== "uri";
}

export function isElsewhere(s: Situation): boolean {
  return s.mine && s.desk !== null && s.desk.page !== "" && s.desk.page !== s.page;
}

// resuming: the call goes on, but its sound is not (or no longer) on this page;
// the server is bringing it here.
export function resuming(desk: Desk | null, phone: PhoneState): boolean {
  return desk !== null && needsLine(desk) && (desk.call?.resuming === true || phone.leg?.state !== "talking");
}

export function lineLost(s: Situation): boolean {
  return s.feed === "lost" || (s.desk !== null && needsLine(s.desk) && s.mine && s.phone.line === "lost");
}

const inCall = new Set(["talking", "onHold"]);

export function screenOf(s: Situation): Screen {
  const desk = s.desk;
  if (!desk) {
    return s.feed === "lost" ? "reconnecting" : "loading";
  }
  if (isElsewhere(s)) {
    return "elsewhere";
  }
  // The ring starts from the INVITE itself, whatever the feed says.
  if (s.phone.leg && !s.phone.leg.resume && s.phone.leg.state !== "talking" && !inCall.has(desk.activity)) {
    return "ringing";
  }
  if (lineLost(s) && !(inCall.has(desk.activity) && s.phone.leg?.state === "talking") && desk.activity !== "wrapUp") {
    return "reconnecting";
  }
  switch (desk.activity) {
    case "ringing":
      return "ringing";
    case "dialling":
      return "dialling";
    case "talking":
      return "talking";
    case "onHold":
      return "onHold";
    case "wrapUp":
      return "wrapUp";
  }
  switch (desk.status) {
    case "available":
      return s.checked || !needsLine(desk) ? "idle" : "readyCheck";
    case "notResponding":
      return "notResponding";
    case "offline":
      return s.checked && desk.reason === "connection" ? "offline" : "readyCheck";
  }
  return "reason";
}

// Callers that left or were taken by another are shown in place this long.
export const goneSeconds = 5;
export const elsewhereSeconds = 3;

export type Passing = "callerGone" | "elsewhere" | "refused" | "withdrawn";

// passing is what the idle card still says about the last offer, or null.
export function passing(desk: Desk, now: number): Passing | null {
  const last = desk.last;
  const since = elapsed(last?.ended, now);
  if (!last || since === null || desk.activity !== "idle") {
    return null;
  }
  switch (last.how) {
    case "callerGone":
    case "withdrawn":
      return since < goneSeconds ? last.how : null;
    case "elsewhere":
      return since < elsewhereSeconds ? last.how : null;
  }
  return null;
}

export type Action =
  | "makeAvailable"
  | "answer"
  | "refuse"
  | "mute"
  | "hold"
  | "resume"
  | "hangUp"
  | "finish"
  | "extend"
  | "back"
  | "tryNow"
  | "useHere"
  | "setStatus"
  | "cancelNext"
  | "signOut"
  | "hear"
  | "machine"
  | "transfer"
  | "wantWrapUp"
  | "demo";

// bigAction is what the one big button does; null where it is only a word.
export function bigAction(screen: Screen): Action | null {
  switch (screen) {
    case "readyCheck":
      return "makeAvailable";
    case "ringing":
      return "answer";
    case "talking":
      return "mute";
    case "onHold":
      return "resume";
    case "wrapUp":
      return "finish";
    case "reason":
    case "notResponding":
    case "offline":
      return "back";
    case "reconnecting":
      return "tryNow";
    case "elsewhere":
      return "useHere";
  }
  return null;
}

// f2Action is what F2 does: the big button, but never mute.
export function f2Action(screen: Screen): Action | null {
  const action = bigAction(screen);
  return action === "mute" ? null : action;
}
