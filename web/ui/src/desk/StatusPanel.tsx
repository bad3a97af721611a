// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import { inLanguage } from "../api/client";
import { ListBox } from "../shared/ListBox";
import { useDesk } from "./context";
import { noMicrophone } from "./desk";
import { PanelHead } from "./PanelHead";

// StatusPanel chooses a status; while busy it begins when the call is over.
export function StatusPanel() {
  const { t, i18n } = useTranslation();
  const { store, state, settings, open } = useDesk();
  const choices = [
    { id: "available", label: t("status.available") },
    ...settings.reasons
      .filter((r) => r.id !== noMicrophone)
      .map((r) => ({ id: r.id, label: inLanguage(r.name, i18n.language) })),
    { id: "offline", label: t("status.offline") },
  ];
  const busy = state.desk !== null && state.desk.activity !== "idle";
  const pick = (status: string) => {
    const ready = state.screen === "readyCheck" && status === "available";
    store.press(ready ? "makeAvailable" : status === "available" && !busy ? "back" : "setStatus", status);
    open("");
  };
  return (
    <div className="panel" role="group" aria-label={t("panel.status")} data-testid="status-panel">
      <PanelHead title={t("panel.status")} />
      {busy ? <p className="dim">{t("panel.whileBusy")}</p> : null}
      <ListBox
        label={t("panel.status")}
        choices={choices}
        value={state.desk?.nextStatus || state.desk?.status || ""}
        onPick={pick}
        testid="status-list"
        focus
        onEscape={() => open("")}
      />
    </div>
  );
}
