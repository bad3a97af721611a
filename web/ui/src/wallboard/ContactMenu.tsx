// SPDX-License-Identifier: Apache-2.0

// What a supervisor does to a caller in line. What can be taken back happens at
// once and is offered for undoing; withdrawing asks first.

import { Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { api, inLanguage } from "../api/client";
import type { FloorContact, FloorQueue } from "../api/types";
import { useBoard } from "./context";

// Done is a deed just done: what it says, and how it is undone, if it can be.
export interface Done {
  text: string;
  // warning: the server took the wish and did nothing of it.
  warning?: boolean;
  undo?: () => Promise<void>;
}

interface Props {
  queue: FloorQueue;
  contact: FloorContact;
  who: string;
  act: (deed: () => Promise<Done>) => void;
  withdraw: () => void;
}

// No more agents than this stand in the menu.
const agentsAtMost = 15;
// How far a press moves a priority, and how far it can go (the server's limits).
const priorityStep = 1;
const priorityMost = 1000;

export function ContactMenu({ queue, contact, who, act, withdraw }: Props) {
  const { t, i18n } = useTranslation();
  const { floor } = useBoard();
  const name = (q: FloorQueue) => inLanguage(q.name, i18n.language);
  const others = (floor?.queues ?? []).filter((q) => q.id !== queue.id);
  const free = (floor?.agents ?? []).filter((a) => a.status === "available" && a.activity === "idle").slice(0, agentsAtMost);

  const move = (to: FloorQueue) =>
    act(async () => {
      await api.moveContact(contact.id, to.id);
      return { text: t("board.moved", { who, queue: name(to) }), undo: () => api.moveContact(contact.id, queue.id) };
    });
  const prioritise = (priority: number) =>
    act(async () => {
      await api.prioritiseContact(contact.id, priority);
      return { text: t("board.prioritised", { who, priority }), undo: () => api.prioritiseContact(contact.id, contact.priority) };
    });
  const assign = (agent: { id: string; name: string }) =>
    act(async () => {
      await api.assignContact(contact.id, agent.id);
      return { text: t("board.assigned", { who, agent: agent.name }) };
    });

  return (
    <Menu position="bottom-end" shadow="none">
      <Menu.Target>
        <button type="button" className="small-button" aria-label={t("board.actions", { name: who })} data-testid={`contact-${contact.id}`}>
          {t("board.menu")}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Choices id="move" label={t("board.move")} rows={others.map((q) => ({ id: q.id, name: name(q), pick: () => move(q) }))} />
        <Choices id="assign" label={t("board.assign")} rows={free.map((a) => ({ id: a.id, name: a.name, pick: () => assign(a) }))} />
        <Menu.Item
          disabled={contact.priority >= priorityMost}
          onClick={() => prioritise(contact.priority + priorityStep)}
          data-testid="raise"
        >
          {t("board.raise", { priority: contact.priority + priorityStep })}
        </Menu.Item>
        <Menu.Item
          disabled={contact.priority <= -priorityMost}
          onClick={() => prioritise(contact.priority - priorityStep)}
          data-testid="lower"
        >
          {t("board.lower", { priority: contact.priority - priorityStep })}
        </Menu.Item>
        <Menu.Item onClick={withdraw} data-testid="withdraw">
          {t("board.withdraw")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

interface ChoicesProps {
  id: string;
  label: string;
  rows: { id: string; name: string; pick: () => void }[];
}

// Choices is a menu within the menu; off where there is nothing to choose.
function Choices({ id, label, rows }: ChoicesProps) {
  if (rows.length === 0) {
    return <Menu.Item disabled>{label}</Menu.Item>;
  }
  return (
    <Menu.Sub>
      <Menu.Sub.Target>
        <Menu.Sub.Item data-testid={id}>{label}</Menu.Sub.Item>
      </Menu.Sub.Target>
      <Menu.Sub.Dropdown>
        {rows.map((row) => (
          <Menu.Item key={row.id} onClick={row.pick} data-testid={`${id}-${row.id}`}>
            {row.name}
          </Menu.Item>
        ))}
      </Menu.Sub.Dropdown>
    </Menu.Sub>
  );
}
