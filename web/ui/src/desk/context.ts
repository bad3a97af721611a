// SPDX-License-Identifier: Apache-2.0

// What every part of the desk needs, without handing it down by hand.

import { createContext, useContext } from "react";
import type { Settings } from "../api/types";
import type { Panel } from "./panels";
import type { DeskState, DeskStore } from "./desk";

export interface DeskView {
  store: DeskStore;
  state: DeskState;
  settings: Settings;
  panel: Panel;
  open: (panel: Panel) => void;
}

export const DeskContext = createContext<DeskView | null>(null);

export function useDesk(): DeskView {
  const view = useContext(DeskContext);
  if (!view) {
    throw new Error("useDesk outside of the desk page");
  }
  return view;
}
