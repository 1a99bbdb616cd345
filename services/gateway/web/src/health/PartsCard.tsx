// SPDX-License-Identifier: Apache-2.0
import type { PartStatus } from "../gen/millrace/query/v1/diagnosis_pb";
import { visibleText } from "../json/tree";
import { text } from "../text/en";
import { Badge } from "../ui/Badge";

const words = text.health;

export function PartsCard({ parts }: { parts: readonly PartStatus[] }) {
  return (
    <section class="card health-card" aria-labelledby="health-parts">
      <h2 id="health-parts">{words.parts}</h2>
      {parts.length === 0 && <p class="muted">{words.noParts}</p>}
      {parts.length > 0 && (
        <table class="health-parts">
          <thead>
            <tr>
              <th scope="col">{words.part}</th>
              <th scope="col">{words.state}</th>
              <th scope="col" class="health-version">
                {words.version}
              </th>
              <th scope="col">{words.partDetail}</th>
            </tr>
          </thead>
          <tbody>
            {parts.map((part, index) => (
              <tr key={index}>
                <th scope="row">
                  {visibleText(part.instance || part.part)}
                  {part.instance !== part.part && part.instance !== "" && (
                    <span class="muted small health-kind">{visibleText(part.part)}</span>
                  )}
                </th>
                <td>
                  <Badge kind={part.healthy ? "ok" : "danger"} dot>
                    {part.healthy ? words.healthy : words.unhealthy}
                  </Badge>
                </td>
                <td class="health-version mono">{visibleText(part.version)}</td>
                <td class="break muted">{visibleText(part.detail)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
