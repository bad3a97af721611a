// SPDX-License-Identifier: Apache-2.0

// The agents: counts by state, then a list, exceptions on top. A supervisor acts
// on a row.

import { Menu } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { inLanguage } from "../api/client";
import type { FloorAgent } from "../api/types";
import { elapsed } from "../shared/clock";
import { duration } from "../shared/format";
import { Icon } from "../shared/Icons";
import { agentLook } from "../shared/look";
import { statusName } from "../shared/words";
import { useBoard } from "./context";
import { Deed, type DeedOn } from "./Deed";
import { byState, keepOrder, movedCount } from "./summary";

// No more rows than this stand in the page; the filter finds the rest.
const rowsAtMost = 60;
const activities = new Set(["ringing", "dialling", "talking", "onHold", "wrapUp"]);

export function Agents() {
  const { t } = useTranslation();
  const { floor } = useBoard();
  const [wanted, setWanted] = useState("");
  const [deed, setDeed] = useState<DeedOn | null>(null);
  const all = floor?.agents ?? [];
  const named = all.filter((a) => a.name.toLowerCase().includes(wanted.trim().toLowerCase()));
  const groups = byState(named);
  const due = groups.flatMap((g) => g.agents);
  // Nothing moves while the pointer or the focus is in the list.
  const [order, freeze] = useState<string[] | null>(null);
  const rows = order ? keepOrder(due, order) : due;
  const moved = movedCount(rows, due);
  const hold = () => freeze((kept) => kept ?? due.map((a) => a.id));
  return (
    <section className="agents" aria-label={t("board.agents")} data-testid="agents">
      <div className="field-name">
        <h2>{t("board.agents")}</h2>
        <input
          type="search"
          className="find"
          placeholder={t("board.filter")}
          aria-label={t("board.filter")}
          aria-keyshortcuts="Alt+J"
          value={wanted}
          onChange={(e) => setWanted(e.currentTarget.value)}
          data-testid="agent-filter"
        />
      </div>
      <ul className="counts">
        {byState(all).map((g) => (
          <Count key={g.state} agent={g.agents[0]} count={g.agents.length} />
        ))}
      </ul>
      {all.length === 0 ? <p className="dim">{t("board.noAgents")}</p> : rows.length === 0 ? <p className="dim">{t("board.noMatch")}</p> : null}
      {moved > 0 ? (
        <button type="button" className="small-button" onClick={() => freeze(due.map((a) => a.id))} data-testid="refresh-order">
          {t("board.refreshOrder", { count: moved })}
        </button>
      ) : null}
      <ul
        className="agent-rows"
        onPointerEnter={hold}
        onPointerLeave={(e) => !e.currentTarget.contains(document.activeElement) && freeze(null)}
        onFocus={hold}
        onBlur={(e) => !e.currentTarget.contains(e.relatedTarget) && !e.currentTarget.matches(":hover") && freeze(null)}
        data-testid="agent-rows"
      >
        {rows.slice(0, rowsAtMost).map((agent) => (
          <AgentRow key={agent.id} agent={agent} act={setDeed} />
        ))}
      </ul>
      {rows.length > rowsAtMost ? <p className="dim">{t("board.more", { count: rows.length - rowsAtMost })}</p> : null}
      {deed ? <Deed on={deed} close={() => setDeed(null)} /> : null}
    </section>
  );
}

function Count({ agent, count }: { agent: FloorAgent | undefined; count: number }) {
  const word = useStateWord();
  if (!agent) {
    return null;
  }
  const look = agentLook(agent.status, agent.activity);
  return (
    <li className={`count tone-${look.tone}`}>
      <Icon name={look.icon} size={16} />
      <strong>{count}</strong>
      <span>{word(agent)}</span>
    </li>
  );
}

function useStateWord() {
  const { t, i18n } = useTranslation();
  const { settings } = useBoard();
  return (agent: FloorAgent) =>
    activities.has(agent.activity)
      ? t(`activity.${agent.activity}`)
      : statusName(t, settings, agent.status, i18n.language);
}

function AgentRow({ agent, act }: { agent: FloorAgent; act: (deed: DeedOn) => void }) {
  const { t, i18n } = useTranslation();
  const { now, floor, deeds, settings } = useBoard();
  const word = useStateWord();
  const look = agentLook(agent.status, agent.activity);
  const idle = agent.activity === "idle";
  const spent = elapsed(idle ? agent.statusSince : agent.activitySince, now);
  const limit = idle ? (settings.reasons.find((r) => r.id === agent.status)?.limitSeconds ?? 0) : 0;
  const over = limit > 0 && (spent ?? 0) > limit;
  const queue = floor?.queues?.find((q) => q.id === agent.queue);
  const other = agent.actor !== agent.id && agent.actor !== "" && idle;
  const beside = [
    queue && !idle ? inLanguage(queue.name, i18n.language) : "",
    agent.nextStatus ? t("state.then", { status: statusName(t, settings, agent.nextStatus, i18n.language) }) : "",
    other ? t("state.by", { actor: agent.actor === "server" ? t("actor.server") : agent.actor }) : "",
    over ? t("board.overLimit") : "",
  ].filter(Boolean);
  return (
    <li className={over ? "agent over" : "agent"} data-testid={`agent-${agent.id}`} data-status={agent.status} data-activity={agent.activity}>
      <span className={`mark tone-${look.tone}`}>
        <Icon name={look.icon} size={18} />
      </span>
      <span className="agent-name">{agent.name}</span>
      <span className="agent-state">{word(agent)}</span>
      <span className="agent-time">{duration(spent)}</span>
      <span className="agent-beside">{beside.join(" · ")}</span>
      {deeds ? (
        <Menu position="bottom-end" shadow="none">
          <Menu.Target>
            <button
              type="button"
              className="small-button agent-menu"
              aria-label={t("board.actions", { name: agent.name })}
              data-testid={`actions-${agent.id}`}
            >
              {t("board.menu")}
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => act({ kind: "status", agent })} data-testid={`set-status-${agent.id}`}>
              {t("board.setStatus")}
            </Menu.Item>
            <Menu.Item onClick={() => act({ kind: "signOut", agent })} data-testid={`sign-out-${agent.id}`}>
              {t("board.signOut")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ) : null}
    </li>
  );
}
