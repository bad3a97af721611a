// SPDX-License-Identifier: Apache-2.0

// The customers who are to be called back, and how earlier callbacks ended. The
// open ones stand first.

import { NativeSelect, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { api, inLanguage, nameOf } from "../api/client";
import type { Callback } from "../api/types";
import { instant } from "../shared/clock";
import { dayOrTime } from "../shared/format";
import { callerName } from "../shared/words";
import { useBoard } from "./context";
import { useDeeds, type Deeds } from "./deeds";
import { LastDeed } from "./LastDeed";
import { QueueDeed } from "./QueueDeed";
import { useList } from "./useList";

const shownAtMost = 100;
// The server takes no longer numbers and names.
const textAtMost = 64;

export function CallbackList({ queue }: { queue: string }) {
  const { t, i18n } = useTranslation();
  const { now, settings, deeds } = useBoard();
  const { rows, failed, again } = useList(api.callbacks);
  const last = useDeeds();
  const [asked, ask] = useState<Callback | null>(null);
  const all = rows ?? [];
  const open = all.filter(isOpen);
  const sorted = [...open, ...all.filter((c) => !isOpen(c))].slice(0, shownAtMost);
  const ended = (ending: string) => all.filter((c) => c.ending === ending).length;
  const who = (c: Callback) => callerName(t, c.name, c.number);
  return (
    <section className="waiting" aria-label={t("list.callbacks")} data-testid="callbacks">
      <h2>
        {t("callback.counts", { open: open.length, failed: ended("callbackFailed"), expired: ended("callbackExpired") })}
      </h2>
      {failed ? <p className="dim">{t("list.failed")}</p> : null}
      {rows === null ? null : sorted.length === 0 ? (
        <p className="dim">{t("callback.none")}</p>
      ) : (
        <table className="board-table">
          <thead>
            <tr>
              <th scope="col">{t("board.caller")}</th>
              <th scope="col">{t("board.queue")}</th>
              <th scope="col">{t("callback.asked")}</th>
              <th scope="col">{t("callback.attempts")}</th>
              <th scope="col">{t("board.lineState")}</th>
              {deeds ? (
                <th scope="col">
                  <span className="unseen">{t("board.menu")}</span>
                </th>
              ) : null}
            </tr>
          </thead>
          <tbody>
            {sorted.map((c) => (
              <tr key={c.id} data-testid={`callback-${c.id}`} data-state={isOpen(c) ? "open" : c.ending}>
                <th scope="row">{who(c)}</th>
                <td>{nameOf(settings.queues, c.queue, i18n.language)}</td>
                <td>
                  {dayOrTime(instant(c.asked), now, i18n.language)}
                  {c.by ? ` · ${t("state.by", { actor: c.by })}` : ""}
                </td>
                <td>{c.attempts}</td>
                <td>{stateOf(t, c, now, i18n.language)}</td>
                {deeds ? (
                  <td className="row-deeds">
                    {isOpen(c) ? (
                      <button type="button" className="small-button" onClick={() => ask(c)} aria-label={t("callback.cancelFor", { name: who(c) })} data-testid={`cancel-${c.id}`}>
                        {t("callback.cancel")}
                      </button>
                    ) : null}
                  </td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {deeds ? <Wish queue={queue} last={last} done={again} /> : null}
      <LastDeed last={last} />
      {asked ? (
        <QueueDeed
          on={{ kind: "withdraw", contact: asked.id, who: who(asked) }}
          queue={asked.queue}
          name={nameOf(settings.queues, asked.queue, i18n.language)}
          waiting={open.length}
          close={() => {
            ask(null);
            again();
          }}
        />
      ) : null}
    </section>
  );
}

function isOpen(c: Callback): boolean {
  return instant(c.ended) === null;
}

// stateOf says how a callback stands, and how its last attempt ended.
function stateOf(t: TFunction, c: Callback, now: number, language: string): string {
  const tried = c.how ? t("callback.last", { how: t(`dial.${c.how}`) }) : "";
  if (!isOpen(c)) {
    const ending = c.ending === "answered" ? t("callback.talked") : t(`ending.${c.ending}`);
    return [ending, c.ending === "answered" ? "" : tried].filter(Boolean).join(" · ");
  }
  const next = instant(c.again) ?? instant(c.due);
  const when = next !== null && next > now ? t("callback.notBefore", { time: dayOrTime(next, now, language) }) : t("board.inLine");
  return [when, tried].filter(Boolean).join(" · ");
}

// Wish has a number called back.
function Wish({ queue, last, done }: { queue: string; last: Deeds; done: () => void }) {
  const { t, i18n } = useTranslation();
  const { floor } = useBoard();
  const [number, setNumber] = useState("");
  const [name, setName] = useState("");
  const [chosen, choose] = useState(queue);
  const queues = (floor?.queues ?? []).map((q) => ({ value: q.id, label: inLanguage(q.name, i18n.language) }));
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const wanted = number.replaceAll(/[\s()/-]/g, "");
    last.act(async () => {
      const { how } = await api.requestCallback(wanted, name.trim(), chosen);
      done();
      if (how === "requested") {
        setNumber("");
        setName("");
      }
      return { text: t(`kept.${how}`, { who: name.trim() || wanted }), warning: how !== "requested" };
    });
  };
  return (
    <form className="wish" onSubmit={submit}>
      <TextInput label={t("callback.number")} value={number} onChange={(e) => setNumber(e.currentTarget.value)} required withAsterisk={false} inputMode="tel" maxLength={textAtMost} data-testid="callback-number" />
      <TextInput label={t("callback.name")} value={name} onChange={(e) => setName(e.currentTarget.value)} maxLength={textAtMost} data-testid="callback-name" />
      <NativeSelect label={t("board.queue")} data={queues} value={chosen} onChange={(e) => choose(e.currentTarget.value)} data-testid="callback-queue" />
      <button type="submit" className="small-button strong" disabled={number.trim() === ""} data-testid="callback-ask">
        {t("callback.ask")}
      </button>
    </form>
  );
}
