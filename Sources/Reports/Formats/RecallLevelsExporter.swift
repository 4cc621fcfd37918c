/// The figures of each index of a report at fixed recalls, as CSV.
struct RecallLevelsExporter: Exporter {
  let format = "csv"
  let fileEnding = "csv"
  let meaning = "CSV of what each index reaches at fixed recalls"

  func export(_ report: SweepReport) -> Exported { .text(RecallLevels(report).csv) }
}
