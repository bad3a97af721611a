// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import { Icon } from "../shared/Icons";
import type { Grade } from "./thresholds";

const looks = {
  ok: { icon: "circle", tone: "available" },
  watch: { icon: "warning", tone: "warning" },
  late: { icon: "octagon", tone: "danger" },
} as const;

// GradeMark is shape and word of a grade; the word is left to the ear where
// space is short.
export function GradeMark({ grade, word }: { grade: Grade; word?: boolean }) {
  const { t } = useTranslation();
  const { icon, tone } = looks[grade];
  return (
    <span className={`grade tone-${tone}`} data-grade={grade}>
      <Icon name={icon} size={word ? 18 : 14} />
      <span className={word ? "" : "unseen"}>{t(`board.${grade}`)}</span>
    </span>
  );
}
