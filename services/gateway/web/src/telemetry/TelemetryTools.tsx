// SPDX-License-Identifier: Apache-2.0
//
// What stands above the chart: how far back, zoom, axes, file and link.
import { useEffect, useRef, useState } from "preact/hooks";

import { toFailure } from "../api/failure";
import type { StreamState } from "../api/stream";
import { timeZone } from "../format/time";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import { FailureNotice, Notice } from "../ui/Notice";
import { Select } from "../ui/Select";
import { AXIS_MODES, type AxisMode } from "./axis_groups";
import type { ChartController } from "./chart_controller";
import { CsvRefused, downloadCsv, type CsvRequest } from "./csv";
import { RangeBar } from "./RangeBar";
import type { RangeState } from "./use_range";
import { DEFAULT_RANGE, rangeToQuery, zoomed } from "./view";

interface ToolsProps {
  request: CsvRequest;
  controller: ChartController;
  range: RangeState;
  stream: StreamState;
  axisMode: AxisMode;
  onAxisMode: (mode: AxisMode) => void;
}

export function TelemetryTools(props: ToolsProps) {
  const { request, controller, range, stream, axisMode, onAxisMode } = props;
  const zoom = (factor: number) =>
    range.choose({ kind: "fixed", ...zoomed(controller.span, 0.5, factor, controller.now()) });
  return (
    <>
      <div class="tele-tools">
        <RangeBar
          range={range.range}
          now={() => controller.now()}
          onRange={range.choose}
          stream={stream}
        />
        {range.range.kind === "fixed" && (
          <Button size="s" icon="play" onClick={() => range.choose(DEFAULT_RANGE)}>
            {text.telemetry.backToLive}
          </Button>
        )}
        <div class="tele-actions">
          <Button
            kind="quiet"
            class="tele-zoom"
            icon="zoomIn"
            label={text.telemetry.zoomIn}
            onClick={() => zoom(0.5)}
          />
          <Button
            kind="quiet"
            class="tele-zoom"
            icon="zoomOut"
            label={text.telemetry.zoomOut}
            onClick={() => zoom(2)}
          />
          <Button
            kind="quiet"
            icon="undo"
            label={text.telemetry.undoZoom}
            disabled={!range.canGoBack}
            onClick={range.back}
          />
          <Select
            label={text.telemetry.axes}
            hideLabel
            value={axisMode}
            options={AXIS_MODES.map((mode) => ({
              value: mode,
              label: text.telemetry.axisModes[mode],
            }))}
            onValue={onAxisMode}
          />
          <CsvButton request={request} controller={controller} />
          <LinkButton range={range} />
        </div>
      </div>
      {stream.kind === "failed" && <FailureNotice failure={stream.failure} />}
    </>
  );
}

// The link says the time zone too: "from 12:00" must be the same 12:00 there.
function LinkButton({ range }: { range: RangeState }) {
  const query = new URLSearchParams(location.search);
  rangeToQuery(range.range, query);
  query.set("tz", timeZone.value);
  return (
    <CopyButton
      label={text.telemetry.copyLink}
      value={`${location.origin}${location.pathname}?${query}`}
    />
  );
}

function CsvButton({ request, controller }: { request: CsvRequest; controller: ChartController }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const abort = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const download = async () => {
    if (request.timeSeriesNames.length === 0) {
      setProblem(text.telemetry.csvNothing);
      return;
    }
    const leave = (abort.current = new AbortController());
    setBusy(true);
    setProblem("");
    try {
      // What is looked at as the button is pressed.
      await downloadCsv({ ...request, span: controller.span }, leave.signal);
    } catch (thrown) {
      if (leave.signal.aborted) return;
      const words = thrown instanceof CsvRefused ? thrown.message : toFailure(thrown).message;
      setProblem(text.telemetry.csvFailed(words));
    }
    setBusy(false);
  };
  return (
    <>
      <Button icon="download" title={text.telemetry.csvLabel} busy={busy} onClick={download}>
        {text.telemetry.csv}
      </Button>
      {problem !== "" && <Notice kind="failure">{problem}</Notice>}
    </>
  );
}
