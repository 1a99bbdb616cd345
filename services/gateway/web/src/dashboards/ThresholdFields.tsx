// SPDX-License-Identifier: Apache-2.0
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { THRESHOLDS_MAX, type FormThreshold } from "./widget_model";

const words = text.dashboards.form;
// Good, mind, bad, and worse.
const COLORS = ["#2f9e62", "#d99a1c", "#d1453b", "#8a1f4b"];

interface ThresholdProps {
  thresholds: readonly FormThreshold[];
  problems: readonly (string | undefined)[];
  onThresholds: (thresholds: readonly FormThreshold[]) => void;
}

export function ThresholdFields({ thresholds, problems, onThresholds }: ThresholdProps) {
  const replace = (index: number, next: Partial<FormThreshold>) =>
    onThresholds(thresholds.map((one, i) => (i === index ? { ...one, ...next } : one)));
  const add = () =>
    onThresholds([
      ...thresholds,
      { value: "", color: COLORS[Math.min(thresholds.length, COLORS.length - 1)]! },
    ]);
  return (
    <fieldset class="stack-s">
      <legend class="wform-legend">{words.thresholds}</legend>
      {thresholds.map(({ value, color }, index) => (
        <div key={index} class="wform-threshold">
          <input
            type="color"
            class="wform-color"
            aria-label={words.thresholdColor(index + 1)}
            value={color}
            onInput={(event) => replace(index, { color: event.currentTarget.value })}
          />
          <TextField
            label={words.thresholdValue(index + 1)}
            hideLabel
            type="number"
            step="any"
            value={value}
            error={problems[index]}
            onValue={(next) => replace(index, { value: next })}
          />
          <Button
            kind="quiet"
            icon="trash"
            label={words.removeThreshold(index + 1)}
            onClick={() => onThresholds(thresholds.filter((_, i) => i !== index))}
          />
        </div>
      ))}
      <div class="row">
        {thresholds.length < THRESHOLDS_MAX && (
          <Button size="s" icon="plus" onClick={add}>
            {words.addThreshold}
          </Button>
        )}
        <span class="muted small">{words.thresholdsHint}</span>
      </div>
    </fieldset>
  );
}
