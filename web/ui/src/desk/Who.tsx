// SPDX-License-Identifier: Apache-2.0

// Who is on the line, in the order in which one speaks: name, number, queue,
// wait, menu. Without a caller, what matters instead.

import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { nameOf } from "../api/client";
import { elapsed, instant } from "../shared/clock";
import { clockTime, duration, telephone } from "../shared/format";
import { Icon } from "../shared/Icons";
import { useTick } from "../shared/ticker";
import { callerName } from "../shared/words";
import { callerOf, menuWords, talkedSeconds } from "./caller";
import { useDesk } from "./context";
import { MyQueues } from "./MyQueues";
import { passing } from "./screen";

export function Who() {
  const { state } = useDesk();
  return (
    <div className="zone who" data-testid="who">
      {content(state.screen)}
    </div>
  );
}

function content(screen: string): ReactNode {
  switch (screen) {
    case "ringing":
    case "dialling":
    case "talking":
    case "onHold":
    case "wrapUp":
      return <CallerLines />;
    case "idle":
      return <IdleLines />;
    case "notResponding":
      return <MissedLines />;
  }
  return <PlainLines />;
}

function CallerLines() {
  const { t, i18n } = useTranslation();
  const { store, state, settings } = useDesk();
  const here = useTick();
  const now = store.now(here);
  const caller = callerOf(state.desk, state.phone.leg, now, here);
  if (!caller) {
    return <p>{t("who.wait")}</p>;
  }
  const name = callerName(t, caller.name, caller.number);
  const queue = nameOf(settings.queues, caller.queue, i18n.language);
  const menu = menuWords(caller.menuPath);
  const talked = state.screen === "wrapUp" || state.screen === "onHold" ? talkedSeconds(state.desk, now) : null;
  return (
    <>
      <p className={name.length > 28 ? "who-name long" : "who-name"} data-testid="caller-name">
        {name}
      </p>
      {caller.name && caller.number ? <Number number={caller.number} /> : <p className="who-line" />}
      <p className="who-line">
        <strong data-testid="caller-queue">{queue}</strong>
        <KindMark kind={caller.kind} />
        {caller.dialled ? <span className="dim">{t("who.dialled", { number: caller.dialled })}</span> : null}
      </p>
      <p className="who-line" data-testid="caller-waited">
        {talked === null
          ? t("who.waited", { time: duration(caller.waitedSeconds) })
          : t("app.join", {
              a: t("who.talked", { time: duration(talked) }),
              b: t("who.waited", { time: duration(caller.waitedSeconds) }),
            })}
      </p>
      <p className="who-line dim" data-testid="caller-menu">
        {menu ? t("who.menu", { path: menu }) : t("who.noMenu")}
      </p>
    </>
  );
}

// KindMark says what this is where it is no ordinary call.
function KindMark({ kind }: { kind: string }) {
  const { t } = useTranslation();
  if (kind !== "callback" && kind !== "task") {
    return null;
  }
  return (
    <span className="kind tone-ringing" data-testid="caller-kind">
      <Icon name={kind === "callback" ? "phoneUp" : "pencil"} size={14} />
      {t(`kind.${kind}`)}
    </span>
  );
}

const copiedMs = 1500;

function Number({ number }: { number: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard?.writeText(number).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), copiedMs);
    });
  };
  return (
    <p className="who-line">
      <button
        type="button"
        className="link"
        onClick={copy}
        aria-label={t("who.copy", { number: telephone(number) })}
        data-testid="caller-number"
      >
        {telephone(number)}
      </button>
      <span className="dim">{copied ? t("who.copied") : ""}</span>
    </p>
  );
}

// IdleLines are the own queues, or for some seconds what became of an offer.
function IdleLines() {
  const { t } = useTranslation();
  const { store, state } = useDesk();
  const here = useTick();
  const gone = state.desk ? passing(state.desk, store.now(here)) : null;
  const last = state.desk?.last;
  if (gone && last) {
    const time = duration(elapsed(last.began, instant(last.ended) ?? here));
    return (
      <div className="gone" data-testid="passing" data-state={gone}>
        <p className="who-name">{callerName(t, last.name, last.number)}</p>
        <p>{gone === "callerGone" ? t("who.callerGone", { time }) : t(gone === "elsewhere" ? "who.takenElsewhere" : "who.withdrawn")}</p>
      </div>
    );
  }
  return <MyQueues compact />;
}

function MissedLines() {
  const { t, i18n } = useTranslation();
  const { state, settings } = useDesk();
  const last = state.desk?.last;
  const rang = last ? elapsed(last.began, instant(last.ended) ?? 0) : null;
  return (
    <>
      <p className="who-name" data-testid="missed">
        {last ? t("who.missed", { who: callerName(t, last.name, last.number) }) : t("who.noCallsReach")}
      </p>
      {last ? (
        <>
          <p className="who-line">
            {t("who.missedAt", {
              queue: nameOf(settings.queues, last.queue, i18n.language),
              time: clockTime(instant(last.ended), true),
            })}
          </p>
          <p className="who-line">{t("who.rang", { seconds: rang ?? 0 })}</p>
          <p className="who-line">{t("who.noCallsReach")}</p>
        </>
      ) : null}
    </>
  );
}

function PlainLines() {
  const { t } = useTranslation();
  const { store, state } = useDesk();
  const here = useTick();
  const { screen, desk } = state;
  const caller = callerOf(desk, state.phone.leg, store.now(here), here);
  const lines: string[] = [];
  switch (screen) {
    case "reconnecting":
      if (caller) {
        lines.push(t("who.hearsMusic", { who: callerName(t, caller.name, caller.number) }), t("who.callKept"));
      } else {
        lines.push(t("who.noCallsReach"));
      }
      lines.push(t("who.doNotClose"));
      break;
    case "elsewhere":
      lines.push(t("who.movedTab"), t("who.nothingRings"), t("who.comesAlong"));
      break;
    case "offline":
      lines.push(t("who.offlineConnection"), t("who.noCallsReach"));
      break;
    case "reason":
      lines.push(t("who.offlineOther"), t("who.noCallsReach"));
      break;
    default:
      lines.push(t("who.wait"));
  }
  const [first, ...rest] = lines;
  return (
    <>
      <p className="who-name">{first}</p>
      {rest.map((line) => (
        <p key={line} className="who-line">
          {line}
        </p>
      ))}
    </>
  );
}
