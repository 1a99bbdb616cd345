// SPDX-License-Identifier: Apache-2.0
//
// A track on a map, drawn by Leaflet. Loaded only where there is a map.
import * as L from "leaflet";
import "leaflet/dist/leaflet.css";

import { text } from "../text/en";
import { degreesText, gridStep, gridValues, trackLines, type TrackPoint } from "./track";
import { world, type Detail } from "./world_map";

// From here on the coarse coast is seen to be coarse.
const FINE_ZOOM = 5;
const ZOOM_MAX = 17;
// A single place is not shown from a metre above.
const FIT_ZOOM_MAX = 13;

export interface MapColors {
  land: string;
  border: string;
  grid: string;
  track: string;
}

export class MapView {
  private readonly map: L.Map;
  private readonly ground = L.layerGroup();
  private readonly grid = L.layerGroup();
  private readonly track = L.layerGroup();
  private readonly newest: L.CircleMarker;
  private detail: Detail | undefined;
  private closed = false;
  private followed = true;
  private fitted = false;

  constructor(
    host: HTMLElement,
    private colors: MapColors,
    private readonly onFollow: (follows: boolean) => void,
  ) {
    this.map = L.map(host, {
      preferCanvas: true,
      maxZoom: ZOOM_MAX,
      minZoom: 1,
      zoomSnap: 0.5,
      attributionControl: false,
      // The wheel scrolls the page until the map was clicked.
      scrollWheelZoom: false,
      worldCopyJump: false,
    }).setView([25, 10], 1.5);
    L.control.scale({ imperial: false }).addTo(this.map);
    L.control.attribution({ prefix: false }).addAttribution(text.widgets.mapData).addTo(this.map);
    for (const layer of [this.ground, this.grid, this.track]) layer.addTo(this.map);
    this.newest = L.circleMarker([0, 0], { radius: 7, weight: 3, fillOpacity: 1 });
    this.map.on("zoomend moveend", () => this.surroundings());
    this.map.on("click focus", () => this.map.scrollWheelZoom.enable());
    this.map.on("mouseout", () => this.map.scrollWheelZoom.disable());
    // By a hand: what moves by itself must not take the map away.
    this.map.on("dragstart", () => this.setFollowed(false));
    this.surroundings();
  }

  setColors(colors: MapColors): void {
    this.colors = colors;
    this.detail = undefined;
    this.surroundings();
  }

  // A track of another device, or of another time: the map moves to it.
  begin(): void {
    this.fitted = false;
    this.setFollowed(true);
  }

  show(track: readonly TrackPoint[], gapMs: number, describe: (point: TrackPoint) => string): void {
    this.track.clearLayers();
    const lines = trackLines(track, gapMs);
    const { track: color } = this.colors;
    for (const line of lines) {
      L.polyline(line, { color, weight: 3, opacity: 0.85, interactive: false }).addTo(this.track);
      if (line.length === 1) this.dot(line[0]!, 3, color);
    }
    const first = lines[0]?.[0];
    const end = lines[lines.length - 1];
    const last = end?.[end.length - 1];
    if (first === undefined || last === undefined) return;
    const start = L.circleMarker(first, {
      radius: 5,
      weight: 2,
      color,
      fillColor: "#fff",
      fillOpacity: 1,
    });
    start.bindTooltip(words(describe(track[0]!))).addTo(this.track);
    this.newest.setLatLng(last).setStyle({ color: "#fff", fillColor: color });
    this.newest.unbindTooltip().bindTooltip(words(describe(track[track.length - 1]!)));
    this.newest.addTo(this.track).bringToFront();
    this.moveTo(lines, last);
  }

  follow(): void {
    this.setFollowed(true);
    this.map.panTo(this.newest.getLatLng());
  }

  fit(lines: readonly L.LatLngExpression[][]): void {
    const bounds = L.latLngBounds(lines.flat() as L.LatLngTuple[]);
    this.map.fitBounds(bounds, { padding: [28, 28], maxZoom: FIT_ZOOM_MAX, animate: false });
  }

  resize(): void {
    this.map.invalidateSize({ animate: false });
  }

  close(): void {
    this.closed = true;
    this.map.remove();
  }

  private moveTo(lines: readonly L.LatLngExpression[][], last: L.LatLngExpression): void {
    if (!this.fitted) {
      this.fitted = true;
      this.fit(lines);
      return;
    }
    if (this.followed && !this.map.getBounds().pad(-0.1).contains(last)) this.map.panTo(last);
  }

  private setFollowed(followed: boolean): void {
    if (this.followed === followed) return;
    this.followed = followed;
    this.onFollow(followed);
  }

  private dot(place: L.LatLngExpression, radius: number, color: string): void {
    L.circleMarker(place, {
      radius,
      weight: 0,
      fillColor: color,
      fillOpacity: 1,
      interactive: false,
    }).addTo(this.track);
  }

  private surroundings(): void {
    this.drawGrid();
    const wanted: Detail = this.map.getZoom() >= FINE_ZOOM ? "fine" : "coarse";
    // What is fine stays.
    if (this.detail === wanted || this.detail === "fine") return;
    this.detail = wanted;
    world(wanted).then(
      ({ land, borders }) => {
        if (this.closed || this.detail !== wanted) return;
        this.ground.clearLayers();
        const { land: fillColor, border } = this.colors;
        const common = { interactive: false, smoothFactor: 0.6 };
        for (const turn of [-360, 0, 360]) {
          const coordsToLatLng = ([x, y]: [number, number] | [number, number, number]) =>
            L.latLng(y, x + turn);
          L.geoJSON(land, {
            ...common,
            coordsToLatLng,
            style: { stroke: true, color: border, weight: 1, fillColor, fillOpacity: 1 },
          }).addTo(this.ground);
          L.geoJSON(borders, {
            ...common,
            coordsToLatLng,
            style: { color: border, weight: 1, opacity: 0.8 },
          }).addTo(this.ground);
        }
        // The last one sent there is the farthest back: borders stay before their land.
        for (const layer of this.ground.getLayers().reverse()) (layer as L.GeoJSON).bringToBack();
      },
      (fault: unknown) => {
        // The track is still there, on a grid.
        console.error(fault);
        this.detail = undefined;
      },
    );
  }

  private drawGrid(): void {
    this.grid.clearLayers();
    const bounds = this.map.getBounds();
    const [south, north] = [Math.max(-85, bounds.getSouth()), Math.min(85, bounds.getNorth())];
    const [west, east] = [bounds.getWest(), bounds.getEast()];
    const step = gridStep(Math.max(Math.min(east - west, 1.5 * (north - south)), 0.0001));
    const style = { color: this.colors.grid, weight: 1, interactive: false };
    for (const longitude of gridValues(west, east, step)) {
      L.polyline(
        [
          [south, longitude],
          [north, longitude],
        ],
        style,
      ).addTo(this.grid);
      this.label(
        [south, longitude],
        degreesText(longitude, "longitude"),
        "map-degrees map-degrees-x",
      );
    }
    for (const latitude of gridValues(south, north, step)) {
      L.polyline(
        [
          [latitude, west],
          [latitude, east],
        ],
        style,
      ).addTo(this.grid);
      this.label([latitude, east], degreesText(latitude, "latitude"), "map-degrees map-degrees-y");
    }
  }

  private label(place: L.LatLngExpression, words: string, className: string): void {
    const html = document.createElement("span");
    html.textContent = words;
    const icon = L.divIcon({ html, className, iconSize: [0, 0] });
    L.marker(place, { icon, interactive: false, keyboard: false }).addTo(this.grid);
  }
}

// Text, not markup: names come from devices.
function words(said: string): HTMLElement {
  const element = document.createElement("span");
  element.textContent = said;
  return element;
}
