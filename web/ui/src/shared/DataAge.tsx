// SPDX-License-Identifier: Apache-2.0

// How old the data on the screen is: live, late from 3 s, stale from 10 s.

import { useTranslation } from "react-i18next";
import { clockTime } from "./format";
import { Icon } from "./Icons";
import { useTick } from "./ticker";

export const lateSeconds = 3;
export const staleSeconds = 10;

export type Freshness = "live" | "late" | "stale";

export function freshness(heardAt: number, here: number): Freshness {
  const age = (here - heardAt) / 1000;
  return age < lateSeconds ? "live" : age < staleSeconds ? "late" : "stale";
}

const looks = {
  live: { icon: "live", tone: "available" },
  late: { icon: "clock", tone: "warning" },
  stale: { icon: "broken", tone: "offline" },
} as const;

export function DataAge({ heardAt }: { heardAt: number }) {
  const { t } = useTranslation();
  const here = useTick();
  const age = Math.max(0, here - heardAt) / 1000;
  const fresh = freshness(heardAt, here);
  const { icon, tone } = looks[fresh];
  const text =
    fresh === "live"
      ? t("age.live", { seconds: age.toFixed(1) })
      : fresh === "late"
        ? t("age.late", { seconds: Math.floor(age) })
        : t("age.stale", { time: clockTime(heardAt, true) });
  return (
    <span className={`age tone-${tone}`} data-testid="data-age" data-state={fresh}>
      <Icon name={icon} size={14} />
      <span>{text}</span>
    </span>
  );
}
