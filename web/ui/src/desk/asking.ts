// SPDX-License-Identifier: Apache-2.0

// A press asks; only the server's next word answers. This keeps which actions
// are being asked, and which were asked in vain.

import type { Action } from "./screen";

export type Phase = "asking" | "late" | "failed";

export interface Ask {
  phase: Phase;
  id: number;
  // detail names the server's refusal: a key of the texts.
  detail: string;
}

export type Asks = Partial<Record<Action, Ask>>;

// No word of the server within this: the button says so and offers again.
export const answerLimitMs = 2000;
// A refusal or a lateness is said this long.
export const saidMs = 8000;

export function asked(asks: Asks, action: Action, id: number): Asks {
  return { ...asks, [action]: { phase: "asking", id, detail: "" } };
}

export function settled(asks: Asks, action: Action): Asks {
  if (!asks[action]) {
    return asks;
  }
  const rest = { ...asks };
  delete rest[action];
  return rest;
}

// late and failed concern one asking only: a newer one of the same action is
// left alone.
export function late(asks: Asks, action: Action, id: number): Asks {
  const ask = asks[action];
  return ask?.id === id && ask.phase === "asking" ? { ...asks, [action]: { ...ask, phase: "late" } } : asks;
}

export function failed(asks: Asks, action: Action, id: number, detail: string): Asks {
  return asks[action]?.id === id ? { ...asks, [action]: { phase: "failed", id, detail } } : asks;
}

export function forget(asks: Asks, action: Action, id: number): Asks {
  return asks[action]?.id === id ? settled(asks, action) : asks;
}

// mayPress: a press while asking would ask twice.
export function mayPress(asks: Asks, action: Action): boolean {
  return asks[action]?.phase !== "asking";
}
