// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import type { Desk, DeskCall } from "../src/api/types";
import { bigAction, f2Action, passing, screenOf, type Screen, type Situation } from "../src/desk/screen";
import type { Leg, PhoneState } from "../src/phone/phone";

const at = "2026-11-22T12:00:00.000Z";

function call(more: Partial<DeskCall> = {}): DeskCall {
  return {
    id: "c1", name: "Li Wei", number: "+493012345678", dialled: "1000", queue: "support", arrived: at, entered: at, heldSeconds: 0,
    resuming: false, disposition: "", notes: "", ...more,
  };
}

function desk(more: Partial<Desk> = {}): Desk {
  return {
    now: at, agent: { id: "anna", name: "Anna", role: "agent" }, page: "p1", status: "available", reason: "", actor: "anna", statusSince: at,
    nextStatus: "", activity: "idle", activitySince: at, device: "browser", deviceLost: false, offer: 0, ...more,
  };
}

function leg(more: Partial<Leg> = {}): Leg {
  return { offer: 1, call: "c1", queue: "support", waitedSeconds: 5, name: "", number: "", state: "ringing", resume: false, since: 0, ...more };
}

function phone(more: Partial<PhoneState> = {}): PhoneState {
  return { line: "registered", lineSince: 0, leg: null, muted: false, fault: null, path: null, soundBlocked: false, ...more };
}

function situation(more: Partial<Situation> = {}): Situation {
  return { feed: "live", desk: desk(), phone: phone(), page: "p1", mine: true, checked: true, ...more };
}

test.each<[string, Partial<Situation>, Screen]>([
  ["nothing known yet", { desk: null, feed: "connecting" }, "loading"],
  ["nothing known and no line", { desk: null, feed: "lost" }, "reconnecting"],
  ["available", {}, "idle"],
  ["available on a page that has not been checked", { checked: false }, "readyCheck"],
  ["available on a telephone needs no check", { checked: false, desk: desk({ device: "phone" }) }, "idle"],
  ["signed in, taking no calls", { checked: false, desk: desk({ status: "offline", reason: "signOut" }) }, "readyCheck"],
  ["the server gave up waiting for this page", { desk: desk({ status: "offline", reason: "connection" }) }, "offline"],
  ["a named reason", { desk: desk({ status: "lunch" }) }, "reason"],
  ["missed an offer", { desk: desk({ status: "notResponding" }) }, "notResponding"],
  ["the server says ringing", { desk: desk({ activity: "ringing", offer: 1 }) }, "ringing"],
  ["the INVITE is faster than the feed", { phone: phone({ leg: leg() }) }, "ringing"],
  ["the INVITE rings even while the feed is lost", { feed: "lost", phone: phone({ leg: leg() }) }, "ringing"],
  ["answered here, not yet there", { desk: desk({ activity: "ringing" }), phone: phone({ leg: leg({ state: "answering" }) }) }, "ringing"],
  ["talking", { desk: desk({ activity: "talking", call: call() }), phone: phone({ leg: leg({ state: "talking" }) }) }, "talking"],
  [
    "talking with the socket lost keeps the card",
    { feed: "lost", desk: desk({ activity: "talking", call: call() }), phone: phone({ line: "lost", leg: leg({ state: "talking" }) }) },
    "talking",
  ],
  ["the call is being brought back: the card stays", { desk: desk({ activity: "talking", call: call({ resuming: true }) }) }, "talking"],
  ["the sound is gone and the line too", { feed: "lost", desk: desk({ activity: "talking", call: call() }) }, "reconnecting"],
  ["on hold", { desk: desk({ activity: "onHold", call: call() }), phone: phone({ leg: leg({ state: "talking" }) }) }, "onHold"],
  ["wrap-up", { desk: desk({ activity: "wrapUp", call: call() }) }, "wrapUp"],
  ["notes go on while the line is lost", { feed: "lost", desk: desk({ activity: "wrapUp", call: call() }) }, "wrapUp"],
  ["idle with the feed lost", { feed: "lost" }, "reconnecting"],
  ["idle with the line lost", { phone: phone({ line: "lost" }) }, "reconnecting"],
  ["a telephone's agent does not miss this page's line", { desk: desk({ device: "phone" }), phone: phone({ line: "lost" }) }, "idle"],
  ["another page has the desk", { desk: desk({ page: "p2", activity: "talking" }) }, "elsewhere"],
  ["another page still has it, this one has just loaded", { mine: false, desk: desk({ page: "p0" }) }, "idle"],
  ["no page has it after a restart of the server", { desk: desk({ page: "" }) }, "idle"],
])("%s", (_, more, want) => {
  expect(screenOf(situation(more))).toBe(want);
});

test("F2 presses the big button in every state but talking, where the big thing is the microphone", () => {
  const screens: Screen[] = ["readyCheck", "ringing", "onHold", "wrapUp", "reason", "notResponding", "reconnecting", "offline", "elsewhere"];
  expect(screens.map(f2Action)).toEqual(["makeAvailable", "answer", "resume", "finish", "back", "back", "tryNow", "back", "useHere"]);
  expect(bigAction("talking")).toBe("mute");
  expect(f2Action("talking")).toBeNull();
  expect(f2Action("idle")).toBeNull();
});

test("a caller who left is shown for five seconds, a call won by another for three", () => {
  const ended = Date.parse(at);
  const last = (how: string) => desk({ last: { how, name: "", number: "", queue: "support", began: at, ended: at } });
  expect(passing(last("callerGone"), ended + 4900)).toBe("callerGone");
  expect(passing(last("callerGone"), ended + 5000)).toBeNull();
  expect(passing(last("elsewhere"), ended + 2900)).toBe("elsewhere");
  expect(passing(last("elsewhere"), ended + 3000)).toBeNull();
  expect(passing(last("missed"), ended)).toBeNull();
  expect(passing({ ...last("callerGone"), activity: "ringing" }, ended)).toBeNull();
});
