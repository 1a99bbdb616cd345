// SPDX-License-Identifier: Apache-2.0
//
// Nobody is signed in: the sign-in page, which remembers where one wanted to go. A key is kept: who it is. Else the page.
import { Redirect, useLocation, useSearch } from "wouter-preact";

import { useCall } from "../api/call";
import { paths, safeNext } from "../router/paths";
import { apiKey } from "../session/key";
import { ownKey, restore, signOut } from "../session/session";
import { SignInPage } from "../session/SignInPage";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { FailureNotice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { Toasts } from "../ui/Toast";
import { Layout } from "./Layout";
import { useTitle } from "./title";
import { Views } from "./Views";

export function App() {
  return (
    <>
      <Door />
      <Toasts />
    </>
  );
}

function Door() {
  const [location] = useLocation();
  const search = useSearch();
  const isSignIn = location === "/sign-in";
  if (apiKey.value === "") {
    if (isSignIn) return <SignInPage />;
    const here = location === "/" ? "" : location + (search ? `?${search}` : "");
    return <Redirect to={paths.signIn(here)} replace />;
  }
  if (ownKey.value === undefined) return <Restoring />;
  if (isSignIn) return <Redirect to={safeNext(new URLSearchParams(search).get("next"))} replace />;
  return (
    <Layout>
      <Views />
    </Layout>
  );
}

// After a reload of the page.
function Restoring() {
  const { failure, reload } = useCall((signal) => restore(signal), [], { everyMs: 5000 });
  useTitle(text.session.restoring);
  return (
    <main class="restoring">
      {failure === undefined ? (
        <Skeleton lines={4} />
      ) : (
        <div class="stack">
          <h1>{text.session.restoreFailed}</h1>
          <FailureNotice failure={failure} onRetry={reload} />
          <div>
            <Button icon="signOut" onClick={signOut}>
              {text.session.signOut}
            </Button>
          </div>
        </div>
      )}
    </main>
  );
}
