// The community map: our own tiles, over a plain ground or the base map of the settings. Colours come from app.css,
// steps and words from the page. Where WebGL is missing or lost for good, the list of communities takes its place.
"use strict";

(() => {
  const LAST_ZOOM_OF_TILES = 14; // drawn larger from there on: the tile holds all that closer ones would
  const ZOOM_OF_DISTRICT = 11.6; // where one that was tapped is shown
  const FIRST_ZOOM_OF_NAMES = 12; // of communities with a count; of all others a little closer
  const FIRST_ZOOM_OF_ALL_NAMES = 13.5;
  const NAMES_BEFORE = 8; // of the strongest communities, where there is no room for all
  const LAST_ZOOM_OF_DISTRICT_NAMES = 13;
  const SMALLEST = 4; // radius in pixels of a circle below the first step
  const SIZES = [5, 7, 10, 13, 17];
  const FAINT_STEPS = 3; // the first colours of either scale are less than 3:1 on the ground, in light
  const LEAST = [2.4, 3.4, 4.6]; // radius that the first of these keep however far away: a smaller one is not seen
  const SCALES = [[11, 0.55], [14, 1], [17, 1.7]]; // zoom, factor of the sizes there
  const FINGER = 22; // pixels around a tap within which a circle counts as meant: 44 across
  const GAP = 14; // pixels between what the first view must show and what lies over the map
  const ZOOM_OF_FOUND = 15; // where a community that was searched for is shown
  const OVER_GROUND = 0.45; // opacity of districts over a base map
  const LAST_ZOOM_OF_GROUND = 18; // of the providers' tiles
  const PATIENCE = 100; // milliseconds in which a browser that lost the drawing should give it back
  const LIST_AFTER = 900; // milliseconds without a drawing until the list stands in
  const TRY_AGAIN = 3000; // milliseconds until a drawing that could not be made is tried again

  const element = document.getElementById("map");
  const choice = document.getElementById("map-choice");
  const sheet = document.getElementById("sheet");
  const leftOut = document.getElementById("left-out");
  const instead = document.getElementById("instead");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const say = element.dataset;
  const number = new Intl.NumberFormat(say.language);
  const hasGround = "ground" in say;
  // As in the tiles: who has one district alone compares communities, so they are drawn from farther away
  const LAST_ZOOM_OF_DISTRICTS = "oneDistrict" in say ? 8 : 10;
  let map = null;

  const category = () => choice.elements.category.value;
  const metric = () => choice.elements.show.value;
  const chosenDistrictSteps = () => element.getAttribute(`data-districts-${category()}`);
  // The legend on the page says where each colour begins; the map is drawn by the same numbers.
  const steps = (scale) => Array.from(
    document.querySelectorAll(`[data-scale="${scale}"] [data-step]`), (step) => Number(step.dataset.step),
  );
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  function showList() {
    location.replace(`${say.list}?${asked()}&no_map=1`);
  }

  function tiles() {
    return [`${location.origin}${say.tiles}?category=${encodeURIComponent(category())}`];
  }

  // --- What is drawn ------------------------------------------------------------------------------------

  function stepped(property, limits, hidden, values) {
    const value = ["coalesce", ["get", property], -1];
    if (!limits.length) return hidden;
    const expression = ["step", value, hidden];
    limits.forEach((limit, index) => expression.push(limit, values[index]));
    return expression;
  }

  function coloured(scale) {
    const name = scale === "coverage" ? "coverage" : "potential";
    const colours = [1, 2, 3, 4, 5].map((step) => colour(`${name}-${step}`));
    return stepped(name, steps(scale), colour("step-hidden"), colours);
  }

  // What is faint on the ground, without a step or of a low one, would be lost there without an edge of its own
  function edged(scale) {
    const name = scale === "coverage" ? "coverage" : "potential";
    const strong = steps(scale)[FAINT_STEPS];
    const counted = strong === undefined
      ? colour(`${name}-edge`) : ["case", ["<", ["get", name], strong], colour(`${name}-edge`), colour("circle-edge")];
    return ["case", ["has", name], counted, colour("hidden-edge")];
  }

  function radius(wider) {
    const sizes = (factor) => {
      const [smallest, ...others] = [SMALLEST, ...SIZES].map((size, at) => Math.max(size * factor, LEAST[at] || 0) + wider);
      return stepped("potential", steps("communities"), smallest, others);
    };
    return ["interpolate", ["linear"], ["zoom"], ...SCALES.flatMap(([zoom, factor]) => [zoom, sizes(factor)])];
  }

  function paints() {
    const byCoverage = metric() === "coverage";
    return {
      ground: { "background-color": colour("land") },
      raster: { "raster-brightness-max": dark.matches ? 0.6 : 1 },
      "district-fill": {
        "fill-color": coloured(byCoverage ? "coverage" : "districts"), "fill-opacity": hasGround ? OVER_GROUND : 1,
      },
      "district-line": { "line-color": colour("border"), "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.8, 14, 2] },
      "district-ground": { "fill-color": colour("own-land"), "fill-opacity": hasGround ? 0 : 1 },
      outline: { "fill-color": colour("border"), "fill-opacity": 0.14 },
      "outline-line": { "line-color": colour("border"), "line-width": 1 },
      community: {
        "circle-color": coloured(byCoverage ? "coverage" : "communities"),
        "circle-radius": radius(0),
        "circle-stroke-color": edged(byCoverage ? "coverage" : "communities"),
        // far away, where thousands of them lie side by side, their edges would be all that is seen
        "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 10, 0.4, 12, 1],
      },
      chosen: {
        "circle-color": "rgba(0, 0, 0, 0)",
        "circle-radius": radius(5),
        "circle-stroke-color": colour("ring"),
        "circle-stroke-width": 2.5,
      },
    };
  }

  function style() {
    const paint = paints();
    const near = LAST_ZOOM_OF_DISTRICTS + 1;
    const layer = (id, type, sourceLayer, rest) =>
      ({ id, type, source: "figures", "source-layer": sourceLayer, paint: paint[id], ...rest });
    const raster = "raster" in say
      ? { raster: { type: "raster", tiles: [say.ground], tileSize: 256, maxzoom: LAST_ZOOM_OF_GROUND } } : {};
    return {
      version: 8,
      sources: { figures: { type: "vector", tiles: tiles(), minzoom: 3, maxzoom: LAST_ZOOM_OF_TILES }, ...raster },
      layers: [
        { id: "ground", type: "background", paint: paint.ground },
        ...Object.keys(raster).map((source) => ({ id: source, type: "raster", source, paint: paint.raster })),
        layer("district-fill", "fill", "districts", { maxzoom: near }),
        layer("district-ground", "fill", "districts", { minzoom: near }),
        layer("outline", "fill", "outlines", { minzoom: 14 }),
        layer("outline-line", "line", "outlines", { minzoom: 14 }),
        layer("district-line", "line", "districts"),
        layer("community", "circle", "communities", {
          minzoom: near,
          // the small ones on top, or they could not be tapped; but nothing of what there is to see lies under those
          // without a count
          layout: { "circle-sort-key": ["case", ["has", "potential"], ["-", 0, ["get", "potential"]], -1e9] },
        }),
        layer("chosen", "circle", "communities", { minzoom: near, filter: ["==", ["id"], chosen] }),
      ],
    };
  }

  // A base map that is a style of its own comes below ours; without an answer ours stands alone
  function layGround() {
    map.setStyle(say.ground, {
      transformStyle: (ours, theirs) => ({
        ...theirs,
        sources: { ...theirs.sources, ...ours.sources },
        layers: [ours.layers[0], ...theirs.layers, ...ours.layers.slice(1)],
      }),
    });
  }

  function repaint() {
    for (const [layer, paint] of Object.entries(paints())) {
      if (!map.getLayer(layer)) continue;
      for (const [name, value] of Object.entries(paint)) map.setPaintProperty(layer, name, value);
    }
  }

  // Where the page names the chosen category
  function nameCategory() {
    document.querySelector("#search [name=category]").value = category();
    labelDistrictSteps();
  }

  function labelDistrictSteps() {
    const limits = (chosenDistrictSteps() || "").split(" ").filter(Boolean).map(Number);
    const list = document.querySelector('[data-scale="districts"] ol');
    const without = list.querySelector(".step-hidden");
    list.replaceChildren(without, ...limits.map((limit, index) => {
      const item = document.createElement("li");
      const words = document.createElement("span");
      item.className = `step-${index + 1}`;
      words.dataset.step = limit;
      words.textContent = index + 1 < limits.length ? limit : `${limit}+`;
      item.append(document.createElement("i"), words);
      return item;
    }));
  }

  function showLegend() {
    const near = map.getZoom() >= LAST_ZOOM_OF_DISTRICTS + 1;
    const scale = metric() === "coverage" ? "coverage" : near ? "communities" : "districts";
    for (const part of document.querySelectorAll("[data-scale]")) part.hidden = part.dataset.scale !== scale;
  }

  // --- Labels: HTML over the map, because text drawn by the map would need fonts from a server --------------

  const strongestFirst = (one, other) => (other.properties.potential || 0) - (one.properties.potential || 0);

  // Boxes are [left, top, right, bottom] in pixels
  const meet = (one, other) =>
    one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];

  // --- Names and numbers of districts, as buttons over the map --------------------------------------------

  // Sums leave out what is protected in the communities, so they are lower bounds; of 0 nothing is known
  function figureOf(feature) {
    const { potential, coverage } = feature.properties;
    if (metric() === "coverage") return coverage === undefined ? say.unknown : `${coverage}%`;
    return potential ? `≥${number.format(potential)}` : "–";
  }

  // Pixels by which a label may stand beside its place, the nearest first
  const ASIDE = [0, 16, 32, 48, 64].flatMap((far) =>
    (far ? [0, 1, 2, 3, 4, 5, 6, 7].map((turn) => turn * Math.PI / 4) : [0])
      .map((angle) => [Math.round(far * Math.cos(angle)), Math.round(far * Math.sin(angle))]));
  const MOST_ASKED = 100; // times that the map is asked what is drawn beside: each takes a part of a millisecond

  function labels() {
    const shown = new Map();

    function make(feature) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "district";
      const figure = document.createElement("b");
      button.append(feature.properties.name, figure);
      const place = feature.geometry.coordinates;
      button.addEventListener("click", (event) => {
        event.stopPropagation();
        map.easeTo({ center: place, zoom: ZOOM_OF_DISTRICT });
      });
      const marker = new maplibregl.Marker({ element: button }).setLngLat(place).addTo(map);
      button.removeAttribute("aria-label"); // MapLibre's own words, which would hide the name and the figure
      return { marker, figure };
    }

    // Where it covers no other: at its place, or beside it within the district; undefined where there is no room
    function roomFor(feature, taken, asks) {
      const at = map.project(feature.geometry.coordinates);
      const half = Math.max(feature.properties.name.length * 6.5, figureOf(feature).length * 4.5) + 12;
      for (const [x, y] of ASIDE) {
        const box = [at.x + x - half, at.y + y - 24, at.x + x + half, at.y + y + 24];
        if (taken.some((other) => meet(box, other))) continue;
        if (x || y) {
          asks.times += 1;
          if (asks.times > MOST_ASKED) return undefined;
          const drawn = map.queryRenderedFeatures([at.x + x, at.y + y], { layers: ["district-fill"] });
          if (!drawn.some(({ id }) => id === feature.id)) continue;
        }
        taken.push(box);
        return [x, y];
      }
      return undefined;
    }

    return function refresh() {
      const wanted = new Map();
      if (map.getZoom() < LAST_ZOOM_OF_DISTRICTS + 1) {
        const found = map.querySourceFeatures("figures", { sourceLayer: "district_labels" });
        const taken = [];
        const asks = { times: 0 };
        for (const feature of found.sort(strongestFirst)) {
          if (wanted.has(feature.id)) continue;
          const aside = roomFor(feature, taken, asks);
          if (aside) wanted.set(feature.id, { feature, aside });
        }
      }
      for (const [id, label] of shown) {
        if (wanted.has(id)) continue;
        label.marker.remove();
        shown.delete(id);
      }
      for (const [id, { feature, aside }] of wanted) {
        if (!shown.has(id)) shown.set(id, make(feature));
        shown.get(id).figure.textContent = figureOf(feature);
        shown.get(id).marker.setOffset(aside);
      }
    };
  }

  // --- Names of districts among their communities, too faint to be taken for one of them --------------------

  function grounds() {
    const shown = new Map();

    function make(feature) {
      const label = document.createElement("div");
      label.className = "ground-name";
      label.setAttribute("aria-hidden", "true");
      label.textContent = feature.properties.name;
      return new maplibregl.Marker({ element: label }).setLngLat(feature.geometry.coordinates).addTo(map);
    }

    return function refresh() {
      const near = map.getZoom() >= LAST_ZOOM_OF_DISTRICTS + 1 && map.getZoom() < LAST_ZOOM_OF_DISTRICT_NAMES;
      const found = near ? map.querySourceFeatures("figures", { sourceLayer: "district_labels" }) : [];
      const wanted = new Map(found.map((feature) => [feature.id, feature]));
      for (const [id, marker] of shown) {
        if (wanted.has(id)) continue;
        marker.remove();
        shown.delete(id);
      }
      for (const [id, feature] of wanted) if (!shown.has(id)) shown.set(id, make(feature));
    };
  }

  // --- Names of communities, as many as fit without covering each other -------------------------------------

  function names() {
    const shown = new Map();
    const limits = steps("communities");

    // Pixels from a community's point to its name: under the circle as it is at these zooms
    function below(feature) {
      const reached = limits.filter((limit) => (feature.properties.potential || 0) >= limit).length;
      return (reached ? SIZES[reached - 1] : SMALLEST) + 4;
    }

    function make(feature) {
      const label = document.createElement("div");
      label.className = "place";
      label.setAttribute("aria-hidden", "true"); // the list has them for readers who do not see the map
      label.textContent = feature.properties.name;
      return new maplibregl.Marker({ element: label, anchor: "top", offset: [0, below(feature)] })
        .setLngLat(feature.geometry.coordinates).addTo(map);
    }

    // Of the thousands that are drawn only those are asked for that could be named, or be covered by a name: far away
    // the strongest, which alone have one in the tiles
    function askedFor() {
      if (map.getZoom() < FIRST_ZOOM_OF_NAMES) return { filter: ["all", ["has", "name"], ["has", "potential"]] };
      return map.getZoom() < FIRST_ZOOM_OF_ALL_NAMES ? { filter: ["has", "potential"] } : {};
    }

    function fitting() {
      const found = map.queryRenderedFeatures({ layers: ["community"], ...askedFor() }).sort(strongestFirst);
      const places = new Map(found.map((feature) => [feature.id, { feature, at: map.project(feature.geometry.coordinates) }]));
      const circle = ({ feature, at }) => {
        const reach = below(feature) - 5;
        return [at.x - reach, at.y - reach, at.x + reach, at.y + reach];
      };
      const counted = (feature) => feature.properties.potential !== undefined;
      const all = [...places.values()];
      const circles = all.map(circle);
      const taken = [];
      const fit = new Map();
      const few = map.getZoom() < FIRST_ZOOM_OF_NAMES;
      // A name covers no other name and no circle; only that of a counted community may cover weaker ones
      all.forEach(({ feature, at }, index) => {
        if (few && fit.size === NAMES_BEFORE) return;
        if (!feature.properties.name) return; // of a tile that is being replaced
        const half = feature.properties.name.length * 6.5 + 6;
        const top = at.y + below(feature);
        const box = [at.x - half, top, at.x + half, top + 18];
        const covers = (other) => meet(box, other);
        if (taken.some(covers) || (counted(feature) ? circles.slice(0, index) : circles).some(covers)) return;
        taken.push(box);
        fit.set(feature.id, feature);
      });
      return fit;
    }

    return function refresh() {
      const wanted = map.getZoom() >= LAST_ZOOM_OF_DISTRICTS + 1 ? fitting() : new Map();
      for (const [id, marker] of shown) {
        if (wanted.has(id)) continue;
        marker.remove();
        shown.delete(id);
      }
      for (const [id, feature] of wanted) if (!shown.has(id)) shown.set(id, make(feature));
    };
  }

  // --- The map as its reader left it: where, what it shows, what is picked; kept on the phone ---------------

  // session.js forgets the former owner's before this is read, and after a sign-out the phone has no owner
  const isOwn = () => localStorage.getItem("owner") === document.documentElement.dataset.owner;

  function keepView() {
    if (!isOwn()) return;
    const { lng, lat } = before || map.getCenter();
    const view = { center: [lng, lat], zoom: map.getZoom(), category: category(), show: metric(), picks: [...picked] };
    localStorage.setItem("map", JSON.stringify(view));
  }

  const left = (isOwn() && JSON.parse(localStorage.getItem("map"))) || {};
  const link = new URLSearchParams(location.search);
  const isHandedOn = link.has("category") || link.has("communities"); // by the list, and then it counts

  // --- Communities picked for a broadcast; in the address too, which the list hands back --------------------

  const picks = document.getElementById("picks"); // who may not broadcast has none

  // As the server packs them: the first id, then how much higher each next one is
  const pack = (ids) => [...ids].sort((one, other) => one - other)
    .map((id, at, all) => (at ? id - all[at - 1] : id)).join(".");

  function unpack(text) {
    let last = 0;
    return /^\d+(\.\d+)*$/.test(text || "") ? text.split(".").map((gap) => (last += Number(gap))) : [];
  }

  const picked = new Set(picks ? (isHandedOn ? unpack(link.get("communities")) : left.picks) : []);

  function asked() {
    const query = new URLSearchParams({ category: category() });
    if (picked.size) query.set("communities", pack(picked));
    return query;
  }

  function showPicks() {
    document.getElementById("to-list").search = asked();
    if (!picks) return;
    picks.search = asked();
    picks.hidden = picked.size === 0;
    document.getElementById("picks-count").textContent = picked.size;
    const button = document.getElementById("pick");
    if (button) button.setAttribute("aria-pressed", picked.has(Number(button.dataset.id)));
  }

  function pick(button) {
    const id = Number(button.dataset.id);
    if (!picked.delete(id)) picked.add(id);
    history.replaceState(null, "", `?${asked()}`);
    showPicks();
    keepView();
  }

  // --- The sheet ------------------------------------------------------------------------------------------

  let chosen = -1; // the community that is marked
  let open = null; // the community that the sheet shows: { id, place }
  let kept = null; // the place of the community chosen last, which the zoom buttons keep in sight
  let before = null; // the map's centre before the sheet pushed it, until the reader moves the map

  function choose(id) {
    chosen = id;
    if (map.style) map.setFilter("chosen", ["==", ["id"], id]);
  }

  async function openSheet(id, place) {
    choose(id);
    const address = `${say.community.replace("/0/", `/${id}/`)}?category=${encodeURIComponent(category())}`;
    const content = document.getElementById("sheet-content");
    content.replaceChildren();
    await htmx.ajax("GET", address, { target: content, swap: "innerHTML" }).catch(() => {});
    if (chosen !== id) return; // another one was tapped meanwhile
    if (!content.childElementCount) { // what was asked for did not come, and nothing else stands under its mark
      closeSheet();
      return;
    }
    showPicks();
    open = { id, place };
    kept = place || kept;
    sheet.hidden = false;
    document.body.classList.add("sheet-open");
    sheet.scrollTop = 0;
    sheet.focus({ preventScroll: true });
    if (place) uncover(place);
  }

  // To a community that was found by name or by likeness
  function go(link) {
    const place = link.dataset.place ? link.dataset.place.split(" ").map(Number) : null;
    before = null;
    if (place) map.flyTo({ center: place, zoom: Math.max(map.getZoom(), ZOOM_OF_FOUND), maxDuration: 1500 });
    openSheet(Number(link.dataset.id), place);
  }

  // The chosen community must not lie under the sheet that tells of it
  function uncover(place) {
    if (map.isMoving()) {
      map.once("moveend", () => uncover(place));
      return;
    }
    if (sheet.hidden) return;
    const ground = element.getBoundingClientRect();
    const cover = sheet.getBoundingClientRect();
    if (cover.width < ground.width) return;
    const at = map.project(place);
    const free = cover.top - ground.top;
    if (at.y <= free - 24) return;
    before = before || map.getCenter();
    map.easeTo({ center: place, offset: [0, free / 2 - ground.height / 2] });
  }

  // The community stays marked, and the map goes back to where the tap found it
  function closeSheet() {
    if (sheet.hidden) return;
    sheet.hidden = true;
    document.body.classList.remove("sheet-open");
    open = null;
    if (before) map.easeTo({ center: before });
    before = null;
    map.getCanvas().focus({ preventScroll: true });
  }

  function forget() {
    choose(-1);
    kept = null;
  }

  function zoomBy(steps) {
    before = null;
    const around = kept && map.getBounds().contains(kept) ? kept : map.getCenter();
    map.easeTo({ zoom: map.getZoom() + steps, around });
  }

  function tapped(point) {
    const box = [[point.x - FINGER, point.y - FINGER], [point.x + FINGER, point.y + FINGER]];
    const away = (feature) => {
      const at = map.project(feature.geometry.coordinates);
      return Math.hypot(at.x - point.x, at.y - point.y);
    };
    const communities = map.queryRenderedFeatures(box, { layers: ["community"] });
    if (communities.length) {
      communities.sort((one, other) => away(one) - away(other));
      openSheet(communities[0].id, communities[0].geometry.coordinates);
      return;
    }
    closeSheet();
    forget();
    if (map.queryRenderedFeatures(point, { layers: ["district-fill"] }).length) {
      map.easeTo({ center: map.unproject(point), zoom: ZOOM_OF_DISTRICT });
    }
  }

  // --- The drawing, made anew when the browser lost it -----------------------------------------------------

  let refreshLabels = null;
  let standIn = 0; // the timer of the list
  let standsIn = false;

  function draw(view) {
    map = new maplibregl.Map({
      container: element,
      style: style(),
      ...view,
      minZoom: 3,
      maxZoom: 17,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      rollEnabled: false,
      locale: { "Map.Title": element.getAttribute("aria-label") },
    });
    element.salesappMap = map;
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();

    const refreshes = [labels(), hasGround ? () => {} : grounds(), names()];
    refreshLabels = () => refreshes.forEach((refresh) => refresh());
    map.on("click", (event) => tapped(event.point));
    map.on("zoom", showLegend);
    map.on("zoomend", showZoom);
    map.on("moveend", keepView);
    map.on("movestart", (event) => {
      if (event.originalEvent) before = null;
    });
    map.on("idle", () => {
      clearTimeout(standIn);
      standsIn = false;
      instead.hidden = true;
      refreshLabels();
      leftOut.hidden = map.getZoom() < LAST_ZOOM_OF_DISTRICTS + 1
        || map.querySourceFeatures("figures", { sourceLayer: "left_out" }).length === 0;
    });
    map.on("error", (event) => {
      if (event.sourceId === "figures" && event.error && event.error.status === 401) {
        location.assign(`${say.signIn}?next=${encodeURIComponent(location.pathname + location.search)}`);
      }
    });
    map.on("webglcontextlost", recover);
    if (hasGround && !("raster" in say)) map.once("style.load", layGround);
    map.once("load", () => {
      refreshLabels();
      showLegend();
    });
  }

  function recover() {
    // Phones take the drawing from a page that nobody sees, and many give it back
    if (document.hidden) {
      document.addEventListener("visibilitychange", () => map.style || recover(), { once: true });
      return;
    }
    const lost = map;
    const again = setTimeout(() => {
      const view = { center: lost.getCenter(), zoom: lost.getZoom() };
      lost.remove();
      remake(view);
    }, PATIENCE);
    lost.once("webglcontextrestored", () => clearTimeout(again));
    clearTimeout(standIn);
    standIn = setTimeout(showInstead, LIST_AFTER);
  }

  function remake(view) {
    element.replaceChildren();
    try {
      draw(view);
    } catch {
      showInstead();
      setTimeout(() => remake(view), TRY_AGAIN);
    }
  }

  async function showInstead() {
    if (standsIn) return;
    standsIn = true;
    const address = `${say.list}?${asked()}&no_map=1`;
    await htmx.ajax("GET", address, { target: "#instead", swap: "innerHTML" }).catch(() => {
      standsIn = false; // asked for again when the drawing is tried again
    });
    instead.hidden = !standsIn; // unless the map came back meanwhile
  }

  function showZoom() {
    document.getElementById("zoom-in").disabled = map.getZoom() >= map.getMaxZoom();
    document.getElementById("zoom-out").disabled = map.getZoom() <= map.getMinZoom();
  }

  // The closest view of a box that lies under nothing: beside the column of tools or below it, whichever is closer.
  // None where what lies over the map leaves too little of it.
  function inTheClear(bounds) {
    const frame = element.getBoundingClientRect();
    const [search, tools, legend] = ["#search", ".tools", ".legend"]
      .map((part) => document.querySelector(part).getBoundingClientRect());
    const below = (...parts) => Math.max(...parts.map((part) => part.bottom)) - frame.top + GAP;
    const bottom = frame.bottom - legend.top + GAP;
    const views = [
      { top: below(search), right: frame.right - tools.left + GAP, bottom, left: GAP },
      { top: below(search, tools), right: GAP, bottom, left: GAP },
    ].filter(({ top, right }) => frame.height - top - bottom > frame.height / 4 && frame.width - right > frame.width / 2)
      .map((padding) => map.cameraForBounds(bounds, { padding, maxZoom: 15 }));
    return views.sort((one, other) => other.zoom - one.zoom)[0];
  }

  function showAll(bounds) {
    map.fitBounds(bounds, { padding: GAP, maxZoom: 15, animate: false });
    const view = inTheClear(bounds);
    if (view) map.jumpTo(view);
    // Who has one district alone compares communities, so the map starts where they show
    if ("oneDistrict" in say) map.setZoom(Math.max(map.getZoom(), LAST_ZOOM_OF_DISTRICTS + 1));
  }

  // --- Start ----------------------------------------------------------------------------------------------

  function start() {
    if (!isHandedOn && [...choice.elements.category.options].some(({ value }) => value === left.category)) {
      choice.elements.category.value = left.category;
      nameCategory();
    }
    if (left.show) choice.elements.show.value = left.show;
    maplibregl.setWorkerUrl(new URL(say.worker, location.href).href);
    maplibregl.prewarm(); // the worker starts now, and outlives a drawing that is lost
    const [west, south, east, north] = say.bounds.split(" ").map(Number);
    try {
      draw({ bounds: [[west, south], [east, north]], fitBoundsOptions: { padding: GAP, maxZoom: 15 } });
    } catch {
      showList();
      return;
    }
    if (left.center) map.jumpTo({ center: left.center, zoom: left.zoom });
    const seen = map.getBounds();
    const away = seen.getEast() < west || seen.getWest() > east || seen.getNorth() < south || seen.getSouth() > north;
    if (!left.center || away) showAll([[west, south], [east, north]]);
    showPicks();

    document.getElementById("zoom-in").addEventListener("click", () => zoomBy(1));
    document.getElementById("zoom-out").addEventListener("click", () => zoomBy(-1));
    choice.elements.category.addEventListener("change", () => {
      history.replaceState(null, "", `?${asked()}`);
      showPicks();
      nameCategory();
      keepView();
      if (map.style) {
        repaint();
        map.getSource("figures").setTiles(tiles());
      }
      if (open) openSheet(open.id, open.place);
    });
    document.getElementById("metric").addEventListener("change", () => {
      if (map.style) repaint();
      showLegend();
      refreshLabels();
      keepView();
    });
    dark.addEventListener("change", () => map.style && repaint());

    sheet.addEventListener("click", (event) => {
      const button = event.target.closest("#pick");
      if (button) pick(button);
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a.go");
      if (!link) return;
      event.preventDefault();
      go(link);
    });
    document.getElementById("sheet-close").addEventListener("click", closeSheet);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") closeSheet();
    });
  }

  if (say.bounds) start();
})();
