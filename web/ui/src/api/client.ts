// SPDX-License-Identifier: Apache-2.0

// The one way to the server's API. Every request names its sender, which is
// what keeps other sites' forms out, and carries the session cookie.

import type { Abandoned, Callback, Named, Person, RecentCall, Settings, Story, Text, Ticket } from "./types";

export const requestTimeoutMs = 5000;

// ApiError says what the server refused. status 0: it did not answer.
export class ApiError extends Error {
  readonly status: number;
  readonly retryAfterSeconds: number;
  constructor(status: number, detail: string, retryAfterSeconds = 0) {
    super(detail);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      headers: {
        "X-Requested-By": "tandem",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
  } catch (err) {
    throw new ApiError(0, err instanceof Error ? err.message : String(err));
  }
  const text = await response.text();
  let parsed: unknown = null;
  if (text !== "") {
    try {
      parsed = JSON.parse(text);
    } catch {
      throw new ApiError(response.status, `unexpected answer to ${method} ${path}`);
    }
  }
  if (!response.ok) {
    const problem = (parsed ?? {}) as { detail?: string; title?: string };
    const wait = Number(response.headers.get("Retry-After") ?? 0);
    throw new ApiError(response.status, problem.detail ?? problem.title ?? "", wait);
  }
  return parsed as T;
}

const person = (answer: { agent: Person }) => answer.agent;

// The API's endpoints, one function each.
export const api = {
  signIn: (name: string, password: string) =>
    request<{ agent: Person }>("POST", "/session", { name, password }).then(person),
  session: () => request<{ agent: Person }>("GET", "/session").then(person),
  signOut: () => request<void>("DELETE", "/session"),
  settings: () => request<Settings>("GET", "/settings"),
  ticket: (page: string) => request<Ticket>("POST", "/sip-ticket", { page }),
  setStatus: (status: string, reason?: string) =>
    request<void>("POST", "/desk/status", reason ? { status, reason } : { status }),
  cancelNextStatus: () => request<void>("DELETE", "/desk/next-status"),
  hold: (on: boolean) => request<void>("POST", "/desk/hold", { on }),
  hangUp: () => request<void>("POST", "/desk/hangup"),
  transfer: (queue: string) => request<void>("POST", "/desk/transfer", { queue }),
  wrapUp: (action: "finish" | "extend" | "want" | "forgo") => request<void>("POST", "/desk/wrap-up", { action }),
  machineReached: () => request<void>("POST", "/desk/machine"),
  callbacks: () => request<Callback[]>("GET", "/callbacks"),
  requestCallback: (number: string, name: string, queue: string) =>
    request<{ how: string }>("POST", "/callbacks", name === "" ? { number, queue } : { number, name, queue }),
  explain: (contact: string, zone: string) =>
    request<Story>("GET", `/contacts/${encodeURIComponent(contact)}/explain?zone=${encodeURIComponent(zone)}`),
  abandoned: () => request<Abandoned[]>("GET", "/abandoned"),
  dispose: (call: string, disposition: string, notes: string) =>
    request<void>("PUT", `/desk/calls/${encodeURIComponent(call)}`, { disposition, notes }),
  recent: () => request<RecentCall[]>("GET", "/desk/recent"),
  setAgentStatus: (agent: string, status: string, reason: string) =>
    request<void>("POST", `/agents/${encodeURIComponent(agent)}/status`, { status, reason }),
  signOutAgent: (agent: string, reason: string) =>
    request<void>("POST", `/agents/${encodeURIComponent(agent)}/sign-out`, { reason }),
  withdrawContact: (contact: string) => request<void>("POST", `/contacts/${encodeURIComponent(contact)}/withdraw`),
  moveContact: (contact: string, queue: string) => request<void>("POST", `/contacts/${encodeURIComponent(contact)}/move`, { queue }),
  prioritiseContact: (contact: string, priority: number) =>
    request<void>("POST", `/contacts/${encodeURIComponent(contact)}/priority`, { priority }),
  assignContact: (contact: string, agent: string) =>
    request<void>("POST", `/contacts/${encodeURIComponent(contact)}/assign`, { agent }),
  closeQueue: (queue: string, release: boolean) => request<void>("POST", `/queues/${encodeURIComponent(queue)}/close`, { release }),
  openQueue: (queue: string) => request<void>("POST", `/queues/${encodeURIComponent(queue)}/open`),
  placeDemoCalls: (count: number) => request<void>("POST", "/demo/calls", { count }),
};

// inLanguage picks a configured text in the reader's language.
export function inLanguage(text: Text | undefined, language: string): string {
  if (!text) {
    return "";
  }
  const first = language.startsWith("zh") ? text.zh : text.en;
  return first || text.en || text.zh;
}

// nameOf looks a configured thing up by its ID; the ID itself if unknown.
export function nameOf(things: readonly Named[] | undefined, id: string, language: string): string {
  const thing = things?.find((t) => t.id === id);
  return thing ? inLanguage(thing.name, language) : id;
}
