// SPDX-License-Identifier: Apache-2.0
import { text } from "../text/en";
import { TextField } from "../ui/Field";
import { Select } from "../ui/Select";
import { retentionField } from "./faults";
import { retentionUnits, type RetentionUnit } from "./form";
import type { CardProps } from "./RulesEditor";

const words = text.rules;
const UNITS = Object.keys(retentionUnits) as RetentionUnit[];

export function RetentionCard({ draft, readOnly }: CardProps) {
  const { form, change, errorOf } = draft;
  return (
    <section class="card rules-card">
      <h2>{words.retentionTitle}</h2>
      <div class="rules-retention">
        <TextField
          label={words.retention}
          hint={words.retentionHint}
          error={errorOf(retentionField)}
          inputMode="numeric"
          value={form.retentionAmount}
          disabled={readOnly}
          onValue={(retentionAmount) => change({ ...form, retentionAmount })}
        />
        <Select
          label={words.retentionUnit}
          value={form.retentionUnit}
          options={UNITS.map((unit) => ({ value: unit, label: words.retentionUnits[unit] }))}
          disabled={readOnly}
          onValue={(retentionUnit) => change({ ...form, retentionUnit })}
        />
      </div>
    </section>
  );
}
