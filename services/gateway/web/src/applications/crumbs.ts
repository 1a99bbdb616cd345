// SPDX-License-Identifier: Apache-2.0
import { paths } from "../router/paths";
import type { Crumb } from "../shell/PageHeader";
import { text } from "../text/en";
import { useDisplayName } from "./directory";

// Where a page of an application is.
export function useCrumbs(app: string): Crumb[] {
  const name = useDisplayName(app);
  return [
    { href: paths.applications(), label: text.navigation.applications },
    { href: paths.application(app), label: name },
  ];
}
