import Files
import Reports
import VectorCore

/// `recallbench kernels`: measures the distance kernels beside the memory bandwidth and the arithmetic peak of the
/// machine.
enum KernelsCommand: Command {
  static let description = CommandDescription(
    "kernels", "measure the distance functions beside the memory bandwidth and arithmetic peak of this machine",
    options: [
      Option(
        "--simd", .choice("SET", sets), given: .list,
        default: Kernels.used.map(\.instructionSet).joined(separator: ","), "the instruction sets to measure"),
      Option(
        "--dimension", .integer("D", 64...2_048), given: .list, default: "128,384,960",
        "the numbers of components of a vector, multiples of 64"),
      Option("--csv", .file("FILE"), "also write the figures as CSV"),
      Option("--quiet", .flag, "show no progress and no table"),
    ],
    notes: """
      One thread measures; each figure is the median of five short rounds. An instruction set takes about 4 s and 512
      MiB. The vectors are in the L2 cache (512 KiB), in the L3 cache (16 MiB) or in memory (512 MiB).

      The limit of a function is what the bandwidth of that level allows, or the peak of multiply-adds when that is less. A
      function on integers has the bandwidth as its limit. More than 100 % is possible: the function then reads faster than
      the plain reading loop that measured the bandwidth. avx512-base and neon-base are left out unless they are named,
      because a CPU that has more of AVX-512 or NEON never uses them.
      """,
    examples: ["kernels", "kernels --simd scalar --dimension 128,960 --csv kernels.csv"])

  private static let sets = Kernels.available.map(\.instructionSet)

  static func run(_ arguments: Arguments) throws {
    let chosen = arguments.all("--simd")
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

  private static func checkedDimensions(_ asked: [Int]) throws(UsageError) -> [Int] {
    // Packed bits are stored in words of 64 bits.
    for dimension in asked where dimension % 64 != 0 {
      throw .invalidValue(option: "--dimension", value: String(dimension), expected: "a multiple of 64")
    }
    return asked
  }
}
