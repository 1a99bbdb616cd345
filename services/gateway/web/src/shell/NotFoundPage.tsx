// SPDX-License-Identifier: Apache-2.0
import { paths } from "../router/paths";
import { text } from "../text/en";
import { ButtonLink } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { useTitle } from "./title";

export function NotFoundPage() {
  useTitle(text.notFound.title);
  return (
    <>
      <Empty
        icon="search"
        level={1}
        title={text.notFound.title}
        actions={
          <ButtonLink kind="primary" href={paths.applications()}>
            {text.notFound.home}
          </ButtonLink>
        }
      >
        {text.notFound.words}
      </Empty>
    </>
  );
}
