import Files
import Reports
import VectorCore

/// `recallbench kernels`: what the distance kernels reach on this machine, beside what it can do.
enum KernelsCommand: Command {
  static let description = CommandDescription(
    "kernels", "measure the distance kernels against this machine's bandwidth and multiply-add peak",
    options: [
      Option("--simd", .text("SET"), repeatable: true, "an instruction set: \(sets.joined(separator: ", "))"),
      Option(
        "--dimension", .integer("D", 64...2_048), repeatable: true, "components of a row, a multiple of 64"),
      Option("--csv", .text("FILE"), "also write the figures as CSV"),
      Option("--quiet", .flag, "no progress and no table"),
    ],
    notes: """
      Without --simd all instruction sets of this CPU are measured but avx512-base, which a CPU with more never uses;
      without --dimension \(dimensions.map(String.init).joined(separator: ", ")).
      One thread, the median of five short rounds; about 4 s and 512 MiB an instruction set. Rows lie in the L2 cache
      (512 KiB), in L3 (16 MiB) or beyond (512 MiB). The limit of a kernel is what the bandwidth of that level allows or
      the multiply-add peak, whichever is less; of an integer kernel, the bandwidth. More than 100 % is a kernel that
      reads faster than the plain stream that the bandwidth was measured with.
      """)

  private static let sets = Kernels.available.map(\.instructionSet)
  private static let dimensions = [128, 384, 960]

  static func run(_ arguments: Arguments) throws {
    let chosen = try checkedSets(arguments.all("--simd"))
    let dimensions = try checkedDimensions(arguments.integers("--dimension"))
    let file = try arguments.text("--csv").map { path throws(OutputError) in try OutputFile(path) }
    let isQuiet = arguments.has("--quiet")
    var reports: [KernelReport] = []
    for table in Kernels.available where chosen.contains(table.instructionSet) {
      if !isQuiet { Console.note("measuring \(table.instructionSet)\n") }
      let report = KernelReport.measure(tables: [table], dimensions: dimensions)
      if !isQuiet { try Console.print(KernelReportExporter.text(report) + "\n") }
      reports.append(report)
    }
    try file?.write(KernelReportExporter.csv(reports))
  }

  private static func checkedSets(_ asked: [String]) throws(UsageError) -> [String] {
    for name in asked where !sets.contains(name) {
      throw .invalidValue(
        option: "--simd", value: name, expected: "what this CPU has: \(sets.joined(separator: ", "))")
    }
    return asked.isEmpty ? sets.filter { $0 != "avx512-base" } : asked
  }

  private static func checkedDimensions(_ asked: [Int]) throws(UsageError) -> [Int] {
    // Packed bits come in words of 64.
    for dimension in asked where dimension % 64 != 0 {
      throw .invalidValue(option: "--dimension", value: String(dimension), expected: "a multiple of 64")
    }
    return asked.isEmpty ? dimensions : asked
  }
}
