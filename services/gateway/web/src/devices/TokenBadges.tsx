// SPDX-License-Identifier: Apache-2.0
import type { Endpoint } from "../gen/millrace/registry/v1/registry_pb";
import { text } from "../text/en";
import { Badge } from "../ui/Badge";
import { BADGES, statesOf } from "./token_states";

export function TokenBadges({ endpoint }: { endpoint: Endpoint }) {
  const states = statesOf(endpoint);
  if (states.length === 0) return <Badge kind="danger">{text.devices.states.none}</Badge>;
  return (
    <span class="row">
      {states.map(([name, count]) => (
        <Badge key={name} kind={BADGES[name]} dot>
          {text.devices.states[name]}
          {count > 1 && ` ${count}`}
        </Badge>
      ))}
    </span>
  );
}
