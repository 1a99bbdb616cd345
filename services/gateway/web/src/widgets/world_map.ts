// SPDX-License-Identifier: Apache-2.0
//
// The map below tracks: land and borders of Natural Earth (npm package world-atlas), which come from our own origin: no tile
// server is asked, it works without internet. Coarse at first, finer when one looks closer.
import type { Feature, MultiLineString, MultiPolygon, Polygon } from "geojson";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import coarseAddress from "world-atlas/countries-110m.json?url";
import fineAddress from "world-atlas/countries-50m.json?url";

export interface World {
  land: Feature<Polygon | MultiPolygon>;
  borders: MultiLineString;
}

export type Detail = "coarse" | "fine";

type Atlas = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;

const worlds = new Map<Detail, Promise<World>>();

async function load(detail: Detail): Promise<World> {
  const answer = await fetch(detail === "coarse" ? coarseAddress : fineAddress);
  if (!answer.ok) throw new Error(`cannot load the map: ${answer.status} ${answer.statusText}`);
  const atlas = (await answer.json()) as Atlas;
  const land = feature(atlas, atlas.objects.land);
  return {
    land: ("features" in land ? land.features[0]! : land) as World["land"],
    // Between two countries: coasts are the land's.
    borders: mesh(atlas, atlas.objects.countries, (a, b) => a !== b),
  };
}

// Loaded once for all maps; again after a failure.
export function world(detail: Detail): Promise<World> {
  let found = worlds.get(detail);
  if (found === undefined) {
    found = load(detail);
    found.catch(() => worlds.delete(detail));
    worlds.set(detail, found);
  }
  return found;
}
