// SPDX-License-Identifier: Apache-2.0
import { Link } from "wouter-preact";

import {
  Finding_Severity as Severity,
  type DiagnoseResponse,
  type Finding,
} from "../gen/millrace/query/v1/diagnosis_pb";
import { visibleText } from "../json/tree";
import { paths } from "../router/paths";
import { text } from "../text/en";
import { Badge, type BadgeKind } from "../ui/Badge";
import { Notice } from "../ui/Notice";
import { rejectedLinkOf } from "./finding_link";

const words = text.health;

export function verdictOf(answer: DiagnoseResponse): { kind: BadgeKind; words: string } {
  const errors = answer.findings.filter((finding) => finding.severity === Severity.ERROR).length;
  if (errors > 0) return { kind: "danger", words: words.verdictError(errors) };
  if (answer.findings.length === 0) return { kind: "ok", words: words.verdictGood };
  return { kind: "warning", words: words.verdictWarning(answer.findings.length) };
}

export function FindingsCard({ findings }: { findings: readonly Finding[] }) {
  return (
    <section class="card health-card" aria-labelledby="health-findings">
      <h2 id="health-findings">{words.findings}</h2>
      {findings.length === 0 ? (
        <Notice kind="ok">{words.noFindings}</Notice>
      ) : (
        <ul class="stack">
          {findings.map((finding, index) => (
            <OneFinding key={index} finding={finding} />
          ))}
        </ul>
      )}
    </section>
  );
}

function OneFinding({ finding }: { finding: Finding }) {
  const link = rejectedLinkOf(finding.action);
  return (
    <li class="health-finding">
      <Badge kind={finding.severity === Severity.ERROR ? "danger" : "warning"} dot>
        {words.severities[finding.severity] ?? words.severities[0]}
      </Badge>
      <div class="grow">
        <p class="break">{visibleText(finding.what)}</p>
        <p class="muted small break">
          {link ? (
            <Link href={paths.rejected(link.application, link.endpointId)}>
              {words.showRejected}
            </Link>
          ) : (
            `${words.action}: ${visibleText(finding.action)}`
          )}
        </p>
      </div>
    </li>
  );
}
