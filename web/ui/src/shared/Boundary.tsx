// SPDX-License-Identifier: Apache-2.0

// Keeps a fault of one part of a page to that part: the rest, and above all the
// call, goes on. The part says so and can be drawn again.

import { Component, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "./Icons";

interface Props {
  children: ReactNode;
}

export class Boundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? <Fault again={() => this.setState({ failed: false })} /> : this.props.children;
  }
}

function Fault({ again }: { again: () => void }) {
  const { t } = useTranslation();
  return (
    <section className="fault notice tone-warning" role="alert" data-testid="fault">
      <Icon name="warning" size={20} />
      <span>{t("app.fault")}</span>
      <button type="button" className="small-button" onClick={again}>
        {t("app.again")}
      </button>
    </section>
  );
}
