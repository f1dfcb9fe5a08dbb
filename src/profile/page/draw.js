// SPDX-License-Identifier: GPL-2.0-or-later
"use strict";
// The means of drawing: texts of values, tables, plots over frames, timelines, clouds of points. All of it goes to the
// end of #page.
const root = document.getElementById("page");
const COLOURS = 14;  // --c0 to --c13 of the style sheet
const STAGES = ["open", "read", "demux", "decode", "filter", "scale", "input", "lookahead", "wait", "encode", "audio",
                "mux", "write", "other", "idle"];
const STAGE_COLOUR = {encode: 0, decode: 1, lookahead: 2, input: 3, demux: 4, mux: 5, filter: 6, other: 7, scale: 8,
                      wait: 9, idle: 9, write: 10, read: 11, audio: 12, open: 13};
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const colour = n => css(`--c${n % COLOURS}`);
const stageColour = name => colour(STAGE_COLOUR[name] ?? 7);

function make(tag, attributes, ...children) {
  const space = ["svg", "g", "rect", "text", "line", "circle", "path", "title"].includes(tag) ? "http://www.w3.org/2000/svg" : null;
  const element = space ? document.createElementNS(space, tag) : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes ?? {})) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
function add(tag, attributes, ...children) {
  const element = make(tag, attributes, ...children);
  root.append(element);
  return element;
}
function time(s) {
  if (s >= 100) return s.toFixed(0) + " s";
  if (s >= 1) return s.toFixed(2) + " s";
  if (s >= 1e-3) return (1e3 * s).toFixed(2) + " ms";
  if (s > 0) return (1e6 * s).toFixed(1) + " µs";
  return "0";
}
function bytes(n) {
  if (n >= 1e9) return (n / 1e9).toFixed(2) + " GB";
  if (n >= 1e6) return (n / 1e6).toFixed(2) + " MB";
  if (n >= 1e3) return (n / 1e3).toFixed(1) + " kB";
  return n + " B";
}
const percent = x => (100 * x).toFixed(1) + " %";
const change = (a, b) => a > 0 ? (b >= a ? "+" : "−") + (100 * Math.abs(b - a) / a).toFixed(1) + " %" : "";

function facts(list) {
  add("div", {class: "facts"}, ...list.filter(Boolean).map(([value, name]) =>
    make("div", {class: "fact"}, make("b", {}, value), make("span", {}, name))));
}
function table(head, rows) {
  const box = add("div", {class: "scroll"});
  const element = make("table", {}, make("thead", {}, make("tr", {}, ...head.map(h => make("th", {scope: "col"}, h)))));
  const body = make("tbody", {});
  for (const row of rows) {
    const line = make("tr", row.front ? {class: "front"} : row.bad ? {class: "bad"} : {});
    for (const cell of row.cells) {
      if (cell && cell.bar !== undefined) {
        const bar = make("i", {style: `width:${Math.max(0, 100 * cell.bar).toFixed(2)}%`});
        bar.style.background = cell.colour ?? colour(0);
        line.append(make("td", {class: "bar"}, bar));
      } else line.append(make("td", {}, String(cell ?? "")));
    }
    body.append(line);
  }
  element.append(body);
  box.append(element);
  return element;
}

const plots = [];
function plot(title, x, series, options = {}) {
  const box = add("div", {class: "plot"});
  const build = () => {
    box.textContent = "";
    const axis = {stroke: css("--faint"), grid: {stroke: css("--line"), width: 1}, ticks: {stroke: css("--line")}};
    const scales = {x: {time: false}, y: options.log ? {distr: 3} : {}};
    const powers = {filter: (u, values) => values.map(v => Math.abs(Math.log10(v) % 1) < 1e-6 ? v : null)};
    const up = options.log ? {...axis, grid: {...axis.grid, ...powers}, ticks: {...axis.ticks, ...powers}} : axis;
    const whole = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6];
    const axes = [{...axis, incrs: whole, label: options.x ?? "frame", labelSize: 22}, {...up, size: 70, label: options.y, labelSize: 22}];
    const right = series.find(s => s.scale === "right");
    if (right) axes.push({...axis, scale: "right", side: 1, grid: {show: false}, size: 60, label: right.label, labelSize: 22});
    new uPlot({title, width: Math.max(400, box.clientWidth - 22), height: options.height ?? 280, scales, axes,
      cursor: {drag: {x: true, y: false}},
      series: [{label: options.x ?? "frame"}, ...series.map((s, n) => ({label: s.label, scale: s.scale ?? "y",
        stroke: s.stroke?.() ?? colour(s.colour ?? n), width: s.points ? 0 : 1.3, fill: s.fill?.(),
        points: {show: s.points ?? s.dots ?? false, size: 4, fill: colour(s.colour ?? n)},
        paths: s.bars ? uPlot.paths.bars({size: [0.9, 60]}) : s.points ? () => null : undefined,
        value: (u, v) => v == null ? "–" : (Number.isInteger(v) ? v : v.toPrecision(4))}))],
    }, [x, ...series.map(s => options.log && s.scale !== "right" ? s.values.map(v => v > 0 ? v : null) : s.values)], box);
  };
  plots.push(build);
  build();
}
let resizing;
addEventListener("resize", () => { clearTimeout(resizing); resizing = setTimeout(() => plots.forEach(p => p()), 150); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => location.reload());

// Long columns are drawn as means of neighbours; sums and tables never are.
function thin(values, most = 4000) {
  if (values.length <= most) return values;
  const step = Math.ceil(values.length / most), out = [];
  for (let n = 0; n < values.length; n += step) {
    const part = values.slice(n, n + step);
    out.push(part.reduce((a, b) => a + b, 0) / part.length);
  }
  return out;
}

// Moments of a timeline: all in one unit, without needless digits.
function moment(t, step) {
  const [unit, name] = step >= 60 ? [60, "min"] : step >= 1 ? [1, "s"] : [1e-3, "ms"];
  return t === 0 ? "0" : `${+(t / unit).toFixed(2)} ${name}`;
}

// Tracks of [begin, length, colour, title, label] in seconds; the label is shown where there is room.
function timeline(tracks, until, id) {
  const width = 1300, left = 90, row = 30, height = tracks.length * row + 34;
  const svg = make("svg", {viewBox: `0 0 ${width} ${height}`, width: "100%", id, role: "img", "aria-label": "timeline"});
  const at = t => left + (width - left - 10) * t / Math.max(until, 1e-9);
  const step = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600, 1800, 3600, 7200].find(s => until / s <= 12) ?? until / 10;
  for (let n = 0; n * step <= until; n++)
    svg.append(make("line", {class: "axis", x1: at(n * step), x2: at(n * step), y1: 0, y2: height - 24}),
               make("text", {class: "faint", x: at(n * step), y: height - 8, "text-anchor": "middle"}, moment(n * step, step)));
  tracks.forEach((track, n) => {
    svg.append(make("text", {x: left - 8, y: n * row + 20, "text-anchor": "end"}, track.name));
    for (const [begin, length, fill, title, label] of track.slices) {
      const from = at(begin), size = Math.max(0.4, at(begin + length) - from);
      const rect = make("rect", {x: from, y: n * row + 5, width: size, height: row - 9, class: label === undefined ? "" : "job"});
      rect.style.fill = fill;
      rect.append(make("title", {}, title));
      svg.append(rect);
      const letters = Math.floor((size - 8) / 7);
      if (label && letters >= 4)
        svg.append(make("text", {class: "inside", x: from + 4, y: n * row + 20}, label.length > letters ? label.slice(0, letters - 1) + "…" : label));
    }
  });
  const box = add("div", {class: "plot"});
  box.append(svg);
}

// At most so many rectangles: what is shorter than a pixel joins its like.
function visible(slices, until, most = 1500) {
  const least = until / most, out = [];
  let sums = {}, begin = null;
  const flush = () => {
    let t = begin;
    for (const [kind, length] of Object.entries(sums)) { out.push([t, length, kind]); t += length; }
    sums = {}; begin = null;
  };
  for (const [b, l, kind] of slices) {
    if (begin !== null && b - begin > least) flush();
    begin ??= b;
    sums[kind] = (sums[kind] ?? 0) + l;
  }
  if (begin !== null) flush();
  return out;
}

// About so many round numbers within a range.
function ticks(from, to, most = 6) {
  const raw = (to - from) / most, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find(m => m * power >= raw);
  const out = [];
  for (let n = Math.ceil(from / step); n * step <= to; n++) out.push(n * step);
  return {values: out, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9))};
}

// Points of {label, front}; labels keep out of each other's way.
function cloud(title, points, xs, ys, xLabel, yLabel) {
  const width = 1300, height = 420, left = 80, bottom = 46;
  const range = v => { const a = Math.min(...v), b = Math.max(...v), m = (b - a || Math.abs(a) || 1) * 0.08; return [a - m, b + m]; };
  const [x0, x1] = range(xs), [y0, y1] = range(ys);
  const px = x => left + (width - left - 20) * (x - x0) / (x1 - x0), py = y => (height - bottom) - (height - bottom - 24) * (y - y0) / (y1 - y0);
  const svg = make("svg", {viewBox: `0 0 ${width} ${height}`, width: "100%", role: "img", "aria-label": title});
  svg.append(make("text", {class: "title", x: left, y: 16}, title));
  const across = ticks(x0, x1), up = ticks(y0, y1);
  for (const x of across.values)
    svg.append(make("line", {class: "axis", x1: px(x), x2: px(x), y1: 24, y2: height - bottom}),
      make("text", {class: "faint", x: px(x), y: height - bottom + 18, "text-anchor": "middle"}, x.toFixed(across.digits)));
  for (const y of up.values)
    svg.append(make("line", {class: "axis", x1: left, x2: width - 20, y1: py(y), y2: py(y)}),
      make("text", {class: "faint", x: left - 6, y: py(y) + 4, "text-anchor": "end"}, y.toFixed(up.digits)));
  svg.append(make("text", {class: "faint", x: width / 2, y: height - 8, "text-anchor": "middle"}, `${xLabel} →  ·  ${yLabel} ↑`));
  const taken = [];
  points.forEach((point, n) => {
    const late = px(xs[n]) > width * 0.8;
    let labelY = py(ys[n]) + 4;
    while (taken.some(([x, y]) => Math.abs(x - px(xs[n])) < 200 && Math.abs(y - labelY) < 13)) labelY += 13;
    taken.push([px(xs[n]), labelY]);
    const dot = make("circle", {cx: px(xs[n]), cy: py(ys[n]), r: point.front ? 7 : 5});
    dot.style.fill = point.front ? colour(1) : "none"; dot.style.stroke = colour(point.front ? 1 : 7); dot.style.strokeWidth = 2;
    dot.append(make("title", {}, point.label));
    svg.append(dot, make("text", {x: px(xs[n]) + (late ? -10 : 10), y: labelY, "text-anchor": late ? "end" : "start"}, point.label));
  });
  add("div", {class: "plot"}).append(svg);
}

// What the colours stand for: [name, colour].
function key(list) {
  add("div", {class: "key"}, ...list.map(([name, fill]) => {
    const dot = make("i");
    dot.style.background = fill;
    return make("span", {}, dot, name);
  }));
}
