import Bench
import Reports

/// `recallbench plan`: what a sweep would measure, and about how long that would take.
enum PlanCommand: Command {
  static let description = CommandDescription(
    "plan", "show the builds and cells of a sweep, and about how long it takes", arguments: [SweepRequest.argument],
    options: SweepRequest.options + [Option("--cells", .flag, "every cell, one a line")],
    notes: """
      The estimate tells a minute from a night: building by the sizes of the datasets and nlist, searching as if every
      query looked at every vector.
      """)

  static func run(_ arguments: Arguments) throws {
    let request = try SweepRequest(arguments)
    let plan = try request.plan { _ in }
    if arguments.has("--cells") { try Console.print(SweepExporter.cells(plan)) }
    try Console.print(SweepExporter.text(plan))
    let faults = plan.datasets.compactMap(\.fault)
    if let first = faults.first { throw UnreadableDatasets(first: first, count: faults.count) }
  }
}

/// Some of a request's datasets cannot be measured on.
struct UnreadableDatasets: Error, CustomStringConvertible {
  /// Why the first of them cannot, one line.
  let first: String
  let count: Int

  var description: String { count == 1 ? first : "\(first) (the first of \(count) datasets that cannot be read)" }
}
