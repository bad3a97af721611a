// SPDX-License-Identifier: Apache-2.0

// What calls the agent back to a tab that is not in front: title, favicon and
// notice. All of it starts from the INVITE and ends with the ringing.

export type Icon = "quiet" | "ringing" | "talking" | "muted";

let shown: Notification | null = null;

export function setTitle(title: string): void {
  if (document.title !== title) {
    document.title = title;
  }
}

export function setIcon(icon: Icon): void {
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  const href = `/icons/${icon}.svg`;
  if (link && link.getAttribute("href") !== href) {
    link.setAttribute("href", href);
  }
}

// outOfSight: the window is hidden or another has the keyboard.
export function outOfSight(): boolean {
  return document.hidden || !document.hasFocus();
}

export function permission(): NotificationPermission | "unsupported" {
  return "Notification" in window && window.isSecureContext ? Notification.permission : "unsupported";
}

export async function askPermission(): Promise<void> {
  if ("Notification" in window) {
    await Notification.requestPermission().catch(() => "denied");
  }
}

// notify shows one notice for one offer; it stays until withdrawn.
export function notify(offer: string, title: string, body: string): void {
  withdraw();
  if (permission() !== "granted") {
    return;
  }
  try {
    shown = new Notification(title, { body, tag: `tandem-${offer}`, requireInteraction: true, icon: "/icons/ringing.svg" });
    shown.onclick = () => window.focus();
  } catch {
    // Some phones allow notices only from service workers: title and sound remain.
    shown = null;
  }
}

export function withdraw(): void {
  shown?.close();
  shown = null;
}

// headsetKeys hands over what the browser makes of a headset's buttons; null
// takes it back. Chrome and Edge know these actions, others refuse them.
export function headsetKeys(on: { toggleMute: () => void; hangUp: () => void } | null): void {
  const set = (action: string, handler: (() => void) | null) => {
    try {
      navigator.mediaSession.setActionHandler(action as MediaSessionAction, handler);
    } catch {
      // This browser has no such action: the keyboard and the card remain.
    }
  };
  set("togglemicrophone", on?.toggleMute ?? null);
  set("hangup", on?.hangUp ?? null);
}
