// SPDX-License-Identifier: Apache-2.0

// What the tests use of the plain module beside this file.

export interface Fixture {
  url: string;
  person: { id: string; name: string; role: string };
  signedIn: boolean;
  withhold: boolean;
  desk: { page?: string };
  floor: object;
  callbacks: object[];
  abandoned: object[];
  kept: string;
  story: object | null;
  posts: { method: string; path: string; body: unknown }[];
  sockets: Set<{ destroy(): void }>;
  pushFloor(floor?: object): void;
  push(change: object): void;
  invite(): void;
  cancel(): void;
  sip: string[];
  cutStreams(): void;
  close(): void;
}
export function start(port?: number, pages?: string): Promise<Fixture>;
