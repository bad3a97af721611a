// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { commandOf, padKey, type Command, type KeyLike } from "../src/desk/keys";

function key(code: string, more: Partial<KeyLike> = {}): KeyLike {
  return { code, altKey: false, ctrlKey: false, shiftKey: false, metaKey: false, repeat: false, isComposing: false, ...more };
}

const alt = { altKey: true };

test.each<[KeyLike, Command]>([
  [key("F2"), "big"],
  [key("Enter", alt), "big"],
  [key("F8"), "mute"],
  [key("KeyM", alt), "mute"],
  [key("KeyP", alt), "hold"],
  [key("KeyK", alt), "keypad"],
  [key("End", alt), "end"],
  [key("KeyJ", alt), "notes"],
  [key("KeyI", alt), "say"],
  [key("Period", alt), "status"],
  [key("Slash", alt), "help"],
])("%o is a command", (pressed, want) => {
  expect(commandOf(pressed, false, false)).toBe(want);
  expect(commandOf(pressed, true, false)).toBe(want);
});

test.each<[string, KeyLike]>([
  ["a key held down", key("F2", { repeat: true })],
  ["an input method composing", key("F2", { isComposing: true })],
  ["another modifier beside", key("KeyM", { altKey: true, ctrlKey: true })],
  ["shift beside", key("F2", { shiftKey: true })],
  ["AltGraph", key("KeyM", { altKey: true, getModifierState: (m) => m === "AltGraph" })],
  ["Alt missing", key("KeyM")],
  ["Alt beside a plain key", key("F2", alt)],
  ["a printable key alone", key("KeyA")],
])("%s is none", (_, pressed) => {
  expect(commandOf(pressed, false, false)).toBeNull();
});

test("on a Mac Option+I types in a text field and commands elsewhere", () => {
  expect(commandOf(key("KeyI", alt), true, true)).toBeNull();
  expect(commandOf(key("KeyI", alt), false, true)).toBe("say");
});

test("the keypad knows digits, star and hash only", () => {
  expect(["0", "9", "*", "#"].map(padKey)).toEqual(["0", "9", "*", "#"]);
  expect(["a", "Enter", "10", ""].map(padKey)).toEqual([null, null, null, null]);
});
