// SPDX-License-Identifier: Apache-2.0

// The softphone of one page: registers over a ticketed socket, rings, answers,
// mutes, sends tones, and comes back by itself. It knows SIP and sound; what an
// agent may do when is the server's word and the desk's business.

import { UA } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { Socket } from "jssip/lib/Socket";
import type { IncomingRTCSessionEvent, RTCSessionEvent } from "jssip/lib/UA";
import type { Ticket } from "../api/types";
import { FaultFinder, judgePath, type Fault, type Path, type PathSample } from "./faults";
import { Microphone } from "./microphone";
import { pathSample } from "./stats";
import { TicketSocket } from "./socket";

export type LineState = "off" | "connecting" | "registered" | "lost";

// What the INVITE said, so that the ring needs no other word.
export interface Leg {
  offer: number;
  call: string;
  queue: string;
  waitedSeconds: number | null;
  name: string;
  number: string;
  state: "ringing" | "answering" | "talking";
  resume: boolean;
  since: number;
}

export interface PhoneState {
  line: LineState;
  lineSince: number;
  leg: Leg | null;
  muted: boolean;
  fault: Fault | null;
  path: Path | null;
  // soundBlocked: the browser plays the caller only after a gesture.
  soundBlocked: boolean;
}

export interface PhoneDeps {
  ticket: (again: boolean) => Promise<Ticket>;
  changed: () => void;
  // invited is called in the very event of the INVITE, and with null when its
  // ringing is over for whatever reason.
  invited: (leg: Leg | null) => void;
  refused: (err: unknown) => void;
}

const faultEveryMs = 100;
const pathEveryMs = 1000;
// After a registration was refused the next attempt waits this long.
const registerAgainMs = 2000;
// A probe of the line that nothing answers within this means it is dead.
const probeMs = 4000;
const registerSeconds = 120;
// No answer of ours within this and JsSIP gives up; the server's ring time ends
// far earlier.
const noAnswerSeconds = 180;
const toneMs = 160;
const toneGapMs = 70;

export const offPhone: PhoneState = {
  line: "off",
  lineSince: 0,
  leg: null,
  muted: false,
  fault: null,
  path: null,
  soundBlocked: false,
};

export class Phone {
  state = offPhone;

  private ua: UA | null = null;
  private socket: TicketSocket | null = null;
  private session: RTCSession | null = null;
  private sent: MediaStreamTrack | null = null;
  private readonly caller: HTMLAudioElement;
  private readonly faults = new FaultFinder();
  private timers: ReturnType<typeof setInterval>[] = [];
  private received: number | null = null;
  private before: PathSample | null = null;
  private held = false;
  private starting = 0;
  private readonly mic: Microphone;
  private readonly deps: PhoneDeps;

  constructor(mic: Microphone, deps: PhoneDeps) {
    this.mic = mic;
    this.deps = deps;
    this.caller = document.createElement("audio");
    this.caller.autoplay = true;
    this.caller.dataset.testid = "caller-audio";
    document.body.append(this.caller);
  }

  // start takes the line for this page, from wherever it was.
  async start(): Promise<void> {
    const starting = ++this.starting;
    this.stopAgent();
    this.line("connecting");
    let first: Ticket;
    try {
      first = await this.deps.ticket(false);
    } catch (err) {
      if (starting === this.starting) {
        this.line("lost");
        this.deps.refused(err);
      }
      return;
    }
    if (starting === this.starting) {
      this.register(first);
    }
  }

  // stop gives the line up; a live call goes on without this page if the server
  // finds it another way.
  stop(): void {
    this.starting++;
    this.stopAgent();
    this.line("off");
  }

  answer(): void {
    const session = this.session;
    const leg = this.state.leg;
    const track = this.mic.clone();
    if (!session || leg?.state !== "ringing") {
      track?.stop();
      return;
    }
    this.sent = track;
    if (track) {
      track.enabled = !this.state.muted;
    }
    this.set({ leg: { ...leg, state: "answering" } });
    this.deps.invited(null);
    try {
      session.answer({
        mediaStream: new MediaStream(track ? [track] : []),
        mediaConstraints: { audio: true, video: false },
        pcConfig: { iceServers: [] },
      });
    } catch {
      this.over(session);
    }
  }

  refuse(): void {
    if (this.state.leg?.state === "ringing") {
      this.terminate({ status_code: 603, reason_phrase: "Decline" });
    }
  }

  // hangUp ends the leg from here, for when the server's own way is shut.
  hangUp(): void {
    this.terminate();
  }

  setMuted(muted: boolean): void {
    if (this.sent) {
      this.sent.enabled = !muted;
    }
    this.set({ muted });
  }

  // setHeld says that silence from the caller is meant.
  setHeld(held: boolean): void {
    this.held = held;
  }

  tone(key: string): boolean {
    const sender = this.session?.connection
      ?.getSenders()
      .find((s: RTCRtpSender) => s.track?.kind === "audio" && s.dtmf);
    if (!sender?.dtmf?.canInsertDTMF) {
      return false;
    }
    sender.dtmf.insertDTMF(sender.dtmf.toneBuffer + key, toneMs, toneGapMs);
    return true;
  }

  // setOutput plays the caller on a device; quiet silences it at once.
  setOutput(device: string): void {
    if ("setSinkId" in this.caller) {
      this.caller.setSinkId(device).catch(() => {});
    }
  }
  setQuiet(quiet: boolean): void {
    this.caller.muted = quiet;
  }
  setVolume(volume: number): void {
    this.caller.volume = volume;
  }

  // hear plays the caller after the browser had blocked it.
  hear(): void {
    this.caller.play().then(
      () => this.set({ soundBlocked: false }),
      () => this.set({ soundBlocked: true }),
    );
  }

  // changeMicrophone sends the newly opened microphone in place of the old.
  async changeMicrophone(): Promise<void> {
    const sender = this.session?.connection?.getSenders()[0];
    const track = this.mic.clone();
    if (!sender || !track) {
      track?.stop();
      return;
    }
    track.enabled = !this.state.muted;
    this.sent?.stop();
    this.sent = track;
    await sender.replaceTrack(track);
  }

  // probe asks over the line whether it still lives, and drops it if nothing
  // comes back.
  probe(): void {
    const socket = this.socket;
    if (!socket || !this.ua?.isConnected()) {
      return;
    }
    const asked = Date.now();
    this.ua.register();
    setTimeout(() => {
      if (this.socket === socket && socket.heardAt < asked) {
        socket.drop();
      }
    }, probeMs);
  }

  // quietRing ends a ring that the server has ended but whose CANCEL was lost
  // with a socket.
  quietRing(): void {
    if (this.state.leg?.state === "ringing") {
      this.terminate({ status_code: 480 });
    }
  }

  private register(first: Ticket): void {
    const socket = new TicketSocket(first, {
      ticket: () => this.deps.ticket(true),
      open: (url) => new WebSocket(url, "sip"),
      refused: this.deps.refused,
    });
    const ua = new UA({
      sockets: socket as unknown as Socket,
      uri: first.uri,
      instance_id: first.instance.replace(/^urn:/, ""),
      register: true,
      register_expires: registerSeconds,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 2,
      no_answer_timeout: noAnswerSeconds,
      user_agent: "Tandem",
    });
    const mine = (act: () => void) => () => {
      if (this.ua === ua) {
        act();
      }
    };
    ua.on("registered", mine(() => this.line("registered")));
    ua.on("disconnected", mine(() => this.line("lost")));
    ua.on(
      "registrationFailed",
      mine(() => {
        this.line("lost");
        setTimeout(mine(() => ua.isConnected() && ua.register()), registerAgainMs);
      }),
    );
    ua.on("newRTCSession", (e: RTCSessionEvent) => {
      if (this.ua === ua && e.originator === "remote") {
        this.invite(e as IncomingRTCSessionEvent);
      }
    });
    this.socket = socket;
    this.ua = ua;
    ua.start();
  }

  private invite({ session, request }: IncomingRTCSessionEvent): void {
    const resume = (request.getHeader("X-Tandem-Resume") ?? "") !== "";
    if (this.session) {
      if (!resume) {
        session.terminate({ status_code: 486 });
        return;
      }
      this.terminate();
    }
    const waited = Number(request.getHeader("X-Tandem-Waited") ?? NaN);
    const leg: Leg = {
      offer: Number(request.getHeader("X-Tandem-Offer") ?? 0),
      call: request.getHeader("X-Tandem-Call") ?? "",
      queue: request.getHeader("X-Tandem-Queue") ?? "",
      waitedSeconds: Number.isFinite(waited) ? waited : null,
      name: request.from.display_name ?? "",
      number: request.from.uri.user ?? "",
      state: "ringing",
      resume,
      since: Date.now(),
    };
    this.session = session;
    this.follow(session);
    this.set({ leg });
    if (resume) {
      void this.resume(session);
    } else {
      this.deps.invited(leg);
    }
  }

  // resume answers by itself, the microphone first: capturing also lifts the
  // browser's block on playing.
  private async resume(session: RTCSession): Promise<void> {
    if (this.mic.state !== "live") {
      await this.mic.open(this.mic.device);
    }
    if (this.session === session) {
      this.answer();
    }
  }

  private follow(session: RTCSession): void {
    session.on("icecandidate", (e: { candidate: RTCIceCandidate; ready: () => void }) => {
      if (e.candidate.type === "host") {
        e.ready();
      }
    });
    session.on("peerconnection", ({ peerconnection }: { peerconnection: RTCPeerConnection }) => {
      peerconnection.addEventListener("track", ({ track }) => {
        this.caller.srcObject = new MediaStream([track]);
        this.hear();
      });
    });
    session.on("confirmed", () => {
      const leg = this.state.leg;
      if (this.session === session && leg) {
        this.set({ leg: { ...leg, state: "talking", since: Date.now() } });
        this.watch();
      }
    });
    session.on("ended", () => this.over(session));
    session.on("failed", () => this.over(session));
  }

  private over(session: RTCSession): void {
    if (this.session !== session) {
      return;
    }
    this.session = null;
    this.unwatch();
    this.sent?.stop();
    this.sent = null;
    this.caller.srcObject = null;
    this.caller.muted = false;
    this.held = false;
    this.set({ leg: null, fault: null, path: null, soundBlocked: false, muted: false });
    this.deps.invited(null);
  }

  private terminate(options?: { status_code: number; reason_phrase?: string }): void {
    const session = this.session;
    if (!session) {
      return;
    }
    try {
      session.terminate(options);
    } catch {
      this.over(session);
    }
    this.over(session);
  }

  private watch(): void {
    this.unwatch();
    this.timers = [
      setInterval(() => this.listen(), faultEveryMs),
      setInterval(() => void this.measure(), pathEveryMs),
    ];
  }

  private unwatch(): void {
    this.timers.forEach(clearInterval);
    this.timers = [];
    this.faults.reset();
    this.received = null;
    this.before = null;
  }

  private connected(): boolean {
    const state = this.session?.connection?.iceConnectionState;
    return state !== "disconnected" && state !== "failed";
  }

  private listen(): void {
    const { decibels, flat } = this.mic.level();
    const fault = this.faults.look(
      {
        muted: this.state.muted,
        held: this.held,
        decibels,
        flat,
        received: this.received,
        connected: this.connected(),
      },
      Date.now(),
    );
    if (fault !== this.state.fault) {
      this.set({ fault });
    }
  }

  private async measure(): Promise<void> {
    const connection = this.session?.connection;
    if (!connection) {
      return;
    }
    const sample = await pathSample(connection).catch(() => null);
    if (sample && this.session?.connection === connection) {
      this.received = sample.received;
      this.set({ path: judgePath(this.before, sample, this.connected()) });
      this.before = sample;
    }
  }

  // stopAgent shuts the socket before JsSIP says its goodbyes: neither BYE nor
  // unregistration may leave, for the server moves call and binding to whichever
  // page has the desk.
  private stopAgent(): void {
    const ua = this.ua;
    this.ua = null;
    this.socket?.disconnect();
    this.socket = null;
    if (this.session) {
      this.over(this.session);
    }
    ua?.stop();
  }

  private line(line: LineState): void {
    if (line !== this.state.line) {
      this.set({ line, lineSince: Date.now() });
    }
  }

  private set(change: Partial<PhoneState>): void {
    this.state = { ...this.state, ...change };
    this.deps.changed();
  }
}
