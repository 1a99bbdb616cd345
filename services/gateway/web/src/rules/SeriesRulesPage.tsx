// SPDX-License-Identifier: Apache-2.0
//
// The series rules of an application: edit them with a dry run beside, look at their history.
import { useCall } from "../api/call";
import { registry } from "../api/clients";
import { useCrumbs } from "../applications/crumbs";
import { formatAge, toMs } from "../format/time";
import type { SeriesRulesVersion } from "../gen/millrace/registry/v1/registry_pb";
import { useQueryParam } from "../router/query";
import { PageHeader } from "../shell/PageHeader";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { FailureNotice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { History } from "./History";
import { RulesEditor } from "./RulesEditor";

const words = text.rules;

export function SeriesRulesPage({ app }: { app: string }) {
  const [view, setView] = useQueryParam("view");
  const { value, failure, reload, set } = useCall(
    (signal) => registry.getSeriesRules({ applicationName: app }, { signal }),
    [app],
  );
  const isHistory = view === "history";
  return (
    <>
      <PageHeader
        title={isHistory ? words.historyTitle : words.title}
        crumbs={useCrumbs(app)}
        note={isHistory ? undefined : words.intro}
        actions={
          <>
            {value && <InForce version={value} />}
            <Button
              icon={isHistory ? "left" : "clock"}
              onClick={() => setView(isHistory ? undefined : "history", { push: true })}
            >
              {isHistory ? words.backToRules : words.history}
            </Button>
          </>
        }
      />
      {failure && <FailureNotice failure={failure} onRetry={reload} />}
      {!value && !failure && <Skeleton height={480} />}
      {value && isHistory && <History app={app} newest={value} onRestored={set} />}
      {value && !isHistory && <RulesEditor app={app} loaded={value} onSaved={set} />}
    </>
  );
}

function InForce({ version }: { version: SeriesRulesVersion }) {
  const created = toMs(version.createdAt);
  return (
    <span class="muted small">
      {[
        words.version(String(version.seriesRules?.version ?? 0n)),
        created === undefined ? "" : formatAge(created),
        words.savedBy(version.createdBy),
      ]
        .filter((part) => part !== "")
        .join(" · ")}
    </span>
  );
}
