// SPDX-License-Identifier: Apache-2.0

// The dialogs before deeds that end something for a caller: withdrawing one
// from the line, closing a queue's door, and releasing all who wait.

import { Modal, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError } from "../api/client";
import { refusalKey } from "../desk/asker";
import { Icon } from "../shared/Icons";

export type QueueDeedOn = { kind: "withdraw"; contact: string; who: string } | { kind: "close" };

interface Props {
  on: QueueDeedOn;
  queue: string;
  name: string;
  waiting: number;
  close: () => void;
}

export function QueueDeed({ on, queue, name, waiting, close }: Props) {
  const { t } = useTranslation();
  const [release, setRelease] = useState(false);
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState("");
  const withdraw = on.kind === "withdraw";
  const title = withdraw ? t("board.confirmWithdraw", { name: on.who, queue: name }) : t("board.confirmClose", { queue: name });
  const unsure = release && typed.trim() !== name;

  const act = async () => {
    setBusy(true);
    setTrouble("");
    try {
      await (withdraw ? api.withdrawContact(on.contact) : api.closeQueue(queue, release));
      close();
    } catch (err) {
      setTrouble(t(`refusal.${refusalKey(err instanceof ApiError ? err.status || 500 : 500)}`));
      setBusy(false);
    }
  };

  return (
    <Modal.Root opened onClose={close} centered>
      <Modal.Overlay />
      <Modal.Content aria-label={title}>
        <Modal.Body>
          <form
            className="deed"
            onSubmit={(e) => {
              e.preventDefault();
              void act();
            }}
          >
            <h2 className="deed-title">{title}</h2>
            <p>{t(withdraw ? "board.withdrawHint" : "board.closeHint", { count: waiting })}</p>
            {withdraw ? null : (
              <Switch
                label={t("board.release", { count: waiting })}
                checked={release}
                onChange={(e) => setRelease(e.currentTarget.checked)}
                data-testid="release"
              />
            )}
            {release ? (
              <TextInput
                label={t("board.typeName", { queue: name })}
                value={typed}
                onChange={(e) => setTyped(e.currentTarget.value)}
                autoComplete="off"
                data-testid="type-name"
              />
            ) : null}
            {trouble ? (
              <p className="notice tone-warning" role="alert">
                <Icon name="warning" size={18} />
                <span>{t("board.failedDeed", { detail: trouble })}</span>
              </p>
            ) : null}
            <div className="deed-buttons">
              <button type="button" className="small-button" onClick={close} data-autofocus>
                {t("app.cancel")}
              </button>
              <button type="submit" className="small-button strong" disabled={busy || unsure} data-testid="deed-apply">
                {t(withdraw ? "board.withdraw" : release ? "board.closeAndRelease" : "board.closeQueue")}
              </button>
            </div>
          </form>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
