// SPDX-License-Identifier: Apache-2.0
import { formatCount } from "../format/number";
import type { DiffSeriesRulesResponse } from "../gen/millrace/registry/v1/registry_pb";
import { visibleText } from "../json/tree";
import { text } from "../text/en";
import { Notice } from "../ui/Notice";
import "./ChangesTable.css";

const words = text.rules;

// What is different, field by field as the configuration file calls them.
export function ChangesTable({ diff }: { diff: DiffSeriesRulesResponse }) {
  if (diff.changes.length === 0) return <Notice>{words.noChanges}</Notice>;
  return (
    <>
      <table class="rules-changes">
        <thead>
          <tr>
            <th scope="col">{words.changeField}</th>
            <th scope="col">{words.changeBefore}</th>
            <th scope="col">{words.changeAfter}</th>
          </tr>
        </thead>
        <tbody>
          {diff.changes.map((change) => (
            <tr key={change.field}>
              <th scope="row" class="mono break">
                {visibleText(change.field)}
              </th>
              <td>
                <Side kind="before" value={change.before} />
              </td>
              <td>
                <Side kind="after" value={change.after} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {diff.leftOut > 0n && <p class="muted">{words.changesLeftOut(formatCount(diff.leftOut))}</p>}
    </>
  );
}

function Side({ kind, value }: { kind: "before" | "after"; value: string }) {
  if (value === "") return <span class="muted small">{words.absent}</span>;
  return <span class={`mono break rules-${kind}`}>{visibleText(value)}</span>;
}
