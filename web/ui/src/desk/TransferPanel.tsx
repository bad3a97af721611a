// SPDX-License-Identifier: Apache-2.0

// Sends the caller on to another queue: find it, choose it, and for three
// seconds it can be called off; a second press sends at once.

import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { inLanguage } from "../api/client";
import type { FloorQueue } from "../api/types";
import { useTick } from "../shared/ticker";
import { useDesk } from "./context";
import { PanelHead } from "./PanelHead";

// A transfer can be called off for this long.
export const armedMs = 3000;

interface Armed {
  queue: string;
  at: number;
}

export function TransferPanel() {
  const { t, i18n } = useTranslation();
  const { store, state, open } = useDesk();
  const here = useTick();
  const [wanted, setWanted] = useState("");
  const [at, setAt] = useState(0);
  const [armed, arm] = useState<Armed | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  const name = (q: FloorQueue) => inLanguage(q.name, i18n.language);
  const rows = (state.floor?.queues ?? []).filter(
    (q) => q.id !== state.desk?.call?.queue && name(q).toLowerCase().includes(wanted.trim().toLowerCase()),
  );
  const index = Math.min(at, rows.length - 1);

  const send = (queue: string) => {
    arm(null);
    store.press("transfer", queue);
    open("");
  };
  // The first press arms, the second sends at once.
  const press = (queue: string) => (armed?.queue === queue ? send(queue) : arm({ queue, at: Date.now() }));
  useEffect(() => {
    if (!armed) {
      return;
    }
    const timer = setTimeout(() => send(armed.queue), armed.at + armedMs - Date.now());
    return () => clearTimeout(timer);
  }, [armed]);

  const key = (e: KeyboardEvent) => {
    if (e.nativeEvent.isComposing || e.altKey || e.metaKey) {
      return;
    }
    const chosen = rows[index];
    if (e.key === "ArrowDown") {
      setAt(Math.min(rows.length - 1, index + 1));
    } else if (e.key === "ArrowUp") {
      setAt(Math.max(0, index - 1));
    } else if (e.key === "Enter" && chosen) {
      press(chosen.id);
    } else if (e.key === "Escape") {
      armed ? arm(null) : open("");
    } else {
      return;
    }
    e.preventDefault();
    e.stopPropagation();
  };

  return (
    <div className="panel" role="group" aria-label={t("panel.transfer")} data-testid="transfer-panel" onKeyDown={key}>
      <PanelHead title={t("panel.transfer")} />
      <input
        ref={field}
        type="search"
        className="find wide"
        placeholder={t("panel.findQueue")}
        aria-label={t("panel.findQueue")}
        value={wanted}
        onChange={(e) => {
          setWanted(e.currentTarget.value);
          setAt(0);
          arm(null);
        }}
        data-testid="transfer-find"
      />
      {rows.length === 0 ? <p className="dim">{t("panel.noQueue")}</p> : null}
      <ul className="transfer-rows">
        {rows.map((q, i) => {
          const left = armed?.queue === q.id ? Math.max(1, Math.ceil((armed.at + armedMs - here) / 1000)) : null;
          return (
            <li key={q.id} className={i === index ? "at" : ""}>
              <button
                type="button"
                className={left === null ? "transfer-row" : "transfer-row armed"}
                onClick={() => press(q.id)}
                aria-current={i === index}
                data-testid={`transfer-${q.id}`}
              >
                <span className="transfer-name">
                  {left === null ? name(q) : t("panel.sendTo", { queue: name(q), seconds: left })}
                </span>
                <span className="dim">{q.closed ? t("board.closed") : t("panel.queueNow", { waiting: q.waiting, free: q.free })}</span>
              </button>
              {left === null ? null : (
                <button type="button" className="small-button" onClick={() => arm(null)} data-testid="transfer-cancel">
                  {t("app.cancel")}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      <p className="dim">{t("panel.transferHint")}</p>
    </div>
  );
}
