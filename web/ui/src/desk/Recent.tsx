// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import { nameOf } from "../api/client";
import { instant } from "../shared/clock";
import { dayOrTime } from "../shared/format";
import { useTick } from "../shared/ticker";
import { callerName } from "../shared/words";
import { useDesk } from "./context";

const shownAtMost = 20;

// Recent is the agent's last calls, newest first.
export function Recent() {
  const { t, i18n } = useTranslation();
  const { store, state, settings } = useDesk();
  const now = store.now(useTick());
  return (
    <div className="field recent-field">
      <h2 className="field-name">{t("work.recent")}</h2>
      {state.recent.length === 0 ? <p className="dim">{t("work.noRecent")}</p> : null}
      <ul className="recent" data-testid="recent">
        {state.recent.slice(0, shownAtMost).map((c) => (
          <li key={c.id}>
            <span className="recent-time">{dayOrTime(instant(c.arrived), now, i18n.language)}</span>
            <span>{callerName(t, c.name, c.number)}</span>
            <span className="dim">
              {[nameOf(settings.queues, c.queue, i18n.language), nameOf(settings.dispositions, c.disposition, i18n.language)]
                .filter(Boolean)
                .join(" · ")}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
