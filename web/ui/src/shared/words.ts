// SPDX-License-Identifier: Apache-2.0

// Names of configured things and of people, in the reader's language.

import type { TFunction } from "i18next";
import { nameOf } from "../api/client";
import type { Settings } from "../api/types";
import { telephone } from "./format";

const fixed = new Set(["available", "notResponding", "offline"]);

// statusName is the word for a status: one of ours, or a configured reason.
export function statusName(t: TFunction, settings: Settings | null, status: string, language: string): string {
  if (fixed.has(status)) {
    return t(`status.${status}`);
  }
  const known = settings?.reasons.find((r) => r.id === status);
  if (known) {
    return nameOf(settings?.reasons, status, language);
  }
  return t(`status.${status}`, { defaultValue: status });
}

// reasonText is the server's cause in words, or a supervisor's own words.
export function reasonText(t: TFunction, reason: string): string {
  return reason === "" ? "" : t(`reasonOf.${reason}`, { defaultValue: reason });
}

export function callerName(t: TFunction, name: string | undefined, number: string | undefined): string {
  return name || (number ? telephone(number) : t("who.withheld"));
}

// spoken is a duration for the ear.
export function spoken(t: TFunction, seconds: number | null): string {
  const s = Math.max(0, Math.floor(seconds ?? 0));
  return s < 60 ? t("say.seconds", { s }) : t("say.minutes", { m: Math.floor(s / 60), s: s % 60 });
}
