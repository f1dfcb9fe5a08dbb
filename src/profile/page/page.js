// SPDX-License-Identifier: GPL-2.0-or-later
"use strict";
// Shows what is in #data: {"kind": "runs" | "sweep" | "batch", ...}. Numbers are shown as they are there.
const data = JSON.parse(document.getElementById("data").textContent);

function shares(run) {
  const stages = run.stages.filter(s => s.cpu > 0).sort((a, b) => b.cpu - a.cpu);
  const bar = add("div", {class: "shares", role: "img", "aria-label": "shares of CPU time"});
  for (const s of stages) {
    const part = make("i", {title: `${s.name} ${percent(s.share)}`, style: `width:${100 * s.share}%`});
    part.style.background = stageColour(s.name);
    bar.append(part);
  }
  key(stages.filter(s => s.share >= 0.0005).map(s => [`${s.name} ${percent(s.share)}`, stageColour(s.name)]));
}

const missing = new Set();  // said once
function stageTable(run) {
  const names = ["cycles", "instructions", "cache_misses", "waits", "preemptions", "page_faults"]
    .filter(k => run.stages.some(s => s[k] !== undefined));
  const hardware = run.counters === "hardware";
  const rows = [...run.stages].sort((a, b) => (a.name === "idle") - (b.name === "idle") || b.cpu - a.cpu).map(s => ({cells: [
    s.name, {bar: s.share, colour: stageColour(s.name)}, percent(s.share), time(s.cpu), time(s.wall), s.calls, time(s.mean),
    time(s.p50), time(s.p99), time(s.max), ...names.map(k => s[k] ?? ""),
    ...(hardware ? [s.cycles > 0 ? (s.instructions / s.cycles).toFixed(2) : ""] : [])]}));
  table(["stage", "", "of CPU", "CPU", "wall", "calls", "mean", "p50", "p99", "max", ...names.map(k => k.replace("_", " ")), ...(hardware ? ["IPC"] : [])], rows)
    .id = "stages";
  if (run.counters === "kernel" && !missing.has(run.counters_reason)) {
    missing.add(run.counters_reason);
    add("p", {}, `${run.counters_reason}: waits, preemptions and page faults are counted instead.`);
  }
}

// The rows of each encoder in the order of presentation, those of the last pass first.
function encoders(f) {
  const found = new Map();
  (f?.number ?? []).forEach((_, n) => {
    const key = `${f.pass?.[n] ?? 0} ${f.encoder?.[n] ?? 0}`;
    if (!found.has(key)) found.set(key, {pass: f.pass?.[n] ?? 0, encoder: f.encoder?.[n] ?? 0, rows: []});
    found.get(key).rows.push(n);
  });
  for (const each of found.values()) each.rows.sort((a, b) => f.number[a] - f.number[b]);
  return [...found.values()].sort((a, b) => b.pass - a.pass || a.encoder - b.encoder);
}

function framePlots(f, title, rows) {
  const column = key => rows.map(n => f[key]?.[n] ?? 0);
  const has = (key, least = 0) => f[key] && rows.some(n => f[key][n] > least);
  const x = thin(column("number")).map(Math.round);
  add("h2", {}, title);
  const types = {I: [], P: [], B: []};
  const kind = rows.map(n => f.type[n]), bits = column("bits").map(b => b / 1000);
  if (x.length === kind.length)
    for (const [name, list] of Object.entries(types)) kind.forEach((k, n) => list.push(k.toUpperCase() === name ? bits[n] : null));
  const byType = x.length === kind.length
    ? Object.entries(types).map(([name, values], n) => ({label: name, values, bars: true, colour: [1, 0, 2][n], fill: () => colour([1, 0, 2][n])}))
    : [{label: "kbit", values: thin(bits)}];
  plot("Size and quantizer", x, [...byType, {label: "QP", values: thin(column("qp")), scale: "right", colour: 3}],
       {y: "kilobits", log: true});
  const wanted = ["encode", "lookahead", "decode", "input", "demux", "filter", "scale", "mux", "write"].filter(k => has(k, 0.005));
  plot("CPU time by stage", x, wanted.map(k => ({label: k, values: thin(column(k)), colour: STAGE_COLOUR[k], dots: k === "lookahead"})), {y: "milliseconds", log: true});
  const own = [["wall", "frame"], ["ctu_time", "CTU time"], ["decide_wait", "slice decision wait"], ["row0_wait", "row 0 wait"],
               ["ref_wait", "reference wait"], ["stall", "stall"], ["avg_wpp", "average WPP"]].filter(([k]) => has(k));
  if (own.length > 0)
    plot("x265 about itself", x, own.map(([k, label], n) => ({label, values: thin(column(k)), colour: n,
         ...(k === "avg_wpp" ? {scale: "right"} : {})})), {y: "milliseconds", log: true});
  for (const [k, label] of [["ssim", "SSIM"], ["psnr", "PSNR, dB"]])
    if (has(k)) plot(label, x, [{label, values: thin(column(k))}], {height: 200});
}

function passTable(run) {
  const passes = run.task?.passes ?? [];
  if (passes.length < 2) return;
  const names = STAGES.filter(s => passes.some(p => p.cpu[s] >= 0.0005));
  add("h2", {}, "Passes");
  table(["pass", "frames", "wall", ...names.map(n => n + " CPU")],
        passes.map(p => ({cells: [p.number, p.frames, time(p.wall), ...names.map(n => time(p.cpu[n] ?? 0))]}))).id = "passes";
}

function frames(run) {
  const f = run.task?.frames, all = encoders(f);
  for (const {pass, encoder, rows} of all) {
    const same = all.filter(e => e.pass === pass);
    framePlots(f, "Frames" + (pass > 0 ? `, pass ${pass}` : "") + (same.length > 1 ? `, stream ${1 + same.findIndex(e => e.encoder === encoder)}` : ""), rows);
  }
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
  const present = STAGES.filter(name => name === "wait" || run.stages.some(s => s.name === name && s.cpu > 0.002 * run.cpu));
  key([...present.filter(name => name !== "encode" && name !== "idle").map(name => [name, stageColour(name)]),
       ...[["I", 1], ["P", 0], ["B", 2]].map(([name, n]) => [`${name} frames (x265)`, colour(n)])]);
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
  passTable(run);
  frames(run);
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
  for (const run of runs) { add("p", {class: "label"}, run.label); shares(run); }
  for (const run of runs.slice(1)) {
    add("h2", {}, `${run.label} against ${runs[0].label}: per frame, largest difference first`);
    const list = differences(runs[0], run).filter(d => d.before > 0 || d.after > 0);
    const most = Math.max(...list.filter(d => !waits(d.name)).map(d => Math.abs(d.after - d.before)), 1e-12);
    table(["stage", "", "before", "after", "difference", ""], list.map(d => ({cells: [d.name + (waits(d.name) ? " (waiting)" : ""),
      waits(d.name) ? "" : {bar: Math.abs(d.after - d.before) / most, colour: colour(d.after > d.before ? 1 : 2)}, time(d.before), time(d.after),
      (d.after < d.before ? "−" : "+") + time(Math.abs(d.after - d.before)), change(d.before, d.after)]}))).className = "differences";
  }
  const columns = runs.map(r => r.task?.frames).filter(f => f?.number?.length);
  if (columns.length === runs.length) {
    const sorted = columns.map(f => encoders(f)[0].rows);
    const length = Math.min(...sorted.map(s => s.length));
    const x = thin([...Array(length).keys()]).map(Math.round);
    for (const [key, title, y] of [["encode", "Encode, CPU per frame", "milliseconds"], ["qp", "QP", ""], ["bits", "Bits", "bits"]])
      plot(title, x, runs.map((r, n) => ({label: r.label, values: thin(sorted[n].slice(0, length).map(i => columns[n][key][i])), colour: n})), {y});
  }
}

function sweep(runs, front) {
  add("h2", {}, "Speed, size and SSIM");
  table(["run", "fps", "CPU", "output", "kb/s", "SSIM", "Pareto front"], runs.map((r, n) => ({front: front[n], cells: [r.label, r.fps.toFixed(1),
    time(r.cpu), bytes(r.bytes_out), (r.bits_per_second / 1000).toFixed(0), r.ssim > 0 ? r.ssim.toFixed(5) : "–", front[n] ? "●" : ""]}))).id = "sweep";
  const points = runs.map((r, n) => ({label: r.label, front: front[n]}));
  cloud("Size against speed", points, runs.map(r => r.fps), runs.map(r => r.bytes_out / 1000), "frames per second", "kB");
  if (runs.every(r => r.ssim > 0)) cloud("SSIM against size", points, runs.map(r => r.bytes_out / 1000), runs.map(r => r.ssim), "kB", "SSIM");
  add("p", {}, "● on the Pareto front: no other run is at least as fast, as small and as good.");
}

function batch(b) {
  facts([[`${b.ok}`, "done"], [`${b.failed}`, "failed"], b.skipped > 0 && [`${b.skipped}`, "skipped"], b.cancelled > 0 && [`${b.cancelled}`, "cancelled"],
    [time(b.seconds), "wall time"], [`${b.workers}`, "workers"], [percent(b.idle_share), "idle"], [bytes(b.bytes_in), "before"],
    [bytes(b.bytes_out), "after"], b.bytes_in > 0 && [percent(b.bytes_out / b.bytes_in), "of the size"], [b.fps.toFixed(1), "frames per second, all workers"]]);
  add("h2", {}, "Workers");
  const kinds = [...new Set(b.steps.map(s => s.name))];
  const stepColour = name => colour({encode: 0, segment: 8, inspect: 9, index: 4, verify: 2, assemble: 3}[name] ?? 5 + kinds.indexOf(name));
  const tracks = [...Array(b.workers).keys()].map(w => ({name: `worker ${w}`, slices: b.steps.filter(s => s.worker === w).map(s =>
    [s.begin, s.end - s.begin, s.ok ? stepColour(s.name) : css("--bad"), `${s.name} ${b.jobs[s.job]?.input ?? ""}: ${time(s.end - s.begin)}${s.ok ? "" : ", failed"}`,
     (b.jobs[s.job]?.input ?? "").split("/").pop()])}));
  timeline(tracks, b.seconds, "workers");
  key([...kinds.map(k => [k, stepColour(k)]), ...(b.steps.some(s => !s.ok) ? [["failed", css("--bad")]] : [])]);
  const failed = b.jobs.filter(j => j.status === "failed");
  if (failed.length > 0) {
    add("h2", {}, "Failures");
    const list = table(["file", "what"], failed.map(j => ({cells: [j.input, j.error]})));
    list.id = "failures";
    list.className = "texts";
  }
  add("h2", {}, "Jobs");
  table(["file", "", "status", "frames", "time", "fps", "before", "after", "size"], b.jobs.map(j => ({bad: j.status === "failed", cells: [j.input,
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
