// SPDX-License-Identifier: Apache-2.0

// The line on top of every page: where we are, language, colours, sign out.

import { useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ReactNode } from "react";
import { choose } from "../i18n/i18n";
import { Icon } from "./Icons";

interface Props {
  person?: string;
  children?: ReactNode;
  onSignOut?: () => void;
}

export function Header({ person, children, onSignOut }: Props) {
  const { t } = useTranslation();
  return (
    <header className="header">
      <span className="header-name">{t("app.name")}</span>
      {person ? <span className="header-person">{person}</span> : null}
      <span className="header-gap" />
      {children}
      <LanguageSwitch />
      <SchemeSwitch />
      {onSignOut ? (
        <button type="button" className="quiet" onClick={onSignOut} data-testid="sign-out">
          {t("do.signOut")}
        </button>
      ) : null}
    </header>
  );
}

// The two languages' own names are the same in every language.
const languages = [
  ["en", "EN"],
  ["zh", "中文"],
] as const;

function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  return (
    <span className="switch" role="group" aria-label={t("app.language")}>
      {languages.map(([code, name]) => (
        <button
          key={code}
          type="button"
          lang={code}
          className="quiet"
          aria-pressed={i18n.language === code}
          onClick={() => choose(code)}
          data-testid={`language-${code}`}
        >
          {name}
        </button>
      ))}
    </span>
  );
}

const nextScheme = { auto: "light", light: "dark", dark: "auto" } as const;

function SchemeSwitch() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const label = `${t("app.scheme")}: ${t(`app.${colorScheme}`)}`;
  return (
    <button
      type="button"
      className="quiet"
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(nextScheme[colorScheme])}
      data-testid="scheme"
    >
      <Icon name={colorScheme === "auto" ? "sun" : colorScheme === "light" ? "hollow" : "moon"} size={18} />
    </button>
  );
}
