// SPDX-License-Identifier: Apache-2.0
//
// Where a device has been: the track of a series that has latitude and longitude, its newest place live.
import { useEffect, useRef, useState } from "preact/hooks";

import { toFailure, type Failure } from "../api/failure";
import { formatMoment } from "../format/time";
import type { MapWidget as Settings } from "../gen/millrace/registry/v1/dashboard_pb";
import { theme } from "../shell/theme";
import { gapLength } from "../telemetry/gaps";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { FailureNotice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { rangeOf } from "./ChartWidget";
import type { MapView } from "./map_view";
import { useWidgetPage } from "./page";
import type { Source } from "./sources";
import { degreesText, withPoint, type TrackPoint } from "./track";
import { loadTrack, placesIn, type TrackOf } from "./track_query";
import "./MapWidget.css";

interface MapWidgetProps {
  settings: Pick<Settings, "latitudeValueName" | "longitudeValueName" | "rangeSeconds">;
  sources: readonly Source[];
  title: string;
}

const TELL_MS = 250;

export function MapWidget({ settings, sources, title }: MapWidgetProps) {
  const page = useWidgetPage();
  const source = sources[0];
  const endpointId = source?.endpointId || page.chosen;
  const ms = rangeOf(settings.rangeSeconds, page.rangeMs);
  if (source === undefined || endpointId === "") return null;
  const of: TrackOf = {
    applicationName: page.app,
    endpointId,
    series: source.timeSeriesName,
    latitude: settings.latitudeValueName || "latitude",
    longitude: settings.longitudeValueName || "longitude",
  };
  return (
    <TrackMap key={JSON.stringify([of, ms])} of={of} ms={ms} title={title} color={source.color} />
  );
}

interface TrackMapProps {
  of: TrackOf;
  ms: number;
  title: string;
  color: string;
}

// The places of the last `ms`, kept up to date.
function useTrack(of: TrackOf, ms: number) {
  const { feed } = useWidgetPage();
  const [track, setTrack] = useState<readonly TrackPoint[] | undefined>();
  const [failure, setFailure] = useState<Failure | undefined>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    const leave = new AbortController();
    let kept: TrackPoint[] = [];
    let loaded = false;
    let timer = 0;
    const tell = () => {
      timer = 0;
      const from = feed.now() - ms;
      if (kept.length > 1 && kept[0]!.time < from) kept = kept.filter(({ time }) => time >= from);
      if (loaded) setTrack(kept);
    };
    const stop = feed.listen((chunk) => {
      if (chunk.endpointId !== of.endpointId || chunk.timeSeriesName !== of.series) return;
      for (const point of placesIn(chunk, of)) kept = withPoint(kept, point);
      if (timer === 0) timer = window.setTimeout(tell, TELL_MS);
    });
    const now = feed.now();
    setFailure(undefined);
    loadTrack(of, { from: now - ms, to: now + 1000 }, leave.signal).then(
      (points) => {
        if (leave.signal.aborted) return;
        // What came in meanwhile goes on top.
        kept = kept.reduce(withPoint, points);
        loaded = true;
        tell();
      },
      (thrown: unknown) => !leave.signal.aborted && setFailure(toFailure(thrown)),
    );
    return () => {
      leave.abort();
      stop();
      clearTimeout(timer);
    };
  }, [feed, round]);
  return { track, failure, reload: () => setRound(round + 1) };
}

function TrackMap({ of, ms, title, color }: TrackMapProps) {
  const host = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<MapView | undefined>();
  const [unloadable, setUnloadable] = useState<Failure | undefined>();
  const [follows, setFollows] = useState(true);
  const { track, failure, reload } = useTrack(of, ms);

  useEffect(() => {
    let left = false;
    let made: MapView | undefined;
    const observer = new ResizeObserver(() => made?.resize());
    import("./map_view").then(
      ({ MapView }) => {
        if (left || host.current === null) return;
        made = new MapView(host.current, colors(host.current, color), setFollows);
        observer.observe(host.current);
        setView(made);
      },
      (thrown: unknown) => !left && setUnloadable(toFailure(thrown)),
    );
    return () => {
      left = true;
      observer.disconnect();
      made?.close();
    };
  }, []);
  const scheme = theme.value;
  useEffect(() => {
    if (host.current !== null) view?.setColors(colors(host.current, color));
  }, [view, scheme, color]);
  useEffect(() => {
    if (view === undefined || track === undefined) return;
    const gapMs = gapLength(track.map(({ time }) => time));
    view.show(track, gapMs, (point) => placeWords(of.endpointId, point));
  }, [view, track, scheme]);

  const problem = failure ?? unloadable;
  const newest = track?.[track.length - 1];
  return (
    <div class="map" role="group" aria-label={text.widgets.mapOf(title)}>
      <div class="map-host" ref={host} />
      {problem !== undefined && (
        <div class="map-note">
          <FailureNotice failure={problem} onRetry={reload} />
        </div>
      )}
      {problem === undefined && track === undefined && (
        <div class="map-note">
          <Skeleton lines={2} />
        </div>
      )}
      {track?.length === 0 && <p class="map-note muted">{text.widgets.noPlaces}</p>}
      {!follows && newest !== undefined && (
        <div class="map-follow">
          <Button size="s" onClick={() => view?.follow()}>
            {text.widgets.follow}
          </Button>
        </div>
      )}
      {newest !== undefined && <p class="sr-only">{placeWords(of.endpointId, newest)}</p>}
    </div>
  );
}

function placeWords(endpointId: string, { time, latitude, longitude }: TrackPoint): string {
  const place = `${degreesText(latitude, "latitude")} ${degreesText(longitude, "longitude")}`;
  return text.widgets.placeAt(endpointId, place, formatMoment(time));
}

function colors(host: HTMLElement, track: string) {
  const style = getComputedStyle(host);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    land: token("--map-land"),
    border: token("--map-border"),
    grid: token("--map-grid"),
    track: track || token("--series-2"),
  };
}
