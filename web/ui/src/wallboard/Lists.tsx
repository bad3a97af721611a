// SPDX-License-Identifier: Apache-2.0

// What stands under the queues: who waits in the chosen one, and, for
// supervisors, who is to be called back and who gave up waiting.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AbandonedList } from "./AbandonedList";
import { CallbackList } from "./CallbackList";
import { Waiting } from "./Waiting";

type Tab = "waiting" | "callbacks" | "abandoned";
const tabs: readonly Tab[] = ["waiting", "callbacks", "abandoned"];

export function Lists({ queue, supervisor }: { queue: string; supervisor: boolean }) {
  const { t } = useTranslation();
  const [tab, show] = useState<Tab>("waiting");
  if (!supervisor) {
    return <Waiting queue={queue} />;
  }
  return (
    <>
      <div className="tabs" role="group" aria-label={t("board.lists")}>
        {tabs.map((one) => (
          <button key={one} type="button" className="quiet" aria-pressed={tab === one} onClick={() => show(one)} data-testid={`list-${one}`}>
            {t(`list.${one}`)}
          </button>
        ))}
      </div>
      {tab === "waiting" ? <Waiting queue={queue} /> : tab === "callbacks" ? <CallbackList queue={queue} /> : <AbandonedList />}
    </>
  );
}
