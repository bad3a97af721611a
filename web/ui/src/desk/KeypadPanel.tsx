// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useDesk } from "./context";
import { PanelHead } from "./PanelHead";

const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

// KeypadPanel sends tones to the caller; what was sent is shown for four
// seconds and kept nowhere.
export function KeypadPanel() {
  const { t } = useTranslation();
  const { store, state } = useDesk();
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <div className="panel" role="group" aria-label={t("panel.keypad")} data-testid="keypad-panel">
      <PanelHead title={t("panel.keypad")} />
      <p className="tones" aria-live="off" data-testid="tones">
        {state.sentTones === "" ? "" : t("panel.tonesSent", { tones: state.sentTones })}
      </p>
      <div className="keypad">
        {keys.map((key, i) => (
          <button
            key={key}
            ref={i === 0 ? first : undefined}
            type="button"
            className="control"
            onClick={() => store.tone(key)}
            data-testid={`key-${key}`}
          >
            {key}
          </button>
        ))}
      </div>
    </div>
  );
}
