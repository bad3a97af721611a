// SPDX-License-Identifier: Apache-2.0

// The work zone under the controls, and the panels that may lie over it.

import { useTranslation } from "react-i18next";
import { clockTime } from "../shared/format";
import { ListBox } from "../shared/ListBox";
import { inLanguage } from "../api/client";
import { askWords } from "./BigButton";
import { useDesk } from "./context";
import { KeypadPanel } from "./KeypadPanel";
import { KeysPanel } from "./KeysPanel";
import { Recent } from "./Recent";
import { SoundPanel } from "./SoundPanel";
import { StatusPanel } from "./StatusPanel";
import { TransferPanel } from "./TransferPanel";
import { Insecure } from "../SignIn";

// The server takes no longer notes.
const notesAtMost = 2000;

export function Work() {
  const { panel } = useDesk();
  return (
    <div className="zone work" data-testid="work">
      {panel === "keypad" ? <KeypadPanel /> : null}
      {panel === "transfer" ? <TransferPanel /> : null}
      {panel === "status" ? <StatusPanel /> : null}
      {panel === "sound" ? <SoundPanel /> : null}
      {panel === "keys" ? <KeysPanel /> : null}
      {panel === "" ? <Own /> : null}
    </div>
  );
}

function Own() {
  const { state } = useDesk();
  switch (state.screen) {
    case "readyCheck":
      return (
        <>
          <Insecure />
          <SoundPanel bare />
        </>
      );
    case "dialling":
      return <NotesField />;
    case "talking":
    case "onHold":
    case "wrapUp":
      return (
        <>
          {state.screen !== "wrapUp" && state.desk?.call?.kind === "callback" ? <Machine /> : null}
          {state.screen !== "wrapUp" && state.desk?.call?.wrapUp === "optional" ? <WantWrapUp /> : null}
          <NotesField />
          <Disposition />
        </>
      );
    case "idle":
    case "reason":
    case "notResponding":
    case "offline":
      return <Recent />;
  }
  return state.desk?.call && state.notes.call !== "" && state.screen === "reconnecting" ? <NotesField /> : null;
}

// Machine says that a machine answered the callback: the talk ends, and the
// customer is tried again.
function Machine() {
  const { t } = useTranslation();
  const { store, state } = useDesk();
  const ask = state.asks.machine;
  return (
    <button
      type="button"
      className="small-button"
      onClick={() => store.press("machine")}
      aria-disabled={ask?.phase === "asking"}
      data-testid="machine"
      data-ask={ask?.phase ?? ""}
    >
      {askWords(t, ask, t("do.machine"))}
    </button>
  );
}

// WantWrapUp asks for a wrap-up after this call, where the queue leaves that to
// the agent.
function WantWrapUp() {
  const { t } = useTranslation();
  const { store, state } = useDesk();
  const wanted = state.desk?.call?.wrapUpWanted === true;
  const ask = state.asks.wantWrapUp;
  return (
    <button
      type="button"
      className={wanted ? "small-button strong" : "small-button"}
      onClick={() => store.press("wantWrapUp")}
      aria-pressed={wanted}
      aria-disabled={ask?.phase === "asking"}
      data-testid="want-wrap-up"
      data-ask={ask?.phase ?? ""}
    >
      {askWords(t, ask, t("do.wantWrapUp"))}
    </button>
  );
}

function Disposition() {
  const { t, i18n } = useTranslation();
  const { store, state, settings } = useDesk();
  const choices = settings.dispositions.map((d) => ({ id: d.id, label: inLanguage(d.name, i18n.language) }));
  if (choices.length === 0) {
    return null;
  }
  return (
    <div className="field">
      <h2 className="field-name">{t("work.disposition")}</h2>
      <ListBox
        label={t("work.disposition")}
        choices={choices}
        value={state.notes.disposition}
        onPick={(disposition) => store.editNotes({ disposition })}
        testid="disposition"
      />
    </div>
  );
}

function NotesField() {
  const { t } = useTranslation();
  const { store, state } = useDesk();
  const { notes, savedAt, state: kept } = state.notes;
  const word =
    kept === "saved"
      ? savedAt === null
        ? ""
        : t("work.saved", { time: clockTime(savedAt, true) })
      : t(kept === "failed" ? "work.saveFailed" : kept === "saving" ? "work.saving" : "work.dirty");
  return (
    <div className="field grow">
      <h2 className="field-name">
        <label htmlFor="notes">{t("work.notes")}</label>
        <span className="dim" data-testid="notes-state" data-state={kept}>
          {word}
        </span>
      </h2>
      <textarea
        id="notes"
        className="notes"
        value={notes}
        maxLength={notesAtMost}
        placeholder={t("work.notesHint")}
        onChange={(e) => store.editNotes({ notes: e.currentTarget.value })}
        aria-keyshortcuts="Alt+J"
        data-testid="notes"
      />
    </div>
  );
}
