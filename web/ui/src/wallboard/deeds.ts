// SPDX-License-Identifier: Apache-2.0

// A supervisor's last deed: what it did, for how long it can be undone, or why
// the server refused it.

import { useCallback, useState } from "react";
import { ApiError } from "../api/client";
import { refusalKey } from "../desk/asker";
import { useTick } from "../shared/ticker";
import type { Done } from "./ContactMenu";

// A deed can be taken back for this long.
export const undoSeconds = 8;
// What was done, or refused, is said this long.
const saidMs = 8000;

interface Said {
  text: string;
  warning?: boolean;
  // refused is the key of the refusal, "" if the deed was done.
  refused: string;
  undo?: () => Promise<void>;
  at: number;
}

export interface Deeds {
  said: Said | null;
  // left is the seconds in which the deed can still be undone; 0: not any more.
  left: number;
  act: (deed: () => Promise<Done>) => void;
  undo: () => void;
}

export function useDeeds(): Deeds {
  const here = useTick();
  const [said, say] = useState<Said | null>(null);
  const refuse = (err: unknown) =>
    say({ text: "", refused: refusalKey(err instanceof ApiError ? err.status || 500 : 500), at: Date.now() });
  const act = useCallback((deed: () => Promise<Done>) => {
    deed().then((done) => say({ ...done, refused: "", at: Date.now() }), refuse);
  }, []);
  const shown = said && here - said.at < saidMs ? said : null;
  const left = shown?.undo ? Math.max(0, undoSeconds - Math.floor((here - shown.at) / 1000)) : 0;
  const undo = useCallback(() => {
    const take = said?.undo;
    if (take) {
      say(null);
      take().catch(refuse);
    }
  }, [said]);
  return { said: shown, left, act, undo };
}
