// SPDX-License-Identifier: Apache-2.0
//
// The element of a chart; what it draws and how it is touched is ChartView's.
import { useEffect, useRef } from "preact/hooks";

import { timeZone } from "../format/time";
import { theme } from "../shell/theme";
import type { AxisMode } from "./axis_groups";
import type { ChartController } from "./chart_controller";
import { ChartView } from "./chart_view";
import type { DrawnLine } from "./lines";
import type { Span } from "./view";
import "./chart.css";

interface ChartProps {
  controller: ChartController;
  // Called by the controller when something changed that is drawn; the chart puts itself in.
  onDraw: { current: () => void };
  lines: readonly DrawnLine[];
  axisMode: AxisMode;
  label: string;
  onSpan: (span: Span) => void;
  onBack: () => void;
  wheelNeedsCtrl?: boolean;
}

export function Chart({
  controller,
  onDraw,
  lines,
  axisMode,
  label,
  onSpan,
  onBack,
  wheelNeedsCtrl = false,
}: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<ChartView | undefined>(undefined);
  const reactions = useRef({ onSpan, onBack });
  reactions.current = { onSpan, onBack };

  useEffect(() => {
    const made = new ChartView(host.current!, controller, {
      onSpan: (span) => reactions.current.onSpan(span),
      onBack: () => reactions.current.onBack(),
      wheelNeedsCtrl,
      label,
    });
    view.current = made;
    onDraw.current = () => made.requestDraw();
    return () => {
      onDraw.current = () => {};
      view.current = undefined;
      made.close();
    };
  }, [controller, wheelNeedsCtrl, label]);

  const zone = timeZone.value;
  const scheme = theme.value;
  useEffect(
    () => view.current?.show({ lines, axisMode }),
    [controller, wheelNeedsCtrl, label, lines, axisMode, zone, scheme],
  );
  const pictures = controller.pictures.value;
  useEffect(() => view.current?.regroup(), [pictures]);

  // Who watches from outside can see when there is something to see.
  return <div class="chart" ref={host} data-pictures={pictures} />;
}
