// SPDX-License-Identifier: Apache-2.0

// The server's JSON, word for word. Times are RFC 3339 strings; "" and absent
// both mean "not".

export type Role = "agent" | "supervisor";
export interface Person {
  id: string;
  name: string;
  role: Role;
}

export interface Text {
  en: string;
  zh: string;
}

export interface Named {
  id: string;
  name: Text;
}

export interface Reason extends Named {
  limitSeconds?: number;
}

export interface Settings {
  version: string;
  demo: boolean;
  reasons: Reason[];
  dispositions: Named[];
  queues: Named[];
  sip: { uri: string };
}

export interface Ticket {
  url: string;
  uri: string;
  instance: string;
}

// Status is "available", "notResponding", "offline" or a configured reason.
export type Status = string;
export type Activity = "idle" | "ringing" | "dialling" | "talking" | "onHold" | "wrapUp";

// Kind is call, chat, task, callback or consult; absent means call.
export interface DeskCall {
  id: string;
  kind?: string;
  name: string;
  number: string;
  dialled: string;
  queue: string;
  arrived: string;
  entered: string;
  bridged?: string | null;
  heldSince?: string | null;
  heldSeconds: number;
  ended?: string | null;
  endedBy?: string;
  resuming: boolean;
  menuPath?: string[] | null;
  // wrapUp is what follows it: none, optional, untilDismissed or limited.
  wrapUp?: string;
  wrapUpWanted?: boolean;
  // dispose: a disposition is wanted before the wrap-up ends.
  dispose?: boolean;
  disposition: string;
  notes: string;
}

export interface LastOffer {
  how: string;
  name: string;
  number: string;
  queue: string;
  began: string;
  ended: string;
}

export interface DeskQueue {
  id: string;
  waiting: number;
  longestSince?: string | null;
  signedIn: number;
  available: number;
}

export interface Desk {
  now: string;
  agent: Person;
  page: string;
  status: Status;
  reason: string;
  actor: string;
  statusSince: string;
  nextStatus: Status;
  activity: Activity;
  activitySince: string;
  until?: string | null;
  device: string;
  deviceLost: boolean;
  offer: number;
  call?: DeskCall | null;
  last?: LastOffer | null;
  queues?: DeskQueue[] | null;
}

export interface QueueNumbers {
  offered: number;
  answered: number;
  abandoned: number;
  shortAbandoned: number;
  answeredWithin: number;
  serviceLevel?: number | null;
  flowOuts?: Record<string, number> | null;
  refused?: Record<string, number> | null;
  averageAnswerSeconds?: number | null;
}

export interface FloorContact {
  id: string;
  name?: string;
  number?: string;
  position: number;
  since: string;
  agent?: string;
  // priority: a larger one is more urgent.
  priority: number;
  // require is whom the contact wants, in words; empty: anyone.
  require?: string;
  // kind is call, chat, task, callback or consult; absent means call.
  kind?: string;
  // dialling: the customer of a callback is being dialled.
  dialling?: boolean;
  // resting: it has its place, and nobody is asked now.
  resting?: boolean;
  // attempts is how often a callback was dialled so far.
  attempts?: number;
  // again: asked again not before.
  again?: string | null;
}

// Callback is a customer who is to be called back, or was.
export interface Callback {
  id: string;
  call: string;
  asked: string;
  queue: string;
  number: string;
  name: string;
  due?: string | null;
  by: string;
  attempts: number;
  tried?: string | null;
  // how the last attempt ended: reached, busy, noAnswer, unreachable, machine, cancelled.
  how: string;
  again?: string | null;
  ended?: string | null;
  ending: string;
  agent: string;
}

// Story is why a contact waited, told from the router's own record.
export interface Story {
  contact: string;
  found: boolean;
  waiting: boolean;
  moments?: ({ at: string; what: string; agent?: string; queue?: string } & Text)[] | null;
  agents?: { agent: string; spans?: ({ from: string; to: string; because?: string[] | null } & Text)[] | null }[] | null;
  // cut: it was too long to be told whole.
  cut?: boolean;
}

// Abandoned is a caller who hung up while waiting and was not talked to since.
export interface Abandoned {
  call: string;
  queue: string;
  number: string;
  name: string;
  entered: string;
  waitedSeconds: number;
  // callback of the newest callback since: open, how it ended, or empty.
  callback: string;
}

export interface FloorQueue {
  id: string;
  name: Text;
  closed: boolean;
  goal: number;
  thresholdSeconds: number;
  waiting: number;
  longestSince?: string | null;
  signedIn: number;
  available: number;
  free: number;
  today: QueueNumbers;
  last30: QueueNumbers;
  contacts?: FloorContact[] | null;
}

export interface FloorAgent {
  id: string;
  name: string;
  status: Status;
  reason: string;
  actor: string;
  statusSince: string;
  nextStatus: Status;
  activity: Activity;
  activitySince: string;
  until?: string | null;
  queue: string;
  device: string;
}

export interface Floor {
  now: string;
  queues?: FloorQueue[] | null;
  agents?: FloorAgent[] | null;
  formulas?: Record<string, Text> | null;
}

export interface RecentCall {
  id: string;
  arrived: string;
  name: string;
  number: string;
  queue: string;
  disposition: string;
  talkedSeconds: number;
}
