// SPDX-License-Identifier: Apache-2.0

// Sends what was pressed and keeps what is being asked until the server's word
// settles it, or its silence is said.

import { ApiError } from "../api/client";
import type { Desk } from "../api/types";
import * as asking from "./asking";
import type { Action } from "./screen";

export interface AskerDeps {
  changed: () => void;
  // desk is the server's latest word.
  desk: () => Desk | null;
  // refused is told when the server no longer knows this session.
  refused: () => void;
}

export class Asker {
  asks: asking.Asks = {};
  private count = 0;
  private readonly done = new Map<Action, (desk: Desk) => boolean>();
  private readonly deps: AskerDeps;

  constructor(deps: AskerDeps) {
    this.deps = deps;
  }

  mayPress(action: Action): boolean {
    return asking.mayPress(this.asks, action);
  }

  // ask sends, and shows the asking until done says of the server's word that it
  // is answered.
  ask(action: Action, send: () => Promise<unknown>, done: (desk: Desk) => boolean): void {
    const id = ++this.count;
    this.done.set(action, done);
    this.set(asking.asked(this.asks, action, id));
    const forget = () => setTimeout(() => this.set(asking.forget(this.asks, action, id)), asking.saidMs);
    setTimeout(() => {
      this.set(asking.late(this.asks, action, id));
      forget();
    }, asking.answerLimitMs);
    send().then(
      () => this.settle(),
      (err: unknown) => {
        const status = err instanceof ApiError ? err.status : 0;
        if (status === 401) {
          this.deps.refused();
        }
        const detail = refusalKey(status);
        this.set(
          detail === "" ? asking.late(this.asks, action, id) : asking.failed(this.asks, action, id, detail),
        );
        forget();
      },
    );
  }

  // settle ends the askings that the server's latest word answers.
  settle(): void {
    const desk = this.deps.desk();
    if (!desk) {
      return;
    }
    let asks = this.asks;
    for (const [action, done] of this.done) {
      if (asks[action] && done(desk)) {
        asks = asking.settled(asks, action);
      }
    }
    this.set(asks);
  }

  private set(asks: asking.Asks): void {
    if (asks !== this.asks) {
      this.asks = asks;
      this.deps.changed();
    }
  }
}

const refusalWords = new Set([403, 404, 409, 422, 429]);

// refusalKey is the word for a refusal; "" where there was no answer at all.
export function refusalKey(status: number): string {
  return status === 0 ? "" : refusalWords.has(status) ? String(status) : "500";
}
