// SPDX-License-Identifier: Apache-2.0
//
// The map below tracks: land and borders of Natural Earth (npm package world-atlas), which come from our own origin: no tile
// server is asked, it works without internet. Coarse at first, finer when one looks closer.
import type { FeatureCollection, MultiLineString, MultiPolygon } from "geojson";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import coarseAddress from "world-atlas/countries-110m.json?url";
import fineAddress from "world-atlas/countries-50m.json?url";

import { unwrapped, unwrappedRing, type Position } from "./unwrapped";

export interface World {
  land: MultiPolygon;
  borders: MultiLineString;
}

export type Detail = "coarse" | "fine";

type Atlas = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;

const worlds = new Map<Detail, Promise<World>>();

async function load(detail: Detail): Promise<World> {
  const answer = await fetch(detail === "coarse" ? coarseAddress : fineAddress);
  if (!answer.ok) throw new Error(`cannot load the map: ${answer.status} ${answer.statusText}`);
  const atlas = (await answer.json()) as Atlas;
  // Between two countries: coasts are the land's.
  const borders = mesh(atlas, atlas.objects.countries, (one, other) => one !== other);
  return {
    land: { type: "MultiPolygon", coordinates: outlines(feature(atlas, atlas.objects.land)) },
    borders: {
      ...borders,
      coordinates: borders.coordinates.map((line) => unwrapped(line as Position[])),
    },
  };
}

function outlines({ features }: FeatureCollection): Position[][][] {
  return features.flatMap(({ geometry }) => {
    const polygons =
      geometry.type === "Polygon"
        ? [geometry.coordinates]
        : geometry.type === "MultiPolygon"
          ? geometry.coordinates
          : [];
    return polygons.map((rings) => rings.map((ring) => unwrappedRing(ring as Position[])));
  });
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
