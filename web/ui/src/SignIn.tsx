// SPDX-License-Identifier: Apache-2.0

import { PasswordInput, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Header } from "./shared/Header";
import { Icon } from "./shared/Icons";
import { useStore } from "./shared/store";
import type { Session } from "./session";

export function SignIn({ session }: { session: Session }) {
  const { t } = useTranslation();
  const { busy, trouble, retrySeconds, answeredMs } = useStore(session);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");

  const submit = (e: FormEvent) => {
    e.preventDefault();
    void session.signIn(name.trim(), password);
  };

  return (
    <div className="page">
      <Header />
      <main className="sign-in">
        <form onSubmit={submit} aria-labelledby="sign-in-title">
          <h1 id="sign-in-title">{t("signIn.title")}</h1>
          <Insecure />
          <TextInput
            label={t("signIn.name")}
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            autoComplete="username"
            autoFocus
            required
            withAsterisk={false}
            size="md"
            data-testid="name"
          />
          <PasswordInput
            label={t("signIn.password")}
            value={password}
            onChange={(e) => setPassword(e.currentTarget.value)}
            autoComplete="current-password"
            required
            withAsterisk={false}
            size="md"
            data-testid="password"
          />
          <p className="sign-in-trouble" role="alert" data-testid="sign-in-trouble">
            {trouble === "" ? null : (
              <>
                <Icon name="warning" size={18} />
                <span>{t(`signIn.${trouble}`, { seconds: retrySeconds })}</span>
              </>
            )}
          </p>
          <button type="submit" className="big tone-talking" disabled={busy} data-testid="sign-in">
            {t(busy ? "signIn.busy" : "signIn.submit")}
          </button>
          <p className="small" data-testid="server-answers">
            {answeredMs === null ? t("signIn.silent") : t("signIn.answers", { ms: answeredMs })}
          </p>
        </form>
      </main>
    </div>
  );
}

// Insecure says why this page will have no microphone, and the remedy.
export function Insecure() {
  const { t } = useTranslation();
  if (window.isSecureContext && navigator.mediaDevices) {
    return null;
  }
  return (
    <p className="notice tone-warning" data-testid="insecure">
      <Icon name="warning" size={20} />
      <span>{t("signIn.insecure", { address: `https://${location.host}` })}</span>
    </p>
  );
}
