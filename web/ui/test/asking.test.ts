// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { asked, failed, forget, late, mayPress, settled } from "../src/desk/asking";

test("a press asks once, is late without a word, and may then be pressed again", () => {
  let asks = asked({}, "hold", 1);
  expect(mayPress(asks, "hold")).toBe(false);
  expect(mayPress(asks, "hangUp")).toBe(true);
  asks = late(asks, "hold", 1);
  expect(asks.hold?.phase).toBe("late");
  expect(mayPress(asks, "hold")).toBe(true);
});

test("the server's word settles an asking, also a late one", () => {
  expect(settled(late(asked({}, "finish", 1), "finish", 1), "finish")).toEqual({});
});

test("the timer of an older asking does not touch a newer one", () => {
  const asks = asked(asked({}, "hold", 1), "hold", 2);
  expect(late(asks, "hold", 1).hold?.phase).toBe("asking");
  expect(failed(asks, "hold", 1, "409").hold?.phase).toBe("asking");
  expect(forget(asks, "hold", 1).hold?.phase).toBe("asking");
});

test("a refusal is said, and does not become late afterwards", () => {
  const asks = failed(asked({}, "answer", 3), "answer", 3, "409");
  expect(asks.answer).toEqual({ phase: "failed", id: 3, detail: "409" });
  expect(late(asks, "answer", 3).answer?.phase).toBe("failed");
  expect(forget(asks, "answer", 3)).toEqual({});
});
