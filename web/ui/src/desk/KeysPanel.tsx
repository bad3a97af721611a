// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import { shortcuts, type Command } from "./keys";
import { PanelHead } from "./PanelHead";

export function KeysPanel() {
  const { t } = useTranslation();
  return (
    <div className="panel" role="group" aria-label={t("panel.keys")} data-testid="keys-panel">
      <PanelHead title={t("panel.keys")} />
      <dl className="keys">
        {(Object.keys(shortcuts) as Command[]).map((command) => (
          <div key={command}>
            <dt>
              {shortcuts[command].aria.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(`keys.${command}`)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
