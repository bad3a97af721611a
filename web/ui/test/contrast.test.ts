// SPDX-License-Identifier: Apache-2.0

// Recomputes every contrast from the theme by the formula of WCAG 2.2.

import { expect, test } from "vitest";
import { base, tones, tvBackground } from "../src/theme/tokens";

function luminance(hex: string): number {
  const channel = (at: number) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

test("the formula agrees with black on white", () => {
  expect(contrast("#000000", "#FFFFFF")).toBeCloseTo(21);
});

for (const scheme of ["light", "dark"] as const) {
  const p = base[scheme];
  test(`${scheme}: text reads on page and card`, () => {
    for (const text of [p.text, p.muted]) {
      expect(contrast(text, p.bg)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(text, p.surface)).toBeGreaterThanOrEqual(4.5);
    }
  });

  test(`${scheme}: edges and focus are seen on page and card`, () => {
    for (const ground of [p.bg, p.surface]) {
      expect(contrast(p.edge, ground)).toBeGreaterThanOrEqual(3);
      expect(contrast(p.focus, ground)).toBeGreaterThanOrEqual(3);
    }
  });

  test.each(Object.entries(tones))(`${scheme}: %s reads as fill, on tint and on the page`, (_, shades) => {
    const { fill, tint } = shades[scheme];
    expect(contrast(p.onFill, fill)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(fill, p.bg)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(fill, p.surface)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(fill, tint)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(p.text, tint)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(p.muted, tint)).toBeGreaterThanOrEqual(4.5);
  });
}

test.each(Object.entries(tones))("on the wall %s keeps 7:1", (_, shades) => {
  expect(contrast(shades.dark.fill, tvBackground)).toBeGreaterThanOrEqual(7);
});
