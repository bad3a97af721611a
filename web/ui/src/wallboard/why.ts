// SPDX-License-Identifier: Apache-2.0

// Groups the agents of a story by what kept them from the contact last. Pure.

import type { Story, Text } from "../api/types";

export interface Hindered {
  agent: string;
  text: Text;
}

export interface Group {
  // because is the first of the router's words; "asked" where nothing kept the
  // agent: he or she was asked.
  because: string;
  agents: Hindered[];
}

// Who could help soonest comes first.
const order = ["asked", "other", "resting", "failedOffer", "delayed", "planned", "busy", "status", "noDevice", "notNamed", "skill", "signedOut", "notMember", "leaving"];

export function hindrances(story: Story): Group[] {
  const groups = new Map<string, Hindered[]>();
  for (const one of story.agents ?? []) {
    const last = one.spans?.at(-1);
    if (last) {
      const because = last.because?.[0] ?? "asked";
      groups.set(because, [...(groups.get(because) ?? []), { agent: one.agent, text: { en: last.en, zh: last.zh } }]);
    }
  }
  const place = (because: string) => (order.includes(because) ? order.indexOf(because) : order.length);
  return [...groups.entries()].map(([because, agents]) => ({ because, agents })).toSorted((a, b) => place(a.because) - place(b.because));
}
