// SPDX-License-Identifier: Apache-2.0

// A JsSIP socket that fetches a fresh single-use ticket before each connection,
// because the address of a used one is worth nothing.

import type { Ticket } from "../api/types";

// A connection that is neither open nor refused after this is given up.
export const connectLimitMs = 6000;

export interface SocketDeps {
  ticket: () => Promise<Ticket>;
  open: (url: string) => WebSocket;
  // refused is told when no ticket was given, for instance because the session
  // is over.
  refused: (err: unknown) => void;
}

export class TicketSocket {
  // Set by JsSIP before connect.
  onconnect: () => void = () => {};
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => {};
  ondata: (data: unknown) => void = () => {};

  readonly via_transport: string;
  readonly sip_uri: string;
  readonly url: string;
  // heardAt is when anything last came from the server.
  heardAt = 0;

  private ws: WebSocket | null = null;
  private attempt = 0;
  private ready: Ticket | null;
  private readonly deps: SocketDeps;

  // first is a ticket already fetched, used by the first connection.
  constructor(first: Ticket, deps: SocketDeps) {
    const url = new URL(first.url);
    this.url = `${url.protocol}//${url.host}${url.pathname}`;
    this.via_transport = url.protocol === "wss:" ? "WSS" : "WS";
    this.sip_uri = `sip:${url.host};transport=ws`;
    this.ready = first;
    this.deps = deps;
  }

  connect(): void {
    const attempt = ++this.attempt;
    void this.dial(attempt);
  }

  disconnect(): void {
    this.attempt++;
    this.ws?.close(1000);
    this.ws = null;
  }

  send(message: string): boolean {
    if (this.ws?.readyState !== WebSocket.OPEN) {
      return false;
    }
    this.ws.send(message);
    return true;
  }

  // drop gives up a connection that has gone quiet: to JsSIP it is lost, so it
  // connects anew.
  drop(): void {
    if (this.ws) {
      this.attempt++;
      this.ws.close(4000);
      this.ws = null;
      this.ondisconnect(true, 1006, "quiet");
    }
  }

  private async dial(attempt: number): Promise<void> {
    let ticket: Ticket;
    try {
      ticket = this.ready ?? (await this.deps.ticket());
      this.ready = null;
    } catch (err) {
      if (attempt === this.attempt) {
        this.deps.refused(err);
        this.ondisconnect(true, 1006, "no ticket");
      }
      return;
    }
    if (attempt === this.attempt) {
      this.attach(attempt, this.deps.open(ticket.url));
    }
  }

  private attach(attempt: number, ws: WebSocket): void {
    this.ws = ws;
    ws.binaryType = "arraybuffer";
    let over = false;
    const end = (code: number, reason: string) => {
      clearTimeout(limit);
      if (!over && attempt === this.attempt) {
        this.ws = null;
        this.ondisconnect(true, code, reason);
      }
      over = true;
    };
    const limit = setTimeout(() => {
      end(1006, "no connection");
      ws.close();
    }, connectLimitMs);
    ws.onopen = () => {
      clearTimeout(limit);
      if (attempt === this.attempt && !over) {
        this.heardAt = Date.now();
        this.onconnect();
      }
    };
    ws.onmessage = ({ data }) => {
      if (attempt === this.attempt && !over) {
        this.heardAt = Date.now();
        this.ondata(data);
      }
    };
    ws.onclose = ({ code, reason }) => end(code, reason);
  }
}
