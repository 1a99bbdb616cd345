// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";

import { visibleText } from "../json/tree";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { Checkbox, TextField } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { exclusionsField } from "./faults";
import { withExclusion } from "./form";
import type { CardProps } from "./RulesEditor";

const words = text.rules;

export function AutoExtractCard({ draft, readOnly }: CardProps) {
  const { form, change } = draft;
  return (
    <section class={form.autoExtract ? "card rules-card rules-auto-on" : "card rules-card"}>
      <h2>{words.autoTitle}</h2>
      <div class="rules-auto">
        <Checkbox
          label={<strong>{words.auto}</strong>}
          hint={words.autoHint}
          checked={form.autoExtract}
          disabled={readOnly}
          onChecked={(autoExtract) => change({ ...form, autoExtract })}
        />
      </div>
      <Checkbox
        label={words.autoStrings}
        hint={words.autoStringsHint}
        checked={form.autoExtractStringsAndBooleans}
        disabled={readOnly}
        onChecked={(on) => change({ ...form, autoExtractStringsAndBooleans: on })}
      />
      {(!readOnly || form.exclusions.length > 0) && (
        <Exclusions draft={draft} readOnly={readOnly} />
      )}
    </section>
  );
}

function Exclusions({ draft, readOnly }: CardProps) {
  const [name, setName] = useState("");
  const { form, change, errorOf } = draft;
  const add = () => {
    change(withExclusion(form, name.trim()));
    setName("");
  };
  return (
    <div class="stack-s">
      {readOnly ? (
        <span class="field-label">{words.exclusions}</span>
      ) : (
        <form
          class="rules-add"
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <TextField
            label={words.exclusions}
            hint={words.exclusionsHint}
            error={errorOf(exclusionsField)}
            value={name}
            onValue={setName}
            mono
          />
          <Button type="submit" disabled={name.trim() === ""}>
            {words.addExclusion}
          </Button>
        </form>
      )}
      {form.exclusions.length > 0 && (
        <ul class="rules-chips">
          {form.exclusions.map((one) => (
            <li key={one} class="rules-chip mono">
              <span class="break">{visibleText(one)}</span>
              {!readOnly && (
                <button
                  type="button"
                  aria-label={words.removeExclusion(visibleText(one))}
                  onClick={() =>
                    change({
                      ...form,
                      exclusions: form.exclusions.filter((other) => other !== one),
                    })
                  }
                >
                  <Icon name="close" size={14} />
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
