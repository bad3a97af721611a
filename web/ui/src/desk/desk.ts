// SPDX-License-Identifier: Apache-2.0

// The desk of one page: joins the server's word (the live feed), the softphone
// and the person's presses to one state, which the components draw. Presses ask;
// only the server's word changes what is shown, mute excepted.

import { api, ApiError } from "../api/client";
import { Live, type Feed } from "../api/live";
import type { Desk, Floor, RecentCall, Settings } from "../api/types";
import { Phone, offPhone, type Leg, type PhoneState } from "../phone/phone";
import { ServerClock } from "../shared/clock";
import { machine, randomID } from "../shared/memory";
import { Store } from "../shared/store";
import { Asker } from "./asker";
import type { Asks } from "./asking";
import * as attention from "./attention";
import { Devices, type DevicesState } from "./devices";
import { Notes, noNotes, type NotesState } from "./notes";
import { Presses } from "./presses";
import { steps, type Step } from "./ready";
import { Reminders } from "./reminders";
import { bigAction, f2Action, isElsewhere, needsLine, screenOf, type Action, type Screen, type Situation } from "./screen";

export interface DeskState extends DevicesState {
  screen: Screen;
  screenSince: number;
  // bigSince is the local time at which the big button last changed.
  bigSince: number;
  feed: Feed;
  heardAt: number;
  desk: Desk | null;
  floor: Floor | null;
  phone: PhoneState;
  asks: Asks;
  // lostMic is the name of the microphone that went away in the call.
  lostMic: string;
  // missing: a wrap-up was to be finished that still lacks its disposition.
  missing: boolean;
  notices: NotificationPermission | "unsupported";
  namesInNotices: boolean;
  steps: Step[];
  mine: boolean;
  checked: boolean;
  notes: NotesState;
  recent: RecentCall[];
  // rang is what was true of this page when the last offer rang.
  rang: { offer: number; hidden: boolean; sound: boolean } | null;
  sentTones: string;
}

// The reason that the page sets when the microphone is gone while idle.
export const noMicrophone = "noMicrophone";

const housekeepingMs = 250;
// After a reload the ready check that may pass by itself is not shown before
// this; it may still pass later.
const silentCheckMs = 4000;
// A ring is ended only by a word of the server that is surely newer.
const staleRingMs = 2000;
const tonesShownMs = 4000;

export interface DeskHooks {
  // refused is told when the server no longer knows this session.
  refused: () => void;
  // notice writes the notice of an incoming call.
  notice: (leg: Leg, named: boolean) => { title: string; body: string };
  // title writes the window's title.
  title: (state: DeskState) => string;
}

export class DeskStore extends Store<DeskState> {
  readonly page = randomID();
  readonly clock = new ServerClock();
  readonly devices = new Devices(() => this.update({}));
  private readonly notes = new Notes(() => this.update({}));
  private readonly reminders = new Reminders((sound) => this.devices.play(sound));
  private readonly asker: Asker;
  private readonly presses: Presses;
  private readonly live: Live;
  private readonly settings: Settings;
  private readonly hooks: DeskHooks;
  private phone: Phone | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;
  private startedAt = 0;
  private reportedMic = false;
  private triedSilently = false;

  constructor(settings: Settings, hooks: DeskHooks) {
    super({
      screen: "loading",
      screenSince: Date.now(),
      bigSince: 0,
      feed: "connecting",
      heardAt: Date.now(),
      desk: null,
      floor: null,
      phone: offPhone,
      asks: {},
      lostMic: "",
      missing: false,
      notices: attention.permission(),
      namesInNotices: machine.get("namesInNotices") !== "no",
      steps: [],
      mine: false,
      checked: false,
      notes: noNotes,
      recent: [],
      rang: null,
      sentTones: "",
      mic: { state: "closed", label: "", device: "" },
      inputs: [],
      outputs: [],
      ringDevice: "",
      heard: false,
      ringHeard: false,
      soundBlocked: false,
    });
    this.settings = settings;
    this.hooks = hooks;
    this.asker = new Asker({ changed: () => this.update({}), desk: () => this.state.desk, refused: hooks.refused });
    this.presses = new Presses({
      page: this.page,
      state: () => this.state,
      phone: () => this.phone,
      devices: this.devices,
      notes: this.notes,
      asker: this.asker,
      update: (change) => this.update(change),
      takeLine: () => this.takeLine(),
      allowNotices: () => this.allowNotices(),
      tryNow: () => this.live.tryNow(),
    });
    this.devices.lost = (label) => this.microphoneLost(label);
    this.devices.inCall = () => this.state.phone.leg !== null;
    this.live = new Live(this.page, {
      desk: (desk) => this.deskCame(desk),
      floor: (floor) => this.update({ floor, heardAt: Date.now() }),
      stamp: (now) => {
        this.clock.learn(now, Date.now());
        this.update({ heardAt: Date.now() });
      },
      feed: (feed) => this.feedChanged(feed),
    });
  }

  start(): void {
    this.startedAt = Date.now();
    this.live.start();
    this.devices.start();
    this.timer = setInterval(() => this.housekeep(), housekeepingMs);
    attention.headsetKeys({ toggleMute: () => this.press("mute"), hangUp: () => this.press("hangUp") });
    window.addEventListener("beforeunload", this.leaving);
    window.addEventListener("online", this.lineMayBeBack);
    window.addEventListener("pagehide", this.flush);
    void this.loadRecent();
  }

  close(): void {
    clearInterval(this.timer);
    this.live.stop();
    void this.notes.flush();
    this.phone?.stop();
    this.devices.close();
    attention.withdraw();
    attention.setIcon("quiet");
    attention.headsetKeys(null);
    window.removeEventListener("beforeunload", this.leaving);
    window.removeEventListener("online", this.lineMayBeBack);
    window.removeEventListener("pagehide", this.flush);
  }

  // now is the server's time in ms.
  now(here = Date.now()): number {
    return this.clock.now(here);
  }

  // press is the one door of buttons and keys; argument is a status.
  press(action: Action, argument = ""): void {
    this.presses.press(action, argument);
  }

  // pressBig is F2.
  pressBig(): void {
    const action = f2Action(this.state.screen);
    if (action) {
      this.press(action);
    }
  }

  editNotes(change: { notes?: string; disposition?: string }): void {
    if (change.disposition) {
      this.update({ missing: false });
    }
    this.notes.edit(change);
  }

  // tone sends a key to the caller and shows it for some seconds.
  tone(key: string): void {
    if (!this.phone?.tone(key)) {
      return;
    }
    const sent = this.state.sentTones + key;
    this.update({ sentTones: sent });
    setTimeout(() => {
      if (this.state.sentTones === sent) {
        this.update({ sentTones: "" });
      }
    }, tonesShownMs);
  }

  // chooseMicrophone opens another microphone, in a call as well.
  async chooseMicrophone(device: string): Promise<void> {
    await this.devices.chooseMicrophone(device);
    await this.phone?.changeMicrophone();
  }

  setNamesInNotices(on: boolean): void {
    machine.set("namesInNotices", on ? "" : "no");
    this.update({ namesInNotices: on });
  }

  async allowNotices(): Promise<void> {
    await attention.askPermission();
    this.update({ notices: attention.permission() });
  }

  // repair does what a step of the ready check needs.
  repair(step: Step): Promise<void> {
    return this.presses.repair(step);
  }

  // takeLine makes this the page that has the desk.
  private async takeLine(): Promise<void> {
    if (this.state.desk && !needsLine(this.state.desk)) {
      return;
    }
    this.update({ mine: true });
    if (this.devices.mic.state !== "live") {
      void this.devices.open();
    }
    this.phone ??= this.makePhone();
    await this.phone.start();
  }

  private makePhone(): Phone {
    return new Phone(this.devices.mic, {
      ticket: (again) => {
        // A page that lost the desk must not take it back by reconnecting.
        if (again && (this.state.feed !== "live" || isElsewhere(this.situation()))) {
          return Promise.reject(new ApiError(0, "the desk is elsewhere"));
        }
        return api.ticket(this.page);
      },
      changed: () => this.phoneChanged(),
      invited: (leg) => this.invited(leg),
      refused: (err) => {
        if (err instanceof ApiError && err.status === 401) {
          this.hooks.refused();
        }
      },
    });
  }

  // invited runs in the event of the INVITE itself: no timer stands between.
  private invited(leg: Leg | null): void {
    if (!leg) {
      this.devices.silence();
      attention.withdraw();
      return;
    }
    this.devices.ring();
    const hidden = attention.outOfSight();
    this.update({ rang: { offer: leg.offer, hidden, sound: !this.state.soundBlocked } });
    if (hidden) {
      const { title, body } = this.hooks.notice(leg, this.state.namesInNotices);
      attention.notify(String(leg.offer), title, body);
    }
  }

  private phoneChanged(): void {
    const phone = this.phone?.state;
    if (!phone) {
      return;
    }
    const before = this.state.phone;
    this.update({ phone });
    // A call that comes back, on this load or from another tab, comes back as
    // muted as it was, before its microphone is sent.
    const returned = before.leg === null && phone.leg?.resume === true;
    if (returned && phone.leg?.call !== "" && machine.get("muted") === phone.leg?.call) {
      this.phone?.setMuted(true);
    }
    if (before.leg?.state !== "talking" && phone.leg?.state === "talking") {
      this.devices.play("connect");
      this.phone?.setOutput(this.devices.headset());
    }
    if (before.leg !== null && phone.leg === null && this.state.lostMic !== "") {
      this.update({ lostMic: "" });
    }
    if (before.line !== phone.line) {
      this.asker.settle();
    }
  }

  private deskCame(desk: Desk): void {
    const before = this.state.desk;
    this.update({ desk });
    this.notes.follow(desk.call);
    this.asker.settle();
    this.phone?.setHeld(desk.activity === "onHold");
    if (!before) {
      void this.takeLine();
      return;
    }
    if (isElsewhere(this.situation())) {
      this.phone?.stop();
      this.devices.mic.close();
      this.devices.silence();
    }
    if (before.activity !== "idle" && desk.activity === "idle") {
      void this.loadRecent();
    }
    const byOther = before.status !== desk.status && desk.actor !== desk.agent.id;
    if (byOther && desk.status !== "notResponding") {
      this.devices.play("attention");
    }
  }

  private feedChanged(feed: Feed): void {
    const before = this.state.feed;
    this.update({ feed });
    if (before === "live" && feed === "lost") {
      this.hooks.refused();
    }
    if (before === "lost" && feed === "live") {
      this.phone?.probe();
      void this.notes.flush();
    }
  }

  private lineMayBeBack = () => {
    this.live.tryNow();
    this.phone?.probe();
  };

  private flush = () => void this.notes.flush();

  // Only while talking is a question before leaving worth its annoyance.
  private leaving = (event: BeforeUnloadEvent) => {
    if (this.state.screen === "talking" && navigator.userActivation?.hasBeenActive) {
      event.preventDefault();
    }
  };

  // microphoneLost: nobody nearby shall hear the caller, nor the caller silence.
  private microphoneLost(label: string): void {
    if (this.state.phone.leg?.state !== "talking") {
      return;
    }
    this.phone?.setQuiet(true);
    this.update({ lostMic: label });
    if (this.state.desk?.activity === "talking") {
      this.presses.hold();
    }
  }

  private async loadRecent(): Promise<void> {
    const recent = await api.recent().catch(() => null);
    if (recent) {
      this.update({ recent });
    }
  }

  private housekeep(): void {
    this.devices.listen();
    this.checkSilently();
    this.endStaleRing();
    this.reportMicrophone();
    if (this.state.desk) {
      this.reminders.look(this.state.screen, this.state.desk, this.now(), Date.now());
    }
  }

  // checkSilently repeats the check after a reload without a word; it passes if
  // nothing has changed since it was passed on this machine.
  private checkSilently(): void {
    const { mic, phone } = this.state;
    if (!this.mayPassSilently() || mic.state !== "live" || phone.line !== "registered") {
      return;
    }
    this.triedSilently = true;
    void this.devices.trySilently().then((audible) => this.update({ checked: this.state.checked || audible }));
  }

  private mayPassSilently(): boolean {
    const mic = this.devices.mic.state;
    return (
      !this.state.checked &&
      !this.triedSilently &&
      mic !== "refused" &&
      mic !== "missing" &&
      mic !== "insecure" &&
      machine.get("checkedWith") === this.devices.fingerprint()
    );
  }

  // endStaleRing ends a ring whose CANCEL was lost with the socket: the server
  // says that this offer is over.
  private endStaleRing(): void {
    const { phone, desk, feed } = this.state;
    const leg = phone.leg;
    if (leg?.state !== "ringing" || feed !== "live" || !desk || Date.now() - leg.since < staleRingMs) {
      return;
    }
    const other = desk.offer !== 0 && leg.offer !== 0 && desk.offer !== leg.offer;
    if (desk.activity !== "ringing" || other) {
      this.phone?.quietRing();
    }
  }

  // reportMicrophone tells the server that no caller could be heard here.
  private reportMicrophone(): void {
    const { desk, mic, mine } = this.state;
    const bad = mic.state === "gone" || mic.state === "refused" || mic.state === "missing";
    if (!bad) {
      this.reportedMic = false;
      return;
    }
    if (this.reportedMic || !mine || !desk || !needsLine(desk) || isElsewhere(this.situation())) {
      return;
    }
    if (desk.activity === "idle" && desk.status === "available") {
      this.reportedMic = true;
      this.update({ checked: false });
      const known = this.settings.reasons.some((r) => r.id === noMicrophone);
      const told = known ? api.setStatus(noMicrophone) : api.setStatus("offline", noMicrophone);
      told.catch(() => (this.reportedMic = false));
    }
  }

  private situation(state: DeskState = this.state): Situation {
    const { feed, desk, phone, mine, checked } = state;
    return { feed, desk, phone, mine, checked, page: this.page };
  }

  // update joins a change with what the parts know, and derives the rest.
  private update(change: Partial<DeskState>): void {
    const next: DeskState = {
      ...this.state,
      ...change,
      ...this.devices.state,
      notes: this.notes.state,
      asks: this.asker.asks,
    };
    next.steps = steps({
      needed: !next.desk || needsLine(next.desk),
      mic: next.mic.state,
      heard: next.heard,
      ringHeard: next.ringHeard,
      soundBlocked: next.soundBlocked,
      line: next.phone.line,
      feedLive: next.feed === "live",
      notices: next.notices,
    });
    next.screen = screenOf(this.situation(next));
    if (next.screen === "readyCheck" && this.mayPassSilently() && Date.now() - this.startedAt < silentCheckMs) {
      next.screen = "loading";
    }
    if (next.screen !== this.state.screen) {
      this.screenChanged(this.state.screen, next);
    }
    attention.setTitle(this.hooks.title(next));
    attention.setIcon(iconOf(next));
    this.set(next);
  }

  private screenChanged(before: Screen, next: DeskState): void {
    next.screenSince = Date.now();
    if (bigAction(before) !== bigAction(next.screen)) {
      next.bigSince = Date.now();
    }
    if (next.screen === "reconnecting") {
      this.devices.play("lost");
    } else if (before === "reconnecting") {
      this.devices.play("back");
    }
    if (next.screen !== "talking" && next.screen !== "onHold") {
      next.sentTones = "";
    }
    next.missing = false;
  }
}

function iconOf(state: DeskState): attention.Icon {
  switch (state.screen) {
    case "ringing":
      return "ringing";
    case "talking":
    case "onHold":
      return state.phone.muted ? "muted" : "talking";
  }
  return "quiet";
}
