// SPDX-License-Identifier: Apache-2.0
import { createClient } from "@connectrpc/connect";

import { Query } from "../gen/millrace/query/v1/query_pb";
import { Registry } from "../gen/millrace/registry/v1/registry_pb";
import { transport } from "./transport";

export const registry = createClient(Registry, transport);
export const query = createClient(Query, transport);
