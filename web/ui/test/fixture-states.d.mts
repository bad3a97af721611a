// SPDX-License-Identifier: Apache-2.0

// What the tests use of the plain module beside this file.

export interface State {
  desk?: () => object;
  after?: unknown;
  path?: string;
  fresh?: boolean;
}
export function call(more?: object): object;
export function desk(more?: object): { page: string };
export function deskStates(): Record<string, State>;
export function callbacksOf(): object[];
export function storyOf(): object;
export function abandonedOf(): object[];
export function floorOf(kind: string): object;
