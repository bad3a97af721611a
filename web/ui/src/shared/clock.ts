// SPDX-License-Identifier: Apache-2.0

// The server's clock as seen from here. A stamp is always late by the way it
// travelled, so of the latest stamps the one that shows the greatest lead is the
// truest.

const stampsKept = 20;

export class ServerClock {
  private leads: number[] = [];

  // learn takes a stamp of the server that arrived at the local time here.
  learn(stamp: string, here: number): void {
    const there = Date.parse(stamp);
    if (Number.isNaN(there)) {
      return;
    }
    this.leads.push(there - here);
    if (this.leads.length > stampsKept) {
      this.leads.shift();
    }
  }

  // now is the server's time in ms, at the local time here.
  now(here: number): number {
    return this.leads.length === 0 ? here : here + Math.max(...this.leads);
  }
}

// elapsed is the whole seconds from since to now, never negative; null if since
// is no time.
export function elapsed(since: string | null | undefined, now: number): number | null {
  const t = instant(since);
  return t === null ? null : Math.max(0, Math.floor((now - t) / 1000));
}

// left is the whole seconds until a moment, rounded up, never negative.
export function left(until: string | null | undefined, now: number): number | null {
  const t = instant(until);
  return t === null ? null : Math.max(0, Math.ceil((t - now) / 1000));
}

// instant reads a time; null for none, also for Go's zero time.
export function instant(stamp: string | null | undefined): number | null {
  if (!stamp || stamp.startsWith("0001-")) {
    return null;
  }
  const t = Date.parse(stamp);
  return Number.isNaN(t) ? null : t;
}
