// SPDX-License-Identifier: Apache-2.0

// What a press does: almost always it asks the server, and the state changes
// with the server's word. Mute alone acts at once.

import { api } from "../api/client";
import type { Desk } from "../api/types";
import type { Phone } from "../phone/phone";
import { machine } from "../shared/memory";
import type { Asker } from "./asker";
import type { DeskState } from "./desk";
import type { Devices } from "./devices";
import { bigDeadMs, hangUpDeadMs } from "./keys";
import type { Notes } from "./notes";
import { failing, type Step } from "./ready";
import { bigAction, needsLine, type Action } from "./screen";

// What presses act on; given by the desk.
export interface PressTargets {
  page: string;
  state: () => DeskState;
  phone: () => Phone | null;
  devices: Devices;
  notes: Notes;
  asker: Asker;
  update: (change: Partial<Pick<DeskState, "checked" | "lostMic" | "missing">>) => void;
  takeLine: () => Promise<void>;
  allowNotices: () => Promise<void>;
  // tryNow reopens the live feed at once.
  tryNow: () => void;
}

const taken = new Set<Desk["activity"]>(["talking", "onHold", "wrapUp"]);

export class Presses {
  private readonly on: PressTargets;

  constructor(on: PressTargets) {
    this.on = on;
  }

  // press is the one door of buttons and keys; argument is a status.
  press(action: Action, argument = ""): void {
    const here = Date.now();
    const big = action === bigAction(this.on.state().screen) && action !== "mute";
    if (!this.on.asker.mayPress(action) || (big && here - this.on.state().bigSince < bigDeadMs)) {
      return;
    }
    this.on.devices.gesture();
    switch (action) {
      case "makeAvailable":
        return this.makeAvailable(argument || "available");
      case "back":
        return this.back();
      case "setStatus":
        return this.askStatus("setStatus", argument);
      case "cancelNext":
        return this.on.asker.ask(action, api.cancelNextStatus, (d) => d.nextStatus === "");
      case "answer":
        return this.answer();
      case "refuse":
        return this.refuse();
      case "mute":
        return this.mute();
      case "hold":
        return this.hold();
      case "resume":
        return this.resume();
      case "hangUp":
        return this.hangUp(here);
      case "finish":
        return this.finish();
      case "extend":
        return this.extend();
      case "tryNow":
        this.on.tryNow();
        return this.on.asker.ask(
          action,
          () => this.on.takeLine(),
          (d) => !needsLine(d) || this.on.state().phone.line === "registered",
        );
      case "useHere":
        return this.on.asker.ask(action, () => this.on.takeLine(), (d) => d.page === this.on.page);
      case "transfer":
        return this.on.asker.ask(action, () => api.transfer(argument), (d) => d.activity !== "talking" && d.activity !== "onHold");
      case "wantWrapUp":
        return this.wantWrapUp();
      case "machine":
        return this.on.asker.ask(action, api.machineReached, (d) => d.activity !== "talking" && d.activity !== "onHold");
      case "hear":
        return this.on.phone()?.hear();
      case "demo":
        return this.on.asker.ask(action, () => api.placeDemoCalls(1), () => true);
    }
  }

  // repair does what a step of the ready check needs.
  async repair(step: Step): Promise<void> {
    switch (step.id) {
      case "microphone":
        return this.on.devices.open();
      case "sound":
        return this.on.devices.playRing();
      case "path":
        return this.press("tryNow");
      case "notices":
        return this.on.allowNotices();
    }
  }

  private askStatus(action: Action, status: string): void {
    this.on.asker.ask(
      action,
      () => api.setStatus(status),
      (d) => d.status === status || d.nextStatus === status,
    );
  }

  private makeAvailable(status: string): void {
    const step = failing(this.on.state().steps);
    if (step) {
      void this.repair(step);
      return;
    }
    this.on.update({ checked: true });
    machine.set("checkedWith", this.on.devices.fingerprint());
    this.askStatus("makeAvailable", status);
  }

  // back returns to available, after opening a microphone that had gone.
  private back(): void {
    const { desk, mic } = this.on.state();
    if (!desk || !needsLine(desk) || mic.state === "live") {
      this.askStatus("back", "available");
      return;
    }
    void this.on.devices.open().then(() => {
      if (this.on.devices.mic.state === "live") {
        this.askStatus("back", "available");
      }
    });
  }

  private answer(): void {
    if (this.on.state().phone.leg?.state !== "ringing") {
      return;
    }
    this.on.asker.ask(
      "answer",
      async () => {
        if (this.on.devices.mic.state !== "live") {
          await this.on.devices.open();
        }
        this.on.phone()?.answer();
      },
      (d) => taken.has(d.activity),
    );
  }

  private refuse(): void {
    const offer = this.on.state().phone.leg?.offer;
    this.on.asker.ask(
      "refuse",
      async () => this.on.phone()?.refuse(),
      (d) => d.activity !== "ringing" || d.offer !== offer,
    );
  }

  private mute(): void {
    const phone = this.on.phone();
    const leg = phone?.state.leg;
    if (!phone || !leg) {
      return;
    }
    const muted = !phone.state.muted;
    phone.setMuted(muted);
    machine.set("muted", muted ? (this.on.state().desk?.call?.id ?? leg.call) : "");
    this.on.devices.play(muted ? "mute" : "unmute");
  }

  // hold puts the caller on hold, also when the headset is gone.
  hold(): void {
    this.on.asker.ask(
      "hold",
      () => api.hold(true),
      (d) => d.activity !== "talking",
    );
  }

  private resume(): void {
    this.on.asker.ask(
      "resume",
      async () => {
        if (this.on.state().lostMic !== "" || this.on.devices.mic.state !== "live") {
          await this.on.devices.open();
          await this.on.phone()?.changeMicrophone();
          this.on.phone()?.setOutput(this.on.devices.headset());
          this.on.phone()?.setQuiet(false);
          this.on.update({ lostMic: "" });
        }
        await api.hold(false);
      },
      (d) => d.activity !== "onHold",
    );
  }

  private hangUp(here: number): void {
    const leg = this.on.state().phone.leg;
    if (leg?.state === "talking" && here - leg.since < hangUpDeadMs) {
      return;
    }
    this.on.asker.ask(
      "hangUp",
      () =>
        api.hangUp().catch((err: unknown) => {
          this.on.phone()?.hangUp();
          throw err;
        }),
      (d) => d.activity !== "talking" && d.activity !== "onHold" && d.activity !== "dialling",
    );
  }

  // finish ends the wrap-up once the server has notes and disposition. Where a
  // disposition is wanted and missing, the focus goes there instead.
  private finish(): void {
    const { desk, notes } = this.on.state();
    if (desk?.call?.dispose && notes.disposition === "") {
      this.on.update({ missing: true });
      document.querySelector<HTMLElement>("[data-testid=disposition]")?.focus();
      return;
    }
    this.on.asker.ask(
      "finish",
      async () => {
        await this.on.notes.flush();
        await api.wrapUp("finish");
      },
      (d) => d.activity !== "wrapUp",
    );
  }

  // wantWrapUp asks for a wrap-up after this call, or takes the wish back.
  private wantWrapUp(): void {
    const wanted = this.on.state().desk?.call?.wrapUpWanted === true;
    this.on.asker.ask(
      "wantWrapUp",
      () => api.wrapUp(wanted ? "forgo" : "want"),
      (d) => d.call?.wrapUpWanted !== wanted,
    );
  }

  private extend(): void {
    const before = this.on.state().desk?.until;
    this.on.asker.ask(
      "extend",
      () => api.wrapUp("extend"),
      (d) => d.until !== before || d.activity !== "wrapUp",
    );
  }
}
