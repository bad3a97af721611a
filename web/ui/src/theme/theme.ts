// SPDX-License-Identifier: Apache-2.0

import { createTheme, type CSSVariablesResolver } from "@mantine/core";
import { variables } from "./tokens";

export const theme = createTheme({
  fontFamily:
    '"Inter Variable", "PingFang SC", "Microsoft YaHei UI", "Noto Sans CJK SC", "Source Han Sans SC", system-ui, sans-serif',
  defaultRadius: 8,
  primaryColor: "blue",
  cursorType: "pointer",
  respectReducedMotion: true,
});

// resolver lays our tokens over Mantine's, so that both speak with one colour.
export const resolver: CSSVariablesResolver = () => {
  const mantine = (scheme: "light" | "dark") => {
    const own = variables(scheme);
    return {
      ...own,
      "--mantine-color-body": own["--t-bg"] ?? "",
      "--mantine-color-text": own["--t-text"] ?? "",
      "--mantine-color-dimmed": own["--t-muted"] ?? "",
      "--mantine-color-placeholder": own["--t-muted"] ?? "",
      "--mantine-color-error": own["--t-danger-fill"] ?? "",
      "--mantine-color-default": own["--t-surface"] ?? "",
      "--mantine-color-default-border": own["--t-edge"] ?? "",
      "--mantine-primary-color-filled": own["--t-talking-fill"] ?? "",
      "--mantine-primary-color-contrast": own["--t-onFill"] ?? "",
    };
  };
  return { variables: {}, light: mantine("light"), dark: mantine("dark") };
};
