// SPDX-License-Identifier: Apache-2.0
import { render } from "preact";

import { App } from "./shell/App";
import { startTheme } from "./shell/theme";
import "./styles/tokens.css";
import "./styles/page.css";

startTheme();
const page = document.getElementById("page");
if (page !== null) render(<App />, page);
