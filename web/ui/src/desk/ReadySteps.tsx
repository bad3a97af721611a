// SPDX-License-Identifier: Apache-2.0

// The steps of the ready check, in the place of who and band.

import { useTranslation } from "react-i18next";
import { Icon, type IconName } from "../shared/Icons";
import { useDesk } from "./context";
import { Meter } from "./Meter";
import type { Step, StepState } from "./ready";

const icons: Record<StepState, IconName> = {
  ok: "check",
  waiting: "clock",
  todo: "hollow",
  failed: "octagon",
  warning: "warning",
};

const tones: Record<StepState, string> = {
  ok: "available",
  waiting: "offline",
  todo: "talking",
  failed: "danger",
  warning: "warning",
};

export function ReadySteps() {
  const { state } = useDesk();
  return (
    <ol className="zone steps" data-testid="steps">
      {state.steps.map((step) => (
        <StepLine key={step.id} step={step} />
      ))}
    </ol>
  );
}

function StepLine({ step }: { step: Step }) {
  const { t } = useTranslation();
  const { store } = useDesk();
  const button = repairWord(step);
  return (
    <li className="step" data-testid={`step-${step.id}`} data-state={step.state}>
      <span className={`step-mark tone-${tones[step.state]}`}>
        <Icon name={icons[step.state]} size={20} />
      </span>
      <span className="step-name">{t(`check.${step.id}`)}</span>
      {step.id === "microphone" && (step.state === "todo" || step.state === "ok") ? <Meter /> : null}
      <span className="step-word">{t(`check.${step.word}`)}</span>
      {button ? (
        <button type="button" className="small-button" onClick={() => void store.repair(step)} data-testid={`repair-${step.id}`}>
          {t(`check.${button}`)}
        </button>
      ) : null}
    </li>
  );
}

function repairWord(step: Step): string {
  switch (step.id) {
    case "microphone":
      return step.state === "failed" && step.word !== "insecure" ? "openMic" : "";
    case "sound":
      return "playRing";
    case "path":
      return step.state === "failed" ? "tryNow" : "";
    case "notices":
      return step.word === "off" ? "allow" : "";
  }
}
