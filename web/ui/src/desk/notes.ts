// SPDX-License-Identifier: Apache-2.0

// The notes and disposition of the call on the card: typed here, kept on the
// server soon after, and in the tab until the server has them, so that neither
// a reload nor a lost line loses a word.

import { api } from "../api/client";
import type { DeskCall } from "../api/types";
import { tab } from "../shared/memory";

export interface NotesState {
  call: string;
  notes: string;
  disposition: string;
  state: "saved" | "dirty" | "saving" | "failed";
  savedAt: number | null;
}

export const noNotes: NotesState = { call: "", notes: "", disposition: "", state: "saved", savedAt: null };

const saveAfterMs = 700;
const saveAgainMs = 3000;

export class Notes {
  state = noNotes;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private saving: Promise<void> = Promise.resolve();
  private readonly changed: () => void;

  constructor(changed: () => void) {
    this.changed = changed;
  }

  // follow takes up the call that the server shows; what was typed here and not
  // yet kept wins over the server's.
  follow(call: DeskCall | null | undefined): void {
    if (!call || call.id === this.state.call) {
      return;
    }
    void this.flush();
    const draft = readDraft(call.id);
    this.state = {
      call: call.id,
      notes: draft?.notes ?? call.notes,
      disposition: draft?.disposition ?? call.disposition,
      state: draft ? "dirty" : "saved",
      savedAt: null,
    };
    this.changed();
    if (draft) {
      this.later(0);
    }
  }

  edit(change: { notes?: string; disposition?: string }): void {
    if (this.state.call === "") {
      return;
    }
    this.state = { ...this.state, ...change, state: "dirty" };
    const { call, notes, disposition } = this.state;
    tab.set(`draft.${call}`, JSON.stringify({ notes, disposition }));
    this.changed();
    this.later(change.disposition === undefined ? saveAfterMs : 0);
  }

  // flush saves at once what is not yet saved, and waits for a saving under way.
  async flush(): Promise<void> {
    if (this.state.state === "dirty" || this.state.state === "failed") {
      clearTimeout(this.timer);
      this.saving = this.save();
    }
    await this.saving;
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.saving = this.save();
    }, ms);
  }

  private async save(): Promise<void> {
    const { call, notes, disposition } = this.state;
    this.mark(call, "saving");
    try {
      await api.dispose(call, disposition, notes);
    } catch {
      this.mark(call, "failed");
      if (this.state.call === call) {
        this.later(saveAgainMs);
      }
      return;
    }
    const same = this.state.call === call && this.state.notes === notes && this.state.disposition === disposition;
    if (this.state.call !== call || same) {
      tab.set(`draft.${call}`, "");
    }
    if (same) {
      this.state = { ...this.state, state: "saved", savedAt: Date.now() };
      this.changed();
    }
  }

  private mark(call: string, state: NotesState["state"]): void {
    if (this.state.call === call && !(state === "saving" && this.state.state === "saved")) {
      this.state = { ...this.state, state };
      this.changed();
    }
  }
}

function readDraft(call: string): { notes: string; disposition: string } | null {
  const kept = tab.get(`draft.${call}`);
  if (kept === "") {
    return null;
  }
  try {
    return JSON.parse(kept) as { notes: string; disposition: string };
  } catch {
    return null;
  }
}
