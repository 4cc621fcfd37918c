// The chart of recall against another figure, as SVG: the front of each index, the cells, labels at the ends of the
// lines, and a rule at the target recall, which can be dragged.

const shapes = {
  "circle": "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0", "square": "M-3.6,-3.6h7.2v7.2h-7.2z",
  "triangle-up": "M0,-4.6L4.6,3.6H-4.6z", "diamond": "M0,-5L5,0L0,5L-5,0z",
  "cross": "M-1.5,-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z", "triangle-down": "M0,4.6L4.6,-3.6H-4.6z",
  "triangle-right": "M4.6,0L-3.6,4.6V-4.6z", "triangle-left": "M-4.6,0L3.6,4.6V-4.6z",
};

function drawn(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** The mark of an index, for a table. */
function swatch({ color, shape }) {
  return drawn("svg", { class: "swatch", width: 28, height: 12, viewBox: "-14 -6 28 12", "aria-hidden": "true" },
    drawn("path", { d: "M-14,0H14", stroke: color, "stroke-width": 2 }), drawn("path", { d: shapes[shape], fill: color }));
}

// MARK: - Scales

const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/** A scale from [low, high] to pixels that is linear in `forward`; `back` is the inverse of `forward`. */
function scale(forward, back, [low, high], [from, to]) {
  const [start, end] = [forward(low), forward(high)];
  const unit = (to - from) / (end - start || 1);
  const shift = end === start ? (to - from) / 2 : 0;
  return {
    low, high, place: (value) => from + shift + (forward(value) - start) * unit,
    value: (place) => back(start + (place - from - shift) / unit),
  };
}

/** Recall by its logit, so that each further halving of the error has the same width; 1 has a place at the end. */
function recallScale(domain, pixels, edge) {
  const forward = (recall) => {
    const inside = clamp(recall, 0.001, 1 - edge);
    return Math.log(inside / (1 - inside));
  };
  const back = (value) => {
    const recall = 1 / (1 + Math.exp(-value));
    return recall > 1 - 1.01 * edge ? 1 : recall;
  };
  return scale(forward, back, domain, pixels);
}

const logScale = (domain, pixels) => scale(Math.log, Math.exp, domain, pixels);

/** The multiples of ten's power within a range; none when they are too many. */
function multiples(low, high, exponent) {
  const step = 10 ** exponent;
  const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  if (last - first > 60) return [];
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, place) => Number(((first + place) * step).toPrecision(12)));
}

const recallTicks = [1, 0.9, 0.99, 0.5, 0.999, 0.95, 0.8, 0.9999, 0.7, 0.98, 0.995, 0.1, 0.3, 0.2, 0.6, 0.85, 0.97, 0.05, 0.998];

/** The candidates within a scale that are at least `gap` pixels apart; earlier ones come first. */
function ticks(candidates, scale, gap) {
  const kept = [];
  for (const value of candidates) {
    if (value < scale.low - 1e-9 || value > scale.high * (1 + 1e-9)) continue;
    const place = scale.place(value);
    if (kept.every((other) => Math.abs(other.place - place) >= gap)) kept.push({ value, place });
  }
  return kept;
}

/** Usual recalls, and finer ones where only few of them are within the scale. */
function recallTicksOf(scale) {
  const usual = ticks(recallTicks, scale, 44);
  const finer = [-2, -3, -4, -5].flatMap((exponent) => multiples(scale.low, scale.high, exponent));
  return usual.length > 3 ? usual : ticks(recallTicks.concat(finer), scale, 60);
}

/** The digits 1, 2 and 5 of each decade, and finer numbers where only few of them are within the scale. */
function logTicks(scale, gap) {
  const top = Math.floor(Math.log10(scale.high));
  const decades = Array.from({ length: 12 }, (_, place) => 10 ** (top - place));
  const usual = [1, 2, 5].flatMap((digit) => decades.map((decade) => Number((digit * decade).toPrecision(3))));
  const found = ticks(usual, scale, gap);
  const finer = [0, 1, 2, 3, 4].flatMap((digit) => multiples(scale.low, scale.high, top - digit));
  return found.length > 3 ? found : ticks(usual.concat(finer), scale, 1.5 * gap);
}

// MARK: - The chart

/**
 * Draws the chart into `place`, and replaces what is there.
 *
 * `series` has one object for each index: name, color, shape, `front` (its cells by ascending recall), `others`, and
 * `isMuted` for a line in the background.
 * `figure` has the title, the member of the cells, the members of its interval, and `text` for its numbers.
 * `target` and `chosen` are the recall at the rule and the cells that are marked. `zoom` has the ranges of both axes,
 * or is null. `told` makes the lines about a cell. `changed` is called with a new target recall, `stepped` with a number
 * of steps to further recalls, `picked` with a cell, `zoomed` with new ranges, and `released` when the rule is no longer
 * dragged.
 *
 * Intervals never set the scales. Returns functions that change the target, and that give wider or narrower ranges.
 */
function drawChart(place, options) {
  const { series, figure, zoom, told, title, summary } = options;
  const width = Math.max(place.clientWidth, 280);
  const isNarrow = width < 480;
  const height = isNarrow ? 360 : Math.round(clamp(width * 0.62, 380, 520));
  const value = (row) => row[figure.member];
  const loud = series.filter(({ isMuted }) => !isMuted);
  const cells = loud.flatMap(({ front, others }) => [...front, ...others]).filter((row) => value(row) > 0);
  place.replaceChildren();
  if (cells.length === 0) return { setTarget() {} };

  // The ranges, and the place of the labels.
  const errors = cells.map((row) => 1 - row.recall).filter((error) => error > 0);
  const edge = clamp(Math.min(...errors, 0.002) / 2, 1e-7, 0.01);
  const range = (numbers) => [Math.min(...numbers), Math.max(...numbers)];
  const labelWidth = isNarrow ? 0 : clamp(7 * Math.max(...loud.map(({ name }) => name.length)) + 26, 60, width / 3);
  const box = { left: 64, right: width - 8 - labelWidth, top: 34, bottom: height - 40 };
  const x = recallScale(zoom ? zoom.recall : range(cells.map((row) => row.recall)), [box.left + 14, box.right - 14], edge);
  const y = logScale(zoom ? zoom.value : range(cells.map(value)), [box.bottom - 12, box.top + 12]);
  const isInside = (row) => value(row) > 0 && (!zoom || (row.recall >= x.low && row.recall <= x.high && value(row) >= y.low && value(row) <= y.high));

  const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-labelledby": "plot-title plot-summary" },
    Object.assign(drawn("title", { id: "plot-title" }), { textContent: title }),
    Object.assign(drawn("desc", { id: "plot-summary" }), { textContent: summary }),
    drawn("clipPath", { id: "inside" }, drawn("rect", { x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top })));
  const text = (words, attributes) => Object.assign(drawn("text", attributes), { textContent: words });

  // Axes.
  const axes = drawn("g", { class: "axes", "aria-hidden": "true" });
  for (const tick of recallTicksOf(x)) {
    axes.append(drawn("path", { class: "grid", d: `M${tick.place},${box.top}V${box.bottom}` }),
      text(String(tick.value), { x: tick.place, y: box.bottom + 17, "text-anchor": "middle" }));
  }
  for (const tick of logTicks(y, 26)) {
    axes.append(drawn("path", { class: "grid", d: `M${box.left},${tick.place}H${box.right}` }),
      text(figure.text(tick.value), { x: box.left - 6, y: tick.place + 4, "text-anchor": "end" }));
  }
  axes.append(text("recall", { class: "axis", x: (box.left + box.right) / 2, y: height - 6, "text-anchor": "middle" }),
    text(figure.title, { class: "axis", x: 4, y: 14 }));
  svg.append(axes);

  // Fronts, intervals and cells.
  const plot = drawn("g", { "clip-path": "url(#inside)" });
  const at = (row) => `${x.place(row.recall).toFixed(1)},${y.place(value(row)).toFixed(1)}`;
  for (const { color, shape, front, others, isMuted } of [...series.filter(({ isMuted }) => isMuted), ...loud.toReversed()]) {
    const line = front.filter((row) => value(row) > 0);
    if (isMuted) {
      if (line.length > 1) plot.append(drawn("path", { class: "front muted", d: `M${line.map(at).join("L")}` }));
      continue;
    }
    const group = drawn("g", { stroke: color, fill: color });
    if (line.length > 1) group.append(drawn("path", { class: "front", d: `M${line.map(at).join("L")}` }));
    const intervals = line.filter((row) => row[figure.low] > 0).map((row) => {
      const [left, low, high] = [x.place(row.recall), y.place(row[figure.low]), y.place(row[figure.high])];
      return `M${left.toFixed(1)},${low.toFixed(1)}V${high.toFixed(1)}`;
    });
    if (intervals.length > 0) group.append(drawn("path", { class: "interval", d: intervals.join("") }));
    for (const row of [...others, ...line].filter(isInside)) {
      group.append(drawn("path", { class: line.includes(row) ? "cell" : "cell other", d: shapes[shape], transform: `translate(${at(row)})` }));
    }
    plot.append(group);
  }
  svg.append(plot);
  drawLabels(svg, loud.map(({ name, color, front }) => {
    const last = front.findLast(isInside);
    return last && { name, color, x: x.place(last.recall), y: y.place(value(last)) };
  }).filter(Boolean), box, isNarrow);

  // The target recall.
  const marks = drawn("g", { class: "chosen", "clip-path": "url(#inside)" });
  const rule = drawn("g", { class: "target", tabindex: 0, role: "slider", "aria-label": "target recall", "aria-valuemin": x.low, "aria-valuemax": x.high });
  const targetText = text("", { y: box.top - 8, "text-anchor": "middle" });
  rule.append(drawn("path", { class: "grip", d: `M0,${box.top - 4}V${box.bottom}` }), drawn("path", { class: "rule", d: `M0,${box.top - 4}V${box.bottom}` }),
    drawn("path", { class: "handle", d: `M-7,${box.top - 4}H7L0,${box.top + 7}z` }), targetText);
  svg.append(marks, rule);
  function setTarget(target, chosen) {
    const left = clamp(x.place(target), box.left, box.right);
    rule.setAttribute("transform", `translate(${left.toFixed(1)},0)`);
    rule.setAttribute("aria-valuenow", target);
    targetText.textContent = `≥ ${target}`;
    targetText.setAttribute("x", clamp(left, 40, width - 40) - left);
    marks.replaceChildren(...chosen.filter(isInside).map((row) => drawn("circle", { cx: x.place(row.recall), cy: y.place(value(row)), r: 9 })));
  }
  setTarget(options.target, options.chosen);
  place.append(svg);

  // The pointer and the keyboard.
  const near = cells.filter(isInside).map((row) => ({ row, x: x.place(row.recall), y: y.place(value(row)) }));
  const tooltip = Object.assign(document.createElement("div"), { className: "tooltip", hidden: true });
  place.append(tooltip);
  const pointAt = (event) => {
    const frame = svg.getBoundingClientRect();
    return { x: (event.clientX - frame.left) * width / frame.width, y: (event.clientY - frame.top) * height / frame.height };
  };
  const nearest = (point) => {
    const found = near.reduce((best, other) => {
      const distance = Math.hypot(other.x - point.x, other.y - point.y);
      return distance < best.distance ? { distance, cell: other } : best;
    }, { distance: 16 });
    return found.cell;
  };
  let drag = null;
  const frameOfZoom = drawn("rect", { class: "zoom" });
  svg.addEventListener("pointerdown", (event) => {
    const isRule = rule.contains(event.target) && !nearest(pointAt(event));
    const isHandle = event.target.classList.contains("handle");
    // A finger that moves over the chart scrolls the page.
    if (event.button !== 0 || (event.pointerType === "touch" && !isRule && !isHandle)) return;
    drag = { start: pointAt(event), moves: isRule || isHandle };
    svg.setPointerCapture(event.pointerId);
    if (!drag.moves) event.preventDefault();
  });
  svg.addEventListener("pointermove", (event) => {
    const point = pointAt(event);
    if (drag && drag.moves) {
      options.changed(clamp(x.value(clamp(point.x, box.left, box.right)), 0.001, 1));
    } else if (drag) {
      const [left, right] = [drag.start.x, point.x].sort((a, b) => a - b).map((place) => clamp(place, box.left, box.right));
      const [top, bottom] = [drag.start.y, point.y].sort((a, b) => a - b).map((place) => clamp(place, box.top, box.bottom));
      drag.zoom = right - left > 12 && bottom - top > 12 ? { left, right, top, bottom } : null;
      if (drag.zoom) {
        for (const [key, number] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top })) frameOfZoom.setAttribute(key, number);
        svg.append(frameOfZoom);
      }
    }
    const found = drag ? null : nearest(point);
    tooltip.hidden = !found;
    svg.classList.toggle("points", Boolean(found));
    if (!found) return;
    tooltip.replaceChildren(...told(found.row).map((line) => Object.assign(document.createElement("div"), { textContent: line })));
    const unit = svg.getBoundingClientRect().width / width;
    tooltip.style.top = `${(found.y + 12) * unit}px`;
    tooltip.style.left = `${clamp(found.x * unit + 12, 0, Math.max(place.clientWidth - tooltip.offsetWidth, 0))}px`;
  });
  svg.addEventListener("pointerup", (event) => {
    const done = drag;
    drag = null;
    frameOfZoom.remove();
    if (done?.zoom) {
      const { left, right, top, bottom } = done.zoom;
      options.zoomed({ recall: [x.value(left), x.value(right)], value: [y.value(bottom), y.value(top)] });
    } else if (done?.moves) {
      options.released();
    } else {
      const found = nearest(pointAt(event));
      if (found) options.picked(found.row);
    }
  });
  svg.addEventListener("pointerleave", () => { tooltip.hidden = true; });
  svg.addEventListener("dblclick", () => options.zoomed(null));
  rule.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (!steps) return;
    event.preventDefault();
    options.stepped(steps);
  });
  return {
    setTarget,
    /** The ranges of the axes, around their middle, `factor` times as wide. */
    widened(factor) {
      const around = (from, to) => [(from + to) / 2 - factor * (to - from) / 2, (from + to) / 2 + factor * (to - from) / 2];
      const [left, right] = around(box.left + 14, box.right - 14);
      const [top, bottom] = around(box.top + 12, box.bottom - 12);
      return { recall: [x.value(left), x.value(right)], value: [y.value(bottom), y.value(top)] };
    },
  };
}

/** Names the lines at their ends, without overlaps; names that find no place are left out, the table has all. */
function drawLabels(svg, ends, box, isNarrow) {
  const lineHeight = 15;
  const most = Math.floor((box.bottom - box.top) / lineHeight);
  const labels = ends.slice(0, most).sort((a, b) => a.y - b.y);
  let free = box.top;
  for (const label of labels) {
    label.at = Math.max(isNarrow ? label.y - 9 : label.y, free);
    free = label.at + lineHeight;
  }
  // What was pushed beyond the bottom goes back up.
  let limit = box.bottom + 4;
  for (const label of labels.toReversed()) {
    label.at = Math.min(label.at, limit);
    limit = label.at - lineHeight;
  }
  const group = drawn("g", { class: "labels", "aria-hidden": "true" });
  for (const { name, color, x, y, at } of labels) {
    const words = Object.assign(drawn("text", isNarrow
      ? { x: Math.max(Math.min(x, box.right) - 2, box.left + 7 * name.length), y: at, "text-anchor": "end" } : { x: box.right + 20, y: at + 4 }), { textContent: name });
    if (!isNarrow) {
      group.append(drawn("path", { d: `M${x + 6},${y}L${box.right + 4},${at}H${box.right + 16}`, stroke: color, class: "leader" }));
    }
    group.append(words);
  }
  svg.append(group);
}
