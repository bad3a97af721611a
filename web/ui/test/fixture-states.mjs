// SPDX-License-Identifier: Apache-2.0

// The states of desk and wallboard as a server would tell them.

const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
const ahead = (seconds) => ago(-seconds);

const queues = () => [
  { id: "support", waiting: 2, longestSince: ago(48), signedIn: 5, available: 1 },
  { id: "billing", waiting: 0, longestSince: null, signedIn: 3, available: 1 },
];

export const call = (more = {}) => ({
  id: "c1",
  name: "Li Wei",
  number: "+493012345678",
  dialled: "1000",
  queue: "support",
  arrived: ago(190),
  entered: ago(172),
  bridged: null,
  heldSince: null,
  heldSeconds: 0,
  ended: null,
  endedBy: "",
  resuming: false,
  menuPath: ["Main menu", "Support", "Invoice"],
  disposition: "",
  notes: "",
  ...more,
});

export const desk = (more = {}) => ({
  agent: { id: "anna", name: "Anna", role: "agent" },
  page: "",
  status: "available",
  reason: "",
  actor: "anna",
  statusSince: ago(761),
  nextStatus: "",
  activity: "idle",
  activitySince: ago(900),
  until: null,
  device: "browser",
  deviceLost: false,
  offer: 0,
  call: null,
  last: null,
  queues: queues(),
  ...more,
});

const recent = [
  { id: "r1", arrived: ago(600), name: "Li Wei", number: "+493012345678", queue: "support", disposition: "fixed", talkedSeconds: 190 },
  { id: "r2", arrived: ago(1600), name: "", number: "13800138000", queue: "billing", disposition: "refund", talkedSeconds: 60 },
];

export function deskStates() {
  return {
    "01-signed-out": { signedIn: false },
    "02-ready-check": {
      desk: () => desk({ status: "offline", reason: "signOut", actor: "anna" }),
      fresh: true,
    },
    "03-idle": { desk: () => desk(), recent },
    "04-ringing": {
      desk: () => desk({ activity: "ringing", activitySince: ago(6), until: ahead(14), offer: 7, call: call() }),
    },
    "05-talking": {
      desk: () => desk({ activity: "talking", activitySince: ago(187), call: call({ bridged: ago(100) }), nextStatus: "break" }),
      recent,
    },
    "06-on-hold": {
      desk: () => desk({ activity: "onHold", activitySince: ago(72), call: call({ bridged: ago(100), heldSince: ago(72) }) }),
    },
    "07-wrap-up": {
      desk: () =>
        desk({ activity: "wrapUp", activitySince: ago(11), until: ahead(34), call: call({ bridged: ago(100), ended: ago(11), endedBy: "caller", disposition: "refund", notes: "Invoice 4711, wrong amount" }) }),
    },
    "08-not-responding": {
      desk: () =>
        desk({ status: "notResponding", reason: "missedOffer", actor: "server", statusSince: ago(25), activitySince: ago(25), last: { how: "missed", name: "Li Wei", number: "+493012345678", queue: "support", began: ago(45), ended: ago(25) } }),
    },
    "09-reconnecting": {
      desk: () => desk(),
      after: async (page, f) => {
        f.signedIn = true;
        await page.route("**/api/v1/live**", (route) => route.abort());
        f.cutStreams();
        await page.waitForTimeout(2500);
      },
    },
    "10-elsewhere": {
      desk: () => desk(),
      after: async (page, f) => {
        f.push({ page: "another" });
        await page.waitForTimeout(400);
      },
    },
    "11-reason": { desk: () => desk({ status: "break", statusSince: ago(250), actor: "omar", reason: "" }), recent },
    "12-offline": { desk: () => desk({ status: "offline", reason: "connection", actor: "server", statusSince: ago(12) }) },
    "13-caller-gone": {
      desk: () => desk({ last: { how: "callerGone", name: "Li Wei", number: "+493012345678", queue: "support", began: ago(73), ended: ago(1) } }),
    },
    "14-status-panel": {
      desk: () => desk(),
      after: async (page) => {
        await page.getByTestId("status").click();
      },
    },
    "15-keys": {
      desk: () => desk(),
      after: async (page) => {
        await page.getByTestId("keys").click();
      },
    },
    "16-dialling": { desk: () => desk({ activity: "dialling", activitySince: ago(6), call: call({ kind: "callback", dialled: "" }) }) },
    "17-callback": {
      desk: () => desk({ activity: "talking", activitySince: ago(8), call: call({ kind: "callback", dialled: "", bridged: ago(8) }) }),
    },
    "18-transfer": {
      desk: () => desk({ activity: "talking", activitySince: ago(8), call: call({ bridged: ago(8), wrapUp: "optional" }) }),
      after: async (page) => {
        await page.getByTestId("transfer").click();
        await page.keyboard.press("Enter");
        await page.waitForTimeout(200);
      },
    },
    "20-board": { person: { id: "sue", name: "Sue", role: "supervisor" }, desk: () => desk(), path: "/wallboard" },
    "21-board-empty": { person: { id: "sue", name: "Sue", role: "supervisor" }, floor: "empty", path: "/wallboard" },
    "22-board-tv": {
      only: "wide",
      person: { id: "sue", name: "Sue", role: "supervisor" },
      path: "/wallboard",
      after: async (page) => {
        await page.getByTestId("tv").click();
        await page.waitForTimeout(200);
      },
    },
    "23-board-deed": {
      person: { id: "sue", name: "Sue", role: "supervisor" },
      path: "/wallboard",
      after: async (page) => {
        await page.getByTestId("actions-omar").click();
        await page.getByTestId("sign-out-omar").click();
        await page.waitForTimeout(400);
      },
    },
    "26-board-callbacks": {
      person: { id: "sue", name: "Sue", role: "supervisor" },
      path: "/wallboard",
      after: async (page) => {
        await page.getByTestId("list-callbacks").click();
        await page.waitForTimeout(300);
      },
    },
    "27-board-abandoned": {
      person: { id: "sue", name: "Sue", role: "supervisor" },
      path: "/wallboard",
      after: async (page) => {
        await page.getByTestId("list-abandoned").click();
        await page.waitForTimeout(300);
      },
    },
    "28-board-why": {
      person: { id: "sue", name: "Sue", role: "supervisor" },
      path: "/wallboard",
      after: async (page) => {
        await page.getByTestId("why-of-k1").click();
        await page.waitForTimeout(500);
      },
    },
    "24-board-agent": { path: "/wallboard", desk: () => desk() },
    "25-board-formula": {
      person: { id: "sue", name: "Sue", role: "supervisor" },
      path: "/wallboard",
      after: async (page) => {
        await page.getByTestId("number-serviceLevel").click();
        await page.waitForTimeout(300);
      },
    },
  };
}

export function callbacksOf() {
  const c = (id, name, number, more) => ({
    id, call: "c9", asked: ago(1800), queue: "support", number, name, due: null, by: "", attempts: 0, tried: null, how: "", again: null, ended: null, ending: "", agent: "", ...more,
  });
  return [
    c("b3", "", "+4930111222", { ended: ago(60), ending: "callbackFailed", attempts: 3, how: "noAnswer", agent: "chen" }),
    c("b1", "Li Wei", "+493012345678", {}),
    c("b2", "", "13800138000", { attempts: 1, how: "busy", again: ahead(600), by: "sue" }),
  ];
}

export function storyOf() {
  const span = (because, en, zh) => ({ from: ago(60), to: ago(0), because, en, zh });
  return {
    contact: "k1", found: true, waiting: true,
    moments: [
      { at: ago(108), what: "entered", en: "entered the queue support as number 1; wants German 3", zh: "进入队列 support，排在第 1 位；要求 German 3" },
      { at: ago(40), what: "step", en: "from now also content with: German 2", zh: "从现在起也接受：German 2" },
    ],
    agents: [
      { agent: "anna", spans: [span(["busy"], "talking with c7 since 14:05:11", "正在与 c7 通话（自 14:05:11）")] },
      { agent: "eve", spans: [span(["status"], "on break since 13:40:02", "状态 break（自 13:40:02）")] },
      { agent: "gita", spans: [span(["skill"], "German 1, wanted at least 2", "German 1 级，要求至少 2 级")] },
    ],
  };
}

export function abandonedOf() {
  return [
    { call: "a1", queue: "support", number: "+493099887766", name: "Mia", entered: ago(700), waitedSeconds: 95, callback: "" },
    { call: "a2", queue: "billing", number: "", name: "", entered: ago(900), waitedSeconds: 12, callback: "" },
    { call: "a3", queue: "support", number: "+493012345678", name: "Li Wei", entered: ago(1900), waitedSeconds: 240, callback: "open" },
  ];
}

const numbers = (offered, answered, within, abandoned, short, outs = {}) => ({
  offered,
  answered,
  abandoned,
  shortAbandoned: short,
  answeredWithin: within,
  waiting: 0,
  serviceLevel: null,
  flowOuts: outs,
  refused: {},
  averageAnswerSeconds: 12,
});

export function floorOf(kind) {
  if (kind === "empty") {
    return { queues: [], agents: [], formulas: {} };
  }
  const q = (id, en, zh, waiting, longest, free, available, last30, today, contacts = []) => ({
    id, name: { en, zh }, closed: false, goal: 80, thresholdSeconds: 20, waiting, longestSince: longest === null ? null : ago(longest),
    signedIn: 12, available, free, today, last30, contacts,
  });
  const a = (id, name, status, activity, since, more = {}) => ({
    id, name, status, reason: "", actor: id, statusSince: ago(since), nextStatus: "", activity, activitySince: ago(since), until: null, queue: "", device: "browser", ...more,
  });
  return {
    queues: [
      q("support", "Support", "技术支持", 2, 108, 0, 2, numbers(40, 30, 23, 8, 1), numbers(310, 280, 240, 22, 5, { exitKey: 4, timedOut: 2 }), [
        { id: "k1", name: "Li Wei", number: "+493012345678", position: 1, since: ago(108), agent: "chen", priority: 2, require: "" },
        { id: "k2", name: "", number: "13800138000", position: 2, since: ago(12), agent: "", priority: 0, require: "German 3+" },
      ]),
      q("billing", "Billing", "账单", 0, null, 1, 2, numbers(12, 11, 10, 1, 0), numbers(90, 84, 76, 4, 1, { closed: 2 })),
    ],
    agents: [
      a("anna", "Anna", "available", "talking", 187, { queue: "support", nextStatus: "break" }),
      a("chen", "陈晓明 Chen", "available", "ringing", 6, { queue: "support" }),
      a("omar", "Omar Al-Farouk", "notResponding", "idle", 250, { actor: "server" }),
      a("eve", "Eve", "break", "idle", 1900, { actor: "sue" }),
      a("finn", "Finn", "available", "wrapUp", 22, { queue: "billing" }),
      a("gita", "Gita", "available", "idle", 65),
      a("hugo", "Hugo", "offline", "idle", 7200),
    ],
    formulas: {
      waiting: { en: "Contacts in line now, those that ring at an agent included.", zh: "当前在排队中的联络数，包括正在坐席处振铃的联络。" },
      serviceLevel: { en: "Answered within the threshold / (answered + abandoned), by time of arrival.", zh: "阈值内接通量 ÷（接通量 + 放弃量），按进线时间归组。" },
    },
  };
}
