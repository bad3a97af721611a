// SPDX-License-Identifier: Apache-2.0

// The ring and the desk's other sounds, made here and played on chosen devices.
// A ring is one looped buffer with its swell scheduled in the audio clock: a
// hidden tab whose timers the browser slows rings all the same.

export type Sound = "connect" | "mute" | "unmute" | "hold" | "attention" | "alarm" | "lost" | "back";

const ringSeconds = 3;
const swellSeconds = 4;

// Pairs of start (s) and pitch (Hz), each 90 ms long, and the loudness.
const tunes: Record<Sound, { notes: [number, number][]; gain: number }> = {
  connect: { notes: [[0, 880]], gain: 0.12 },
  mute: { notes: [[0, 330]], gain: 0.12 },
  unmute: { notes: [[0, 660]], gain: 0.12 },
  hold: { notes: [[0, 520]], gain: 0.15 },
  attention: {
    notes: [
      [0, 600],
      [0.12, 600],
    ],
    gain: 0.15,
  },
  alarm: {
    notes: [
      [0, 880],
      [0.15, 660],
      [0.3, 880],
      [0.45, 660],
    ],
    gain: 0.5,
  },
  lost: {
    notes: [
      [0, 660],
      [0.12, 440],
    ],
    gain: 0.25,
  },
  back: {
    notes: [
      [0, 440],
      [0.12, 660],
    ],
    gain: 0.25,
  },
};

export class Sounds {
  private context: AudioContext | null = null;
  private output: MediaStreamAudioDestinationNode | null = null;
  private ringBuffer: AudioBuffer | null = null;
  private players = new Map<string, HTMLAudioElement>();
  private devices: string[] = [""];
  private headset = "";
  private ringing: { source: AudioBufferSourceNode; gain: GainNode } | null = null;

  // use says where to play: the ring device, and the headset beside it. "" is
  // the system's default.
  use(ringDevice: string, headset: string): void {
    this.headset = headset;
    this.devices = ringDevice === headset ? [ringDevice] : [ringDevice, headset];
    for (const [device, player] of this.players) {
      if (!this.devices.includes(device)) {
        player.pause();
        player.srcObject = null;
        this.players.delete(device);
      }
    }
    if (this.output) {
      this.devices.forEach((d) => void this.player(d));
    }
  }

  // wake prepares to play and says whether sound would be heard: false while the
  // browser blocks it for want of a gesture.
  async wake(): Promise<boolean> {
    const context = this.open();
    if (context.state !== "running") {
      await Promise.race([context.resume().catch(() => {}), pause(300)]);
    }
    const played = await Promise.all(this.devices.map((d) => this.player(d)));
    return this.open().state === "running" && played.some(Boolean);
  }

  // ring starts the ring, from 0.3 to full in four seconds; again: no effect.
  ring(): void {
    if (this.ringing) {
      return;
    }
    const context = this.open();
    void context.resume().catch(() => {});
    this.devices.forEach((d) => void this.player(d));
    const source = context.createBufferSource();
    source.buffer = this.ringBuffer ??= ringBuffer(context);
    source.loop = true;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0.3, context.currentTime);
    gain.gain.linearRampToValueAtTime(1, context.currentTime + swellSeconds);
    source.connect(gain).connect(this.output as MediaStreamAudioDestinationNode);
    source.start();
    this.ringing = { source, gain };
  }

  silence(): void {
    this.ringing?.source.stop();
    this.ringing?.gain.disconnect();
    this.ringing = null;
  }

  // ringOnce plays one turn of the ring, as a test.
  ringOnce(): void {
    this.ring();
    setTimeout(() => this.silence(), 2000);
  }

  play(sound: Sound): void {
    const context = this.open();
    if (context.state !== "running") {
      return;
    }
    const { notes, gain: loud } = tunes[sound];
    for (const [start, pitch] of notes) {
      const tone = context.createOscillator();
      const gain = context.createGain();
      const at = context.currentTime + 0.02 + start;
      tone.frequency.value = pitch;
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(loud, at + 0.01);
      gain.gain.setValueAtTime(loud, at + 0.08);
      gain.gain.linearRampToValueAtTime(0, at + 0.09);
      tone.connect(gain).connect(this.output as MediaStreamAudioDestinationNode);
      tone.start(at);
      tone.stop(at + 0.1);
    }
  }

  close(): void {
    this.silence();
    this.players.forEach((p) => (p.srcObject = null));
    this.players.clear();
    this.context?.close().catch(() => {});
    this.context = null;
    this.output = null;
    this.ringBuffer = null;
  }

  private open(): AudioContext {
    if (!this.context) {
      this.context = new AudioContext({ latencyHint: "interactive" });
      this.output = this.context.createMediaStreamDestination();
    }
    return this.context;
  }

  // player is the element that plays on a device; false if it may not or the
  // device has gone. A ring device that has gone is replaced by the headset.
  private async player(device: string): Promise<boolean> {
    let player = this.players.get(device);
    if (!player) {
      player = new Audio();
      this.players.set(device, player);
      player.srcObject = this.output?.stream ?? null;
      if (device !== "" && "setSinkId" in player) {
        const moved = await player.setSinkId(device).then(
          () => true,
          () => false,
        );
        if (!moved && device === this.headset) {
          this.players.delete(device);
          return false;
        }
      }
    }
    return player.play().then(
      () => true,
      () => false,
    );
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

// ringBuffer is two warbling strokes and a rest.
function ringBuffer(context: AudioContext): AudioBuffer {
  const rate = context.sampleRate;
  const buffer = context.createBuffer(1, rate * ringSeconds, rate);
  const out = buffer.getChannelData(0);
  for (let i = 0; i < out.length; i++) {
    const t = i / rate;
    const stroke = t < 0.45 ? t : t >= 0.6 && t < 1.05 ? t - 0.6 : -1;
    if (stroke < 0) {
      continue;
    }
    const edge = Math.min(1, stroke / 0.01, (0.45 - stroke) / 0.02);
    const pitch = Math.floor(stroke / 0.05) % 2 === 0 ? 880 : 1109;
    out[i] = 0.55 * edge * (Math.sin(2 * Math.PI * pitch * t) + 0.3 * Math.sin(4 * Math.PI * pitch * t));
  }
  return buffer;
}
