// SPDX-License-Identifier: Apache-2.0

// What the browser remembers: choices of this machine for good, drafts until
// the tab closes. A browser that forbids storage forgets, and nothing breaks.

function keeper(storage: () => Storage) {
  return {
    get(key: string): string {
      try {
        return storage().getItem(`tandem.${key}`) ?? "";
      } catch {
        return "";
      }
    },
    set(key: string, value: string): void {
      try {
        if (value === "") {
          storage().removeItem(`tandem.${key}`);
        } else {
          storage().setItem(`tandem.${key}`, value);
        }
      } catch {
        // Full or forbidden: the choice lasts until the reload.
      }
    },
  };
}

export const machine = keeper(() => localStorage);
export const tab = keeper(() => sessionStorage);

// randomID is a version 4 UUID; crypto.randomUUID is missing on pages that are
// not secure.
export function randomID(): string {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = ((b[6] ?? 0) & 0x0f) | 0x40;
  b[8] = ((b[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
