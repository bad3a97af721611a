// SPDX-License-Identifier: Apache-2.0

// What a wall needs that a desk does not: a screen that stays awake, a picture
// that moves a little so that nothing burns in, no pointer.

import { useEffect, useState } from "react";

const shiftEveryMs = 60_000;
const shiftPx = 2;
// The corners of a small square, one a minute.
const corners = [
  [0, 0],
  [shiftPx, 0],
  [shiftPx, shiftPx],
  [0, shiftPx],
] as const;
const pointerHidesMs = 3000;

export interface Television {
  // shift is where the picture stands now, for CSS; undefined while off.
  shift: string | undefined;
  // pointer: the mouse was moved a moment ago, so controls are shown.
  pointer: boolean;
}

export function useTelevision(on: boolean): Television {
  const [turn, setTurn] = useState(0);
  const [pointer, setPointer] = useState(false);

  useEffect(() => {
    if (!on) {
      return;
    }
    const timer = setInterval(() => setTurn((n) => n + 1), shiftEveryMs);
    return () => clearInterval(timer);
  }, [on]);

  useEffect(() => (on ? stayAwake() : undefined), [on]);

  useEffect(() => {
    if (!on) {
      return;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const moved = () => {
      setPointer(true);
      clearTimeout(timer);
      timer = setTimeout(() => setPointer(false), pointerHidesMs);
    };
    window.addEventListener("mousemove", moved);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("mousemove", moved);
    };
  }, [on]);

  const [x, y] = corners[turn % corners.length] ?? corners[0];
  return { shift: on ? `translate(${x}px, ${y}px)` : undefined, pointer };
}

// stayAwake holds the screen's wake lock, which the browser drops whenever the
// page is hidden, and returns what lets go of it.
function stayAwake(): () => void {
  let lock: WakeLockSentinel | null = null;
  let over = false;
  const take = () => {
    if (document.visibilityState !== "visible" || !("wakeLock" in navigator)) {
      return;
    }
    navigator.wakeLock.request("screen").then(
      (got) => {
        lock = got;
        if (over) {
          void got.release();
        }
      },
      () => {}, // a machine on its last battery may refuse: the picture goes on
    );
  };
  take();
  document.addEventListener("visibilitychange", take);
  return () => {
    over = true;
    document.removeEventListener("visibilitychange", take);
    void lock?.release();
  };
}
