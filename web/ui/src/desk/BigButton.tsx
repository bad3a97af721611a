// SPDX-License-Identifier: Apache-2.0

// The one big button: always at the same place, always the next step.

import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Icon, type IconName } from "../shared/Icons";
import { left } from "../shared/clock";
import { useTick } from "../shared/ticker";
import { callerName } from "../shared/words";
import type { Ask } from "./asking";
import { callerOf } from "./caller";
import { useDesk } from "./context";
import { shortcuts } from "./keys";
import { Meter } from "./Meter";
import { failing } from "./ready";
import { bigAction, needsLine, type Action } from "./screen";

const icons: Partial<Record<Action, IconName>> = {
  makeAvailable: "circle",
  answer: "phoneUp",
  resume: "waves",
  finish: "check",
  back: "circle",
  tryNow: "undo",
  useHere: "windows",
};

const tones: Partial<Record<Action, string>> = {
  makeAvailable: "available",
  answer: "available",
  resume: "talking",
  finish: "wrapUp",
  back: "available",
  tryNow: "talking",
  useHere: "talking",
};

export function BigButton() {
  const { state } = useDesk();
  const action = bigAction(state.screen);
  return <div className="zone big-zone">{action === "mute" ? <MicButton /> : <NextStep action={action} />}</div>;
}

// askWords is what a button says while it asks, or asked in vain.
export function askWords(t: ReturnType<typeof useTranslation>["t"], ask: Ask | undefined, otherwise: string): string {
  return ask?.phase === "asking" ? t("do.asking") : ask?.phase === "late" ? t("do.late") : otherwise;
}

function NextStep({ action }: { action: Action | null }) {
  const { t } = useTranslation();
  const { store, state, open } = useDesk();
  const button = useRef<HTMLButtonElement>(null);
  const screen = state.screen;

  // The focus comes here on a change of state, unless somebody is typing.
  useEffect(() => {
    const at = document.activeElement;
    const typing = at instanceof HTMLElement && (at.matches("input, textarea, select") || at.isContentEditable);
    if (!typing) {
      button.current?.focus({ preventScroll: true });
    }
  }, [screen]);

  if (action === null) {
    return (
      <p className="big still" data-testid="big" data-action="none">
        {screen === "dialling" ? <Calling /> : t(screen === "idle" ? "do.readyForCall" : "do.wait")}
      </p>
    );
  }
  const phone = state.desk !== null && !needsLine(state.desk) && action === "answer";
  if (phone) {
    return (
      <p className="big still" data-testid="big" data-action="answerOnPhone">
        {t("do.answerOnPhone")}
      </p>
    );
  }
  const ask = state.asks[action];
  const waiting = action === "answer" && state.phone.leg === null;
  const repairing = action === "makeAvailable" && failing(state.steps) !== null;
  const answering = state.phone.leg?.state === "answering" && action === "answer";
  return (
    <button
      ref={button}
      type="button"
      className={`big tone-${repairing ? "talking" : (tones[action] ?? "talking")}`}
      onClick={() => {
        store.press(action);
        open("");
      }}
      aria-keyshortcuts={shortcuts.big.aria}
      aria-disabled={waiting || ask?.phase === "asking"}
      data-testid="big"
      data-action={action}
      data-ask={ask?.phase ?? ""}
    >
      <Icon name={repairing ? "undo" : (icons[action] ?? "circle")} size={28} />
      <span className="big-word">{answering ? t("do.asking") : askWords(t, ask, wording(t, action, state, store))}</span>
      {action === "answer" ? <Seconds /> : null}
      <kbd>{shortcuts.big.shown}</kbd>
    </button>
  );
}

// Calling says who is being dialled.
function Calling() {
  const { t } = useTranslation();
  const { store, state } = useDesk();
  const here = useTick();
  const caller = callerOf(state.desk, state.phone.leg, store.now(here), here);
  return t("do.calling", { who: callerName(t, caller?.name, caller?.number) });
}

function wording(
  t: ReturnType<typeof useTranslation>["t"],
  action: Action,
  state: ReturnType<typeof useDesk>["state"],
  store: ReturnType<typeof useDesk>["store"],
): string {
  if (action === "makeAvailable") {
    const step = failing(state.steps);
    return step ? t("check.first", { step: t(`check.${step.id}`) }) : t("do.makeAvailable");
  }
  if (action === "answer" && store.state.phone.muted) {
    return t("do.answerMuted");
  }
  return t(`do.${action === "back" && state.screen === "reason" ? "available" : action}`);
}

function Seconds() {
  const { store, state } = useDesk();
  const seconds = left(state.desk?.until, store.now(useTick()));
  return seconds === null ? null : <span className="big-seconds">{seconds}</span>;
}

// MicButton is what the big place holds while talking: live with its level, or
// MUTED, to be read across a room.
function MicButton() {
  const { t } = useTranslation();
  const { store, state } = useDesk();
  const muted = state.phone.muted;
  const flat = state.phone.fault === "micFlat";
  if (state.desk && !needsLine(state.desk)) {
    return (
      <p className="big still" data-testid="big" data-action="none">
        {t("do.onYourPhone")}
      </p>
    );
  }
  return (
    <button
      type="button"
      className={muted ? "big mic muted tone-danger" : "big mic"}
      onClick={() => store.press("mute")}
      aria-keyshortcuts={shortcuts.mute.aria}
      aria-pressed={muted}
      data-testid="big"
      data-action="mute"
      data-muted={muted}
    >
      <Icon name={muted ? "micOff" : "mic"} size={muted ? 48 : 28} />
      {muted ? (
        <span className="muted-word">{t("do.muted")}</span>
      ) : (
        <>
          <span className="big-word">{!state.phone.leg ? t("do.wait") : flat ? t("check.microphone") : t("do.micLive")}</span>
          <Meter />
        </>
      )}
      <span className="big-twin">
        {muted ? "" : t("do.mute")} <kbd>{shortcuts.mute.shown}</kbd>
      </span>
    </button>
  );
}
