import Bench
import Datasets
import Files
import Foundation
import Reports

/// A workload over each dataset of a request: what is told meanwhile, and the file that its rows go to.
struct WorkloadRun {
  private let request: SweepRequest
  /// Of the results, and of indexes in files while they are measured.
  let folder: String
  private let isQuiet: Bool

  /// - Throws: `UsageError`.
  init(_ arguments: Arguments) throws(UsageError) {
    request = try SweepRequest(arguments)
    folder = ResultsFolder.path(arguments)
    isQuiet = arguments.has("--quiet")
  }

  /// Measures; rows are in the file as soon as they are recorded.
  ///
  /// - Parameters:
  ///   - fileName: in the request's folder.
  ///   - csv: all rows so far for programs.
  ///   - text: all rows for people.
  ///   - measure: gets a dataset and its builds; tells what it does, and records rows.
  func run<Row>(
    to fileName: String, csv: @escaping ([Row]) -> String, text: ([Row]) -> String,
    measure: (
      _ vectors: Dataset, _ builds: [SweepPlan.Build], _ report: (String) -> Void, _ record: ([Row]) throws -> Void
    ) throws -> Void
  ) throws {
    let line = ProgressLine(isShown: !isQuiet)
    defer { line.end() }
    let plan = try request.plan { line.begin("reading \($0)") }
    let output = try OutputFolder(creating: folder)
    try output.checkWritable()
    Leftovers.removeIndexes(from: folder)
    let interruption = Interruption { signal in
      line.end()
      Leftovers.removeOwn()
      Console.error("interrupted; \(folder)/\(fileName) has what was measured, if anything")
      _exit(128 + signal)
    }
    defer { withExtendedLifetime(interruption) {} }
    var rows: [Row] = []
    var faults: [String] = []
    for dataset in plan.datasets {
      let vectors: Dataset
      do throws(ReadingFailure) {
        vectors = try request.loadVectors(dataset)
      } catch {
        faults.append(error.description)
        continue
      }
      try measure(
        vectors, plan.builds.filter { $0.dataset == dataset },
        { line.begin("\(dataset.name): \($0)") },
        { added in
          rows += added
          try output.write(csv(rows), to: fileName)
        })
    }
    line.end()
    if !isQuiet {
      try Console.print(text(rows))
      Console.note("results: \(folder)/\(fileName)\n")
    }
    if let first = faults.first { throw UnreadableDatasets(first: first, count: faults.count) }
  }
}
