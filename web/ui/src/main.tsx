// SPDX-License-Identifier: Apache-2.0

import "@mantine/core/styles.css";
import "./theme/pages.css";
import { MantineProvider } from "@mantine/core";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import "./i18n/i18n";
import { Boundary } from "./shared/Boundary";
import { tab } from "./shared/memory";
import { resolver, theme } from "./theme/theme";

// All files have come: what index.html counted is over.
tab.set("loads", "");

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <MantineProvider theme={theme} cssVariablesResolver={resolver} defaultColorScheme="auto">
      <Boundary>
        <App />
      </Boundary>
    </MantineProvider>,
  );
}
