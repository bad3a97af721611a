// SPDX-License-Identifier: Apache-2.0

// A list to pick one from, in a fixed order: arrows, the digits 1-9, and the
// first letter.

import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";

export interface Choice {
  id: string;
  label: string;
}

interface Props {
  label: string;
  choices: readonly Choice[];
  value: string;
  onPick: (id: string) => void;
  testid: string;
  // focus takes the focus when the list appears.
  focus?: boolean;
  onEscape?: () => void;
}

export function ListBox({ label, choices, value, onPick, testid, focus, onEscape }: Props) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const chosen = choices.findIndex((c) => c.id === value);
  const [at, setAt] = useState(Math.max(0, chosen));

  useEffect(() => {
    if (focus) {
      box.current?.focus();
    }
  }, [focus]);

  const pick = (index: number) => {
    const choice = choices[index];
    if (choice) {
      setAt(index);
      onPick(choice.id);
    }
  };

  const key = (e: KeyboardEvent) => {
    if (e.altKey || e.ctrlKey || e.metaKey || e.nativeEvent.isComposing) {
      return;
    }
    const typed = e.key.toLowerCase();
    const digit = /^[1-9]$/.test(e.key) ? Number(e.key) - 1 : -1;
    const letter = [...choices.keys()]
      .map((i) => (i + at + 1) % choices.length)
      .find((i) => typed.length === 1 && choices[i]?.label.toLowerCase().startsWith(typed));
    switch (true) {
      case e.key === "ArrowDown":
        setAt(Math.min(choices.length - 1, at + 1));
        break;
      case e.key === "ArrowUp":
        setAt(Math.max(0, at - 1));
        break;
      case e.key === "Home":
        setAt(0);
        break;
      case e.key === "End":
        setAt(choices.length - 1);
        break;
      case e.key === "Enter" || e.key === " ":
        pick(at);
        break;
      case e.key === "Escape" && onEscape !== undefined:
        onEscape?.();
        break;
      case digit >= 0 && digit < choices.length:
        pick(digit);
        break;
      case letter !== undefined:
        setAt(letter ?? at);
        break;
      default:
        return;
    }
    e.preventDefault();
  };

  return (
    <div
      ref={box}
      className="listbox"
      role="listbox"
      tabIndex={0}
      aria-label={label}
      aria-activedescendant={choices.length > 0 ? `${id}-${at}` : undefined}
      onKeyDown={key}
      data-testid={testid}
    >
      {choices.map((choice, index) => (
        <div
          key={choice.id}
          id={`${id}-${index}`}
          role="option"
          aria-selected={choice.id === value}
          className={index === at ? "option at" : "option"}
          onClick={() => pick(index)}
          data-testid={`${testid}-${choice.id}`}
        >
          <span className="option-digit">{index < 9 ? index + 1 : ""}</span>
          <span>{choice.label}</span>
        </div>
      ))}
    </div>
  );
}
