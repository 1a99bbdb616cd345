// SPDX-License-Identifier: Apache-2.0
//
// What a widget shows, by its kind.
import type { Widget } from "../gen/millrace/registry/v1/dashboard_pb";
import { text } from "../text/en";
import { ChartWidget } from "./ChartWidget";
import { GaugeWidget } from "./GaugeWidget";
import { MapWidget } from "./MapWidget";
import { useWidgetPage } from "./page";
import { needsChoice } from "./sources";
import { TableWidget } from "./TableWidget";
import { TilesWidget } from "./TilesWidget";

export function WidgetBody({ widget, title }: { widget: Widget; title: string }) {
  const { chosen } = useWidgetPage();
  const { sources, kind } = widget;
  if (sources.length === 0) return <p class="muted">{text.widgets.noSources}</p>;
  if (chosen === "" && needsChoice(sources)) return <p class="muted">{text.widgets.chooseFirst}</p>;
  switch (kind.case) {
    case "chart":
      return <ChartWidget settings={kind.value} sources={sources} title={title} />;
    case "gauge":
      return <GaugeWidget settings={kind.value} sources={sources} />;
    case "tiles":
      return <TilesWidget sources={sources} />;
    case "table":
      return <TableWidget settings={kind.value} sources={sources} title={title} />;
    case "map":
      return <MapWidget settings={kind.value} sources={sources} title={title} />;
    default:
      return <p class="muted">{text.widgets.unknownKind}</p>;
  }
}
