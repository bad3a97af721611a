// SPDX-License-Identifier: Apache-2.0

// The right column: own queues, colleagues, and how fresh all this is.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { elapsed } from "../shared/clock";
import { DataAge } from "../shared/DataAge";
import { duration } from "../shared/format";
import { Icon } from "../shared/Icons";
import { agentLook, agentState } from "../shared/look";
import { useTick } from "../shared/ticker";
import { statusName } from "../shared/words";
import { useDesk } from "./context";
import { MyQueues } from "./MyQueues";
import { needsLine } from "./screen";

const shownAtMost = 60;
const activities = new Set(["ringing", "dialling", "talking", "onHold", "wrapUp"]);

export function Side() {
  const { state } = useDesk();
  return (
    <aside className="side" data-testid="side">
      <MyQueues />
      <Colleagues />
      <footer className="side-foot">
        {state.desk && needsLine(state.desk) ? <Line /> : <span />}
        <DataAge heardAt={state.heardAt} />
      </footer>
    </aside>
  );
}

function Line() {
  const { t } = useTranslation();
  const { state } = useDesk();
  const mic = t(state.mic.state === "live" ? "band.micOk" : "band.micBad");
  const path = t(state.phone.line === "registered" ? "band.good" : "band.lost");
  return <span>{t("band.micAndPath", { mic, path })}</span>;
}

function Colleagues() {
  const { t, i18n } = useTranslation();
  const { store, state, settings } = useDesk();
  const [wanted, setWanted] = useState("");
  const now = store.now(useTick());
  const agents = (state.floor?.agents ?? [])
    .filter((a) => a.id !== state.desk?.agent.id && a.name.toLowerCase().includes(wanted.toLowerCase()))
    .slice(0, shownAtMost);
  return (
    <section className="colleagues">
      <div className="field-name">
        <h2>{t("side.colleagues")}</h2>
        <input
          type="search"
          className="find"
          placeholder={t("side.find")}
          aria-label={t("side.find")}
          value={wanted}
          onChange={(e) => setWanted(e.currentTarget.value)}
        />
      </div>
      {agents.length === 0 ? <p className="dim">{t("side.nobody")}</p> : null}
      <ul className="people">
        {agents.map((a) => {
          const look = agentLook(a.status, a.activity);
          const word = agentState(a.status, a.activity);
          const since = a.activity === "idle" ? a.statusSince : a.activitySince;
          return (
            <li key={a.id}>
              <span className={`mark tone-${look.tone}`}>
                <Icon name={look.icon} size={16} />
              </span>
              <span className="people-name">{a.name}</span>
              <span>{activities.has(word) ? t(`activity.${word}`) : statusName(t, settings, word, i18n.language)}</span>
              <span className="people-time">{duration(elapsed(since, now))}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
