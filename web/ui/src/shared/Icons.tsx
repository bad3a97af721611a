// SPDX-License-Identifier: Apache-2.0

// The shapes of the desk: each state has one of its own, told apart without
// colour. All are drawn in the colour of the text around them.

import type { ReactNode } from "react";

export type IconName =
  | "circle"
  | "bell"
  | "waves"
  | "bars"
  | "pencil"
  | "moon"
  | "octagon"
  | "warning"
  | "hollow"
  | "broken"
  | "windows"
  | "check"
  | "clock"
  | "mic"
  | "micOff"
  | "phoneDown"
  | "phoneUp"
  | "keypad"
  | "speaker"
  | "keyboard"
  | "sun"
  | "live"
  | "cup"
  | "undo"
  | "arrow";

const line = { fill: "none", stroke: "currentColor", strokeWidth: 2, strokeLinecap: "round", strokeLinejoin: "round" } as const;

const handset =
  "M1.5 13.5C1.5 8 6.5 6 12 6s10.5 2 10.5 7.5c0 1.7-.8 2.7-2.3 2.4l-3-.6c-1-.2-1.6-.8-1.6-1.8v-2.1a11 11 0 0 0-7.2 0v2.1c0 1-.6 1.6-1.6 1.8l-3 .6c-1.5.3-2.3-.7-2.3-2.4z";

const shapes: Record<IconName, ReactNode> = {
  arrow: <path d="M4 8h13M13 3l5 5-5 5M20 16H7M11 11l-5 5 5 5" {...line} />,
  circle: <circle cx="12" cy="12" r="9" fill="currentColor" />,
  bell: (
    <>
      <path d="M12 2 23 21H1z" {...line} />
      <path d="M12 9a3 3 0 0 0-3 3v3l-1 2h8l-1-2v-3a3 3 0 0 0-3-3z" fill="currentColor" />
    </>
  ),
  waves: <path d="M4 5l6 7-6 7M10 5l6 7-6 7M16 5l6 7-6 7" {...line} strokeWidth={2.5} />,
  bars: (
    <>
      <rect x="5" y="4" width="5" height="16" rx="1" fill="currentColor" />
      <rect x="14" y="4" width="5" height="16" rx="1" fill="currentColor" />
    </>
  ),
  pencil: (
    <>
      <rect x="2.5" y="2.5" width="19" height="19" rx="3" {...line} />
      <path d="M8 16l1-4 6-6 3 3-6 6z" fill="currentColor" />
    </>
  ),
  moon: <path d="M14 2a10 10 0 1 0 8 14A9 9 0 0 1 14 2z" fill="currentColor" />,
  octagon: (
    <>
      <path d="M8 2h8l6 6v8l-6 6H8l-6-6V8z" {...line} />
      <path d="M8.5 8.5l7 7M15.5 8.5l-7 7" {...line} strokeWidth={2.5} />
    </>
  ),
  warning: (
    <>
      <path d="M12 3 22 21H2z" {...line} />
      <path d="M12 9v5" {...line} strokeWidth={2.5} />
      <circle cx="12" cy="17.5" r="1.3" fill="currentColor" />
    </>
  ),
  hollow: <circle cx="12" cy="12" r="8.5" {...line} />,
  broken: <path d="M2 12h4M9 12h2M14 12h2M19 12h3M6 6l12 12" {...line} strokeWidth={2.5} />,
  windows: (
    <>
      <rect x="2.5" y="6.5" width="13" height="13" rx="2" {...line} />
      <path d="M8.5 3.5h11a2 2 0 0 1 2 2v11" {...line} />
    </>
  ),
  check: (
    <>
      <circle cx="12" cy="12" r="9.5" {...line} />
      <path d="M7.5 12.5l3 3 6-7" {...line} strokeWidth={2.5} />
    </>
  ),
  clock: (
    <>
      <circle cx="12" cy="12" r="9.5" {...line} />
      <path d="M12 6.5V12l4 2.5" {...line} />
    </>
  ),
  mic: (
    <>
      <rect x="9" y="2" width="6" height="12" rx="3" fill="currentColor" />
      <path d="M5 11a7 7 0 0 0 14 0M12 18v4" {...line} />
    </>
  ),
  micOff: (
    <>
      <rect x="9" y="2" width="6" height="12" rx="3" fill="currentColor" />
      <path d="M5 11a7 7 0 0 0 14 0M12 18v4" {...line} />
      <path d="M3 3l18 18" {...line} strokeWidth={3} />
    </>
  ),
  phoneDown: <path d={handset} fill="currentColor" />,
  phoneUp: <path d={handset} transform="rotate(-135 12 12) translate(0 1.5)" fill="currentColor" />,
  keypad: (
    <>
      {[5, 12, 19].map((y) => [5, 12, 19].map((x) => <circle key={`${x} ${y}`} cx={x} cy={y} r="2" fill="currentColor" />))}
    </>
  ),
  speaker: (
    <>
      <path d="M3 9h4l5-5v16l-5-5H3z" fill="currentColor" />
      <path d="M16 8a5 5 0 0 1 0 8M18.5 5a9 9 0 0 1 0 14" {...line} />
    </>
  ),
  keyboard: (
    <>
      <rect x="2" y="5" width="20" height="14" rx="2" {...line} />
      <path d="M6 9h.01M10 9h.01M14 9h.01M18 9h.01M6 12.5h.01M18 12.5h.01M8 16h8" {...line} strokeWidth={2.2} />
    </>
  ),
  sun: (
    <>
      <circle cx="12" cy="12" r="9" {...line} />
      <path d="M12 3a9 9 0 0 1 0 18z" fill="currentColor" />
    </>
  ),
  live: <path d="M6 4l14 8-14 8z" fill="currentColor" />,
  cup: (
    <>
      <path d="M4 9h13v6a5 5 0 0 1-5 5H9a5 5 0 0 1-5-5z" fill="currentColor" />
      <path d="M17 10h1.5a2.5 2.5 0 0 1 0 5H17M8 3v3M12 3v3" {...line} />
    </>
  ),
  undo: <path d="M8 4L3 9l5 5M3 9h11a6 6 0 0 1 0 12h-3" {...line} />,
};

export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" focusable="false">
      {shapes[name]}
    </svg>
  );
}
