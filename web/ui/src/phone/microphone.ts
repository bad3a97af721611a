// SPDX-License-Identifier: Apache-2.0

// The agent's microphone: opened once while the desk is in use, so that a call
// is answered without waiting and the page may play its ring after a reload
// (browsers lift the autoplay block while capturing). What is sent is a clone of
// the track, so that muting it leaves the level meter hearing.

export type MicState = "closed" | "opening" | "live" | "refused" | "missing" | "gone" | "insecure";

// The level below which a sample counts as exactly nothing: under one step of
// 16-bit audio. A quiet room behind noise suppression is louder than that.
const nothing = 1 / 40000;

export class Microphone {
  state: MicState = "closed";
  label = "";
  device = "";
  // changed is called after every change of state.
  changed: () => void = () => {};

  private track: MediaStreamTrack | null = null;
  private context: AudioContext | null = null;
  private analyser: AnalyserNode | null = null;
  private source: MediaStreamAudioSourceNode | null = null;
  private samples = new Float32Array(1024);
  private opened = 0;

  // open takes the device asked for, or the browser's choice if that is gone.
  async open(device: string): Promise<void> {
    if (!navigator.mediaDevices?.getUserMedia) {
      this.set("insecure");
      return;
    }
    const opening = ++this.opened;
    this.set("opening");
    let stream: MediaStream;
    try {
      stream = await capture(device);
    } catch (err) {
      if (opening === this.opened) {
        this.release();
        const name = err instanceof DOMException ? err.name : "";
        this.set(name === "NotAllowedError" || name === "SecurityError" ? "refused" : "missing");
      }
      return;
    }
    const track = stream.getAudioTracks()[0];
    if (opening !== this.opened || !track) {
      stream.getTracks().forEach((t) => t.stop());
      return;
    }
    this.release();
    this.track = track;
    this.label = track.label;
    this.device = track.getSettings().deviceId ?? "";
    track.addEventListener("ended", () => {
      if (this.track === track) {
        this.release();
        this.set("gone");
      }
    });
    this.listen(track);
    this.set("live");
  }

  close(): void {
    this.opened++;
    this.release();
    this.set("closed");
  }

  // clone is a track of its own to send; whoever asked stops it.
  clone(): MediaStreamTrack | null {
    return this.track?.clone() ?? null;
  }

  // group is the device's group, by which its loudspeaker is found.
  group(): string {
    return this.track?.getSettings().groupId ?? "";
  }

  // level measures the last 20 ms or so: loudness in dBFS, and whether the
  // samples were exactly nothing, as from a headset muted by its own switch.
  level(): { decibels: number; flat: boolean } {
    if (!this.analyser || !this.track) {
      return { decibels: -100, flat: true };
    }
    this.analyser.getFloatTimeDomainData(this.samples);
    let sum = 0;
    let peak = 0;
    for (const s of this.samples) {
      sum += s * s;
      peak = Math.max(peak, Math.abs(s));
    }
    const rms = Math.sqrt(sum / this.samples.length);
    return { decibels: rms > 0 ? Math.max(-100, 20 * Math.log10(rms)) : -100, flat: this.track.muted || peak < nothing };
  }

  // wake resumes the meter after the browser had blocked it.
  wake(): void {
    if (this.context?.state === "suspended") {
      this.context.resume().catch(() => {});
    }
  }

  private listen(track: MediaStreamTrack): void {
    this.context = new AudioContext();
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = this.samples.length;
    this.source = this.context.createMediaStreamSource(new MediaStream([track]));
    this.source.connect(this.analyser);
    this.wake();
  }

  private release(): void {
    this.source?.disconnect();
    this.context?.close().catch(() => {});
    this.context = null;
    this.analyser = null;
    this.source = null;
    this.track?.stop();
    this.track = null;
  }

  private set(state: MicState): void {
    this.state = state;
    this.changed();
  }
}

async function capture(device: string): Promise<MediaStream> {
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  if (device !== "") {
    try {
      return await navigator.mediaDevices.getUserMedia({ audio: { ...audio, deviceId: { exact: device } } });
    } catch (err) {
      const name = err instanceof DOMException ? err.name : "";
      if (name === "NotAllowedError" || name === "SecurityError") {
        throw err;
      }
    }
  }
  return navigator.mediaDevices.getUserMedia({ audio });
}
