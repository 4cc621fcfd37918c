// Fills a report: the answer at the target recall, the chart, the tables, and the selected cell. The data are in the
// element `report`, as JSON. Texts of the report are never interpreted as markup: they are only assigned as text.

const report = JSON.parse(document.getElementById("report").textContent);
const byId = (id) => document.getElementById(id);
/** The parts of a setting except the dataset. */
const parts = ["k", "mode", "threads", "stage"];
/** The number of rows that a table shows before the reader asks for all, since each row costs time. */
const rowsAtFirst = { answer: 12, levels: 12, cells: 25 };
/** The greatest number of cells that the chart shows without being asked. */
const cellsAtFirst = 400;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// MARK: - Numbers

/** Formats numbers for people; a value that was not measured is null, and is not shown as zero. */
const format = (options) => {
  const numbers = new Intl.NumberFormat("en", options);
  return (value) => (value === null || value === undefined ? "–" : numbers.format(value));
};
const fixed = (digits) => format({ minimumFractionDigits: digits, maximumFractionDigits: digits });
const [whole, share, significant] = [fixed(0), fixed(4), format({ maximumSignificantDigits: 3 })];
const ratio = format({ minimumSignificantDigits: 3, maximumSignificantDigits: 3 });

/** The digits of a recall that anybody needs: two significant ones of the error. */
const digitsOf = (recall) => (recall >= 1 ? 4 : clamp(1 - Math.floor(Math.log10(1 - recall)), 2, 6));
const rounded = (recall) => (recall >= 1 ? 1 : Number(recall.toFixed(digitsOf(recall))));

const figures = {
  qps: { title: "queries/s", member: "qps", low: "qps_low", high: "qps_high", text: (value) => (value < 10 ? significant(value) : whole(value)) },
  p99: { title: "p99 of a query, ms", member: "p99", low: "p99_low", high: "p99_high", text: significant },
  megabytes: { title: "index, MB", member: "megabytes", text: significant },
};

// MARK: - The state, which is in the address

const defaults = { recall: 0.95, figure: "qps", sort: "", find: "" };

function stateOfAddress() {
  const words = new URLSearchParams(location.hash.slice(1));
  const given = (name) => words.get(name) ?? undefined;
  // For a workload its last stage, at which all rows are stored.
  const first = report.settings[0];
  const usual = report.settings.findLast((setting) => setting.allStages === first?.allStages);
  const setting = report.settings.findLast((setting) =>
    ["dataset", ...parts].every((part) => String(setting[part]) === (given(part) ?? String(usual[part])))) ?? usual;
  const recall = Number(given("recall"));
  return {
    setting, recall: recall > 0 && recall <= 1 ? recall : bestDefault(setting), figure: figures[given("figure")] ? given("figure") : defaults.figure,
    hidden: new Set(words.getAll("hide")), sort: given("sort") ?? "", find: given("find") ?? "",
    picked: -1, zoom: null, showsAllCells: given("cells") === "all", all: new Set(),
  };
}

/** The usual target, or the highest of a few that any index reaches. */
function bestDefault(setting) {
  const most = Math.max(0, ...(setting?.indexes ?? []).flatMap(({ steps }) => steps.map(([, low]) => low)));
  return [0.95, 0.9, 0.8, 0.7, 0.5, 0.3, 0.1].find((recall) => recall <= most) ?? 0.95;
}

function writeAddress() {
  const words = new URLSearchParams();
  if (state.setting) for (const part of ["dataset", ...parts]) if (valuesOf(part).length > 1) words.set(part, state.setting[part]);
  words.set("recall", state.recall);
  if (state.figure !== defaults.figure) words.set("figure", state.figure);
  if (state.sort) words.set("sort", state.sort);
  if (state.find) words.set("find", state.find);
  if (state.showsAllCells) words.set("cells", "all");
  for (const name of state.hidden) words.append("hide", name);
  history.replaceState(null, "", `#${words}`);
}

const valuesOf = (part) => [...new Set(report.settings.map((setting) => setting[part]))];
let state = stateOfAddress();

// MARK: - The answer

const isFound = (name) => name.toLowerCase().includes(state.find.toLowerCase());
/** The indexes of a setting that the search finds, hidden ones included. */
const found = (setting) => (setting?.indexes ?? []).filter(({ index }) => isFound(report.indexes[index].name));
const isShown = ({ index }) => !state.hidden.has(report.indexes[index].name);

/** The speed at a recall, interpolated on a front in the logarithm; null when the front does not reach it. */
function interpolated(front, member, recall) {
  const next = front.findIndex((row) => row.recall >= recall);
  if (next <= 0) return next < 0 ? null : front[0][member];
  const [low, high] = [front[next - 1], front[next]];
  return low[member] * (high[member] / low[member]) ** ((recall - low.recall) / (high.recall - low.recall));
}

const frontOf = (entry, member) => (entry.fronts[member] ?? []).map((cell) => report.rows[cell]);

/** For each index the fastest setting that reaches the recall, or else the one with the highest recall. */
function answers(setting) {
  return found(setting).filter(({ steps }) => steps.length > 0).map((entry) => {
    const step = entry.steps.find(([, low]) => low >= state.recall);
    const [cell, low] = step ?? entry.steps.at(-1);
    const row = report.rows[cell];
    return { entry, row, low, reaches: Boolean(step), name: row.setting_name, at: interpolated(frontOf(entry, "qps"), "qps", state.recall) };
  }).sort((a, b) => b.reaches - a.reaches || (a.reaches ? b.row.qps - a.row.qps : b.low - a.low));
}

/** The verdict on a setting in a sentence. */
function verdict(setting) {
  const shown = answers(setting).filter(({ entry }) => isShown(entry));
  const reached = shown.filter(({ reaches }) => reaches);
  if (shown.length === 0) return found(setting).length === 0 ? "No index was measured here" : "All indexes are hidden";
  if (reached.length === 0) {
    return `No setting reaches recall ${state.recall} for certain; the nearest is ${shown[0].name}: ${share(shown[0].row.recall)}, at least ${share(shown[0].low)}`;
  }
  const [first, second] = reached;
  const speed = `${figures.qps.text(first.row.qps)} queries/s`;
  if (!second) return `Only ${first.name} reaches recall ≥ ${state.recall}: ${speed}`;
  const doubt = first.row.qps_low <= second.row.qps_high ? ", but their intervals overlap" : "";
  return `${first.name} is the fastest at recall ≥ ${state.recall}: ${speed}, ${ratio(first.row.qps / second.row.qps)} times ${second.name}${doubt}`;
}

function showVerdicts() {
  const here = report.settings.filter((setting) => parts.every((part) => setting[part] === state.setting?.[part]));
  byId("verdicts").replaceChildren(...here.map((setting) => {
    const isOnly = here.length === 1;
    const sentence = verdict(setting);
    if (isOnly) return element("li", { className: "now" }, element("strong", { textContent: sentence }), ".");
    const button = element("button", { type: "button", textContent: setting.dataset });
    button.addEventListener("click", () => choose(setting));
    if (setting === state.setting) button.setAttribute("aria-current", "true");
    return element("li", { className: setting === state.setting ? "now" : "" }, button, " ", element("span", { textContent: `${sentence}.` }));
  }));
}

const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

function choose(setting) {
  state.setting = setting;
  state.zoom = null;
  update();
}

// MARK: - Tables

/** What the tables show at the moment, for downloads. */
const tables = {};

/**
 * Fills a table. A column has a title, `value` for sorting and downloads, and `text` or `node` for the reader. Columns
 * without any value are left out, and rows beyond the first ones are shown on request.
 */
function fillTable(name, columns, rows, { sort = null, sorted = null, rowClass = () => "" } = {}) {
  const isEmpty = (value) => value === null || value === undefined || value === "";
  const used = columns.filter((column) => rows.some((row) => !isEmpty(column.value(row))));
  tables[name] = { columns: used, rows };
  byId(name).hidden = rows.length === 0;
  if (sort) {
    const column = used.find(({ title }) => title === sort.replace(/^-/, ""));
    const order = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a - b);
    if (column) {
      rows = rows.toSorted((a, b) => {
        const [one, other] = [column.value(a), column.value(b)];
        if (isEmpty(one) || isEmpty(other)) return isEmpty(one) - isEmpty(other);
        return sort.startsWith("-") ? order(other, one) : order(one, other);
      });
      tables[name].rows = rows;
    }
  }
  const head = element("tr", {}, ...used.map((column) => {
    const cell = element("th", { scope: "col", className: column.isText ? "text" : "" });
    if (!sorted) return Object.assign(cell, { textContent: column.title });
    const isNow = sort && column.title === sort.replace(/^-/, "");
    const button = element("button", { type: "button", textContent: column.title });
    button.addEventListener("click", () => {
      sorted(isNow && sort.startsWith("-") !== Boolean(column.isText) ? (sort.startsWith("-") ? column.title : `-${column.title}`) : (column.isText ? column.title : `-${column.title}`));
      [...byId(name).querySelectorAll("thead button")].find((button) => button.textContent === column.title)?.focus();
    });
    if (isNow) cell.setAttribute("aria-sort", sort.startsWith("-") ? "descending" : "ascending");
    cell.append(button);
    return cell;
  }));
  const first = state.all.has(name) ? rows : rows.slice(0, rowsAtFirst[name]);
  const body = first.map((row) => {
    const line = element("tr", { className: rowClass(row) });
    used.forEach((column, place) => {
      const cell = element(place === 0 ? "th" : "td", { className: column.isText ? "text" : "" });
      if (place === 0) cell.scope = "row"; else cell.dataset.title = column.title;
      if (column.node) cell.append(column.node(row)); else cell.textContent = column.text(row);
      line.append(cell);
    });
    return line;
  });
  byId(`${name}-table`).replaceChildren(element("thead", {}, head), element("tbody", {}, ...body));
  const more = byId(`${name}-more`);
  more.hidden = first.length === rows.length;
  more.textContent = `show all ${whole(rows.length)}`;
}

/** A button that shows a cell's command line. */
function nameButton(words, cell) {
  // The parameters may be on further lines, the name of the index is on one.
  const place = words.indexOf("(") < 0 ? words.length : words.indexOf("(");
  const button = element("button", { type: "button", className: "name", title: "its figures, and the command that repeats it" },
    element("span", { className: "whole", textContent: words.slice(0, place) }), element("wbr"), words.slice(place));
  button.addEventListener("click", () => pick(cell, button));
  return button;
}

const measured = [
  { title: "p99 ms", value: ({ row }) => row.p99, text: ({ row }) => significant(row.p99) },
  { title: "index MB", value: ({ row }) => row.megabytes, text: ({ row }) => significant(row.megabytes) },
  { title: "build s", value: ({ row }) => row.build_seconds, text: ({ row }) => significant(row.build_seconds) },
];

function showAnswers() {
  const columns = [
    { title: "setting", isText: true, value: ({ name }) => name, node: ({ entry, row, name, reaches }) => {
      const index = report.indexes[entry.index];
      const box = element("input", { type: "checkbox", checked: isShown(entry), name: "index", value: index.name, ariaLabel: `show ${index.name}` });
      box.addEventListener("change", () => {
        state.hidden[box.checked ? "delete" : "add"](index.name);
        update();
        document.querySelector(`#answer-table input[value="${CSS.escape(index.name)}"]`)?.focus();
      });
      return element("span", { className: "entry" }, element("label", {}, box, swatch(index)),
        element("span", {}, nameButton(name, row.cell), reaches ? "" : element("small", { textContent: ` does not reach ${state.recall}` })));
    } },
    { title: "recall", value: ({ row }) => row.recall, text: ({ row }) => share(row.recall) },
    { title: "at least", value: ({ low }) => low, text: ({ low }) => share(low) },
    { title: "queries/s", value: ({ row }) => row.qps, text: ({ row }) => figures.qps.text(row.qps) },
    { title: `at ${state.recall}`, value: ({ at }) => at, text: ({ at }) => (at === null ? "–" : figures.qps.text(at)) },
    ...measured,
  ];
  fillTable("answer", columns, answers(state.setting), {
    sort: state.sort, sorted: (sort) => { state.sort = sort; update(); },
    rowClass: ({ entry, reaches }) => `${isShown(entry) ? "" : "off"} ${reaches ? "" : "missed"}`.trim(),
  });
}

function showLevels() {
  const figure = figures[state.figure];
  const levels = [0.8, 0.9, 0.95, 0.99, 0.999];
  const rows = found(state.setting).filter(isShown).map((entry) => ({ name: report.indexes[entry.index].name, front: frontOf(entry, figure.member) }))
    .filter(({ front }) => front.length > 0);
  byId("levels-title").textContent = `${capital(figure.title)} at fixed recalls`;
  fillTable("levels", [
    { title: "index", isText: true, value: ({ name }) => name, text: ({ name }) => name },
    ...levels.map((recall) => {
      const value = ({ front }) => interpolated(front, figure.member, recall);
      return { title: `at ${recall}`, value, text: (row) => (value(row) === null ? "–" : figure.text(value(row))) };
    }),
  ], rows);
}

let cellSort = "-queries/s";
function showCells() {
  const setting = report.settings.indexOf(state.setting);
  const rows = report.rows.filter((row) => row.setting === setting && isNameShown(row.variant)).map((row) => ({ row }));
  byId("status").textContent = `${whole(rows.length)} of ${whole(report.rows.length)} cells: ${state.setting ? state.setting.text : "none was measured"}`;
  fillTable("cells", [
    { title: "cell", isText: true, value: ({ row }) => row.label, node: ({ row }) => nameButton(row.label, row.cell) },
    { title: "recall", value: ({ row }) => row.recall, text: ({ row }) => share(row.recall) },
    { title: "queries/s", value: ({ row }) => row.qps, text: ({ row }) => figures.qps.text(row.qps) },
    { title: "p50 ms", value: ({ row }) => row.p50, text: ({ row }) => significant(row.p50) },
    ...measured,
    { title: "noise", isText: true, value: ({ row }) => row.noise, text: ({ row }) => row.noise },
  ], rows, { sort: cellSort, sorted: (sort) => { cellSort = sort; showCells(); }, rowClass: ({ row }) => (row.cell === state.picked ? "picked" : "") });
}

const isNameShown = (name) => isFound(name) && !state.hidden.has(name);

/** A field of CSV (RFC 4180) in a form that no spreadsheet evaluates. */
function field(value) {
  let text = value === null || value === undefined ? "" : String(value);
  if (/^[=+\-@\t\r\n]/.test(text) && Number.isNaN(Number(text))) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Offers what a table shows, all its rows, as a file. */
function download(name, ending) {
  const { columns, rows } = tables[name];
  const values = rows.map((row) => columns.map((column) => column.value(row) ?? null));
  const titles = columns.map(({ title }) => title);
  const text = ending === "csv"
    ? [titles, ...values].map((line) => `${line.map(field).join(",")}\r\n`).join("")
    : `${JSON.stringify({ ...state.setting && { setting: state.setting.text }, recall: state.recall, rows: values.map((line) => Object.fromEntries(line.map((value, place) => [titles[place], value]))) }, null, 1)}\n`;
  const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: ending === "csv" ? "text/csv" : "application/json" })), download: `${name}.${ending}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}

// MARK: - The chart of recall

let chart = null;

function told(row) {
  const interval = (low, high, text) => (low === null || low === high ? "" : ` (${text(low)}–${text(high)})`);
  return [
    row.label, `recall ${share(row.recall)}${interval(row.recall_low, row.recall_high, share)}`,
    `${figures.qps.text(row.qps)} queries/s${interval(row.qps_low, row.qps_high, figures.qps.text)}`,
    `p99 ${significant(row.p99)} ms${interval(row.p99_low, row.p99_high, significant)}`,
    ...(row.megabytes === null ? [] : [`${significant(row.megabytes)} MB`]), ...(row.noise ? [`noise: ${row.noise}`] : []),
  ];
}

/** Whether all cells are drawn, or those on the fronts alone. */
function drawsAll(setting) {
  return state.showsAllCells || (setting?.indexes ?? []).reduce((sum, { cells }) => sum + cells.length, 0) <= cellsAtFirst;
}

function showChart() {
  const figure = figures[state.figure];
  const places = new Map(answers(state.setting).map(({ entry }, place) => [entry, place]));
  const entries = found(state.setting).filter(isShown).toSorted((a, b) => (places.get(a) ?? Infinity) - (places.get(b) ?? Infinity));
  const all = drawsAll(state.setting);
  const series = entries.map((entry, place) => {
    const front = new Set(entry.fronts[figure.member]);
    const others = all ? entry.cells.filter((cell) => !front.has(cell)) : [];
    return { ...report.indexes[entry.index], front: frontOf(entry, figure.member), others: others.map((cell) => report.rows[cell]), isMuted: isMuted(place) };
  });
  byId("plot").parentElement.hidden = series.every(({ front }) => front.length === 0);
  byId("plot-caption").textContent = `${all ? "Each point is a cell" : "Each point is a cell on the front of its index"}${series.some(({ isMuted }) => isMuted) ? ", grey lines are the indexes that the table does not show" : ""}; the lines join the fronts, the cells that no other cell of the index beats in both. `
    + "The rings are the settings of the table. Drag the rule for another recall; drag over the chart to zoom, double-click to see all; click a point for its command.";
  chart = drawChart(byId("plot"), {
    series, figure, zoom: state.zoom, target: state.recall, chosen: chosen(), told,
    title: `Recall and ${figure.title}: ${state.setting?.text ?? ""}`, summary: `${state.setting ? verdict(state.setting) : ""}.`,
    changed: retarget, stepped: (steps) => retarget(clamp(state.recall + steps * 10 ** -digitsOf(state.recall), 0.01, 1)), released: showChart, picked: (row) => pick(row.cell), zoomed: (zoom) => { state.zoom = zoom; showChart(); },
  });
  byId("zoom-whole").disabled = !state.zoom;
  byId("all-cells").parentElement.hidden = (state.setting?.indexes ?? []).reduce((sum, { cells }) => sum + cells.length, 0) <= cellsAtFirst;
  byId("all-cells").checked = state.showsAllCells;
}

/** Whether an index is drawn in the background, because the table does not show it either. */
const isMuted = (place) => place >= rowsAtFirst.answer && !state.all.has("answer");
const chosen = () => answers(state.setting).filter(({ entry }) => isShown(entry)).filter(({ reaches }, place) => reaches && !isMuted(place)).map(({ row }) => row);

let addressTimer = null;
/** Another target recall: the verdicts, the table and the marks in the chart change, the rest stays. */
function retarget(recall) {
  state.recall = rounded(recall);
  showVerdicts();
  showAnswers();
  showTarget();
  chart.setTarget(state.recall, chosen());
  // Browsers limit how often the address may change.
  clearTimeout(addressTimer);
  addressTimer = setTimeout(writeAddress, 200);
}

/** The slider is linear in the logarithm of the error. */
function showTarget() {
  if (document.activeElement !== byId("recall")) byId("recall").value = state.recall;
  byId("recall-slider").value = -Math.log10(Math.max(1 - state.recall, 1e-4));
  byId("recall-slider").setAttribute("aria-valuetext", state.recall);
}

// MARK: - The controls

function fillControls() {
  for (const part of parts) {
    const values = valuesOf(part);
    const select = byId(`filter-${part}`);
    select.append(...values.map((value) => element("option", { value, textContent: value })));
    select.parentElement.hidden = values.length < 2;
    select.addEventListener("change", () => {
      const wanted = (setting) => parts.every((part) => String(setting[part]) === byId(`filter-${part}`).value);
      const setting = report.settings.find((setting) => setting.dataset === state.setting.dataset && wanted(setting)) ?? report.settings.find(wanted)
        ?? report.settings.find((setting) => String(setting[part]) === select.value);
      choose(setting);
    });
  }
  byId("find").parentElement.hidden = report.indexes.length < 5 && !state.find;
  byId("find").addEventListener("input", () => { state.find = byId("find").value; update(); });
  byId("recall").addEventListener("input", () => {
    const recall = Number(byId("recall").value);
    if (recall > 0 && recall <= 1) retarget(recall);
  });
  byId("recall-slider").addEventListener("input", () => {
    const nines = Number(byId("recall-slider").value);
    retarget(nines >= 4 ? 1 : 1 - 10 ** -nines);
  });
  for (const name of Object.keys(figures)) {
    const isMeasured = report.rows.some((row) => row[name] !== null);
    byId(`figure-${name}`).parentElement.hidden = !isMeasured;
    byId(`figure-${name}`).addEventListener("change", () => {
      state.figure = name;
      state.zoom = null;
      update();
    });
  }
  for (const [id, factor] of [["zoom-in", 0.6], ["zoom-out", 1 / 0.6]]) {
    byId(id).addEventListener("click", () => { state.zoom = chart.widened(factor); showChart(); });
  }
  byId("zoom-whole").addEventListener("click", () => { state.zoom = null; showChart(); });
  byId("all-cells").addEventListener("change", () => { state.showsAllCells = byId("all-cells").checked; update(); });
  for (const name of Object.keys(rowsAtFirst)) {
    byId(`${name}-more`).addEventListener("click", () => { state.all.add(name); update(); });
    for (const button of byId(name).querySelectorAll("button[data-ending]")) {
      button.addEventListener("click", () => download(name, button.dataset.ending));
    }
  }
}

function showControls() {
  for (const part of parts) if (state.setting) byId(`filter-${part}`).value = state.setting[part];
  byId(`figure-${state.figure}`).checked = true;
  byId("find").value = state.find;
  showTarget();
}

// MARK: - The selected cell

let focusAfterwards = null;

/** Shows a cell's command line; the focus returns to `from` afterwards. */
function pick(cell, from = null) {
  const row = report.rows[cell];
  if (!row) return;
  state.picked = cell;
  focusAfterwards = from && { table: from.closest("table").id, name: from.textContent };
  byId("picked-name").textContent = row.label;
  byId("picked-figures").textContent = `${report.settings[row.setting].text}; ${told(row).slice(1).join(", ")}, built in ${significant(row.build_seconds)} s`;
  byId("picked-command").textContent = row.command;
  byId("copied").textContent = "";
  byId("picked").hidden = false;
  showCells();
  showFurtherCharts();
  if (from) byId("copy").focus();
}

function unpick() {
  if (state.picked < 0) return;
  state.picked = -1;
  byId("picked").hidden = true;
  showCells();
  showFurtherCharts();
  if (focusAfterwards) {
    [...byId(focusAfterwards.table).querySelectorAll("button.name")].find((button) => button.textContent === focusAfterwards.name)?.focus();
  }
}

async function copyCommand() {
  const command = byId("picked-command");
  try {
    await navigator.clipboard.writeText(command.textContent);
    byId("copied").textContent = "copied";
  } catch {
    // Browsers may refuse clipboard access to local files; the text is then copied by hand.
    getSelection().selectAllChildren(command);
    byId("copied").textContent = "selected: copy it with the keyboard";
  }
}

// MARK: - The further charts, which Vega draws

let loadVega;
/** Loads Vega, whose scripts wait in a template so that the answer does not wait for them. */
const vegaLoaded = new Promise((done) => { loadVega = done; }).then(async () => {
  // The scripts run in this order; the last one tells that the others did.
  const end = element("script", { type: "module", textContent: "document.dispatchEvent(new Event('vega'))" });
  const ended = new Promise((done) => document.addEventListener("vega", done, { once: true }));
  for (const script of [...byId("vega").content.querySelectorAll("script"), end]) {
    const copy = element("script", { textContent: script.textContent, async: false });
    for (const { name, value } of script.attributes) copy.setAttribute(name, value);
    document.body.append(copy);
  }
  await ended;
  byId("no-charts").hidden = Boolean(window.vegaEmbed) || report.charts.length === 0;
});

let updatesOfCharts = 0;
async function showFurtherCharts() {
  await vegaLoaded;
  const number = ++updatesOfCharts;
  for (const chart of report.charts) {
    await showFurtherChart(chart);
    // The browser may paint, and a later update may start.
    await new Promise((done) => setTimeout(done));
    if (number !== updatesOfCharts) return;
  }
}

/** The rows of a chart; these are copies, because each chart modifies its rows. */
function chartedRows({ cells }) {
  const setting = report.settings.indexOf(state.setting);
  const isHere = (row) => row.setting === setting && isNameShown(row.variant);
  const isStage = (row) => isNameShown(row.variant) && report.settings[row.setting].allStages === state.setting?.allStages;
  const rows = {
    levels: () => report.levels.filter(isHere), history: () => report.history.filter(isHere), stages: () => report.rows.filter(isStage),
    typical: () => report.rows.filter((row) => isHere(row) && row.latencies && (row.typical || row.cell === state.picked)),
    all: () => report.rows.filter(isHere),
  }[cells]();
  return rows.map((row) => ({ ...row }));
}

/** Updates a chart; a chart without data is hidden. */
async function showFurtherChart(chart) {
  const rows = chartedRows(chart);
  byId(`figure-of-${chart.name}`).hidden = !window.vegaEmbed || rows.length === 0;
  if (byId(`figure-of-${chart.name}`).hidden) return;
  const subtitle = chart.cells === "stages" ? state.setting.allStages : state.setting.text;
  const parameters = { subtitle, picked: state.picked };
  if (!chart.view) {
    chart.view = drawFurtherChart(chart, rows, parameters);
    await chart.view;
    return;
  }
  const view = await chart.view;
  for (const [name, value] of Object.entries(parameters)) view.signal(name, value);
  await view.data("cells", rows).runAsync();
}

/** Draws a chart for the first time. */
async function drawFurtherChart({ name, specification }, rows, parameters) {
  const filled = {
    ...specification, datasets: { cells: rows },
    params: Object.entries(parameters).map(([name, value]) => ({ name, value })),
  };
  const { view } = await vegaEmbed(byId(`chart-${name}`), filled, {
    renderer: "svg", config: report.config, downloadFileName: name,
    actions: { export: true, source: false, compiled: false, editor: false },
  });
  view.addEventListener("click", (_, item) => {
    if (item && item.mark.marktype === "symbol" && Number.isInteger(item.datum.cell)) pick(item.datum.cell);
  });
  return view;
}

// MARK: - The whole page

function update() {
  showControls();
  showVerdicts();
  showAnswers();
  showChart();
  showLevels();
  showCells();
  writeAddress();
  return showFurtherCharts();
}

fillControls();
const allDrawn = update();
performance.mark("answered");
// The browser paints the answer first.
requestAnimationFrame(() => setTimeout(loadVega));
byId("copy").addEventListener("click", copyCommand);
byId("unpick").addEventListener("click", unpick);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") unpick();
});
window.addEventListener("hashchange", () => {
  if (!location.hash.includes("=")) return;
  state = { ...stateOfAddress(), all: state.all, picked: state.picked };
  update();
});
let widthNow = byId("plot").clientWidth;
new ResizeObserver(() => {
  if (byId("plot").clientWidth === widthNow) return;
  widthNow = byId("plot").clientWidth;
  showChart();
}).observe(byId("plot"));
// Nothing folded is lost on paper.
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const name of Object.keys(rowsAtFirst)) state.all.add(name);
  showAnswers();
  showLevels();
  showCells();
});
await allDrawn;
document.documentElement.dataset.drawn = "true";
