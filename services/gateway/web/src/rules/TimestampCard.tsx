// SPDX-License-Identifier: Apache-2.0
import {
  TimestampFallback,
  TimestampFormat,
} from "../gen/millrace/configuration/v1/configuration_pb";
import { text } from "../text/en";
import { TextField } from "../ui/Field";
import { Select } from "../ui/Select";
import { timestampPathField } from "./faults";
import type { CardProps } from "./RulesEditor";

const words = text.rules;

const FORMATS = [
  TimestampFormat.ISO8601,
  TimestampFormat.UNIX_EPOCH,
  TimestampFormat.MILLIS_UNIX_EPOCH,
  TimestampFormat.MICROS_UNIX_EPOCH,
  TimestampFormat.NANOS_UNIX_EPOCH,
];
const FALLBACKS = [TimestampFallback.FAIL, TimestampFallback.SERVER_TIMESTAMP];

export function TimestampCard({ draft, readOnly }: CardProps) {
  const { form, change, errorOf } = draft;
  // Without a path neither means anything.
  const isOff = form.timestampPath.trim() === "";
  return (
    <section class="card rules-card">
      <h2>{words.timestampTitle}</h2>
      <div class="rules-time">
        <TextField
          label={words.timestampPath}
          hint={words.timestampPathHint}
          error={errorOf(timestampPathField)}
          placeholder={words.timestampPathExample}
          value={form.timestampPath}
          disabled={readOnly}
          onValue={(timestampPath) => change({ ...form, timestampPath })}
          mono
        />
        <Select
          label={words.timestampFormat}
          hint={words.timestampExample(words.formats[form.timestampFormat]?.example ?? "")}
          value={String(form.timestampFormat)}
          options={FORMATS.map((format) => ({
            value: String(format),
            label: words.formats[format]?.label ?? String(format),
          }))}
          disabled={readOnly || isOff}
          onValue={(format) => change({ ...form, timestampFormat: Number(format) })}
        />
        <Select
          label={words.timestampFallback}
          hint={words.fallbacks[form.timestampFallback]?.hint}
          value={String(form.timestampFallback)}
          options={FALLBACKS.map((fallback) => ({
            value: String(fallback),
            label: words.fallbacks[fallback]?.label ?? String(fallback),
          }))}
          disabled={readOnly || isOff}
          onValue={(fallback) => change({ ...form, timestampFallback: Number(fallback) })}
        />
      </div>
    </section>
  );
}
