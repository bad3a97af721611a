// SPDX-License-Identifier: Apache-2.0

// What may lie over the work zone; "" is the work itself.
export type Panel = "" | "keypad" | "transfer" | "status" | "sound" | "keys";
