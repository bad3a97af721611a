// SPDX-License-Identifier: Apache-2.0

// What a screen reader hears: each change of state once, never a timer.

import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { nameOf } from "../api/client";
import { elapsed, left } from "../shared/clock";
import { useTick } from "../shared/ticker";
import { callerName, reasonText, spoken, statusName } from "../shared/words";
import { callerOf } from "./caller";
import { useDesk } from "./context";
import { failing, passed } from "./ready";
import { passing } from "./screen";

export function Announcer({ said }: { said: string }) {
  const { t, i18n } = useTranslation();
  const { store, state, settings } = useDesk();
  const here = useTick();
  const now = store.now(here);
  const [polite, setPolite] = useState("");
  const [assertive, setAssertive] = useState("");
  const before = useRef(state.screen);
  const { screen, desk, phone } = state;
  const caller = callerOf(desk, phone.leg, now, here);
  const who = callerName(t, caller?.name, caller?.number);

  useEffect(() => {
    const from = before.current;
    before.current = screen;
    if (from === "reconnecting" && screen !== "reconnecting") {
      setPolite(t("say.back"));
    }
    switch (screen) {
      case "ringing":
        setAssertive(
          t("say.call", {
            who,
            queue: nameOf(settings.queues, caller?.queue ?? "", i18n.language),
            time: spoken(t, caller?.waitedSeconds ?? null),
          }),
        );
        break;
      case "dialling":
        setPolite(t("say.calling", { who }));
        break;
      case "talking":
        setPolite(t("say.connected", { who }));
        break;
      case "onHold":
      case "wrapUp":
        setPolite(t(`say.${screen}`));
        break;
      case "notResponding":
        setAssertive(t("say.notResponding"));
        break;
      case "reconnecting":
        setAssertive(t("say.lost"));
        break;
      case "elsewhere":
        setAssertive(t("say.elsewhere"));
        break;
      case "readyCheck": {
        const step = failing(state.steps);
        setPolite(
          step
            ? t("say.check", { passed: passed(state.steps), all: state.steps.length, step: t(`check.${step.id}`) })
            : t("say.ready"),
        );
        break;
      }
      case "idle":
      case "reason":
      case "offline":
        if (desk) {
          const actor = desk.actor === desk.agent.id ? t("actor.you") : desk.actor === "server" ? t("actor.server") : desk.actor;
          const status = [statusName(t, settings, desk.status, i18n.language), reasonText(t, desk.reason)].filter(Boolean);
          setPolite(t("say.status", { status: status.join(", "), actor }));
        }
        break;
    }
    // Only the change of state is said: the words are those of that moment.
  }, [screen, desk?.status]);

  useEffect(() => {
    if (phone.leg) {
      setAssertive(t(phone.muted ? "say.muted" : "say.unmuted"));
    }
  }, [phone.muted]);

  const held = screen === "onHold" ? Math.floor((elapsed(desk?.call?.heldSince, now) ?? 0) / 60) : 0;
  useEffect(() => {
    if (held === 1 || held === 2) {
      setPolite(t("say.held", { time: spoken(t, held * 60) }));
    }
  }, [held]);

  const ten = screen === "wrapUp" && left(desk?.until, now) === 10;
  useEffect(() => {
    if (ten) {
      setPolite(t("say.tenSeconds"));
    }
  }, [ten]);

  const gone = desk ? passing(desk, now) : null;
  useEffect(() => {
    if (gone === "callerGone") {
      setPolite(t("say.callerGone"));
    } else if (gone === "elsewhere") {
      setPolite(t("say.takenElsewhere"));
    }
  }, [gone]);

  useEffect(() => {
    if (said !== "") {
      setPolite(said);
    }
  }, [said]);

  return (
    <div className="unseen">
      <div aria-live="polite" data-testid="polite">
        {polite}
      </div>
      <div aria-live="assertive" data-testid="assertive">
        {assertive}
      </div>
    </div>
  );
}
