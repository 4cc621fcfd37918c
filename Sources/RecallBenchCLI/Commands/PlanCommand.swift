import Bench
import Reports

/// `recallbench plan`: shows what a sweep would measure, and about how long it would take.
enum PlanCommand: Command {
  static let description = CommandDescription(
    "plan", "show what a sweep would measure, and roughly how long it would take", arguments: [SweepRequest.argument],
    options: SweepRequest.options + [Option("--cells", .flag, "list every cell, one in a line")],
    notes: """
      The estimate is mostly within a factor of three on a quiet machine. The time of building is estimated from the
      sizes of the datasets and nlist, the time of searching from the vectors in the clusters that a query probes; an
      index without clusters counts as a graph.
      """,
    examples: [
      "plan --dataset photo-sift-20k-128-euclidean --index ivf-flat \\\n--set nlist=64,256 --set nprobe=1,2,4,8 -k 10,100",
      "plan datasets/sweeps/quick.yml --cells",
    ])

  static func run(_ arguments: Arguments) throws {
    let request = try SweepRequest(arguments)
    let plan = try request.plan { _ in }
    if arguments.has("--cells") { try Console.print(SweepExporter.cells(plan)) }
    try Console.print(SweepExporter.text(plan))
    Console.note(SweepExporter.warnings(of: plan))
    let faults = plan.datasets.compactMap(\.fault)
    if let first = faults.first { throw UnreadableDatasets(first: first, count: faults.count) }
  }
}

/// Some datasets of a request cannot be read.
struct UnreadableDatasets: Error, CustomStringConvertible {
  /// The reason for the first of them, in one line.
  let first: String
  let count: Int

  var description: String { count == 1 ? first : "\(first) (the first of \(count) datasets that cannot be read)" }
}
