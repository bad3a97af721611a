// SPDX-License-Identifier: Apache-2.0

// The band between who and controls: always there, 64 px, one thing at a time.

import { useTranslation } from "react-i18next";
import { elapsed, left } from "../shared/clock";
import { Icon } from "../shared/Icons";
import { useTick } from "../shared/ticker";
import { callerName, statusName } from "../shared/words";
import { bandOf, type BandWord } from "./bandWord";
import { callerOf } from "./caller";
import { useDesk } from "./context";
import { duration } from "../shared/format";

const longHoldSeconds = 60;

export function Band() {
  const { state, store } = useDesk();
  const { word, icon, tone } = bandOf(state, store.page);
  return (
    <div className={tone === "plain" ? "zone band" : `zone band tone-${tone} strong`} data-testid="band" data-state={word.key}>
      <Icon name={icon} size={24} />
      <Text word={word} />
      <Repair word={word} />
    </div>
  );
}

function Text({ word }: { word: BandWord }) {
  const { t, i18n } = useTranslation();
  const { store, state, settings } = useDesk();
  const here = useTick();
  const now = store.now(here);
  const { desk, phone } = state;
  const caller = callerOf(desk, phone.leg, now, here);
  const who = callerName(t, caller?.name, caller?.number);
  switch (word.key) {
    case "refused":
      return <p>{t("do.failed", { detail: t(`refusal.${word.detail}`) })}</p>;
    case "ringLeft":
      return <RingLeft />;
    case "path":
      return <p>{pathWords(t, state.phone.path)}</p>;
    case "idle":
      return (
        <p>{t("band.micAndPath", { mic: t(word.micOk ? "band.micOk" : "band.micBad"), path: t("band.good") })}</p>
      );
    case "missedCause":
      return (
        <p>
          {t("app.join", {
            a: t(word.hidden ? "band.tabHidden" : "band.tabShown"),
            b: t(word.sound ? "band.soundOn" : "band.soundOff"),
          })}
        </p>
      );
    case "headsetGone":
      return <p>{t("band.headsetGone", { name: state.lostMic })}</p>;
    case "held": {
      const long = (elapsed(desk?.call?.heldSince, now) ?? 0) >= longHoldSeconds;
      return <p>{t(long ? "band.heldLong" : "band.held", { who })}</p>;
    }
    case "wrapUp": {
      const next = desk?.nextStatus || desk?.status || "available";
      return <p>{t("band.wrapUp", { status: statusName(t, settings, next, i18n.language) })}</p>;
    }
    case "phoneDevice":
      return <p>{t("who.phoneDevice")}</p>;
    case "nothing":
      return <p />;
    default:
      return <p>{t(`band.${word.key}`)}</p>;
  }
}

type Path = { quality: string; roundTripMs: number | null; lossPercent: number | null } | null;

function pathWords(t: ReturnType<typeof useTranslation>["t"], path: Path): string {
  if (!path) {
    return t("band.noPath");
  }
  return [
    t("band.path", { quality: t(`band.${path.quality}`) }),
    path.roundTripMs === null ? "" : t("band.ms", { ms: path.roundTripMs }),
    path.lossPercent !== null && path.lossPercent >= 0.1 ? t("band.loss", { percent: path.lossPercent.toFixed(1) }) : "",
  ]
    .filter(Boolean)
    .join("  ");
}

// RingLeft is the time to answer as number and bar.
function RingLeft() {
  const { t } = useTranslation();
  const { store, state } = useDesk();
  const now = store.now(useTick());
  const seconds = left(state.desk?.until, now);
  const began = Date.parse(state.desk?.activitySince ?? "");
  const until = Date.parse(state.desk?.until ?? "");
  if (seconds === null || Number.isNaN(began) || until <= began) {
    return <p>{duration(elapsed(state.desk?.activitySince, now))}</p>;
  }
  const share = Math.min(1, Math.max(0, (until - now) / (until - began)));
  return (
    <div className="ring-left">
      <p>{t("band.timeLeft", { seconds })}</p>
      <div className="bar" aria-hidden="true">
        <div className="bar-fill" style={{ width: `${(share * 100).toFixed(1)}%` }} />
      </div>
    </div>
  );
}

function Repair({ word }: { word: BandWord }) {
  const { t } = useTranslation();
  const { store } = useDesk();
  if (word.key === "soundBlocked") {
    return (
      <button type="button" className="small-button" onClick={() => store.press("hear")} data-testid="hear">
        {t("band.hear")}
      </button>
    );
  }
  if (word.key === "noticesOff") {
    return (
      <button type="button" className="small-button" onClick={() => void store.allowNotices()} data-testid="allow-notices">
        {t("band.allow")}
      </button>
    );
  }
  return null;
}
