// SPDX-License-Identifier: Apache-2.0

// Takes a picture of every state in both languages, both colour schemes and
// three widths, for people to look at, and checks each with axe-core. Pictures
// go to the folder given, or shots.

import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { start } from "./fixture-server.mjs";
import { abandonedOf, callbacksOf, deskStates, floorOf, storyOf } from "./fixture-states.mjs";

const folder = process.argv[2] ?? "shots";
const only = process.argv[3] ?? "";
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const sizes = { wide: [1440, 900], medium: [900, 900], docked: [360, 640] };

await mkdir(folder, { recursive: true });
const f = await start();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"],
});
let faults = 0;

async function shoot(name, language, scheme, size, prepare, path = "/") {
  const [width, height] = sizes[size];
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, permissions: ["microphone"], bypassCSP: true });
  await context.addInitScript(
    ([lang, fresh]) => {
      localStorage.setItem("tandem.language", lang);
      if (!fresh) {
        localStorage.setItem("tandem.checkedWith", "|");
      }
    },
    [language, prepare.fresh],
  );
  const page = await context.newPage();
  page.on("pageerror", (err) => {
    faults++;
    process.stdout.write(`${name}: ${err.message}\n`);
  });
  await prepare(page);
  await page.goto(f.url + path);
  await page.waitForTimeout(900);
  await prepare.after?.(page);
  const shot = `${name}-${language}-${scheme}-${size}`;
  await page.screenshot({ path: `${folder}/${shot}.png` });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  if (wide) {
    faults++;
    process.stdout.write(`${shot}: scrolls sideways\n`);
  }
  await page.addScriptTag({ path: axe });
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const v of found.violations) {
    faults++;
    process.stdout.write(`${shot}: ${v.id} ${v.nodes.map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join(" | ")}\n`);
  }
  await context.close();
}

const states = deskStates();
const variants = [
  ["en", "light", "wide"],
  ["zh", "light", "wide"],
  ["en", "dark", "medium"],
  ["en", "light", "docked"],
  ["zh", "dark", "docked"],
];
for (const [name, state] of Object.entries(states)) {
  if (only && !new RegExp(only).test(name)) {
    continue;
  }
  for (const [language, scheme, size] of variants) {
    if (state.only && state.only !== size) {
      continue;
    }
    const prepare = async () => {
      f.signedIn = state.signedIn !== false;
      f.person = state.person ?? { id: "anna", name: "Anna", role: "agent" };
      f.desk = state.desk ? structuredClone(state.desk()) : {};
      f.recent = state.recent ?? [];
      f.floor = floorOf(state.floor);
      f.callbacks = callbacksOf();
      f.abandoned = abandonedOf();
      f.story = storyOf();
    };
    prepare.fresh = state.fresh === true;
    prepare.after = state.after ? (page) => state.after(page, f) : undefined;
    await shoot(name, language, scheme, size, prepare, state.path);
  }
}
await browser.close();
f.close();
process.stdout.write(`${faults} faults\n`);
process.exitCode = faults === 0 ? 0 : 1;
