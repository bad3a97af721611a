// SPDX-License-Identifier: Apache-2.0

// The wallboard's data: the floor as the server pushes it, drawn at most four
// times a second.

import { Live, type Feed } from "../api/live";
import type { Floor } from "../api/types";
import { ServerClock } from "../shared/clock";
import { Store } from "../shared/store";
import { Patience } from "./thresholds";

export interface BoardState {
  floor: Floor | null;
  feed: Feed;
  heardAt: number;
  startedAt: number;
}

export class BoardStore extends Store<BoardState> {
  readonly clock = new ServerClock();
  readonly patience = new Patience();
  private readonly live: Live;

  constructor(refused: () => void) {
    super({ floor: null, feed: "connecting", heardAt: Date.now(), startedAt: Date.now() });
    this.live = new Live("", {
      floor: (floor) => this.set({ floor, heardAt: Date.now() }),
      stamp: (now) => this.clock.learn(now, Date.now()),
      feed: (feed) => {
        if (feed === "lost") {
          refused();
        }
        this.set({ feed });
      },
    });
  }

  start(): void {
    this.live.start();
  }

  close(): void {
    this.live.stop();
  }
}
