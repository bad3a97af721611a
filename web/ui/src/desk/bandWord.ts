// SPDX-License-Identifier: Apache-2.0

// What the band says: of all that might be said, the most urgent. Pure; the
// component adds the words.

import type { DeskState } from "./desk";
import { isElsewhere, lineLost, needsLine, resuming, type Action } from "./screen";
import type { IconName } from "../shared/Icons";
import type { Tone } from "../theme/tokens";

export type BandWord =
  | { key: "refused"; detail: string }
  | { key: "ringLeft" }
  | { key: "path" }
  | { key: "idle"; micOk: boolean }
  | { key: "missedCause"; hidden: boolean; sound: boolean }
  | {
      key:
        | "headsetGone"
        | "soundBlocked"
        | "lineLost"
        | "pathLost"
        | "mutedSpeaking"
        | "micFlat"
        | "noSound"
        | "muted"
        | "held"
        | "resuming"
        | "trying"
        | "noticesOff"
        | "phoneDevice"
        | "wrapUp"
        | "notYou"
        | "reserved"
        | "dispositionMissing"
        | "nothing";
    };

export interface BandLook {
  word: BandWord;
  icon: IconName;
  tone: Tone | "plain";
}

const say = (word: BandWord, icon: IconName, tone: Tone | "plain"): BandLook => ({ word, icon, tone });

// refusal is the newest refusal that an asking met, if any.
export function refusal(state: DeskState): { action: Action; detail: string } | null {
  const found = Object.entries(state.asks).find(([, ask]) => ask.phase === "failed");
  return found ? { action: found[0] as Action, detail: found[1].detail } : null;
}

export function bandOf(state: DeskState, page: string): BandLook {
  const refused = refusal(state);
  if (refused) {
    return say({ key: "refused", detail: refused.detail }, "warning", "warning");
  }
  switch (state.screen) {
    case "talking":
    case "onHold":
      return inCall(state, page);
    case "ringing":
      return state.phone.muted ? say({ key: "muted" }, "micOff", "danger") : say({ key: "ringLeft" }, "clock", "plain");
    case "reconnecting":
      return say({ key: "trying" }, "broken", "warning");
    case "notResponding":
      return state.rang
        ? say({ key: "missedCause", hidden: state.rang.hidden, sound: state.rang.sound }, "warning", "plain")
        : say({ key: "notYou" }, "warning", "plain");
    case "dialling":
      return say({ key: "reserved" }, "phoneUp", "plain");
    case "wrapUp":
      return state.missing
        ? say({ key: "dispositionMissing" }, "warning", "warning")
        : say({ key: "wrapUp" }, "clock", "plain");
    case "elsewhere":
    case "loading":
      return say({ key: "nothing" }, "clock", "plain");
    case "idle":
      return idle(state);
  }
  return say({ key: "notYou" }, "hollow", "plain");
}

function inCall(state: DeskState, page: string): BandLook {
  const { phone, desk, feed, mine, checked } = state;
  if (state.lostMic !== "") {
    return say({ key: "headsetGone" }, "warning", "danger");
  }
  if (phone.soundBlocked) {
    return say({ key: "soundBlocked" }, "warning", "danger");
  }
  const situation = { feed, desk, phone, mine, checked, page };
  if (desk && !needsLine(desk)) {
    return state.screen === "onHold" ? say({ key: "held" }, "bars", "hold") : say({ key: "phoneDevice" }, "phoneUp", "plain");
  }
  if (lineLost(situation) && !isElsewhere(situation)) {
    return say({ key: "lineLost" }, "broken", "warning");
  }
  if (resuming(desk, phone)) {
    return say({ key: "resuming" }, "clock", "warning");
  }
  if (phone.fault === "mutedSpeaking") {
    return say({ key: "mutedSpeaking" }, "micOff", "danger");
  }
  if (phone.muted && state.screen === "talking") {
    return say({ key: "muted" }, "micOff", "danger");
  }
  if (state.screen === "onHold") {
    return say({ key: "held" }, "bars", "hold");
  }
  if (phone.fault) {
    return say({ key: phone.fault }, "warning", "warning");
  }
  return say({ key: "path" }, phone.path?.quality === "poor" ? "warning" : "waves", phone.path?.quality === "poor" ? "warning" : "plain");
}

function idle(state: DeskState): BandLook {
  if (state.desk && !needsLine(state.desk)) {
    return say({ key: "phoneDevice" }, "phoneUp", "plain");
  }
  if (state.notices === "default") {
    return say({ key: "noticesOff" }, "warning", "warning");
  }
  const micOk = state.mic.state === "live";
  return say({ key: "idle", micOk }, micOk ? "mic" : "warning", micOk ? "plain" : "warning");
}
