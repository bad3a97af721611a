// SPDX-License-Identifier: Apache-2.0

// The wallboard: first what hurts, then why, then who can help.

import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Person, Settings } from "../api/types";
import type { Session } from "../session";
import { Boundary } from "../shared/Boundary";
import { DataAge, freshness } from "../shared/DataAge";
import { clockTime, duration, noData, percent } from "../shared/format";
import { Header } from "../shared/Header";
import { Icon } from "../shared/Icons";
import { useStore } from "../shared/store";
import { useTick } from "../shared/ticker";
import { spoken } from "../shared/words";
import { variables } from "../theme/tokens";
import { Agents } from "./Agents";
import { BoardStore } from "./board";
import { BoardContext } from "./context";
import { FiveNumbers } from "./FiveNumbers";
import { Lists } from "./Lists";
import { QueueTable } from "./QueueTable";
import { summarise } from "./summary";
import { useTelevision } from "./television";

interface Props {
  session: Session;
  person: Person;
  settings: Settings;
}

export function BoardPage({ session, person, settings }: Props) {
  const { t, i18n } = useTranslation();
  const [store] = useState(() => new BoardStore(() => void session.check()));
  const state = useStore(store);
  const here = useTick();
  const [queue, setQueue] = useState("");
  const [tv, setTV] = useState(false);
  const [said, say] = useState("");

  useEffect(() => {
    store.start();
    return () => store.close();
  }, [store]);

  useEffect(() => {
    document.title = `${t("board.title")} - ${t("app.name")}`;
  }, [t, i18n.language]);

  // Timers stop with the data: a number that counts on without news lies.
  const fresh = freshness(state.heardAt, here);
  const now = store.clock.now(fresh === "stale" ? state.heardAt : here);
  const deeds = person.role === "supervisor" && fresh !== "stale";

  const sayFive = useCallback(() => {
    if (!state.floor) {
      return;
    }
    const s = summarise(state.floor, store.clock.now(Date.now()));
    say(
      t("say.five", {
        waiting: s.waiting,
        longest: s.longest === null ? t("board.noData") : spoken(t, s.longest),
        level: s.level30 === null ? t("board.noData") : percent(s.level30, i18n.language),
        available: s.available,
        signedIn: s.signedIn,
        abandoned: s.abandoned,
      }),
    );
  }, [state.floor, store, t, i18n.language]);
  useBoardKeys(sayFive, setTV);
  const { shift, pointer } = useTelevision(tv);

  const view = useMemo(
    () => ({ floor: state.floor, settings, now, here, deeds, patience: store.patience, heardAt: state.heardAt }),
    [state.floor, settings, now, here, deeds, store, state.heardAt],
  );
  const shown = queue || state.floor?.queues?.[0]?.id || "";
  return (
    <BoardContext.Provider value={view}>
      <div
        className={`page board-page fresh-${fresh}${tv ? " tv" : ""}${tv && !pointer ? " still" : ""}`}
        style={tv ? { ...variables("dark"), transform: shift } : undefined}
        data-testid="board"
      >
        <Header person={person.name} onSignOut={() => void session.signOut().catch(() => session.check())}>
          {tv ? null : <DataAge heardAt={state.heardAt} />}
          {person.role === "supervisor" ? null : (
            <a className="quiet" href="/">
              {t("app.desk")}
            </a>
          )}
          <button type="button" className="quiet tv-switch" aria-pressed={tv} onClick={() => setTV(!tv)} data-testid="tv">
            {t(tv ? "board.leaveTV" : "board.tv")}
          </button>
        </Header>
        <main className="board" aria-label={t("board.title")}>
          <h1 className="unseen">{t("board.title")}</h1>
          {fresh === "stale" ? (
            <p className="notice tone-warning" role="alert" data-testid="stale">
              <Icon name="broken" size={20} />
              <span>{t("board.error", { time: clockTime(state.heardAt, true) })}</span>
            </p>
          ) : null}
          <Boundary>
            <FiveNumbers />
          </Boundary>
          {state.floor ? (
            <div className="board-rest">
              <div className="board-left">
                <Boundary>
                  <QueueTable shown={shown} choose={setQueue} tv={tv} />
                </Boundary>
                <Boundary>{tv ? null : <Lists queue={shown} supervisor={person.role === "supervisor"} />}</Boundary>
              </div>
              <Boundary>{tv ? null : <Agents />}</Boundary>
            </div>
          ) : (
            <Loading startedAt={state.startedAt} here={here} />
          )}
          {tv ? (
            <footer className="tv-foot">
              <DataAge heardAt={state.heardAt} />
            </footer>
          ) : null}
        </main>
        <div className="unseen" aria-live="polite">
          {said}
        </div>
      </div>
    </BoardContext.Provider>
  );
}

const barsForMs = 1000;

function Loading({ startedAt, here }: { startedAt: number; here: number }) {
  const { t } = useTranslation();
  return here - startedAt < barsForMs ? (
    <div className="bars" aria-hidden="true">
      {[noData, duration(0), noData].map((word, i) => (
        <div key={i} className="bar-line" data-word={word} />
      ))}
    </div>
  ) : (
    <p className="notice">{t("app.waitingForServer")}</p>
  );
}

function useBoardKeys(sayFive: () => void, setTV: (on: boolean) => void): void {
  useEffect(() => {
    const down = (e: KeyboardEvent) => {
      if (e.repeat || e.isComposing || e.ctrlKey || e.shiftKey || e.metaKey || e.getModifierState("AltGraph")) {
        return;
      }
      if (e.altKey && e.code === "KeyI") {
        e.preventDefault();
        sayFive();
      } else if (e.altKey && e.code === "KeyJ") {
        e.preventDefault();
        document.querySelector<HTMLElement>("[data-testid=agent-filter]")?.focus();
      } else if (e.code === "Escape") {
        setTV(false);
      }
    };
    window.addEventListener("keydown", down);
    return () => window.removeEventListener("keydown", down);
  }, [sayFive, setTV]);
}
