// SPDX-License-Identifier: Apache-2.0

// Which page: sign-in while nobody is signed in, then the wallboard at its
// address or for a supervisor, else the desk.

import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { DeskPage } from "./desk/DeskPage";
import { Session } from "./session";
import { useStore } from "./shared/store";
import { SignIn } from "./SignIn";
import { BoardPage } from "./wallboard/BoardPage";

export function App() {
  const { t } = useTranslation();
  const [session] = useState(() => new Session());
  const { phase, person, settings } = useStore(session);

  useEffect(() => void session.start(), [session]);

  if (phase === "starting") {
    return <p className="starting">{t("app.waitingForServer")}</p>;
  }
  if (phase === "signedOut" || !person || !settings) {
    return <SignIn session={session} />;
  }
  const atBoard = location.pathname.startsWith("/wallboard");
  const atDesk = location.pathname.startsWith("/desk");
  if (atBoard || (person.role === "supervisor" && !atDesk)) {
    return <BoardPage session={session} person={person} settings={settings} />;
  }
  return <DeskPage key={person.id} session={session} person={person} settings={settings} />;
}
