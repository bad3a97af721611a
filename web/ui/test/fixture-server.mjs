// SPDX-License-Identifier: Apache-2.0

// A stand-in for the server while working on the pages: serves the built files,
// the API with states that the caller sets, and a SIP socket that registers
// whoever asks and can send INVITEs. It is no part of the product.

import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2" };
const policy = (inline) =>
  `default-src 'self'; script-src 'self'${inline}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws: wss:; media-src 'self' blob:; frame-ancestors 'none'`;

// inlineScripts are the hashes of the scripts that stand in the page itself, as the server allows them.
const inlineScripts = (html) =>
  [...html.matchAll(/<script>([^]*?)<\/script>/g)].map(([, script]) => ` 'sha256-${createHash("sha256").update(script).digest("base64")}'`).join("");

export const settings = {
  version: "test",
  demo: true,
  reasons: [
    { id: "break", name: { en: "Break", zh: "小休" }, limitSeconds: 900 },
    { id: "lunch", name: { en: "Lunch", zh: "用餐" }, limitSeconds: 2700 },
    { id: "meeting", name: { en: "Meeting", zh: "会议" } },
  ],
  dispositions: [
    { id: "fixed", name: { en: "Fixed", zh: "已解决" } },
    { id: "refund", name: { en: "Refund", zh: "退款" } },
    { id: "again", name: { en: "Call again", zh: "需再联系" } },
  ],
  queues: [
    { id: "support", name: { en: "Support", zh: "技术支持" } },
    { id: "billing", name: { en: "Billing", zh: "账单" } },
  ],
  sip: { uri: "sip:anna@tandem" },
};

// start listens on a free port and returns the handle that tests drive. pages is
// the folder of the built files.
export async function start(port = 0, pages = dist) {
  const f = {
    pages,
    person: { id: "anna", name: "Anna", role: "agent" },
    signedIn: true,
    desk: {},
    floor: { queues: [], agents: [], formulas: {} },
    posts: [],
    withhold: false,
    recent: [],
    callbacks: [],
    abandoned: [],
    kept: "requested",
    story: null,
    streams: new Set(),
    sockets: new Set(),
    sip: [],
    push(change = {}) {
      Object.assign(f.desk, change);
      f.streams.forEach((s) => s.send("desk", f.desk));
    },
    pushFloor(floor = f.floor) {
      f.floor = floor;
      f.streams.forEach((s) => s.send("floor", f.floor));
    },
    // invite rings the page; cancel ends that ring.
    invite: () => f.sockets.forEach((s) => s.write(frame(request("INVITE", offer)))),
    cancel: () => f.sockets.forEach((s) => s.write(frame(request("CANCEL")))),
    cutStreams() {
      f.streams.forEach((s) => s.response.destroy());
    },
  };
  const server = createServer((request, response) => void answer(f, request, response));
  server.on("upgrade", (request, socket) => upgrade(f, request, socket));
  const ping = setInterval(() => {
    f.streams.forEach((s) => s.send("ping", {}));
    f.pushFloor();
  }, 900);
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  f.url = `http://127.0.0.1:${server.address().port}`;
  f.close = () => {
    clearInterval(ping);
    f.streams.forEach((s) => s.response.destroy());
    f.sockets.forEach((s) => s.destroy());
    server.close();
  };
  return f;
}

async function answer(f, request, response) {
  const url = new URL(request.url, "http://x");
  if (!url.pathname.startsWith("/api/")) {
    return file(f.pages, url.pathname, response);
  }
  let body = "";
  for await (const chunk of request) {
    body += chunk;
  }
  const path = url.pathname.slice("/api/v1".length);
  const json = (status, value) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(value === undefined ? "" : JSON.stringify(value));
  };
  if (request.method !== "GET") {
    f.posts.push({ method: request.method, path, body: body === "" ? null : JSON.parse(body) });
  }
  if (path === "/session" && request.method === "POST") {
    const { password } = JSON.parse(body);
    f.signedIn = password === "secret";
    return f.signedIn ? json(200, { agent: f.person }) : json(401, { title: "Unauthorized" });
  }
  if (!f.signedIn) {
    return json(401, { title: "Unauthorized" });
  }
  if (path === "/session") {
    if (request.method === "DELETE") {
      f.signedIn = false;
      return json(204);
    }
    return json(200, { agent: f.person });
  }
  if (path === "/settings") {
    return json(200, settings);
  }
  if (path === "/sip-ticket") {
    f.desk.page = JSON.parse(body).page;
    f.push();
    const ticket = randomBytes(8).toString("hex");
    return json(200, { url: `${f.url.replace("http", "ws")}/sip?ticket=${ticket}`, uri: "sip:anna@tandem", instance: f.desk.page });
  }
  if (path === "/live") {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const send = (event, value) =>
      response.write(`event: ${event}\ndata: ${JSON.stringify({ now: new Date().toISOString(), ...value })}\n\n`);
    const stream = { response, send };
    f.streams.add(stream);
    response.on("close", () => f.streams.delete(stream));
    send("desk", f.desk);
    send("floor", f.floor);
    return;
  }
  if (path === "/desk/recent") {
    return json(200, f.recent);
  }
  if (path === "/callbacks") {
    return json(200, request.method === "GET" ? f.callbacks : { how: f.kept });
  }
  if (path.endsWith("/explain")) {
    return f.story ? json(200, f.story) : json(404, { title: "Not Found" });
  }
  if (path === "/abandoned") {
    return json(200, f.abandoned);
  }
  if (f.withhold) {
    return;
  }
  json(204);
  f.acted?.(path, body === "" ? null : JSON.parse(body));
}

async function file(folder, path, response) {
  const inside = normalize(path).replace(/^\/+/, "");
  const name = inside === "" || !extname(inside) ? "index.html" : inside;
  try {
    const body = await readFile(join(folder, name));
    response.writeHead(200, { "Content-Type": types[extname(name)] ?? "application/octet-stream", "Content-Security-Policy": policy(inlineScripts(body.toString())) });
    response.end(body);
  } catch {
    response.writeHead(404);
    response.end();
  }
}

// The WebSocket: RFC 6455, text frames only, as little as SIP needs.
function upgrade(f, request, socket) {
  const key = request.headers["sec-websocket-key"];
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: sip\r\n\r\n`,
  );
  f.sockets.add(socket);
  let pending = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (let frame = unframe(pending); frame; frame = unframe(pending)) {
      pending = pending.subarray(frame.length);
      if (frame.opcode === 8) {
        socket.end();
      } else if (frame.opcode === 1) {
        sip(f, socket, frame.text);
      }
    }
  });
  socket.on("close", () => f.sockets.delete(socket));
  socket.on("error", () => f.sockets.delete(socket));
}

function unframe(data) {
  if (data.length < 6) {
    return null;
  }
  let size = data[1] & 0x7f;
  let at = 2;
  if (size === 126) {
    size = data.readUInt16BE(2);
    at = 4;
  }
  if (data.length < at + 4 + size) {
    return null;
  }
  const mask = data.subarray(at, at + 4);
  const text = Buffer.from(data.subarray(at + 4, at + 4 + size).map((b, i) => b ^ mask[i % 4])).toString();
  return { opcode: data[0] & 0x0f, text, length: at + 4 + size };
}

export function frame(text) {
  const body = Buffer.from(text);
  const head = body.length < 126 ? Buffer.from([0x81, body.length]) : Buffer.from([0x81, 126, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([head, body]);
}

function sip(f, socket, text) {
  f.sip.push(text);
  const [first = ""] = text.split("\r\n");
  const method = first.split(" ")[0];
  if (method === "REGISTER" || method === "BYE" || method === "OPTIONS") {
    const keep = text.split("\r\n").filter((l) => /^(via|from|call-id|cseq|contact)/i.test(l));
    const to = /^to:.*/im.exec(text)?.[0] ?? "To: <sip:anna@tandem>";
    socket.write(frame(["SIP/2.0 200 OK", ...keep, `${to.trim()};tag=f`, "Content-Length: 0", "", ""].join("\r\n")));
  }
  f.sipHeard?.(text);
}

const offer = [
  "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", "m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=sendrecv", "",
].join("\r\n");

function request(method, body = "") {
  return [
    `${method} sip:anna@tandem SIP/2.0`,
    "Via: SIP/2.0/WS server.invalid;branch=z9hG4bKring",
    "Max-Forwards: 70",
    'From: "Li Wei" <sip:+493012345678@tandem>;tag=s1',
    "To: <sip:anna@tandem>",
    "Call-ID: ring",
    `CSeq: 1 ${method}`,
    "Contact: <sip:tandem@server.invalid;transport=ws>",
    "X-Tandem-Offer: 7",
    "X-Tandem-Call: c1",
    "X-Tandem-Queue: support",
    "X-Tandem-Waited: 72",
    ...(body ? ["Content-Type: application/sdp"] : []),
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const f = await start(Number(process.env.PORT ?? 8099));
  process.stdout.write(`${f.url}\n`);
}
