// The admin's maps: the stored outlines and, where there are inputs, a marker that moves with them.
// No base map and no other network; without WebGL the numbers alone remain.
"use strict";

function numbersOf(inputs) {
  const [lon, lat] = inputs.map((input) => (input.value === "" ? NaN : Number(input.value)));
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : null;
}

function corners(shapes, point) {
  const bounds = new maplibregl.LngLatBounds();
  const add = (coordinates) =>
    typeof coordinates[0] === "number" ? bounds.extend(coordinates) : coordinates.forEach(add);
  shapes.features.forEach((feature) => add(feature.geometry.coordinates));
  if (point) bounds.extend(point);
  return bounds;
}

function follow(map, inputs) {
  const marker = new maplibregl.Marker({ draggable: true });
  const place = () => {
    const point = numbersOf(inputs);
    if (point) {
      marker.setLngLat(point).addTo(map);
    } else {
      marker.remove();
    }
    return point;
  };
  const take = (point) => {
    // Seven digits are a centimetre
    [inputs[0].value, inputs[1].value] = [point.lng.toFixed(7), point.lat.toFixed(7)];
    place();
  };
  marker.on("dragend", () => take(marker.getLngLat()));
  map.on("click", (event) => take(event.lngLat.wrap()));
  inputs.forEach((input) =>
    input.addEventListener("change", () => {
      const point = place();
      if (point) map.easeTo({ center: point });
    }),
  );
  place();
}

function draw(element) {
  const script = document.getElementById("admin-map-shapes");
  const shapes = script ? JSON.parse(script.textContent) : { type: "FeatureCollection", features: [] };
  const inputs = [element.dataset.lon, element.dataset.lat].filter(Boolean).map((id) => document.getElementById(id));
  const bounds = corners(shapes, inputs.length ? numbersOf(inputs) : null);
  const map = new maplibregl.Map({
    container: element,
    attributionControl: false,
    style: {
      version: 8,
      sources: { shapes: { type: "geojson", data: shapes } },
      layers: [
        { id: "ground", type: "background", paint: { "background-color": "#f4f1ea" } },
        { id: "region", type: "line", source: "shapes", filter: ["==", ["get", "kind"], "region"],
          paint: { "line-color": "#8d8577", "line-width": 1.5 } },
        { id: "inside", type: "fill", source: "shapes", filter: ["==", ["get", "kind"], "boundary"],
          paint: { "fill-color": "#2f6f9f", "fill-opacity": 0.15 } },
        { id: "boundary", type: "line", source: "shapes", filter: ["==", ["get", "kind"], "boundary"],
          paint: { "line-color": "#2f6f9f", "line-width": 2 } },
      ],
    },
    ...(bounds.isEmpty() ? { center: [104, 36], zoom: 2 } : { bounds, fitBoundsOptions: { padding: 24, maxZoom: 15 } }),
  });
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }));
  map.once("idle", () => (element.dataset.drawn = "yes"));
  if (inputs.length) follow(map, inputs);
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".admin-map").forEach((element) => {
    maplibregl.setWorkerUrl(element.dataset.worker);
    try {
      draw(element);
    } catch (error) {
      element.classList.add("without");
      element.textContent = String(error.message || error);
    }
  });
});
