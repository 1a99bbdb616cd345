// SPDX-License-Identifier: Apache-2.0
//
// Over a chart that shows nothing: why, and what to do. And that a picture is on its way, or did not come.
import { formatMoment } from "../format/time";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { FailureNotice } from "../ui/Notice";
import type { ChartController } from "./chart_controller";
import type { LastValues } from "./last_values";
import type { DrawnLine } from "./lines";
import { lowerBound } from "./point_column";
import type { TimeRange } from "./view";

interface NoteProps {
  controller: ChartController;
  last: LastValues;
  lines: readonly DrawnLine[];
  onSpan: (range: TimeRange) => void;
}

export function ChartNote({ controller, last, lines, onSpan }: NoteProps) {
  const failure = controller.failure.value;
  const loading = controller.loading.value;
  const pictures = controller.pictures.value;
  void last.round.value;
  if (failure !== undefined) {
    return (
      <div class="tele-note">
        <FailureNotice failure={failure} onRetry={() => controller.retry()} />
      </div>
    );
  }
  if (lines.length === 0) {
    return (
      <div class="tele-note">
        <p>{text.telemetry.nothingChosen}</p>
      </div>
    );
  }
  const bar = loading && <div class="tele-loading" aria-hidden="true" />;
  if (pictures === 0 || !isEmpty(controller, lines)) return <>{bar}</>;
  const newest = Math.max(...lines.map(({ key }) => last.get(key)?.time ?? -Infinity));
  const { from, to } = controller.span;
  const length = to - from;
  return (
    <>
      {bar}
      <div class="tele-note" role="status">
        <p>{text.telemetry.nothingInRange}</p>
        {Number.isFinite(newest) && (newest < from || newest > to) && (
          <>
            <p>{text.telemetry.newest(formatMoment(newest))}</p>
            <Button
              size="s"
              onClick={() =>
                onSpan({ kind: "fixed", from: newest - 0.8 * length, to: newest + 0.2 * length })
              }
            >
              {text.telemetry.goToNewest}
            </Button>
          </>
        )}
      </div>
    </>
  );
}

function isEmpty({ store, span }: ChartController, lines: readonly DrawnLine[]): boolean {
  return lines.every(({ key, type }) => {
    const points = store.line(key)?.points;
    if (points === undefined || points.length === 0) return true;
    if (type !== "number") return points.firstTime! > span.to;
    const at = lowerBound(points.times, span.from);
    return at === points.length || points.times[at]! > span.to;
  });
}
