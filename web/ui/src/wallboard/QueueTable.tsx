// SPDX-License-Identifier: Apache-2.0

// One row per queue, in the configured order; rows keep their places.

import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { inLanguage } from "../api/client";
import type { FloorQueue } from "../api/types";
import { elapsed } from "../shared/clock";
import { duration, percent } from "../shared/format";
import { useBoard } from "./context";
import { GradeMark } from "./GradeMark";
import { flowOuts, level } from "./summary";
import { gradeServiceLevel, gradeWait, worst } from "./thresholds";

interface Props {
  shown: string;
  choose: (queue: string) => void;
  tv: boolean;
}

// On a wall a page holds this many queues and turns after this long.
const queuesAPage = 8;
const pageMs = 15_000;

export function QueueTable({ shown, choose, tv }: Props) {
  const { t } = useTranslation();
  const { floor, patience } = useBoard();
  const all = floor?.queues ?? [];
  const late = all.flatMap((q, i) => (patience.shown(gradeName(q)) === "late" ? [Math.floor(i / queuesAPage)] : []));
  const page = usePage(tv ? Math.ceil(all.length / queuesAPage) : 1, new Set(late));
  const queues = tv ? all.slice(page * queuesAPage, (page + 1) * queuesAPage) : all;
  if (all.length === 0) {
    return <p className="notice">{t("board.noQueues")}</p>;
  }
  return (
    <section aria-label={t("board.queues")}>
      <table className="board-table" data-testid="queue-table">
        <thead>
          <tr>
            <th scope="col">{t("board.queue")}</th>
            <th scope="col">{t("board.wait")}</th>
            <th scope="col">{t("board.longest")}</th>
            <th scope="col">{t("board.sl30")}</th>
            <th scope="col">{t("board.slToday")}</th>
            <th scope="col">{t("board.free")}</th>
            <th scope="col">{t("board.answered")}</th>
            <th scope="col">{t("board.abandonedShort")}</th>
            <th scope="col">{t("board.flowOuts")}</th>
          </tr>
        </thead>
        <tbody>
          {queues.map((q) => (
            <Row key={q.id} queue={q} chosen={!tv && q.id === shown} choose={choose} />
          ))}
        </tbody>
      </table>
      {tv && all.length > queuesAPage ? (
        <p className="dim queue-page">
          {t("board.queuePage", { from: page * queuesAPage + 1, to: page * queuesAPage + queues.length, all: all.length })}
        </p>
      ) : null}
    </section>
  );
}

// gradeName is under which patience keeps a queue's grade.
function gradeName(queue: FloorQueue): string {
  return `queue ${queue.id}`;
}

// usePage turns the pages, and stays on one that shows a late queue.
function usePage(pages: number, late: ReadonlySet<number>): number {
  const [page, setPage] = useState(0);
  const stay = useRef(late);
  useEffect(() => {
    stay.current = late;
  });
  useEffect(() => {
    if (pages < 2) {
      return;
    }
    const timer = setInterval(() => setPage((p) => (stay.current.has(p % pages) ? p : p + 1)), pageMs);
    return () => clearInterval(timer);
  }, [pages]);
  return pages < 2 ? 0 : page % pages;
}

function Row({ queue: q, chosen, choose }: { queue: FloorQueue; chosen: boolean; choose: (queue: string) => void }) {
  const { t, i18n } = useTranslation();
  const { now, here, patience } = useBoard();
  const longest = q.waiting > 0 ? elapsed(q.longestSince, now) : null;
  const level30 = level(q.last30);
  const grade = patience.judge(
    gradeName(q),
    worst(gradeWait(longest, q.thresholdSeconds), gradeServiceLevel(level30, q.goal / 100)),
    here,
  );
  const name = inLanguage(q.name, i18n.language);
  const outs = Object.entries(q.today.flowOuts ?? {}).filter(([, count]) => count > 0);
  return (
    <tr className={chosen ? "chosen" : ""} data-testid={`queue-${q.id}`} data-grade={grade}>
      <th scope="row">
        <button type="button" className="row-button" aria-pressed={chosen} onClick={() => choose(q.id)} title={t("board.showWaiting", { queue: name })}>
          <GradeMark grade={grade} />
          <span>{name}</span>
          {q.closed ? <span className="dim">{t("board.closed")}</span> : null}
        </button>
      </th>
      <td data-testid={`queue-${q.id}-waiting`}>{q.waiting}</td>
      <td data-testid={`queue-${q.id}-longest`}>{duration(longest)}</td>
      <td data-testid={`queue-${q.id}-sl30`}>{percent(level30, i18n.language)}</td>
      <td data-testid={`queue-${q.id}-sltoday`}>{percent(level(q.today), i18n.language)}</td>
      <td data-testid={`queue-${q.id}-free`}>
        {q.free}/{q.available}
      </td>
      <td data-testid={`queue-${q.id}-answered`}>{q.today.answered}</td>
      <td data-testid={`queue-${q.id}-abandoned`}>{q.today.abandoned}</td>
      <td data-testid={`queue-${q.id}-flowouts`} title={outs.map(([ending, count]) => `${t(`ending.${ending}`)} ${count}`).join(", ")}>
        {flowOuts(q.today)}
      </td>
    </tr>
  );
}
