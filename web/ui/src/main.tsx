// SPDX-License-Identifier: Apache-2.0

import "@mantine/core/styles.css";
import "./theme/pages.css";
import { MantineProvider } from "@mantine/core";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import "./i18n/i18n";
import { resolver, theme } from "./theme/theme";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <MantineProvider theme={theme} cssVariablesResolver={resolver} defaultColorScheme="auto">
      <App />
    </MantineProvider>,
  );
}
