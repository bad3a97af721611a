// SPDX-License-Identifier: Apache-2.0

// The centre of a wide desk: what happened in this call so far, and the calls
// before it.

import { useTranslation } from "react-i18next";
import { nameOf } from "../api/client";
import type { DeskCall } from "../api/types";
import { elapsed, instant } from "../shared/clock";
import { clockTime, duration } from "../shared/format";
import { useDesk } from "./context";
import { Recent } from "./Recent";
import { callerName } from "../shared/words";

export function Story() {
  const { t } = useTranslation();
  const { state } = useDesk();
  const call = state.desk?.call;
  return (
    <section className="story" aria-label={t("work.story")} data-testid="story">
      {call ? <Steps call={call} /> : <p className="dim">{t("work.noStory")}</p>}
      <div className="story-recent">
        <Recent />
      </div>
    </section>
  );
}

function Steps({ call }: { call: DeskCall }) {
  const { t, i18n } = useTranslation();
  const { settings } = useDesk();
  const menu = (call.menuPath ?? []).join(" > ");
  const lines: [string, string | null | undefined, string][] = [
    ["arrived", call.dialled ? call.arrived : null, t("story.arrived", { number: call.dialled })],
    ["menu", menu ? call.arrived : null, t("story.menu", { path: menu })],
    ["entered", call.entered, t("story.entered", { queue: nameOf(settings.queues, call.queue, i18n.language) })],
    [
      "bridged",
      call.bridged,
      t("story.bridged", { time: duration(elapsed(call.entered, instant(call.bridged) ?? 0)) }),
    ],
    ["held", call.heldSince, t("story.held")],
    ["ended", call.ended, endWord(t, call.endedBy)],
  ];
  return (
    <>
      <h2 className="story-name">{callerName(t, call.name, call.number)}</h2>
      <ol className="story-steps">
        {lines
          .filter(([, at]) => instant(at) !== null)
          .map(([key, at, text]) => (
            <li key={key}>
              <span className="recent-time">{clockTime(instant(at), true)}</span>
              <span>{text}</span>
            </li>
          ))}
      </ol>
    </>
  );
}

function endWord(t: ReturnType<typeof useTranslation>["t"], by: string | undefined): string {
  switch (by) {
    case "caller":
      return t("who.endedByCaller");
    case "agent":
      return t("who.endedByAgent");
    case "server":
      return t("who.endedByServer");
  }
  return t("story.endedByUnknown");
}
