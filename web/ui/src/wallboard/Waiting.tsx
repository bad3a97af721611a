// SPDX-License-Identifier: Apache-2.0

// Who waits in the chosen queue, in the order of service.

import { useTranslation } from "react-i18next";
import { inLanguage } from "../api/client";
import { elapsed } from "../shared/clock";
import { duration } from "../shared/format";
import { callerName } from "../shared/words";
import { useBoard } from "./context";
import { GradeMark } from "./GradeMark";
import { gradeWait } from "./thresholds";

const shownAtMost = 30;

export function Waiting({ queue }: { queue: string }) {
  const { t, i18n } = useTranslation();
  const { floor, now } = useBoard();
  const q = floor?.queues?.find((one) => one.id === queue);
  if (!q) {
    return null;
  }
  const name = inLanguage(q.name, i18n.language);
  const contacts = q.contacts ?? [];
  const agentName = (id: string) => floor?.agents?.find((a) => a.id === id)?.name ?? id;
  return (
    <section className="waiting" aria-label={t("board.waitingIn", { queue: name })} data-testid="waiting">
      <h2>{t("board.waitingIn", { queue: name })}</h2>
      {contacts.length === 0 ? (
        <p className="dim">{t("board.nobodyWaits", { queue: name })}</p>
      ) : (
        <table className="board-table">
          <thead>
            <tr>
              <th scope="col">{t("board.position")}</th>
              <th scope="col">{t("board.caller")}</th>
              <th scope="col">{t("board.since")}</th>
              <th scope="col">{t("board.stateSince")}</th>
            </tr>
          </thead>
          <tbody>
            {contacts.slice(0, shownAtMost).map((c) => {
              const waited = elapsed(c.since, now);
              return (
                <tr key={c.id}>
                  <td>{c.position}</td>
                  <th scope="row">{c.name || c.number ? callerName(t, c.name, c.number) : t("board.caller")}</th>
                  <td>
                    <GradeMark grade={gradeWait(waited, q.thresholdSeconds)} /> {duration(waited)}
                  </td>
                  <td>{c.agent ? t("board.offeredTo", { agent: agentName(c.agent) }) : t("board.inLine")}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {contacts.length > shownAtMost ? <p className="dim">{t("board.more", { count: contacts.length - shownAtMost })}</p> : null}
    </section>
  );
}
