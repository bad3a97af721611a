// SPDX-License-Identifier: Apache-2.0
//
// Drives headless Chromium for the stories. Commands come as JSON lines on
// stdin, one answer line each on stdout, in any order, matched by "id":
//   {"id":1,"do":"open","tab":"anna","url":"http://..."}  ->  {"id":1,"ok":true,"value":...}
// Arguments: path of playwright-core, of the browser, of the microphone's WAV.
//
// Each page gets an ear before its own scripts run: it listens to what the
// page's peer connections receive and measures tones in it (see ear below).
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';

const [playwrightPath, chromiumPath, microphoneWav] = process.argv.slice(2);
const { chromium } = createRequire(import.meta.url)(playwrightPath);

// The limit of one command, in ms, unless it names its own.
const commandLimit = 15000;

const browser = await chromium.launch({
  executablePath: chromiumPath,
  headless: true,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-audio-capture=${microphoneWav}`,
    '--autoplay-policy=no-user-gesture-required',
    // A name for this machine that browsers do not take for localhost.
    '--host-resolver-rules=MAP desk.test 127.0.0.1',
  ],
});

// Runs in the page. Keeps every remote audio track and measures the newest.
function ear() {
  const tracks = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = new Proxy(Native, {
    construct(target, args) {
      const pc = new target(...args);
      pc.addEventListener('track', (e) => {
        if (e.track.kind === 'audio') tracks.push({ pc, track: e.track });
      });
      return pc;
    },
  });
  const power = (samples, rate, freq) => {
    const w = 2 * Math.cos((2 * Math.PI * freq) / rate);
    let a = 0, b = 0;
    for (const x of samples) [a, b] = [x + w * a - b, a];
    return (2 * Math.sqrt(Math.max(0, a * a + b * b - w * a * b))) / samples.length;
  };
  // Amplitude (0..1) of each frequency in windows of 85 ms, for ms.
  window.__listen = async (freqs, ms) => {
    const live = tracks.filter((t) => t.track.readyState === 'live' && t.pc.connectionState !== 'closed');
    if (live.length === 0) return [];
    const context = new AudioContext();
    await context.resume();
    const source = context.createMediaStreamSource(new MediaStream([live[live.length - 1].track]));
    const analyser = new AnalyserNode(context, { fftSize: 4096 });
    source.connect(analyser);
    const samples = new Float32Array(4096);
    const heard = [];
    const end = performance.now() + ms;
    while (performance.now() < end) {
      await new Promise((r) => setTimeout(r, 85));
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const x of samples) sum += x * x;
      heard.push({
        at: Date.now(),
        rms: Math.sqrt(sum / samples.length),
        amps: freqs.map((f) => power(samples, context.sampleRate, f)),
      });
    }
    await context.close();
    return heard;
  };
  // The network dies under the newest connection: nothing is said to anybody.
  window.__breakMedia = () => tracks[tracks.length - 1].pc.close();
}

const contexts = new Map();
const tabs = new Map();

async function contextOf(name, insecure) {
  if (!contexts.has(name)) {
    const context = await browser.newContext({
      permissions: ['microphone'], ignoreHTTPSErrors: insecure, viewport: { width: 1440, height: 900 },
    });
    await context.addInitScript(ear);
    contexts.set(name, context);
  }
  return contexts.get(name);
}

const deeds = {
  // person names the cookie jar, so that two tabs can be of one person.
  async open({ tab, person, url, insecure, locale }) {
    const context = await contextOf(person ?? tab, Boolean(insecure));
    const page = await context.newPage();
    const said = [];
    page.on('console', (m) => said.push(`${m.type()}: ${m.text()}`));
    page.on('pageerror', (e) => said.push(`error: ${e.message}`));
    tabs.set(tab, { page, said });
    if (locale) await page.addInitScript((l) => localStorage.setItem('tandem.language', l), locale);
    await page.goto(url, { waitUntil: 'domcontentloaded' });
  },
  async reload({ page }) { await page.reload({ waitUntil: 'domcontentloaded' }); },
  async close({ page, tab }) { tabs.delete(tab); await page.close(); },
  async click({ page, selector, limit }) { await page.locator(selector).first().click({ timeout: limit }); },
  async fill({ page, selector, text, limit }) { await page.locator(selector).first().fill(text, { timeout: limit }); },
  async choose({ page, selector, text, limit }) { await page.locator(selector).first().selectOption(text, { timeout: limit }); },
  async press({ page, key }) { await page.keyboard.press(key); },
  async wait({ page, selector, state, limit }) { await page.locator(selector).first().waitFor({ state: state ?? 'visible', timeout: limit }); },
  async text({ page, selector, limit }) { return page.locator(selector).first().innerText({ timeout: limit }); },
  async count({ page, selector }) { return page.locator(selector).count(); },
  async attribute({ page, selector, name, limit }) { return page.locator(selector).first().getAttribute(name, { timeout: limit }); },
  async eval({ page, expression }) { return page.evaluate(expression); },
  async listen({ page, freqs, ms }) { return page.evaluate(([f, m]) => window.__listen(f, m), [freqs, ms]); },
  async resize({ page, width, height }) { await page.setViewportSize({ width, height }); },
  async screenshot({ page, path }) { await page.screenshot({ path }); },
  async said({ said }) { return said; },
};

async function take(line) {
  const command = JSON.parse(line);
  const answer = { id: command.id, ok: true };
  try {
    const known = tabs.get(command.tab);
    if (command.do !== 'open' && !known) throw new Error(`no tab ${command.tab}`);
    answer.value = await deeds[command.do]({ limit: commandLimit, ...command, ...known });
  } catch (e) {
    answer.ok = false;
    answer.error = String(e.message ?? e);
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

process.stdout.write('{"id":0,"ok":true}\n');
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => { void take(line); });
lines.on('close', async () => { await browser.close(); process.exit(0); });
