// SPDX-License-Identifier: Apache-2.0

import { NativeSelect, Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { machine } from "../shared/memory";
import { useDesk } from "./context";
import { Meter } from "./Meter";
import { PanelHead } from "./PanelHead";
import { needsLine } from "./screen";

// SoundPanel chooses microphone and ring device and tries them out.
export function SoundPanel({ bare }: { bare?: boolean }) {
  const { t } = useTranslation();
  const { store, state } = useDesk();
  if (state.desk && !needsLine(state.desk)) {
    return bare ? null : <PanelHead title={t("panel.sound")} />;
  }
  const options = (devices: MediaDeviceInfo[]) => [
    { value: "", label: t("check.systemDefault") },
    ...devices
      .filter((d) => d.deviceId !== "default" && d.deviceId !== "communications")
      .map((d, i) => ({ value: d.deviceId, label: d.label || `${t("check.microphone")} ${i + 1}` })),
  ];
  return (
    <div className="panel" role="group" aria-label={t("panel.sound")} data-testid="sound-panel">
      {bare ? null : <PanelHead title={t("panel.sound")} />}
      <NativeSelect
        label={t("check.micPicker")}
        data={options(state.inputs)}
        value={machine.get("microphone")}
        onChange={(e) => void store.chooseMicrophone(e.currentTarget.value)}
        data-testid="microphone-picker"
      />
      {bare ? null : <Meter />}
      <NativeSelect
        label={t("check.ringPicker")}
        data={options(state.outputs)}
        value={state.ringDevice}
        onChange={(e) => store.devices.chooseRing(e.currentTarget.value)}
        data-testid="ring-picker"
      />
      {bare ? null : (
        <button type="button" className="small-button" onClick={() => void store.devices.playRing()} data-testid="test-sound">
          {t("check.testSound")}
        </button>
      )}
      <Switch
        label={t("panel.namesInNotices")}
        checked={state.namesInNotices}
        onChange={(e) => store.setNamesInNotices(e.currentTarget.checked)}
      />
    </div>
  );
}
