// SPDX-License-Identifier: Apache-2.0

// A list that the server is asked for while it is shown: it changes too rarely
// to be pushed with the floor.

import { useCallback, useEffect, useState } from "react";

const askEveryMs = 5000;

export interface List<T> {
  // rows is null until the server has answered once; a later failure keeps them.
  rows: T[] | null;
  failed: boolean;
  // again asks at once, after a deed.
  again: () => void;
}

export function useList<T>(load: () => Promise<T[]>): List<T> {
  const [rows, setRows] = useState<T[] | null>(null);
  const [failed, setFailed] = useState(false);
  const [asked, ask] = useState(0);
  useEffect(() => {
    let over = false;
    const look = () =>
      load().then(
        (found) => {
          if (!over) {
            setRows(found);
            setFailed(false);
          }
        },
        () => !over && setFailed(true),
      );
    void look();
    const timer = setInterval(() => void look(), askEveryMs);
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, [load, asked]);
  const again = useCallback(() => ask((n) => n + 1), []);
  return { rows, failed, again };
}
