// SPDX-License-Identifier: Apache-2.0

// Every visible word stands in both languages, and only in the language files.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import en from "../src/i18n/en.json";
import zh from "../src/i18n/zh.json";

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, before = ""): Map<string, string> {
  const out = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") {
      out.set(before + key, value);
    } else {
      flat(value, `${before}${key}.`).forEach((v, k) => out.set(k, v));
    }
  }
  return out;
}

const english = flat(en);
const chinese = flat(zh);
const source = join(import.meta.dirname, "../src");
const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((f) => /\.tsx?$/.test(f));
const parsed = files.map((f) =>
  ts.createSourceFile(f, readFileSync(join(source, f), "utf8"), ts.ScriptTarget.Latest, true, f.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS),
);

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  node.forEachChild((child) => visit(child, see));
}

test("both languages have the same keys", () => {
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
});

test("a text has the same places to fill in both languages", () => {
  const places = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).sort();
  const differing = [...english].filter(([key, text]) => places(text).join() !== places(chinese.get(key) ?? "").join());
  expect(differing.map(([key]) => key)).toEqual([]);
});

test("Chinese is Chinese: no text was left in English", () => {
  const same = [...chinese].filter(([key, text]) => text === english.get(key) && /[A-Za-z]{2}/.test(text.replaceAll(/\{\{\w+\}\}/g, "")));
  expect(same.map(([key]) => key).filter((key) => key !== "app.name" && key !== "title.talking" && key !== "title.plain" && key !== "title.ringing")).toEqual([]);
});

test("every text asked for by its name exists", () => {
  const asked = new Set<string>();
  for (const file of parsed) {
    visit(file, (node) => {
      if (ts.isCallExpression(node) && /(^|\.)t$/.test(node.expression.getText())) {
        const collect = (key: ts.Node) => {
          if (ts.isStringLiteral(key)) {
            asked.add(key.text);
          } else if (ts.isConditionalExpression(key)) {
            collect(key.whenTrue);
            collect(key.whenFalse);
          }
        };
        node.arguments[0] && collect(node.arguments[0]);
      }
    });
  }
  expect(asked.size).toBeGreaterThan(100);
  expect([...asked].filter((key) => !english.has(key))).toEqual([]);
});

test("no text is kept that nothing asks for", () => {
  const all = files.map((f) => readFileSync(join(source, f), "utf8")).join("\n");
  const prefixes = [...all.matchAll(/t\(\s*`([\w.]+\.)\$\{/g)].map((m) => m[1] ?? "");
  const unused = [...english.keys()].filter(
    (key) => !all.includes(`"${key}"`) && !prefixes.some((p) => key.startsWith(p)),
  );
  expect(unused).toEqual([]);
});

test("no visible text stands in a component", () => {
  const visible = new Set(["label", "title", "placeholder", "aria-label", "alt", "description"]);
  const found: string[] = [];
  for (const file of parsed) {
    visit(file, (node) => {
      if (ts.isJsxText(node) && /\p{L}/u.test(node.text)) {
        found.push(`${file.fileName}: ${node.text.trim()}`);
      }
      if (ts.isJsxAttribute(node) && visible.has(node.name.getText()) && node.initializer && ts.isStringLiteral(node.initializer)) {
        found.push(`${file.fileName}: ${node.getText()}`);
      }
      if (ts.isJsxExpression(node) && node.expression && ts.isStringLiteral(node.expression) && ts.isJsxElement(node.parent)) {
        found.push(`${file.fileName}: ${node.getText()}`);
      }
    });
  }
  expect(found).toEqual([]);
});
