// SPDX-License-Identifier: Apache-2.0

// The colours of the pages, each with its dark twin. A test recomputes every
// contrast from this file.

export interface Palette {
  bg: string;
  surface: string;
  text: string;
  muted: string;
  edge: string;
  line: string;
  focus: string;
  // onFill is the text on any fill.
  onFill: string;
}

export const base: { light: Palette; dark: Palette } = {
  light: {
    bg: "#F5F7F9",
    surface: "#FFFFFF",
    text: "#16202C",
    muted: "#4A5665",
    edge: "#7A8694",
    line: "#CBD3DC",
    focus: "#0B5CAD",
    onFill: "#FFFFFF",
  },
  dark: {
    bg: "#0F151C",
    surface: "#19222C",
    text: "#EEF2F6",
    muted: "#AEB9C6",
    edge: "#77869A",
    line: "#33404D",
    focus: "#FFD400",
    onFill: "#0F151C",
  },
};

export type Tone =
  | "available"
  | "ringing"
  | "talking"
  | "hold"
  | "wrapUp"
  | "reason"
  | "danger"
  | "warning"
  | "offline";

export interface Shade {
  fill: string;
  tint: string;
}

export const tones: Record<Tone, { light: Shade; dark: Shade }> = {
  available: { light: { fill: "#0B6E4F", tint: "#E3F4EC" }, dark: { fill: "#4CC38A", tint: "#12301F" } },
  ringing: { light: { fill: "#9A4A00", tint: "#FDEFDD" }, dark: { fill: "#FFB454", tint: "#3A2608" } },
  talking: { light: { fill: "#0B5CAD", tint: "#E3EFFB" }, dark: { fill: "#6CB6FF", tint: "#10294A" } },
  hold: { light: { fill: "#6B3FA0", tint: "#F0E8FA" }, dark: { fill: "#C4A3F5", tint: "#2B1D45" } },
  wrapUp: { light: { fill: "#0E6472", tint: "#DFF3F6" }, dark: { fill: "#5CC8DA", tint: "#0B3038" } },
  reason: { light: { fill: "#4A5665", tint: "#E9EDF1" }, dark: { fill: "#AEB9C6", tint: "#27323E" } },
  danger: { light: { fill: "#B3261E", tint: "#FCE8E6" }, dark: { fill: "#FF8A80", tint: "#45150F" } },
  warning: { light: { fill: "#7A5200", tint: "#FFF3CC" }, dark: { fill: "#F5C542", tint: "#3A2E05" } },
  offline: { light: { fill: "#5B6470", tint: "#ECEEF0" }, dark: { fill: "#9AA6B2", tint: "#232B33" } },
};

// The wallboard seen from 4 m: dark only.
export const tvBackground = "#0A0F14";

// variables are the CSS custom properties of one scheme.
export function variables(scheme: "light" | "dark"): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(base[scheme])) {
    out[`--t-${name}`] = value;
  }
  for (const [tone, shades] of Object.entries(tones)) {
    out[`--t-${tone}-fill`] = shades[scheme].fill;
    out[`--t-${tone}-tint`] = shades[scheme].tint;
  }
  return out;
}
