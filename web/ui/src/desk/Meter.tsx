// SPDX-License-Identifier: Apache-2.0

// The level of the microphone, drawn without passing through React.

import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useDesk } from "./context";

const drawEveryMs = 80;
const floorDecibels = -60;

export function Meter() {
  const { t } = useTranslation();
  const { store } = useDesk();
  const fill = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const timer = setInterval(() => {
      const share = Math.min(1, Math.max(0, (store.devices.mic.level().decibels - floorDecibels) / -floorDecibels));
      if (fill.current) {
        fill.current.style.transform = `scaleX(${share.toFixed(2)})`;
      }
    }, drawEveryMs);
    return () => clearInterval(timer);
  }, [store]);
  return (
    <span className="meter" role="img" aria-label={t("check.level")} data-testid="meter">
      <span className="meter-fill" ref={fill} />
    </span>
  );
}
