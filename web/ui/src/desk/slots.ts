// SPDX-License-Identifier: Apache-2.0

// The six places under the big button and what each holds in each state. A
// place is never empty and never moves: what does not apply is off. Pure.

import type { Panel } from "./panels";
import type { Action, Screen } from "./screen";
import type { Command } from "./keys";
import type { IconName } from "../shared/Icons";

export interface Slot {
  // word is a key of "do".
  word: string;
  icon: IconName;
  action?: Action;
  // argument of the action: a status.
  argument?: string;
  panel?: Panel;
  // asks is the action that the panel leads to: its asking shows here.
  asks?: Action;
  command?: Command;
  off?: boolean;
  pressed?: boolean;
  danger?: "filled" | "outlined";
}

export interface SlotInput {
  screen: Screen;
  // pause is the first configured reason, offered as one press.
  pause: string;
  serverReachable: boolean;
}

export function slotsOf({ screen, pause, serverReachable }: SlotInput): [Slot, Slot, Slot, Slot, Slot, Slot] {
  const talk = screen === "talking" || screen === "onHold";
  const inCall = talk || screen === "dialling";
  const alive = screen !== "elsewhere" && screen !== "loading" && screen !== "reconnecting";
  const keypad: Slot = { word: "keypad", icon: "keypad", panel: "keypad", command: "keypad", off: screen !== "talking" };
  const status: Slot = { word: "status", icon: "moon", panel: "status", command: "status", off: !alive || !serverReachable };
  const transfer: Slot = { word: "transfer", icon: "arrow", panel: "transfer", asks: "transfer", command: "transfer", off: !serverReachable };
  const sound: Slot = { word: "sound", icon: "speaker", panel: "sound", off: screen === "elsewhere" };
  const keys: Slot = { word: "keys", icon: "keyboard", panel: "keys", command: "help" };
  // In a talk the key help gives its place up: Alt+/ opens it all the same.
  const rest: [Slot, Slot, Slot] = talk ? [transfer, status, sound] : [status, sound, keys];
  return [first(screen, pause, serverReachable), keypad, ...rest, last(screen, inCall)];
}

function first(screen: Screen, pause: string, reachable: boolean): Slot {
  switch (screen) {
    case "talking":
      return { word: "hold", icon: "bars", action: "hold", command: "hold", off: !reachable };
    case "onHold":
      return { word: "held", icon: "bars", action: "resume", command: "hold", pressed: true, off: !reachable };
    case "wrapUp":
      return { word: "extend", icon: "clock", action: "extend", off: !reachable };
    case "idle":
    case "notResponding":
      return { word: "break", icon: "cup", action: "setStatus", argument: pause, off: pause === "" || !reachable };
  }
  return { word: "hold", icon: "bars", off: true };
}

function last(screen: Screen, inCall: boolean): Slot {
  if (screen === "ringing") {
    return { word: "refuse", icon: "phoneDown", action: "refuse", command: "end", danger: "outlined" };
  }
  return { word: "hangUp", icon: "phoneDown", action: "hangUp", command: "end", danger: "filled", off: !inCall };
}
