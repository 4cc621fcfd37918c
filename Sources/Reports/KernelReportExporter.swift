import Bench
import VectorCore

/// The report on the kernels: the speed of each, beside the limits of the machine.
public enum KernelReportExporter {
  private static let columns: [TextTable.Column] = [
    .text("kernel"), .number("d"), .text("rows in"), .number("ns/row"), .number("GB/s"), .number("GFLOP/s"),
    .number("of limit"),
  ]

  /// A text for people: for each instruction set the machine's limits, then one line for each kernel, dimension and
  /// cache level.
  public static func text(_ report: KernelReport) -> String {
    report.limits.map { limits in
      let reads = MemoryLevel.allCases.compactMap { level in
        limits.readGigabytesPerSecond[level].map { "\(level.rawValue) \(NumberText.fixed($0, 1))" }
      }
      let measured = report.measurements.filter { $0.instructionSet == limits.instructionSet }
      let table = TextTable(columns: columns, rows: measured.map(row))
      return """
        \(limits.instructionSet): at most \(NumberText.fixed(limits.peakGigaflopsPerSecond, 1)) GFLOP/s of multiply-adds; \
        reads in GB/s: \(reads.joined(separator: ", "))
        \(table.text)
        """
    }.joined(separator: "\n")
  }

  private static func row(_ measurement: KernelMeasurement) -> [String] {
    [
      measurement.kernel, String(measurement.dimension), measurement.level?.rawValue ?? "cache",
      NumberText.significant(measurement.nanosecondsPerRow), NumberText.fixed(measurement.gigabytesPerSecond, 1),
      measurement.gigaflopsPerSecond.map { NumberText.fixed($0, 1) } ?? "",
      "\(NumberText.fixed(100 * measurement.shareOfLimit, 0)) %",
    ]
  }

  /// A CSV for programs (RFC 4180): one row for each measurement, with the limits that apply to it.
  ///
  /// The names contain the units. `level` and `read_gb_per_s` are empty for many-to-many kernels, whose operands stay
  /// in the caches; `gflop_per_s` is empty for integer kernels.
  public static func csv(_ reports: [KernelReport]) -> String {
    let header = [
      "kernel", "simd", "dimension", "level", "ns_per_row", "gb_per_s", "gflop_per_s", "share_of_limit",
      "read_gb_per_s", "peak_gflop_per_s",
    ]
    return CSVExporter.line(header)
      + reports.flatMap { report in report.measurements.map { line($0, report.limits) } }.joined()
  }

  private static func line(_ measurement: KernelMeasurement, _ limits: [KernelLimits]) -> String {
    let limits = limits.first { $0.instructionSet == measurement.instructionSet }
    let figures: [Double?] = [
      measurement.nanosecondsPerRow, measurement.gigabytesPerSecond, measurement.gigaflopsPerSecond,
      measurement.shareOfLimit, measurement.level.flatMap { limits?.readGigabytesPerSecond[$0] },
      limits?.peakGigaflopsPerSecond,
    ]
    let names = [
      measurement.kernel, measurement.instructionSet, String(measurement.dimension), measurement.level?.rawValue ?? "",
    ]
    return CSVExporter.line(names + figures.map { $0.map { String($0) } ?? "" })
  }
}
