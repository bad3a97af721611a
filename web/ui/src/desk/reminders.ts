// SPDX-License-Identifier: Apache-2.0

// The few sounds that time itself causes: not responding, a long hold, a
// wrap-up that ends.

import type { Desk } from "../api/types";
import type { Sound } from "../phone/ring";
import { elapsed, left } from "../shared/clock";
import type { Screen } from "./screen";

const alarmEveryMs = 60_000;
const alarmsAtMost = 5;
const holdTonesAt = [60, 120];
const wrapUpToneAt = 10;

export class Reminders {
  private alarms = 0;
  private alarmedAt = 0;
  // toned is the moment last sounded, so that each sounds once.
  private toned = "";
  private readonly play: (sound: Sound) => void;

  constructor(play: (sound: Sound) => void) {
    this.play = play;
  }

  // look is called several times a second, with the server's time and ours.
  look(screen: Screen, desk: Desk, now: number, here: number): void {
    if (screen === "notResponding") {
      this.alarm(here);
    } else {
      this.alarms = 0;
      this.alarmedAt = 0;
    }
    const held = screen === "onHold" ? elapsed(desk.call?.heldSince, now) : null;
    if (held !== null && holdTonesAt.includes(held)) {
      this.once(`hold ${desk.call?.heldSince} ${held}`, "hold");
    }
    if (screen === "wrapUp" && left(desk.until, now) === wrapUpToneAt) {
      this.once(`wrapUp ${desk.until}`, "attention");
    }
  }

  private alarm(here: number): void {
    if (this.alarms < alarmsAtMost && here - this.alarmedAt >= alarmEveryMs) {
      this.alarms++;
      this.alarmedAt = here;
      this.play("alarm");
    }
  }

  private once(what: string, sound: Sound): void {
    if (this.toned !== what) {
      this.toned = what;
      this.play(sound);
    }
  }
}
