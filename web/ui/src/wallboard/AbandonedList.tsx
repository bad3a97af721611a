// SPDX-License-Identifier: Apache-2.0

// Who hung up while waiting and was not talked to since: one press has them
// called back.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, nameOf } from "../api/client";
import type { Abandoned } from "../api/types";
import { instant } from "../shared/clock";
import { dayOrTime, duration } from "../shared/format";
import { callerName } from "../shared/words";
import { useBoard } from "./context";
import { useDeeds } from "./deeds";
import { LastDeed } from "./LastDeed";
import { useList } from "./useList";
import { WhyDrawer, type WhyOn } from "./WhyDrawer";

const shownAtMost = 100;

export function AbandonedList() {
  const { t, i18n } = useTranslation();
  const { now, settings, deeds } = useBoard();
  const { rows, failed, again } = useList(api.abandoned);
  const last = useDeeds();
  const [why, askWhy] = useState<WhyOn | null>(null);
  const callBack = (a: Abandoned) =>
    last.act(async () => {
      const { how } = await api.requestCallback(a.number, a.name, a.queue);
      again();
      return { text: t(`kept.${how}`, { who: callerName(t, a.name, a.number) }), warning: how !== "requested" };
    });
  return (
    <section className="waiting" aria-label={t("list.abandoned")} data-testid="abandoned">
      <h2>{t("abandoned.title")}</h2>
      {failed ? <p className="dim">{t("list.failed")}</p> : null}
      {rows === null ? null : rows.length === 0 ? (
        <p className="dim">{t("abandoned.none")}</p>
      ) : (
        <table className="board-table">
          <thead>
            <tr>
              <th scope="col">{t("board.caller")}</th>
              <th scope="col">{t("board.queue")}</th>
              <th scope="col">{t("abandoned.entered")}</th>
              <th scope="col">{t("board.since")}</th>
              <th scope="col">{t("list.callback")}</th>
              {deeds ? (
                <th scope="col">
                  <span className="unseen">{t("board.menu")}</span>
                </th>
              ) : null}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shownAtMost).map((a) => (
              <tr key={a.call} data-testid={`abandoned-${a.call}`}>
                <th scope="row">{callerName(t, a.name, a.number)}</th>
                <td>{nameOf(settings.queues, a.queue, i18n.language)}</td>
                <td>{dayOrTime(instant(a.entered), now, i18n.language)}</td>
                <td>{duration(a.waitedSeconds)}</td>
                <td>{a.callback === "" ? "" : a.callback === "open" ? t("callback.open") : t(`ending.${a.callback}`)}</td>
                {deeds ? (
                  <td className="row-deeds">
                    <button
                      type="button"
                      className="small-button"
                      onClick={() => askWhy({ contact: a.call, who: callerName(t, a.name, a.number) })}
                      aria-label={t("why.of", { who: callerName(t, a.name, a.number) })}
                      data-testid={`why-of-${a.call}`}
                    >
                      {t("why.short")}
                    </button>
                    {a.number === "" || a.callback === "open" ? null : (
                      <button
                        type="button"
                        className="small-button"
                        onClick={() => callBack(a)}
                        aria-label={t("abandoned.callBackFor", { name: callerName(t, a.name, a.number) })}
                        data-testid={`call-back-${a.call}`}
                      >
                        {t("abandoned.callBack")}
                      </button>
                    )}
                  </td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {(rows?.length ?? 0) > shownAtMost ? <p className="dim">{t("board.more", { count: (rows?.length ?? 0) - shownAtMost })}</p> : null}
      {why ? <WhyDrawer on={why} close={() => askWhy(null)} /> : null}
      <LastDeed last={last} />
    </section>
  );
}
