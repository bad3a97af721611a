// SPDX-License-Identifier: Apache-2.0

// The keyboard map: matched on event.code with exact modifiers, never while an
// input method composes, never with AltGraph, never a printable key alone.

export type Command =
  | "big"
  | "mute"
  | "hold"
  | "keypad"
  | "transfer"
  | "end"
  | "notes"
  | "say"
  | "status"
  | "help";

export interface KeyLike {
  code: string;
  altKey: boolean;
  ctrlKey: boolean;
  shiftKey: boolean;
  metaKey: boolean;
  repeat: boolean;
  isComposing: boolean;
  getModifierState?: (name: string) => boolean;
}

interface Binding {
  command: Command;
  code: string;
  alt: boolean;
  // types: on a Mac this key writes an accent, so inside text it is left alone.
  types?: boolean;
}

const bindings: readonly Binding[] = [
  { command: "big", code: "F2", alt: false },
  { command: "big", code: "Enter", alt: true },
  { command: "mute", code: "F8", alt: false },
  { command: "mute", code: "KeyM", alt: true },
  { command: "hold", code: "KeyP", alt: true },
  { command: "keypad", code: "KeyK", alt: true },
  { command: "transfer", code: "KeyY", alt: true },
  { command: "end", code: "End", alt: true },
  { command: "notes", code: "KeyJ", alt: true },
  { command: "say", code: "KeyI", alt: true, types: true },
  { command: "status", code: "Period", alt: true },
  { command: "help", code: "Slash", alt: true },
];

// shortcuts is aria-keyshortcuts, and shown is what the button says.
export const shortcuts: Record<Command, { aria: string; shown: string }> = {
  big: { aria: "F2 Alt+Enter", shown: "F2" },
  mute: { aria: "F8 Alt+M", shown: "F8" },
  hold: { aria: "Alt+P", shown: "Alt+P" },
  keypad: { aria: "Alt+K", shown: "Alt+K" },
  transfer: { aria: "Alt+Y", shown: "Alt+Y" },
  end: { aria: "Alt+End", shown: "Alt+End" },
  notes: { aria: "Alt+J", shown: "Alt+J" },
  say: { aria: "Alt+I", shown: "Alt+I" },
  status: { aria: "Alt+.", shown: "Alt+." },
  help: { aria: "Alt+/", shown: "Alt+/" },
};

// commandOf returns what a key press commands, or null. inText: a text field
// has the focus; mac: the keyboard is Apple's.
export function commandOf(key: KeyLike, inText: boolean, mac: boolean): Command | null {
  if (key.repeat || key.isComposing || key.ctrlKey || key.shiftKey || key.metaKey) {
    return null;
  }
  if (key.getModifierState?.("AltGraph")) {
    return null;
  }
  const found = bindings.find((b) => b.code === key.code && b.alt === key.altKey);
  if (!found || (found.types && mac && inText)) {
    return null;
  }
  return found.command;
}

// padKey is the tone of a key pressed while the keypad is open, or null.
export function padKey(key: string): string | null {
  return /^[0-9*#]$/.test(key) ? key : null;
}

// After the big button changed, a press on it is ignored for this long, and
// hanging up after a connect.
export const bigDeadMs = 600;
export const hangUpDeadMs = 1500;
