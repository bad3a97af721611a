// SPDX-License-Identifier: Apache-2.0

// The top of the card: shape and word of the state, its time, what comes next.

import { useTranslation } from "react-i18next";
import { duration } from "../shared/format";
import { Icon } from "../shared/Icons";
import { screenLooks } from "../shared/look";
import { useTick } from "../shared/ticker";
import { reasonText, statusName } from "../shared/words";
import { useDesk } from "./context";
import { passed } from "./ready";
import { stateTime } from "./timer";

export function StateZone() {
  const { t, i18n } = useTranslation();
  const { state, settings } = useDesk();
  const { screen, desk } = state;
  const word =
    screen === "reason" && desk ? statusName(t, settings, desk.status, i18n.language) : t(`state.${screen}`);
  return (
    <div className="zone state" data-testid="state">
      <Icon name={screenLooks[screen].icon} size={28} />
      <div className="state-words">
        <h1 className="state-word">{word}</h1>
        <Beside />
      </div>
      <Time />
    </div>
  );
}

// Beside is the second line: the next status with its undo, or who set this one.
function Beside() {
  const { t, i18n } = useTranslation();
  const { store, state, settings } = useDesk();
  const { desk, screen } = state;
  if (!desk) {
    return null;
  }
  if (desk.nextStatus !== "" && screen !== "elsewhere") {
    return (
      <p className="state-beside">
        <span data-testid="next-status">
          {t("state.then", { status: statusName(t, settings, desk.nextStatus, i18n.language) })}
        </span>
        <button type="button" className="link" onClick={() => store.press("cancelNext")} data-testid="undo-next">
          {t("state.undoThen")}
        </button>
      </p>
    );
  }
  if (screen === "reason" || screen === "offline" || screen === "idle") {
    const own = desk.actor === desk.agent.id || desk.actor === "";
    const cause = reasonText(t, desk.reason);
    const actor = desk.actor === "server" ? t("actor.server") : desk.actor;
    const by = own ? "" : t("state.by", { actor });
    return <p className="state-beside">{cause && by ? t("app.join", { a: cause, b: by }) : cause || by}</p>;
  }
  return null;
}

function Time() {
  const { t } = useTranslation();
  const { store, state, settings } = useDesk();
  const here = useTick();
  const { desk, screen } = state;
  if (screen === "readyCheck") {
    return <span className="state-time">{t("state.of", { passed: passed(state.steps), all: state.steps.length })}</span>;
  }
  const time = stateTime(screen, desk, state.screenSince, store.now(here), here);
  if (time.seconds === null) {
    return null;
  }
  const limit = settings.reasons.find((r) => r.id === desk?.status)?.limitSeconds ?? 0;
  const over = screen === "reason" && limit > 0 && time.seconds > limit;
  const long = screen === "onHold" && time.seconds >= 60;
  return (
    <span className={over || long ? "state-time tone-warning" : "state-time"} data-testid="state-time">
      {over || long ? <Icon name="warning" size={22} /> : null}
      {time.left ? t("state.left", { time: duration(time.seconds) }) : duration(time.seconds)}
    </span>
  );
}
