// SPDX-License-Identifier: Apache-2.0

import { createContext, useContext } from "react";
import type { Floor, Settings } from "../api/types";
import type { Patience } from "./thresholds";

export interface BoardView {
  floor: Floor | null;
  settings: Settings;
  // now is the server's time in ms, standing still while the data is stale.
  now: number;
  here: number;
  // deeds: this person may act, on data fresh enough to act on.
  deeds: boolean;
  patience: Patience;
  heardAt: number;
}

export const BoardContext = createContext<BoardView | null>(null);

export function useBoard(): BoardView {
  const view = useContext(BoardContext);
  if (!view) {
    throw new Error("useBoard outside of the wallboard");
  }
  return view;
}
