// SPDX-License-Identifier: Apache-2.0

// The card: five zones whose places never move. What they say changes.

import { Band } from "./Band";
import { BigButton } from "./BigButton";
import { useDesk } from "./context";
import { Controls } from "./Controls";
import { ReadySteps } from "./ReadySteps";
import { StateZone } from "./StateZone";
import { Who } from "./Who";
import { Work } from "./Work";
import { screenLooks } from "../shared/look";

export function Card() {
  const { state } = useDesk();
  const check = state.screen === "readyCheck";
  return (
    <section
      className={`card tone-${screenLooks[state.screen].tone}`}
      data-testid="card"
      data-state={state.screen}
      id="card"
      tabIndex={-1}
    >
      <StateZone />
      {check ? (
        <ReadySteps />
      ) : (
        <>
          <Who />
          <Band />
        </>
      )}
      <BigButton />
      <Controls />
      <Work />
    </section>
  );
}
