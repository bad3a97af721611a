// SPDX-License-Identifier: Apache-2.0

// The pages' words in both languages. The choice is kept on this machine; the
// first visit follows the browser.

import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { machine } from "../shared/memory";
import en from "./en.json";
import zh from "./zh.json";

export type Language = "en" | "zh";

const remembered = machine.get("language");
const first: Language =
  remembered === "en" || remembered === "zh" ? remembered : navigator.language.startsWith("zh") ? "zh" : "en";

void i18next.use(initReactI18next).init({
  resources: { en: { translation: en }, zh: { translation: zh } },
  lng: first,
  fallbackLng: "en",
  initAsync: false,
  interpolation: { escapeValue: false },
  returnNull: false,
});

function mark(language: string): void {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

mark(first);
i18next.on("languageChanged", mark);

export function choose(language: Language): void {
  machine.set("language", language);
  void i18next.changeLanguage(language);
}

export default i18next;
