// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import { useDesk } from "./context";

export function PanelHead({ title }: { title: string }) {
  const { t } = useTranslation();
  const { open } = useDesk();
  return (
    <div className="panel-head">
      <h2>{title}</h2>
      <button type="button" className="quiet" onClick={() => open("")} data-testid="panel-close">
        {t("app.close")}
      </button>
    </div>
  );
}
