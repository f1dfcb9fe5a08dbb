// SPDX-License-Identifier: GPL-2.0-or-later
"use strict";
// Draws what is in #data: {"kind": "runs" | "sweep" | "batch", ...}. Numbers are shown as they are there.
const data = JSON.parse(document.getElementById("data").textContent);
const root = document.getElementById("page");
const COLOURS = ["--c0", "--c1", "--c2", "--c3", "--c4", "--c5", "--c6", "--c7", "--c8", "--c9"];
const STAGES = ["open", "read", "demux", "decode", "filter", "scale", "input", "lookahead", "wait", "encode", "audio",
                "mux", "write", "other", "idle"];
const STAGE_COLOUR = {encode: 0, decode: 1, lookahead: 2, input: 3, demux: 4, mux: 5, filter: 6, scale: 8, wait: 9,
                      other: 7, read: 4, write: 5, open: 7, audio: 3, idle: 9};
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const colour = n => css(COLOURS[n % COLOURS.length]);
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
const change = (a, b) => a > 0 ? (b >= a ? "+" : "") + (100 * (b - a) / a).toFixed(1) + " %" : "";

function facts(list) {
  add("div", {class: "facts"}, ...list.filter(Boolean).map(([value, name]) =>
    make("div", {class: "fact"}, make("b", {}, value), make("span", {}, name))));
}
function table(head, rows) {
  const box = add("div", {class: "scroll"});
  const element = make("table", {}, make("thead", {}, make("tr", {}, ...head.map(h => make("th", {scope: "col"}, h)))));
  const body = make("tbody", {});
  for (const row of rows) {
    const line = make("tr", row.front ? {class: "front"} : {});
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
    const axes = [{...axis, label: options.x ?? "frame", labelSize: 22}, {...axis, size: 70, label: options.y, labelSize: 22}];
    const right = series.find(s => s.scale === "right");
    if (right) axes.push({...axis, scale: "right", side: 1, grid: {show: false}, size: 60, label: right.label, labelSize: 22});
    new uPlot({title, width: Math.max(400, box.clientWidth - 22), height: options.height ?? 280, scales, axes,
      cursor: {drag: {x: true, y: false}},
      series: [{label: options.x ?? "frame"}, ...series.map((s, n) => ({label: s.label, scale: s.scale ?? "y",
        stroke: s.stroke?.() ?? colour(s.colour ?? n), width: s.points ? 0 : 1.3, fill: s.fill?.(),
        points: {show: s.points ?? false, size: 4, fill: colour(s.colour ?? n)},
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

function shares(run) {
  const stages = run.stages.filter(s => s.cpu > 0).sort((a, b) => b.cpu - a.cpu);
  const bar = add("div", {class: "shares", role: "img", "aria-label": "shares of CPU time"});
  for (const s of stages) {
    const part = make("i", {title: `${s.name} ${percent(s.share)}`, style: `width:${100 * s.share}%`});
    part.style.background = stageColour(s.name);
    bar.append(part);
  }
  add("div", {class: "key"}, ...stages.map(s => {
    const dot = make("i"); dot.style.background = stageColour(s.name);
    return make("span", {}, dot, `${s.name} ${percent(s.share)}`);
  }));
}

function stageTable(run) {
  const names = ["cycles", "instructions", "cache_misses", "waits", "preemptions", "page_faults"]
    .filter(k => run.stages.some(s => s[k] !== undefined));
  const hardware = run.counters === "hardware";
  const rows = [...run.stages].sort((a, b) => (a.name === "idle") - (b.name === "idle") || b.cpu - a.cpu).map(s => ({cells: [
    s.name, {bar: s.share, colour: stageColour(s.name)}, percent(s.share), time(s.cpu), time(s.wall), s.calls, time(s.mean),
    time(s.p50), time(s.p99), time(s.max), ...names.map(k => s[k] ?? ""),
    ...(hardware ? [s.cycles > 0 ? (s.instructions / s.cycles).toFixed(2) : ""] : [])]}));
  table(["stage", "", "of CPU", "CPU", "wall", "calls", "mean", "p50", "p99", "max", ...names, ...(hardware ? ["IPC"] : [])], rows)
    .id = "stages";
  if (run.counters === "kernel") add("p", {}, `${run.counters_reason}: waits, preemptions and page faults are counted instead.`);
}

function framePlots(run) {
  const f = run.task?.frames;
  if (!f?.number?.length) return;
  const order = f.number.map((_, n) => n).filter(n => f.encoder[n] === Math.max(...new Set(f.encoder)))
    .sort((a, b) => f.number[a] - f.number[b]);
  const column = key => order.map(n => f[key][n]);
  const x = thin(column("number")).map(Math.round);
  add("h2", {}, "Frames");
  const types = {I: [], P: [], B: []};
  const kind = column("type"), bits = column("bits").map(b => b / 1000);
  if (x.length === kind.length)
    for (const [name, list] of Object.entries(types)) kind.forEach((k, n) => list.push(k.toUpperCase() === name ? bits[n] : null));
  const byType = x.length === kind.length
    ? Object.entries(types).map(([name, values], n) => ({label: name, values, bars: true, colour: [1, 0, 2][n], fill: () => colour([1, 0, 2][n])}))
    : [{label: "kbit", values: thin(bits)}];
  plot("Size and quantizer", x, [...byType, {label: "QP", values: thin(column("qp")), scale: "right", colour: 3}],
       {y: "kilobits", log: true});
  const wanted = ["encode", "lookahead", "decode", "input", "demux", "filter", "scale", "mux", "write"]
    .filter(k => f[k].some(v => v > 0.005));
  plot("CPU time by stage", x, wanted.map(k => ({label: k, values: thin(column(k)), colour: STAGE_COLOUR[k]})), {y: "milliseconds", log: true});
  plot("x265 about itself", x, [["wall", "frame"], ["ctu_time", "CTU time"], ["decide_wait", "slice decision wait"],
       ["row0_wait", "row 0 wait"], ["ref_wait", "reference wait"], ["stall", "stall"], ["avg_wpp", "average WPP"]]
    .filter(([k]) => f[k].some(v => v > 0)).map(([k, label], n) => ({label, values: thin(column(k)), colour: n,
      ...(k === "avg_wpp" ? {scale: "right"} : {})})), {y: "milliseconds", log: true});
  for (const [k, label] of [["ssim", "SSIM"], ["psnr", "PSNR, dB"]])
    if (f[k].some(v => v > 0)) plot(label, x, [{label, values: thin(column(k))}], {height: 200});
}

// Tracks of [begin, length, colour, title] in seconds.
function timeline(tracks, until, id) {
  const width = 1300, left = 130, row = 30, height = tracks.length * row + 34;
  const svg = make("svg", {viewBox: `0 0 ${width} ${height}`, width: "100%", id, role: "img", "aria-label": "timeline"});
  const at = t => left + (width - left - 10) * t / Math.max(until, 1e-9);
  const step = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600, 1800, 3600, 7200].find(s => until / s <= 12) ?? until / 10;
  for (let t = 0; t <= until; t += step) {
    svg.append(make("line", {class: "axis", x1: at(t), x2: at(t), y1: 0, y2: height - 24}),
               make("text", {class: "faint", x: at(t), y: height - 8, "text-anchor": "middle"}, time(t)));
  }
  tracks.forEach((track, n) => {
    svg.append(make("text", {x: left - 8, y: n * row + 20, "text-anchor": "end"}, track.name));
    for (const [begin, length, fill, title] of track.slices) {
      const rect = make("rect", {x: at(begin), y: n * row + 5, width: Math.max(0.4, at(begin + length) - at(begin)), height: row - 9});
      rect.style.fill = fill;
      rect.append(make("title", {}, title));
      svg.append(rect);
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

function runTimeline(run) {
  const task = run.task;
  if (!task?.slices?.length) return;
  add("h2", {}, "Timeline");
  const main = visible(task.slices.map(([b, l, k]) => [b / 1e6, l / 1e6, STAGES[k]]), run.wall)
    .map(([b, l, k]) => [b, l, stageColour(k), `${k} ${time(l)}`]);
  const lanes = (task.lanes ?? []).map((lane, n) => ({name: `x265 ${n}`,
    slices: visible(lane.map(([b, l, k]) => [b / 1e6, l / 1e6, String.fromCharCode(k)]), run.wall)
      .map(([b, l, k]) => [b, l, colour({I: 1, i: 1, P: 0, B: 2, b: 2}[k] ?? 7), `${k} ${time(l)}`])}));
  timeline([{name: "worker", slices: main}, ...lanes], run.wall, "timeline");
  add("div", {class: "key"}, ...[["I", 1], ["P", 0], ["B", 2]].map(([name, n]) => {
    const dot = make("i"); dot.style.background = colour(n);
    return make("span", {}, dot, `${name} frames (x265)`);
  }));
}

function showRun(run) {
  facts([[run.fps.toFixed(1), "frames per second"], [String(run.frames), "frames"], [time(run.wall), "wall time of the encode"],
    [time(run.cpu), "CPU time"], [bytes(run.bytes_out), "output"], [(run.bits_per_second / 1000).toFixed(0) + " kb/s", "video"],
    run.ssim > 0 && [run.ssim.toFixed(5), "SSIM"], run.psnr > 0 && [run.psnr.toFixed(3) + " dB", "PSNR"]]);
  add("p", {}, Object.entries(run.settings).map(([k, v]) => `${k} ${v}`).join(" · ") + " · threads: " +
    Object.entries(run.threads).filter(([, v]) => v > 0).map(([k, v]) => `${k} ${time(v)}`).join(", "));
  add("h2", {}, "Stages");
  shares(run);
  stageTable(run);
  framePlots(run);
  runTimeline(run);
}

const waits = name => name === "idle" || name === "wait";
function differences(a, b) {
  const names = [...new Set([...a.stages, ...b.stages].map(s => s.name))].sort();
  const per = (run, name) => {
    const s = run.stages.find(each => each.name === name);
    return s && run.frames > 0 ? (waits(name) ? s.wall : s.cpu) / run.frames : 0;
  };
  return names.map(name => ({name, before: per(a, name), after: per(b, name)}))
    .sort((x, y) => waits(x.name) - waits(y.name) || Math.abs(y.after - y.before) - Math.abs(x.after - x.before));
}

function compare(runs) {
  add("h2", {}, "Side by side");
  table(["run", "fps", "wall", "CPU", "output", "size", "speed", "SSIM"], runs.map(r => ({cells: [r.label, r.fps.toFixed(1),
    time(r.wall), time(r.cpu), bytes(r.bytes_out), change(runs[0].bytes_out, r.bytes_out), change(runs[0].fps, r.fps),
    r.ssim > 0 ? r.ssim.toFixed(5) : "–"]}))).id = "runs";
  for (const run of runs) { add("p", {}, run.label); shares(run); }
  for (const run of runs.slice(1)) {
    add("h2", {}, `${run.label} against ${runs[0].label}: per frame, largest difference first`);
    const list = differences(runs[0], run).filter(d => d.before > 0 || d.after > 0);
    const most = Math.max(...list.map(d => Math.abs(d.after - d.before)), 1e-12);
    table(["stage", "", "before", "after", "difference", ""], list.map(d => ({cells: [d.name + (waits(d.name) ? " (waiting)" : ""),
      {bar: Math.abs(d.after - d.before) / most, colour: colour(d.after > d.before ? 1 : 2)}, time(d.before), time(d.after),
      (d.after < d.before ? "−" : "+") + time(Math.abs(d.after - d.before)), change(d.before, d.after)]}))).className = "differences";
  }
  const columns = runs.map(r => r.task?.frames).filter(f => f?.number?.length);
  if (columns.length === runs.length) {
    const sorted = columns.map(f => f.number.map((_, n) => n).sort((p, q) => f.number[p] - f.number[q]));
    const length = Math.min(...sorted.map(s => s.length));
    const x = thin([...Array(length).keys()]);
    for (const [key, title, y] of [["encode", "Encode, CPU per frame", "milliseconds"], ["qp", "QP", ""], ["bits", "Bits", "bits"]])
      plot(title, x, runs.map((r, n) => ({label: r.label, values: thin(sorted[n].slice(0, length).map(i => columns[n][key][i])), colour: n})), {y});
  }
}

function sweep(runs, front) {
  add("h2", {}, "Speed, size and SSIM");
  table(["run", "fps", "CPU", "output", "kb/s", "SSIM", "Pareto front"], runs.map((r, n) => ({front: front[n], cells: [r.label, r.fps.toFixed(1),
    time(r.cpu), bytes(r.bytes_out), (r.bits_per_second / 1000).toFixed(0), r.ssim > 0 ? r.ssim.toFixed(5) : "–", front[n] ? "●" : ""]}))).id = "sweep";
  const cloud = (title, xs, ys, xLabel, yLabel) => {
    const width = 1300, height = 420, left = 80, bottom = 46;
    const range = v => { const a = Math.min(...v), b = Math.max(...v), m = (b - a || Math.abs(a) || 1) * 0.08; return [a - m, b + m]; };
    const [x0, x1] = range(xs), [y0, y1] = range(ys);
    const px = x => left + (width - left - 20) * (x - x0) / (x1 - x0), py = y => (height - bottom) - (height - bottom - 24) * (y - y0) / (y1 - y0);
    const svg = make("svg", {viewBox: `0 0 ${width} ${height}`, width: "100%", role: "img", "aria-label": title});
    svg.append(make("text", {x: left, y: 16}, title));
    for (let n = 0; n <= 5; n++) {
      const x = x0 + (x1 - x0) * n / 5, y = y0 + (y1 - y0) * n / 5;
      svg.append(make("line", {class: "axis", x1: px(x), x2: px(x), y1: 24, y2: height - bottom}),
        make("line", {class: "axis", x1: left, x2: width - 20, y1: py(y), y2: py(y)}),
        make("text", {class: "faint", x: px(x), y: height - bottom + 18, "text-anchor": "middle"}, x.toPrecision(4)),
        make("text", {class: "faint", x: left - 6, y: py(y) + 4, "text-anchor": "end"}, y.toPrecision(4)));
    }
    svg.append(make("text", {class: "faint", x: width / 2, y: height - 8, "text-anchor": "middle"}, `${xLabel} →  ·  ${yLabel} ↑`));
    const taken = [];
    runs.forEach((r, n) => {
      const late = px(xs[n]) > width * 0.8;
      let labelY = py(ys[n]) + 4;
      while (taken.some(([x, y]) => Math.abs(x - px(xs[n])) < 200 && Math.abs(y - labelY) < 13)) labelY += 13;
      taken.push([px(xs[n]), labelY]);
      const dot = make("circle", {cx: px(xs[n]), cy: py(ys[n]), r: front[n] ? 7 : 5, class: front[n] ? "front" : "point"});
      dot.style.fill = front[n] ? colour(1) : "none"; dot.style.stroke = colour(front[n] ? 1 : 7); dot.style.strokeWidth = 2;
      dot.append(make("title", {}, r.label));
      svg.append(dot, make("text", {x: px(xs[n]) + (late ? -10 : 10), y: labelY, "text-anchor": late ? "end" : "start"}, r.label));
    });
    add("div", {class: "plot"}).append(svg);
  };
  cloud("Size against speed", runs.map(r => r.fps), runs.map(r => r.bytes_out / 1000), "frames per second", "kB");
  if (runs.every(r => r.ssim > 0)) cloud("SSIM against size", runs.map(r => r.bytes_out / 1000), runs.map(r => r.ssim), "kB", "SSIM");
  add("p", {}, "● on the Pareto front: no other run is at least as fast, as small and as good.");
}

function batch(b) {
  facts([[`${b.ok}`, "done"], [`${b.failed}`, "failed"], b.skipped > 0 && [`${b.skipped}`, "skipped"], b.cancelled > 0 && [`${b.cancelled}`, "cancelled"],
    [time(b.seconds), "wall time"], [`${b.workers}`, "workers"], [percent(b.idle_share), "idle"], [bytes(b.bytes_in), "before"],
    [bytes(b.bytes_out), "after"], b.bytes_in > 0 && [percent(b.bytes_out / b.bytes_in), "of the size"], [b.fps.toFixed(1), "frames per second, all workers"]]);
  add("h2", {}, "Workers");
  const kinds = [...new Set(b.steps.map(s => s.name))];
  const tracks = [...Array(b.workers).keys()].map(w => ({name: `worker ${w}`, slices: b.steps.filter(s => s.worker === w).map(s =>
    [s.begin, s.end - s.begin, s.ok ? colour(kinds.indexOf(s.name)) : css("--c1"), `${s.name} ${b.jobs[s.job]?.input ?? ""}: ${time(s.end - s.begin)}${s.ok ? "" : ", failed"}`])}));
  timeline(tracks, b.seconds, "workers");
  add("div", {class: "key"}, ...kinds.map((k, n) => { const dot = make("i"); dot.style.background = colour(n); return make("span", {}, dot, k); }));
  const failed = b.jobs.filter(j => j.status === "failed");
  if (failed.length > 0) {
    add("h2", {}, "Failures");
    table(["file", "what"], failed.map(j => ({cells: [j.input, j.error]}))).id = "failures";
  }
  add("h2", {}, "Jobs");
  table(["file", "", "status", "frames", "time", "fps", "before", "after", ""], b.jobs.map(j => ({cells: [j.input,
    {bar: j.seconds / Math.max(...b.jobs.map(x => x.seconds), 1e-9)}, j.status + (j.reason ? `: ${j.reason}` : ""), j.frames || "", j.seconds > 0 ? time(j.seconds) : "",
    j.seconds > 0 && j.frames > 0 ? (j.frames / j.seconds).toFixed(1) : "", j.bytes_in > 0 ? bytes(j.bytes_in) : "", j.bytes_out > 0 ? bytes(j.bytes_out) : "",
    j.bytes_in > 0 && j.bytes_out > 0 ? percent(j.bytes_out / j.bytes_in) : ""]}))).id = "jobs";
}

if (data.kind === "batch") {
  add("h1", {}, "hevcpool: a batch");
  batch(data);
} else {
  const runs = data.runs;
  add("h1", {}, `hevcpool profile: ${[...new Set(runs.map(r => r.input.name))].join(", ")}`);
  add("p", {}, runs[0].version);
  if (data.kind === "sweep") sweep(runs, data.front);
  else if (runs.length === 1) showRun(runs[0]);
  else {
    compare(runs);
    for (const run of runs) { add("h1", {}, run.label); showRun(run); }
  }
}
