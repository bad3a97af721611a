// SPDX-License-Identifier: Apache-2.0

// The six places under the big button.

import { useTranslation } from "react-i18next";
import { nameOf } from "../api/client";
import { Icon } from "../shared/Icons";
import { askWords } from "./BigButton";
import { useDesk } from "./context";
import { shortcuts } from "./keys";
import { needsLine } from "./screen";
import { slotsOf, type Slot } from "./slots";

const places = ["a", "b", "c", "d", "e", "f"] as const;

export function Controls() {
  const { state, settings } = useDesk();
  const slots = slotsOf({
    screen: state.screen,
    pause: settings.reasons[0]?.id ?? "",
    serverReachable: state.feed === "live",
  });
  return (
    <div className="zone controls" data-testid="controls">
      {slots.map((slot, i) => (
        <Control key={places[i]} slot={slot} place={places[i] ?? ""} />
      ))}
    </div>
  );
}

function Control({ slot, place }: { slot: Slot; place: string }) {
  const { t, i18n } = useTranslation();
  const { store, state, settings, panel, open } = useDesk();
  const asked = slot.action ?? slot.asks;
  const ask = asked ? state.asks[asked] : undefined;
  const phoneLeg = slot.action === "refuse" && state.desk !== null && (!needsLine(state.desk) || !state.phone.leg);
  const off = slot.off === true || phoneLeg;
  const plain = slot.word === "break" ? nameOf(settings.reasons, slot.argument ?? "", i18n.language) : t(`do.${slot.word}`);
  const isOpen = slot.panel !== undefined && panel === slot.panel;
  const press = () => {
    if (off) {
      return;
    }
    if (slot.action) {
      store.press(slot.action, slot.argument);
    } else if (slot.panel) {
      open(isOpen ? "" : slot.panel);
    }
  };
  const keys = slot.command ? shortcuts[slot.command] : undefined;
  return (
    <button
      type="button"
      className={`control place-${place}${slot.danger ? ` ${slot.danger} tone-danger` : ""}`}
      onClick={press}
      aria-disabled={off}
      aria-pressed={slot.pressed}
      aria-expanded={slot.panel ? isOpen : undefined}
      aria-keyshortcuts={keys?.aria}
      data-testid={slot.word === "break" ? "break" : slot.word}
      data-place={place}
      data-ask={ask?.phase ?? ""}
    >
      <Icon name={slot.icon} size={20} />
      <span className="control-word">{askWords(t, ask, plain || t("do.break"))}</span>
      {keys && !off ? <kbd>{keys.shown}</kbd> : null}
    </button>
  );
}
