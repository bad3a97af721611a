// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import { nameOf } from "../api/client";
import { elapsed } from "../shared/clock";
import { duration } from "../shared/format";
import { useTick } from "../shared/ticker";
import { useDesk } from "./context";

// MyQueues is the agent's own queues: how many wait and for how long.
export function MyQueues({ compact }: { compact?: boolean }) {
  const { t, i18n } = useTranslation();
  const { store, state, settings } = useDesk();
  const now = store.now(useTick());
  const queues = state.desk?.queues ?? [];
  if (queues.length === 0) {
    return <p className="dim">{t("side.noQueues")}</p>;
  }
  return (
    <table className={compact ? "queues compact" : "queues"} data-testid="my-queues">
      <thead>
        <tr>
          <th scope="col">{t("side.myQueues")}</th>
          <th scope="col">{t("side.waiting")}</th>
          <th scope="col">{t("side.longest")}</th>
          {compact ? null : <th scope="col">{t("side.free")}</th>}
        </tr>
      </thead>
      <tbody>
        {queues.map((q) => (
          <tr key={q.id}>
            <th scope="row">{nameOf(settings.queues, q.id, i18n.language)}</th>
            <td data-testid={`queue-${q.id}-waiting`}>{q.waiting}</td>
            <td>{q.waiting > 0 ? duration(elapsed(q.longestSince, now)) : duration(null)}</td>
            {compact ? null : <td>{q.available}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
