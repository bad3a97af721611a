// SPDX-License-Identifier: Apache-2.0

// Why a caller waits, or waited: what the router's own record says happened,
// and what keeps each agent from the caller. Nothing is guessed here: without a
// record there is no sentence.

import { Drawer } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError, inLanguage } from "../api/client";
import type { Story } from "../api/types";
import { instant } from "../shared/clock";
import { clockTime } from "../shared/format";
import { useBoard } from "./context";
import { hindrances } from "./why";

// WhyOn is the contact that is asked about.
export interface WhyOn {
  contact: string;
  who: string;
}

export function WhyDrawer({ on, close }: { on: WhyOn; close: () => void }) {
  const { t, i18n } = useTranslation();
  const { floor } = useBoard();
  const [story, setStory] = useState<Story | null>(null);
  const [trouble, setTrouble] = useState("");
  const [asked, ask] = useState(0);
  useEffect(() => {
    let over = false;
    setTrouble("");
    api.explain(on.contact, Intl.DateTimeFormat().resolvedOptions().timeZone).then(
      (found) => !over && setStory(found),
      (err: unknown) => !over && setTrouble(err instanceof ApiError && err.status === 404 ? "unknown" : "noRecord"),
    );
    return () => {
      over = true;
    };
  }, [on.contact, asked]);

  const nameOf = (id: string) => floor?.agents?.find((a) => a.id === id)?.name ?? id;
  const title = t(story && !story.waiting ? "why.titlePast" : "why.title", { who: on.who });
  return (
    <Drawer.Root opened onClose={close} position="right" size="md" transitionProps={{ duration: 200 }}>
      <Drawer.Overlay />
      <Drawer.Content aria-label={title} data-testid="why-drawer">
        <Drawer.Body>
          <div className="why">
            <div className="field-name">
              <h2 className="deed-title">{title}</h2>
              <button type="button" className="small-button" onClick={close} data-testid="why-close">
                {t("app.close")}
              </button>
            </div>
            {trouble ? <p className="notice tone-warning">{t(`why.${trouble}`)}</p> : null}
            {story === null && !trouble ? <p className="dim">{t("app.waitingForServer")}</p> : null}
            {story ? (
              <>
                <h3>{t(story.waiting ? "why.agentsNow" : "why.agentsThen")}</h3>
                {hindrances(story).map((group) => (
                  <section key={group.because} className="why-group" data-testid={`why-${group.because}`}>
                    <h4>
                      {t(`because.${group.because}`)} <span className="dim">{group.agents.length}</span>
                    </h4>
                    <ul>
                      {group.agents.map((a) => (
                        <li key={a.agent}>
                          <strong>{nameOf(a.agent)}</strong> <span>{inLanguage(a.text, i18n.language)}</span>
                        </li>
                      ))}
                    </ul>
                  </section>
                ))}
                {story.agents?.length ? null : <p className="dim">{t("why.noAgents")}</p>}
                <h3>{t("why.story")}</h3>
                <ol className="why-moments">
                  {(story.moments ?? []).map((m, i) => (
                    <li key={i}>
                      <span className="recent-time">{clockTime(instant(m.at), true)}</span>
                      <span>{inLanguage(m, i18n.language)}</span>
                    </li>
                  ))}
                </ol>
                {story.cut ? <p className="dim">{t("why.cut")}</p> : null}
                {story.waiting ? (
                  <button type="button" className="small-button" onClick={() => ask((n) => n + 1)} data-testid="why-again">
                    {t("why.again")}
                  </button>
                ) : null}
              </>
            ) : null}
          </div>
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
