// SPDX-License-Identifier: Apache-2.0

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connectLimitMs, TicketSocket } from "../src/phone/socket";

class FakeWebSocket {
  static OPEN = 1;
  readyState = 0;
  binaryType = "";
  sent: string[] = [];
  onopen = () => {};
  onclose = (_: { code: number; reason: string }) => {};
  onmessage = (_: { data: string }) => {};
  constructor(readonly url: string) {}
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.readyState = 3;
  }
  opened() {
    this.readyState = 1;
    this.onopen();
  }
}

let opened: FakeWebSocket[];
let tickets: number;

function make(refuse = false) {
  const refused = vi.fn();
  const socket = new TicketSocket(
    { url: "wss://host:8443/sip?ticket=t0", uri: "sip:anna@tandem", instance: "i" },
    {
      ticket: () =>
        refuse ? Promise.reject(new Error("401")) : Promise.resolve({ url: `wss://host:8443/sip?ticket=t${++tickets}`, uri: "", instance: "" }),
      open: (url) => {
        const ws = new FakeWebSocket(url);
        opened.push(ws);
        return ws as unknown as WebSocket;
      },
      refused,
    },
  );
  const lost = vi.fn();
  socket.ondisconnect = lost;
  return { socket, refused, lost };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeWebSocket);
  opened = [];
  tickets = 0;
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("the ticket stands in no address that SIP sees", () => {
  const { socket } = make();
  expect(socket.url).toBe("wss://host:8443/sip");
  expect(socket.sip_uri).toBe("sip:host:8443;transport=ws");
  expect(socket.via_transport).toBe("WSS");
});

test("every connection uses a ticket of its own", async () => {
  const { socket, lost } = make();
  socket.connect();
  await vi.advanceTimersByTimeAsync(0);
  opened[0]?.opened();
  opened[0]?.onclose({ code: 1006, reason: "" });
  expect(lost).toHaveBeenCalledTimes(1);
  socket.connect();
  await vi.advanceTimersByTimeAsync(0);
  expect(opened.map((w) => w.url.split("=")[1])).toEqual(["t0", "t1"]);
});

test("no ticket is a lost connection, so that it is tried again", async () => {
  const { socket, refused, lost } = make(true);
  socket.connect();
  await vi.advanceTimersByTimeAsync(0);
  opened[0]?.onclose({ code: 1006, reason: "" });
  socket.connect();
  await vi.advanceTimersByTimeAsync(0);
  expect(refused).toHaveBeenCalledTimes(1);
  expect(lost).toHaveBeenCalledTimes(2);
});

test("a connection that does not open in time is lost, once", async () => {
  const { socket, lost } = make();
  socket.connect();
  await vi.advanceTimersByTimeAsync(connectLimitMs);
  opened[0]?.onclose({ code: 1006, reason: "" });
  expect(lost).toHaveBeenCalledTimes(1);
});

test("what an abandoned connection still says is not heard", async () => {
  const { socket, lost } = make();
  const heard = vi.fn();
  socket.ondata = heard;
  socket.connect();
  await vi.advanceTimersByTimeAsync(0);
  opened[0]?.opened();
  opened[0]?.onmessage({ data: "one" });
  socket.drop();
  expect(lost).toHaveBeenCalledTimes(1);
  opened[0]?.onmessage({ data: "two" });
  opened[0]?.onclose({ code: 1000, reason: "" });
  expect(heard.mock.calls).toEqual([["one"]]);
  expect(lost).toHaveBeenCalledTimes(1);
});

test("nothing is sent on a socket that is not open", async () => {
  const { socket } = make();
  expect(socket.send("x")).toBe(false);
  socket.connect();
  await vi.advanceTimersByTimeAsync(0);
  opened[0]?.opened();
  expect(socket.send("y")).toBe(true);
  expect(opened[0]?.sent).toEqual(["y"]);
});
