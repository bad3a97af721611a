// SPDX-License-Identifier: Apache-2.0

// Who is signed in, and what the server is set up for.

import { api, ApiError } from "./api/client";
import type { Person, Settings } from "./api/types";
import { Store } from "./shared/store";

export interface SessionState {
  phase: "starting" | "signedOut" | "signedIn";
  person: Person | null;
  settings: Settings | null;
  // trouble is a key of the texts: why sign-in failed or why we are out.
  trouble: "" | "wrong" | "tooMany" | "unreachable" | "signedOutByServer" | "failed";
  retrySeconds: number;
  busy: boolean;
  // answered: the server's time to answer in ms; null: it does not.
  answeredMs: number | null;
}

const probeEveryMs = 5000;

export class Session extends Store<SessionState> {
  private probing: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super({
      phase: "starting",
      person: null,
      settings: null,
      trouble: "",
      retrySeconds: 0,
      busy: false,
      answeredMs: null,
    });
  }

  // start asks who is signed in, and goes on asking while nobody is.
  async start(): Promise<void> {
    await this.ask();
    this.probing ??= setInterval(() => {
      if (this.state.phase !== "signedIn") {
        void this.ask();
      }
    }, probeEveryMs);
  }

  async signIn(name: string, password: string): Promise<void> {
    this.set({ busy: true, trouble: "" });
    try {
      const person = await api.signIn(name, password);
      await this.enter(person);
    } catch (err) {
      const status = err instanceof ApiError ? err.status : 0;
      this.set({
        trouble: status === 401 || status === 403 ? "wrong" : status === 429 ? "tooMany" : status === 0 ? "unreachable" : "failed",
        retrySeconds: err instanceof ApiError ? err.retryAfterSeconds : 0,
      });
    } finally {
      this.set({ busy: false });
    }
  }

  async signOut(): Promise<void> {
    await api.signOut();
    this.set({ phase: "signedOut", person: null, trouble: "" });
    await this.ask();
  }

  // check asks whether the session still holds, after something was refused.
  async check(): Promise<void> {
    try {
      await api.session();
    } catch (err) {
      if (err instanceof ApiError && err.status === 401 && this.state.phase === "signedIn") {
        this.set({ phase: "signedOut", person: null, trouble: "signedOutByServer" });
        await this.ask();
      }
    }
  }

  private async ask(): Promise<void> {
    const began = performance.now();
    try {
      const person = await api.session();
      await this.enter(person);
    } catch (err) {
      const status = err instanceof ApiError ? err.status : 0;
      if (status === 401) {
        this.set({ phase: "signedOut", person: null, answeredMs: Math.round(performance.now() - began) });
      } else {
        this.set({ phase: this.state.phase === "starting" ? "signedOut" : this.state.phase, answeredMs: null });
      }
    }
  }

  private async enter(person: Person): Promise<void> {
    const settings = await api.settings();
    this.set({ phase: "signedIn", person, settings, trouble: "" });
  }
}
