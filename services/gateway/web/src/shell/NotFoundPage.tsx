// SPDX-License-Identifier: Apache-2.0
import { paths } from "../router/paths";
import { text } from "../text/en";
import { ButtonLink } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { PageHeader } from "./PageHeader";

export function NotFoundPage() {
  return (
    <>
      <PageHeader title={text.notFound.title} />
      <Empty
        icon="search"
        title={text.notFound.words}
        actions={
          <ButtonLink kind="primary" href={paths.applications()}>
            {text.notFound.home}
          </ButtonLink>
        }
      />
    </>
  );
}
