// Fills a report: filter, charts, table, and the selected cell. The data are in the element `report`, as JSON.
// Texts of the report are never interpreted as markup: they are only assigned as text.

const report = JSON.parse(document.getElementById("report").textContent);
const byId = (id) => document.getElementById(id);
const settingParts = ["dataset", "k", "mode", "threads", "stage"];
/** The number of table rows that are shown before the reader asks for all, since each row costs time. */
const rowsAtFirst = 100;

const state = {
  // For a workload its last stage, at which all rows are stored.
  setting: report.settings.findLast((setting) => setting.allStages === report.settings[0].allStages),
  variants: new Set(report.variants),
  picked: -1,
  sort: { member: "qps", descending: true },
  showsAllRows: false,
};
/** The number of updates of the page. */
let updates = 0;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Formats numbers for people; a value that was not measured is null, and is not shown as zero. */
const format = (options) => {
  const numbers = new Intl.NumberFormat("en", options);
  return { format: (value) => (value === null ? "–" : numbers.format(value)) };
};
const digits = (least, most) => format({ minimumFractionDigits: least, maximumFractionDigits: most });
const significant = format({ maximumSignificantDigits: 3 });
const columns = [
  { title: "index", member: "label", text: (row) => row.label },
  { title: "recall", member: "recall", text: (row) => digits(4, 4).format(row.recall) },
  { title: "queries/s", member: "qps", text: (row) => digits(0, 0).format(row.qps) },
  { title: "p50 ms", member: "p50", text: (row) => significant.format(row.p50) },
  { title: "p99 ms", member: "p99", text: (row) => significant.format(row.p99) },
  { title: "build s", member: "build_seconds", text: (row) => significant.format(row.build_seconds) },
  { title: "index MB", member: "megabytes", text: (row) => significant.format(row.megabytes) },
  { title: "noisy", member: "noise", text: (row) => (row.noise ? "yes" : "") },
];

// MARK: - What is shown

/** The rows or levels that the filter accepts. */
function shown(rows) {
  const setting = report.settings.indexOf(state.setting);
  return rows.filter((row) => row.setting === setting && state.variants.has(row.variant));
}

/** The same for all stages of the chosen setting. */
function shownOfAllStages() {
  return report.rows.filter((row) =>
    state.variants.has(row.variant) && report.settings[row.setting].allStages === state.setting?.allStages);
}

/** The rows of a chart; these are copies, because each chart modifies its rows. */
function chartedRows(chart, rows) {
  if (["levels", "history"].includes(chart.cells)) return shown(report[chart.cells]).map((row) => ({ ...row }));
  if (chart.cells === "stages") return shownOfAllStages().map((row) => ({ ...row }));
  const charted = chart.cells === "typical"
    ? rows.filter((row) => row.latencies && (row.typical || row.cell === state.picked)) : rows;
  return charted.map((row) => ({ ...row }));
}

/** Updates the page to `state`; the browser may paint after each chart. */
async function update() {
  const rows = shown(report.rows);
  byId("status").textContent =
    `${rows.length} of ${report.rows.length} cells: ${state.setting ? state.setting.text : "none was measured in this setting"}`;
  fillTable(rows);
  const number = ++updates;
  for (const chart of report.charts) {
    await showChart(chart, rows);
    await new Promise((done) => setTimeout(done));
    // A later update has started.
    if (number !== updates) return;
  }
}

// MARK: - The filter

function fillFilter() {
  for (const part of settingParts) {
    const values = [...new Set(report.settings.map((setting) => setting[part]))];
    const select = byId(`filter-${part}`);
    select.append(...values.map((value) => element("option", { value, textContent: value })));
    if (state.setting) select.value = state.setting[part];
    select.disabled = values.length < 2;
    select.parentElement.hidden = part === "stage" && values.length < 2;
    select.addEventListener("change", () => {
      state.setting = report.settings.find((setting) =>
        settingParts.every((part) => String(setting[part]) === byId(`filter-${part}`).value));
      update();
    });
  }
  byId("filter-index").append(...report.variants.map((variant) => {
    const box = element("input", { type: "checkbox", checked: true, name: "index", value: variant });
    box.addEventListener("change", () => {
      state.variants[box.checked ? "add" : "delete"](variant);
      update();
    });
    return element("label", {}, box, variant);
  }));
}

// MARK: - The table

function fillTable(rows) {
  const { member, descending } = state.sort;
  const order = (a, b) => (typeof a[member] === "string" ? a[member].localeCompare(b[member]) : (a[member] ?? -1) - (b[member] ?? -1));
  const sorted = rows.slice().sort((a, b) => (descending ? order(b, a) : order(a, b)));
  const shown = state.showsAllRows ? sorted : sorted.slice(0, rowsAtFirst);
  byId("table-head").replaceChildren(...columns.map((column) => {
    const button = element("button", { type: "button", textContent: column.title });
    button.addEventListener("click", () => {
      state.sort = { member: column.member, descending: member === column.member ? !descending : column.member !== "label" };
      update();
      byId("table-head").querySelectorAll("button")[columns.indexOf(column)].focus();
    });
    const head = element("th", { scope: "col" }, button);
    if (column.member === member) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    return head;
  }));
  byId("table-body").replaceChildren(...shown.map((row) => {
    const button = element("button", { type: "button", textContent: columns[0].text(row), title: "the command that repeats it" });
    button.addEventListener("click", () => pick(row.cell, button));
    const line = element("tr", {}, element("td", {}, button));
    line.append(...columns.slice(1).map((column) => element("td", { textContent: column.text(row), title: column.member === "noise" ? row.noise : "" })));
    if (row.cell === state.picked) line.setAttribute("aria-current", "true");
    return line;
  }));
  const more = byId("more-rows");
  more.hidden = shown.length === sorted.length;
  more.textContent = `show all ${sorted.length} cells`;
}

// MARK: - The selected cell

let focusAfterwards = null;

/** Shows a cell's command line; the focus returns to `from` afterwards. */
function pick(cell, from = null) {
  const row = report.rows.find((row) => row.cell === cell);
  if (!row) return;
  state.picked = cell;
  focusAfterwards = from && columns[0].text(row);
  byId("picked-name").textContent = `${row.variant}: ${row.label}`;
  byId("picked-figures").textContent =
    `${report.settings[row.setting].text}; recall ${digits(4, 4).format(row.recall)} (${digits(4, 4).format(row.recall_low)}–${digits(4, 4).format(row.recall_high)}), `
    + `${digits(0, 0).format(row.qps)} queries/s (${digits(0, 0).format(row.qps_low)}–${digits(0, 0).format(row.qps_high)}), `
    + `p99 ${significant.format(row.p99)} ms, ${significant.format(row.megabytes)} MB, built in ${significant.format(row.build_seconds)} s`
    + (row.noise ? `; noise: ${row.noise}` : "");
  byId("picked-command").textContent = row.command;
  byId("copied").textContent = "";
  byId("picked").hidden = false;
  update();
  if (from) byId("copy").focus();
}

function unpick() {
  if (state.picked < 0) return;
  state.picked = -1;
  byId("picked").hidden = true;
  update();
  const button = [...byId("table-body").querySelectorAll("button")].find((button) => button.textContent === focusAfterwards);
  if (button) button.focus();
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

// MARK: - The charts

/** Updates a chart; a chart without data is hidden. */
async function showChart(chart, rows) {
  const charted = chartedRows(chart, rows);
  byId(`figure-${chart.name}`).hidden = !window.vegaEmbed || charted.length === 0;
  if (byId(`figure-${chart.name}`).hidden) return;
  const subtitle = chart.cells === "stages" ? state.setting.allStages : state.setting.text;
  const parameters = { subtitle, picked: state.picked };
  if (!chart.view) {
    chart.view = drawChart(chart, charted, parameters);
    await chart.view;
    return;
  }
  const view = await chart.view;
  for (const [name, value] of Object.entries(parameters)) view.signal(name, value);
  await view.data("cells", charted).runAsync();
}

/** Draws a chart for the first time. */
async function drawChart({ name, specification }, rows, parameters) {
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

byId("no-charts").hidden = Boolean(window.vegaEmbed);
fillFilter();
const allDrawn = update();
byId("more-rows").addEventListener("click", () => {
  state.showsAllRows = true;
  update();
});
byId("copy").addEventListener("click", copyCommand);
byId("unpick").addEventListener("click", unpick);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") unpick();
});
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("header details")) details.open = true;
});
await allDrawn;
document.documentElement.dataset.drawn = "true";
