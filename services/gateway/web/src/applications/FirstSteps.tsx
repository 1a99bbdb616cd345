// SPDX-License-Identifier: Apache-2.0
//
// Four steps from an empty application to data on the screen, ticked as they are done. Gone when all of them are.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { useAction } from "../api/call";
import { registry } from "../api/clients";
import { CreateDevice } from "../devices/CreateDevice";
import { paths } from "../router/paths";
import { may } from "../session/session";
import { text } from "../text/en";
import { Button, ButtonLink } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { FailureNotice } from "../ui/Notice";
import { toast } from "../ui/Toast";
import { deviceCount } from "./DeviceCount";
import { applicationsChanged } from "./directory";
import type { Progress } from "./OverviewPage";
import { CreateVersion } from "./VersionsPage";
import "./FirstSteps.css";

const words = text.applications.overview;

interface FirstStepsProps {
  progress: Progress;
  onChanged: () => void;
}

export function FirstSteps({ progress, onChanged }: FirstStepsProps) {
  const { application, versions, devices, firstDevice, configuredSeries, series } = progress;
  const app = application.name;
  const takes = application.autoExtract || configuredSeries > 0;
  const done = [versions.length > 0, devices > 0, takes, series > 0];
  const next = done.indexOf(false);
  if (next === -1) return null;
  const steps = words.steps;
  return (
    <section class="card stack" aria-label={words.startTitle}>
      <h2>{words.startTitle}</h2>
      <ol class="steps">
        <Step
          number={1}
          done={done[0]!}
          next={next === 0}
          title={steps.version}
          words={done[0] ? steps.versionDone(versions[0]!) : steps.versionWords}
        >
          <VersionAction app={app} onChanged={onChanged} />
        </Step>
        <Step
          number={2}
          done={done[1]!}
          next={next === 1}
          title={steps.device}
          words={
            done[1]
              ? steps.deviceDone(text.applications.deviceCount(devices, deviceCount(devices)))
              : steps.deviceWords
          }
        >
          {versions.length > 0 && <DeviceAction app={app} onChanged={onChanged} />}
        </Step>
        <Step
          number={3}
          done={done[2]!}
          next={next === 2}
          title={steps.rules}
          words={
            takes
              ? application.autoExtract
                ? steps.rulesAuto
                : steps.rulesSeries
              : steps.rulesWords
          }
        >
          <RulesAction app={app} onChanged={onChanged} />
        </Step>
        <Step
          number={4}
          done={done[3]!}
          next={next === 3}
          title={steps.send}
          words={steps.sendWords}
        >
          {firstDevice !== undefined && (
            <ButtonLink
              kind={next === 3 ? "primary" : "secondary"}
              href={devices === 1 ? paths.device(app, firstDevice, "connect") : paths.devices(app)}
            >
              {steps.connect}
            </ButtonLink>
          )}
        </Step>
      </ol>
    </section>
  );
}

interface StepProps {
  number: number;
  done: boolean;
  next: boolean;
  title: string;
  words: string;
  children: ComponentChildren;
}

function Step({ number, done, next, title, words: said, children }: StepProps) {
  return (
    <li
      class={`step ${done ? "step-done" : next ? "step-next" : ""}`}
      aria-current={next ? "step" : undefined}
    >
      <span class="step-mark">
        {done ? <Icon name="check" size={16} /> : <span aria-hidden="true">{number}</span>}
        <span class="sr-only">{done ? words.steps.done : words.steps.open}</span>
      </span>
      <div class="grow">
        <h3>{title}</h3>
        <p class="muted">{said}</p>
      </div>
      {!done && <div class="row">{children}</div>}
    </li>
  );
}

function VersionAction({ app, onChanged }: { app: string; onChanged: () => void }) {
  const [open, setOpen] = useState(false);
  if (!may("operator")) return null;
  return (
    <>
      <Button kind="primary" onClick={() => setOpen(true)}>
        {words.steps.version}
      </Button>
      {open && (
        <CreateVersion
          app={app}
          onClose={() => setOpen(false)}
          onCreated={() => {
            setOpen(false);
            onChanged();
          }}
        />
      )}
    </>
  );
}

function DeviceAction({ app, onChanged }: { app: string; onChanged: () => void }) {
  const [open, setOpen] = useState(false);
  if (!may("operator")) return null;
  return (
    <>
      <Button kind="primary" onClick={() => setOpen(true)}>
        {words.steps.device}
      </Button>
      {open && (
        <CreateDevice
          app={app}
          onClose={() => {
            setOpen(false);
            onChanged();
          }}
        />
      )}
    </>
  );
}

function RulesAction({ app, onChanged }: { app: string; onChanged: () => void }) {
  const { run, running, failure } = useAction((signal) =>
    registry.updateApplication({ name: app, autoExtract: true }, { signal }),
  );
  if (!may("operator")) return null;
  return (
    <>
      {failure && <FailureNotice failure={failure} />}
      <ButtonLink kind="quiet" href={paths.seriesRules(app)}>
        {words.steps.openRules}
      </ButtonLink>
      <Button
        kind="primary"
        busy={running}
        onClick={async () => {
          if ((await run()) === undefined) return;
          toast(words.autoOn);
          applicationsChanged();
          onChanged();
        }}
      >
        {words.steps.turnOn}
      </Button>
    </>
  );
}
