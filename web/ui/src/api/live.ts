// SPDX-License-Identifier: Apache-2.0

// The live feed: one stream of events from the server, reopened by itself. The
// server pings every two seconds, so quiet means lost.

import type { Desk, Floor } from "./types";

export type Feed = "connecting" | "live" | "lost";

export const quietLimitMs = 5000;
const againMs = 1000;
const watchEveryMs = 500;

export interface LiveHandlers {
  desk?: (desk: Desk) => void;
  floor?: (floor: Floor) => void;
  // stamp brings each server time that comes along.
  stamp: (now: string) => void;
  feed: (feed: Feed) => void;
}

export class Live {
  private source: EventSource | null = null;
  private heardAt = 0;
  private feed: Feed = "connecting";
  private again: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setInterval> | undefined;
  private readonly url: string;
  private readonly handlers: LiveHandlers;

  constructor(page: string, handlers: LiveHandlers) {
    this.url = page === "" ? "/api/v1/live" : `/api/v1/live?page=${encodeURIComponent(page)}`;
    this.handlers = handlers;
  }

  start(): void {
    this.stop();
    this.open();
    this.watch = setInterval(() => {
      if (this.source && Date.now() - this.heardAt > quietLimitMs) {
        this.lose();
      }
    }, watchEveryMs);
  }

  stop(): void {
    clearTimeout(this.again);
    clearInterval(this.watch);
    this.source?.close();
    this.source = null;
  }

  // tryNow opens the feed at once instead of at the next attempt.
  tryNow(): void {
    if (this.feed !== "live") {
      clearTimeout(this.again);
      this.source?.close();
      this.open();
    }
  }

  private open(): void {
    this.heardAt = Date.now();
    const source = new EventSource(this.url);
    this.source = source;
    const on = <T extends { now: string }>(name: string, take: ((message: T) => void) | undefined) =>
      source.addEventListener(name, (event) => {
        if (this.source !== source) {
          return;
        }
        this.heardAt = Date.now();
        const message = JSON.parse((event as MessageEvent<string>).data) as T;
        this.handlers.stamp(message.now);
        this.say("live");
        take?.(message);
      });
    on<Desk>("desk", this.handlers.desk);
    on<Floor>("floor", this.handlers.floor);
    on<{ now: string }>("ping", undefined);
    source.onerror = () => {
      if (this.source === source) {
        this.lose();
      }
    };
  }

  private lose(): void {
    this.source?.close();
    this.source = null;
    this.say("lost");
    clearTimeout(this.again);
    this.again = setTimeout(() => this.open(), againMs);
  }

  private say(feed: Feed): void {
    if (feed !== this.feed) {
      this.feed = feed;
      this.handlers.feed(feed);
    }
  }
}
