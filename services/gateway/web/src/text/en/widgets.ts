// SPDX-License-Identifier: Apache-2.0

export const widgets = {
  kinds: {
    chart: "Chart",
    gauge: "Gauge",
    tiles: "Last values",
    table: "Table",
    map: "Map",
  },
  kindWords: {
    chart: "Lines over time, live, to be zoomed",
    gauge: "The newest value on a scale, coloured by thresholds",
    tiles: "The newest values, large",
    table: "The newest points, a row each",
    map: "The track of a series with latitude and longitude",
  },
  chartOf: (title: string) => `Chart: ${title}`,
  mapOf: (title: string) => `Map: ${title}`,
  gaugeWords: (name: string, value: string) => `${name}: ${value}`,
  noValue: "–",
  noNumber: "A gauge shows numbers: choose a series that has them.",
  noSources: "This widget shows nothing yet. Edit it and choose what it shows.",
  chooseFirst: "Choose a device above: this widget shows whichever is chosen.",
  unknownKind: "This page does not know this kind of widget. It is kept as it is.",
  noPoints: "There are no points yet.",
  noPlaces: "There are no places in this part of time.",
  time: "Time",
  follow: "Follow the newest place",
  placeAt: (endpoint: string, place: string, moment: string) => `${endpoint}: ${place}, ${moment}`,
  mapData: "Natural Earth",
};
