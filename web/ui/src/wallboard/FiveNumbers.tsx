// SPDX-License-Identifier: Apache-2.0

// The five numbers, each beside its target and window, its formula one press
// away.

import { Popover } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { inLanguage } from "../api/client";
import { duration, noData, percent } from "../shared/format";
import { useBoard } from "./context";
import { GradeMark } from "./GradeMark";
import { summarise } from "./summary";
import { gradeServiceLevel, gradeWait, gradeWaiting, type Grade } from "./thresholds";

export function FiveNumbers() {
  const { t, i18n } = useTranslation();
  const { floor, now, here, patience } = useBoard();
  const s = floor ? summarise(floor, now) : null;
  const lang = i18n.language;
  const grade = (what: string, measured: Grade) => (s ? patience.judge(`five ${what}`, measured, here) : "ok");
  const free = (floor?.queues ?? []).reduce((sum, q) => sum + q.free, 0);
  return (
    <section className="five" aria-label={t("board.title")}>
      <Box
        id="waiting"
        name={t("board.waiting")}
        value={s ? String(s.waiting) : noData}
        grade={grade("waiting", s ? gradeWaiting(s.waiting, free, s.available) : "ok")}
        beside={t("board.now")}
      />
      <Box
        id="longest"
        name={t("board.longest")}
        value={duration(s?.longest)}
        grade={grade("longest", s ? gradeWait(s.longest, s.longestThreshold) : "ok")}
        beside={s && Number.isFinite(s.longestThreshold) ? t("board.target", { time: duration(s.longestThreshold) }) : ""}
      />
      <Box
        id="serviceLevel"
        name={s?.thresholdSeconds ? t("board.serviceLevel", { seconds: s.thresholdSeconds }) : t("board.serviceLevelMixed")}
        value={percent(s?.level30, lang)}
        grade={grade("level", s ? gradeServiceLevel(s.level30, s.goal) : "ok")}
        beside={
          s
            ? [
                t("board.last30"),
                s.goal > 0 ? t("board.goal", { goal: percent(s.goal, lang) }) : "",
                t("board.todayValue", { value: percent(s.levelToday, lang) }),
              ]
                .filter(Boolean)
                .join(" · ")
            : ""
        }
      />
      <Box
        id="available"
        name={t("board.available")}
        value={s ? String(s.available) : noData}
        grade={grade("available", s && s.available === 0 && s.waiting > 0 ? "late" : "ok")}
        beside={s ? t("board.availableOf", { signedIn: s.signedIn }) : ""}
      />
      <Box
        id="abandoned"
        name={t("board.abandoned")}
        value={s ? String(s.abandoned) : noData}
        grade="ok"
        beside={
          s
            ? [
                t("board.today"),
                s.offered > 0 ? t("board.abandonedRate", { rate: percent(s.abandoned / s.offered, lang) }) : "",
                s.shortAbandoned > 0 ? t("board.short", { count: s.shortAbandoned }) : "",
              ]
                .filter(Boolean)
                .join(" · ")
            : ""
        }
      />
    </section>
  );
}

interface BoxProps {
  id: string;
  name: string;
  value: string;
  grade: Grade;
  beside: string;
}

// formulas maps a box to the server's name for its formula, where they differ.
const formulas: Record<string, string> = { longest: "longestWait" };

const windows: Record<string, string> = {
  waiting: "now",
  longest: "now",
  serviceLevel: "last30",
  available: "now",
  abandoned: "today",
};

function Box({ id, name, value, grade, beside }: BoxProps): ReactNode {
  const { t, i18n } = useTranslation();
  const { floor, here, heardAt } = useBoard();
  const formula = inLanguage(floor?.formulas?.[formulas[id] ?? id], i18n.language) || noData;
  const age = `${(Math.max(0, here - heardAt) / 1000).toFixed(1)} s`;
  return (
    <Popover width={320} position="bottom" withArrow shadow="none" trapFocus={false}>
      <Popover.Target>
        <button type="button" className={`number grade-${grade}`} data-testid={`number-${id}`} data-grade={grade}>
          <span className="number-name">{name}</span>
          <span className="number-line">
            <span className="number-value" data-testid={`value-${id}`}>
              {value}
            </span>
            {value === noData ? (
              <span className="number-none">{t(id === "longest" && floor ? "board.noneWaits" : "board.noData")}</span>
            ) : (
              <GradeMark grade={grade} word />
            )}
          </span>
          <span className="number-beside">{beside}</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <p className="formula" data-testid={`formula-${id}`}>
          <strong>{t("board.formula")}</strong> {formula}
        </p>
        <p className="formula dim">{t("formula.window", { window: t(`board.${windows[id]}`), age })}</p>
      </Popover.Dropdown>
    </Popover>
  );
}
