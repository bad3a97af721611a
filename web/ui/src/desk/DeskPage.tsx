// SPDX-License-Identifier: Apache-2.0

// The agent's desk: card left, the caller's story, queues and colleagues.

import { useCallback, useEffect, useMemo, useState } from "react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { nameOf } from "../api/client";
import type { Person, Settings } from "../api/types";
import i18n from "../i18n/i18n";
import type { Session } from "../session";
import { Boundary } from "../shared/Boundary";
import { Header } from "../shared/Header";
import { duration } from "../shared/format";
import { useStore } from "../shared/store";
import { callerName, spoken, statusName } from "../shared/words";
import { Announcer } from "./Announcer";
import { callerOf } from "./caller";
import { Card } from "./Card";
import { DeskContext } from "./context";
import { DeskStore, type DeskState } from "./desk";
import type { Panel } from "./panels";
import { Side } from "./Side";
import { Story } from "./Story";
import { stateTime } from "./timer";
import { useKeys } from "./useKeys";

interface Props {
  session: Session;
  person: Person;
  settings: Settings;
}

export function DeskPage({ session, person, settings }: Props) {
  const { t } = useTranslation();
  const [store] = useState(() => makeStore(session, settings));
  const state = useStore(store);
  const [panel, open] = useState<Panel>("");
  const [said, say] = useState("");

  useEffect(() => {
    store.start();
    return () => store.close();
  }, [store]);

  useEffect(() => {
    const inCall = state.screen === "talking" || state.screen === "onHold";
    if ((panel === "keypad" && state.screen !== "talking") || (panel === "transfer" && !inCall) || state.screen === "ringing" || state.screen === "elsewhere") {
      open("");
    }
  }, [state.screen, panel]);

  const sayAll = useCallback(() => say(summary(t, store, settings)), [t, store, settings]);
  useKeys(store, panel, open, sayAll);

  const view = useMemo(() => ({ store, state, settings, panel, open }), [store, state, settings, panel]);
  return (
    <DeskContext.Provider value={view}>
      <div className="page">
        <Header person={person.name} onSignOut={() => void session.signOut().catch(() => session.check())}>
          {settings.demo ? (
            <button type="button" className="quiet demo" onClick={() => store.press("demo")} data-testid="demo-call">
              {t("app.demoCall")}
            </button>
          ) : null}
          <a className="quiet board-link" href="/wallboard" target="_blank" rel="noopener">
            {t("app.wallboard")}
          </a>
        </Header>
        <main className="desk">
          <Boundary>
            <Card />
          </Boundary>
          <Boundary>
            <Story />
          </Boundary>
          <Boundary>
            <Side />
          </Boundary>
        </main>
        <Announcer said={said} />
      </div>
    </DeskContext.Provider>
  );
}

function makeStore(session: Session, settings: Settings): DeskStore {
  return new DeskStore(settings, {
    refused: () => void session.check(),
    notice: (leg, named) => ({
      title: i18n.t("notice.title", {
        who: named ? callerName(i18n.t, leg.name, leg.number) : i18n.t("notice.somebody"),
      }),
      body: i18n.t("notice.body", {
        queue: nameOf(settings.queues, leg.queue, i18n.language),
        time: duration(leg.waitedSeconds),
      }),
    }),
    title: (state) => titleOf(i18n.t, state, settings),
  });
}

function titleOf(t: TFunction, state: DeskState, settings: Settings): string {
  const here = Date.now();
  const caller = callerOf(state.desk, state.phone.leg, here, here);
  const who = callerName(t, caller?.name, caller?.number);
  switch (state.screen) {
    case "ringing":
      return t("title.ringing", { who, queue: nameOf(settings.queues, caller?.queue ?? "", i18n.language) });
    case "talking":
      return t(state.phone.muted ? "title.muted" : "title.talking", { who });
    case "onHold":
      return t("title.onHold", { who });
    case "reconnecting":
      return t("title.lost");
    case "notResponding":
      return t("title.notResponding");
    case "reason":
      return t("title.plain", { state: statusName(t, settings, state.desk?.status ?? "", i18n.language) });
  }
  return t("title.plain", { state: t(`state.${state.screen}`) });
}

// summary is all that Alt+I says.
function summary(t: TFunction, store: DeskStore, settings: Settings): string {
  const { state } = store;
  const here = Date.now();
  const now = store.now(here);
  const caller = callerOf(state.desk, state.phone.leg, now, here);
  const word =
    state.screen === "reason" && state.desk
      ? statusName(t, settings, state.desk.status, i18n.language)
      : t(`state.${state.screen}`);
  return t("say.all", {
    state: word,
    time: spoken(t, stateTime(state.screen, state.desk, state.screenSince, now, here).seconds),
    who: caller ? callerName(t, caller.name, caller.number) : "",
    mute: state.phone.leg ? t(state.phone.muted ? "say.muted" : "say.unmuted") : "",
  });
}
