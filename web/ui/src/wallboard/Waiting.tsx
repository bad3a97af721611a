// SPDX-License-Identifier: Apache-2.0

// Who waits in the chosen queue, in the order of service. A supervisor acts on
// a caller, and on the queue's door.

import { useState } from "react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { api, inLanguage } from "../api/client";
import type { FloorContact, FloorQueue } from "../api/types";
import { elapsed, instant } from "../shared/clock";
import { clockTime, duration } from "../shared/format";
import { callerName } from "../shared/words";
import { ContactMenu } from "./ContactMenu";
import { useBoard } from "./context";
import { useDeeds, type Deeds } from "./deeds";
import { GradeMark } from "./GradeMark";
import { LastDeed } from "./LastDeed";
import { QueueDeed, type QueueDeedOn } from "./QueueDeed";
import { gradeWait } from "./thresholds";
import { WhyDrawer, type WhyOn } from "./WhyDrawer";

const shownAtMost = 30;

export function Waiting({ queue }: { queue: string }) {
  const { t, i18n } = useTranslation();
  const { floor, deeds } = useBoard();
  const last = useDeeds();
  const [asked, ask] = useState<QueueDeedOn | null>(null);
  const [why, askWhy] = useState<WhyOn | null>(null);
  const q = floor?.queues?.find((one) => one.id === queue);
  if (!q) {
    return null;
  }
  const name = inLanguage(q.name, i18n.language);
  const contacts = q.contacts ?? [];
  return (
    <section className="waiting" aria-label={t("board.waitingIn", { queue: name })} data-testid="waiting">
      <div className="field-name">
        <h2>{t("board.waitingIn", { queue: name })}</h2>
        {deeds ? <Door queue={q} close={() => ask({ kind: "close" })} last={last} /> : null}
      </div>
      {contacts.length === 0 ? (
        <p className="dim">{t("board.nobodyWaits", { queue: name })}</p>
      ) : (
        <table className="board-table">
          <thead>
            <tr>
              <th scope="col">{t("board.position")}</th>
              <th scope="col">{t("board.caller")}</th>
              <th scope="col">{t("board.since")}</th>
              <th scope="col">{t("board.lineState")}</th>
              {deeds ? (
                <th scope="col">
                  <span className="unseen">{t("board.menu")}</span>
                </th>
              ) : null}
            </tr>
          </thead>
          <tbody>
            {contacts.slice(0, shownAtMost).map((c) => (
              <Row key={c.id} queue={q} contact={c} ask={ask} askWhy={askWhy} last={last} />
            ))}
          </tbody>
        </table>
      )}
      {contacts.length > shownAtMost ? <p className="dim">{t("board.more", { count: contacts.length - shownAtMost })}</p> : null}
      <LastDeed last={last} />
      {why ? <WhyDrawer on={why} close={() => askWhy(null)} /> : null}
      {asked ? <QueueDeed on={asked} queue={q.id} name={name} waiting={q.waiting} close={() => ask(null)} /> : null}
    </section>
  );
}

interface RowProps {
  queue: FloorQueue;
  contact: FloorContact;
  ask: (deed: QueueDeedOn) => void;
  askWhy: (on: WhyOn) => void;
  last: Deeds;
}

function Row({ queue, contact: c, ask, askWhy, last }: RowProps) {
  const { t } = useTranslation();
  const { floor, now, deeds } = useBoard();
  const waited = elapsed(c.since, now);
  const who = c.name || c.number ? callerName(t, c.name, c.number) : t("board.caller");
  const agent = floor?.agents?.find((a) => a.id === c.agent)?.name ?? c.agent;
  const state = [
    c.kind && c.kind !== "call" ? t(`kind.${c.kind}`) : "",
    c.dialling ? t("board.dialledFor", { agent }) : c.agent ? t("board.offeredTo", { agent }) : restWord(t, c, now),
    c.attempts ? t("board.attempts", { count: c.attempts }) : "",
    c.priority !== 0 ? t("board.priority", { priority: c.priority }) : "",
    c.require ? t("board.wants", { what: c.require }) : "",
  ].filter(Boolean);
  return (
    <tr data-testid={`row-${c.id}`}>
      <td>{c.position}</td>
      <th scope="row">{who}</th>
      <td>
        <GradeMark grade={gradeWait(waited, queue.thresholdSeconds)} /> {duration(waited)}
      </td>
      <td>{state.join(" · ")}</td>
      {deeds ? (
        <td className="row-deeds">
          <button
            type="button"
            className="small-button"
            onClick={() => askWhy({ contact: c.id, who })}
            aria-label={t("why.of", { who })}
            data-testid={`why-of-${c.id}`}
          >
            {t("why.short")}
          </button>
          <ContactMenu
            queue={queue}
            contact={c}
            who={who}
            act={last.act}
            withdraw={() => ask({ kind: "withdraw", contact: c.id, who })}
          />
        </td>
      ) : null}
    </tr>
  );
}

// restWord says that a contact only keeps its place, and until when.
function restWord(t: TFunction, c: FloorContact, now: number): string {
  if (!c.resting) {
    return t("board.inLine");
  }
  const left = instant(c.again);
  return left !== null && left > now ? t("callback.notBefore", { time: clockTime(left) }) : t("board.resting");
}

// Door closes a queue, after a question, or opens it at once.
function Door({ queue, close, last }: { queue: FloorQueue; close: () => void; last: Deeds }) {
  const { t, i18n } = useTranslation();
  const name = inLanguage(queue.name, i18n.language);
  const open = () =>
    last.act(async () => {
      await api.openQueue(queue.id);
      return { text: t("board.opened", { queue: name }) };
    });
  return queue.closed ? (
    <button type="button" className="small-button" onClick={open} data-testid="open-queue">
      {t("board.openQueue")}
    </button>
  ) : (
    <button type="button" className="small-button" onClick={close} data-testid="close-queue">
      {t("board.closeQueue")}
    </button>
  );
}
