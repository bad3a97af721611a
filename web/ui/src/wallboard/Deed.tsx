// SPDX-License-Identifier: Apache-2.0

// What a supervisor does to an agent: a dialog that names the person and asks
// for the reason, which the agent is told and the record keeps.

import { Modal, NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError, inLanguage } from "../api/client";
import type { FloorAgent } from "../api/types";
import { Icon } from "../shared/Icons";
import { refusalKey } from "../desk/asker";
import { useBoard } from "./context";

export interface DeedOn {
  kind: "status" | "signOut";
  agent: FloorAgent;
}

const reasonAtMost = 120;

export function Deed({ on, close }: { on: DeedOn; close: () => void }) {
  const { t, i18n } = useTranslation();
  const { settings } = useBoard();
  const [status, setStatus] = useState(on.agent.status === "available" ? (settings.reasons[0]?.id ?? "offline") : "available");
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState("");
  const signOut = on.kind === "signOut";
  const title = t(signOut ? "board.confirmSignOut" : "board.confirmSetStatus", { name: on.agent.name });

  const act = async () => {
    setBusy(true);
    setTrouble("");
    try {
      if (signOut) {
        await api.signOutAgent(on.agent.id, reason.trim());
      } else {
        await api.setAgentStatus(on.agent.id, status, reason.trim());
      }
      close();
    } catch (err) {
      setTrouble(t(`refusal.${refusalKey(err instanceof ApiError ? err.status || 500 : 500)}`));
      setBusy(false);
    }
  };

  const statuses = [
    { value: "available", label: t("status.available") },
    ...settings.reasons.map((r) => ({ value: r.id, label: inLanguage(r.name, i18n.language) })),
    { value: "offline", label: t("status.offline") },
  ];
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
            {signOut ? null : (
              <NativeSelect
                label={t("do.status")}
                data={statuses}
                value={status}
                onChange={(e) => setStatus(e.currentTarget.value)}
                data-testid="deed-status"
              />
            )}
            <TextInput
              label={t("board.reason")}
              description={t("board.reasonHint")}
              value={reason}
              onChange={(e) => setReason(e.currentTarget.value)}
              required
              withAsterisk={false}
              maxLength={reasonAtMost}
              data-autofocus
              data-testid="deed-reason"
            />
            {trouble ? (
              <p className="notice tone-warning" role="alert">
                <Icon name="warning" size={18} />
                <span>{t("board.failedDeed", { detail: trouble })}</span>
              </p>
            ) : null}
            <div className="deed-buttons">
              <button type="button" className="small-button" onClick={close}>
                {t("app.cancel")}
              </button>
              <button type="submit" className="small-button strong" disabled={busy || reason.trim() === ""} data-testid="deed-apply">
                {t(signOut ? "board.signOut" : "board.apply")}
              </button>
            </div>
          </form>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
