// SPDX-License-Identifier: Apache-2.0

// The sound devices of this machine: which microphone is open, where the ring
// plays, and which loudspeaker belongs to the headset.

import { Microphone, type MicState } from "../phone/microphone";
import { Sounds, type Sound } from "../phone/ring";
import { machine } from "../shared/memory";

export interface DevicesState {
  mic: { state: MicState; label: string; device: string };
  inputs: MediaDeviceInfo[];
  outputs: MediaDeviceInfo[];
  ringDevice: string;
  // heard: the microphone has given a voice since it was chosen.
  heard: boolean;
  // ringHeard: the test ring was played, on the device chosen now.
  ringHeard: boolean;
  // soundBlocked: the browser wants a gesture before it plays.
  soundBlocked: boolean;
}

const heardDecibels = -50;

export class Devices {
  state: DevicesState;
  readonly mic = new Microphone();
  // lost is told the name of a microphone that went away.
  lost: (label: string) => void = () => {};
  // inCall says whether a call uses the microphone now.
  inCall: () => boolean = () => false;
  private readonly sounds = new Sounds();
  private readonly changed: () => void;

  constructor(changed: () => void) {
    this.changed = changed;
    this.state = {
      mic: { state: "closed", label: "", device: machine.get("microphone") },
      inputs: [],
      outputs: [],
      ringDevice: machine.get("ringDevice"),
      heard: false,
      ringHeard: false,
      soundBlocked: false,
    };
    this.mic.changed = () => this.micChanged();
  }

  start(): void {
    navigator.mediaDevices?.addEventListener("devicechange", this.list);
  }

  close(): void {
    navigator.mediaDevices?.removeEventListener("devicechange", this.list);
    this.mic.close();
    this.sounds.close();
  }

  // open takes the chosen microphone.
  open(): Promise<void> {
    return this.mic.open(machine.get("microphone"));
  }

  chooseMicrophone(device: string): Promise<void> {
    machine.set("microphone", device);
    this.set({ heard: false });
    return this.open();
  }

  chooseRing(device: string): void {
    machine.set("ringDevice", device);
    this.set({ ringDevice: device, ringHeard: false });
    this.sounds.use(device, this.headset());
  }

  // listen notes the first voice that the microphone gives.
  listen(): void {
    if (this.state.mic.state === "live" && !this.state.heard && this.mic.level().decibels > heardDecibels) {
      this.set({ heard: true });
    }
  }

  // playRing is the test: hearing it is the agent's own word.
  async playRing(): Promise<void> {
    this.sounds.use(this.state.ringDevice, this.headset());
    const audible = await this.sounds.wake();
    if (audible) {
      this.sounds.ringOnce();
    }
    this.set({ ringHeard: audible, soundBlocked: !audible });
  }

  // trySilently says whether a ring would be heard, without playing one.
  async trySilently(): Promise<boolean> {
    const audible = await this.sounds.wake();
    this.set({ ringHeard: audible, soundBlocked: !audible, heard: audible || this.state.heard });
    return audible;
  }

  // gesture uses a press to lift the browser's block on playing.
  gesture(): void {
    this.mic.wake();
    if (this.state.soundBlocked) {
      void this.sounds.wake().then((audible) => audible && this.set({ soundBlocked: false }));
    }
  }

  ring(): void {
    this.sounds.ring();
  }

  silence(): void {
    this.sounds.silence();
  }

  play(sound: Sound): void {
    this.sounds.play(sound);
  }

  // headset is the loudspeaker of the microphone's own device, else the system's
  // default.
  headset(): string {
    const group = this.mic.group();
    const chosen = machine.get("microphone");
    if (group === "" || chosen === "" || chosen === "default") {
      return "";
    }
    const twin = this.state.outputs.find((d) => d.groupId === group && d.deviceId !== "default");
    return twin?.deviceId ?? "";
  }

  // fingerprint names what the ready check is passed with.
  fingerprint(): string {
    return `${machine.get("microphone")}|${this.state.ringDevice}`;
  }

  private micChanged(): void {
    const { state, label, device } = this.mic;
    if (state === "gone") {
      this.lost(label);
    }
    this.set({ mic: { state, label, device } });
    if (state === "live") {
      this.sounds.use(this.state.ringDevice, this.headset());
      this.list();
    }
  }

  private list = () => {
    void this.read();
  };

  private async read(): Promise<void> {
    const devices = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
    const named = devices.filter((d) => d.deviceId !== "");
    this.set({
      inputs: named.filter((d) => d.kind === "audioinput"),
      outputs: named.filter((d) => d.kind === "audiooutput"),
    });
    this.sounds.use(this.state.ringDevice, this.headset());
    // A microphone that comes back while idle is taken up again by itself; in a
    // call the agent resumes.
    const wanted = machine.get("microphone");
    const returned = wanted !== "" && named.some((d) => d.deviceId === wanted);
    if (this.mic.state === "gone" && returned && !this.inCall()) {
      await this.open();
    }
  }

  private set(change: Partial<DevicesState>): void {
    this.state = { ...this.state, ...change };
    this.changed();
  }
}
