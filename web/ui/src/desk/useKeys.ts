// SPDX-License-Identifier: Apache-2.0

// Hands the keyboard's commands to the desk.

import { useEffect } from "react";
import type { DeskStore } from "./desk";
import { commandOf, padKey, type Command } from "./keys";
import type { Panel } from "./panels";

const isMac = /Mac/.test(navigator.platform);

function inText(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.matches("input, textarea, select") || target.isContentEditable);
}

export function useKeys(store: DeskStore, panel: Panel, open: (panel: Panel) => void, sayAll: () => void): void {
  useEffect(() => {
    const act = (command: Command) => {
      const { screen } = store.state;
      switch (command) {
        case "big":
          return store.pressBig();
        case "mute":
          return store.press("mute");
        case "hold":
          return screen === "talking" ? store.press("hold") : screen === "onHold" ? store.press("resume") : undefined;
        case "keypad":
          return screen === "talking" ? open(panel === "keypad" ? "" : "keypad") : undefined;
        case "transfer":
          return screen === "talking" || screen === "onHold" ? open(panel === "transfer" ? "" : "transfer") : undefined;
        case "end":
          return screen === "ringing"
            ? store.press("refuse")
            : screen === "talking" || screen === "onHold" || screen === "dialling"
              ? store.press("hangUp")
              : undefined;
        case "notes":
          return toNotes(open);
        case "say":
          return sayAll();
        case "status":
          return screen === "elsewhere" || screen === "loading" ? undefined : open(panel === "status" ? "" : "status");
        case "help":
          return open(panel === "keys" ? "" : "keys");
      }
    };
    const down = (e: KeyboardEvent) => {
      const text = inText(e.target);
      const command = commandOf(e, text, isMac);
      if (command) {
        e.preventDefault();
        act(command);
        return;
      }
      if (panel === "" || text || e.altKey || e.ctrlKey || e.metaKey || e.repeat || e.isComposing) {
        return;
      }
      const tone = padKey(e.key);
      if (panel === "keypad" && tone) {
        e.preventDefault();
        store.tone(tone);
      } else if (e.key === "Escape") {
        e.preventDefault();
        open("");
      }
    };
    window.addEventListener("keydown", down);
    return () => window.removeEventListener("keydown", down);
  }, [store, panel, open, sayAll]);
}

// toNotes puts the focus into the notes, and from there to the disposition.
function toNotes(open: (panel: Panel) => void): void {
  open("");
  requestAnimationFrame(() => {
    const notes = document.getElementById("notes");
    const disposition = document.querySelector<HTMLElement>("[data-testid=disposition]");
    (document.activeElement === notes ? (disposition ?? notes) : notes)?.focus();
  });
}
