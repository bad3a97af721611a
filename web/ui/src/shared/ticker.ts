// SPDX-License-Identifier: Apache-2.0

// One ticker for all timers of the page.

import { useSyncExternalStore } from "react";

const tickMs = 250;

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    listeners.forEach((l) => l());
  }, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

// useTick is the local time in ms, a quarter of a second apart.
export function useTick(): number {
  return useSyncExternalStore(subscribe, () => now);
}
