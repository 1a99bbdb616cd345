// SPDX-License-Identifier: Apache-2.0
//
// How far back: Kaa's buttons, a picker for any two instants, and whether the view goes on with the clock.
import { useState } from "preact/hooks";

import type { StreamState } from "../api/stream";
import { timeZone } from "../format/time";
import { text } from "../text/en";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/Field";
import { localInstant, localText } from "./local_time";
import { spanWords } from "./span_words";
import { PRESETS, spanOf, type Span, type TimeRange } from "./view";
import { zoneClock } from "./zone_clock";
import "./RangeBar.css";

interface RangeBarProps {
  range: TimeRange;
  now: () => number;
  onRange: (range: TimeRange) => void;
  // Undefined: nothing is followed here.
  stream?: StreamState;
}

export function RangeBar({ range, now, onRange, stream }: RangeBarProps) {
  const [picking, setPicking] = useState(false);
  const fixed = range.kind === "fixed";
  return (
    <div class="range">
      <div class="range-buttons" role="group" aria-label={text.telemetry.ranges}>
        {PRESETS.map(({ name, ms }) => (
          <button
            key={name}
            type="button"
            class="range-button"
            title={text.telemetry.rangeNames[name]}
            aria-pressed={range.kind === "last" && range.ms === ms}
            onClick={() => onRange({ kind: "last", ms })}
          >
            {name}
          </button>
        ))}
        <button
          type="button"
          class="range-button"
          aria-pressed={fixed}
          aria-haspopup="dialog"
          onClick={() => setPicking(true)}
        >
          {fixed ? spanWords(range, timeZone.value, now()) : text.telemetry.pickDates}
        </button>
      </div>
      {stream !== undefined && !fixed && <StreamBadge state={stream} />}
      {picking && (
        <RangeDialog
          span={spanOf(range, now())}
          onClose={() => setPicking(false)}
          onSpan={(span) => {
            setPicking(false);
            onRange({ kind: "fixed", ...span });
          }}
        />
      )}
    </div>
  );
}

export function StreamBadge({ state }: { state: StreamState }) {
  switch (state.kind) {
    case "live":
      return (
        <span title={text.telemetry.liveHint}>
          <Badge kind="ok" dot>
            {text.telemetry.live}
          </Badge>
        </span>
      );
    case "hidden":
    case "connecting":
      return <Badge>{text.telemetry.connecting}</Badge>;
    case "broken":
      return (
        <span title={state.failure.message}>
          <Badge kind="warning" dot>
            {text.telemetry.reconnecting}
          </Badge>
        </span>
      );
    default:
      return (
        <Badge kind="danger" dot>
          {text.telemetry.offline}
        </Badge>
      );
  }
}

interface RangeDialogProps {
  span: Span;
  onSpan: (span: Span) => void;
  onClose: () => void;
}

function RangeDialog({ span, onSpan, onClose }: RangeDialogProps) {
  const zone = timeZone.value;
  const clock = zoneClock(zone);
  const [from, setFrom] = useState(() => localText(span.from, clock));
  const [to, setTo] = useState(() => localText(span.to, clock));
  const [tried, setTried] = useState(false);
  const begin = localInstant(from, clock);
  const end = localInstant(to, clock);
  const beginError = begin === undefined ? text.telemetry.rangeUnreadable : undefined;
  const endError =
    end === undefined
      ? text.telemetry.rangeUnreadable
      : begin !== undefined && end <= begin
        ? text.telemetry.rangeBackwards
        : undefined;
  const show = () => {
    setTried(true);
    if (begin === undefined || end === undefined || end <= begin) return;
    onSpan({ from: begin, to: end });
  };
  return (
    <Dialog
      title={text.telemetry.rangeTitle}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{text.actions.cancel}</Button>
          <Button kind="primary" type="submit" form="range-form">
            {text.telemetry.rangeShow}
          </Button>
        </>
      }
    >
      <form
        id="range-form"
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          show();
        }}
      >
        <TextField
          label={text.telemetry.rangeFrom}
          type="datetime-local"
          value={from}
          onValue={setFrom}
          error={tried ? beginError : undefined}
        />
        <TextField
          label={text.telemetry.rangeTo}
          type="datetime-local"
          value={to}
          onValue={setTo}
          hint={text.telemetry.rangeZone(zone)}
          error={tried ? endError : undefined}
        />
      </form>
    </Dialog>
  );
}
