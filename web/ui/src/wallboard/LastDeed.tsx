// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import { Icon } from "../shared/Icons";
import type { Deeds } from "./deeds";

// LastDeed says what was just done, with the way back while there is one.
export function LastDeed({ last }: { last: Deeds }) {
  const { t } = useTranslation();
  const { said, left, undo } = last;
  return (
    <div className="last-deed" role="status" data-testid="last-deed">
      {said === null ? null : said.refused ? (
        <p className="notice tone-warning">
          <Icon name="warning" size={18} />
          <span>{t("board.failedDeed", { detail: t(`refusal.${said.refused}`) })}</span>
        </p>
      ) : (
        <p className={said.warning ? "notice tone-warning" : "notice tone-available"}>
          <Icon name={said.warning ? "warning" : "check"} size={18} />
          <span>{said.text}</span>
        </p>
      )}
      {left > 0 ? (
        <button type="button" className="small-button" onClick={undo} data-testid="undo">
          {t("board.undo")} <span aria-hidden="true">{left}</span>
        </button>
      ) : null}
    </div>
  );
}
