// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { hindrances } from "../src/wallboard/why";

const span = (en: string, ...because: string[]) => ({ from: "", to: "", because, en, zh: en });

test("agents are grouped by what kept them last, who could help soonest first", () => {
  const groups = hindrances({
    contact: "c",
    found: true,
    waiting: true,
    moments: [],
    agents: [
      { agent: "hugo", spans: [span("not signed in", "signedOut")] },
      { agent: "anna", spans: [span("on break", "status"), span("talking", "busy", "skill")] },
      { agent: "chen", spans: [span("rings")] },
      { agent: "finn", spans: [span("wrap-up", "busy")] },
      { agent: "none", spans: [] },
    ],
  });
  expect(groups.map((g) => [g.because, g.agents.map((a) => a.agent)])).toEqual([
    ["asked", ["chen"]],
    ["busy", ["anna", "finn"]],
    ["signedOut", ["hugo"]],
  ]);
});

test("no record, no group", () => {
  expect(hindrances({ contact: "c", found: true, waiting: false, moments: null, agents: null })).toEqual([]);
});
