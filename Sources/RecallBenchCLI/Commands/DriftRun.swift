import Bench
import Reports

/// `recallbench run --workload drift`: indexes grow while the distribution of their vectors moves.
struct DriftRun {
  private let workload: WorkloadRun
  private let commit: String

  /// - Throws: `UsageError`.
  init(_ arguments: Arguments) throws(UsageError) {
    workload = try WorkloadRun(arguments)
    commit = arguments.program.commit
  }

  /// Runs the workload over each dataset; the rows of a step are in the CSV as soon as it has ended.
  func run() throws {
    let provenance = Provenance.current(commit: commit)
    try workload.run(to: DriftExporter.fileName, csv: DriftExporter.csv, text: DriftExporter.text) {
      vectors, builds, report, record in
      try DriftWorkload(vectors, builds: builds, provenance: provenance, folder: workload.folder)
        .run(report: { report(Self.text($0)) }, record: record)
    }
  }

  private static func text(_ event: DriftWorkload.Event) -> String {
    func part(_ step: Int) -> String { "step \(step) of \(DriftWorkload.steps)" }
    return switch event {
    case .ordering: "ordering the rows"
    case .truth(let step): "\(part(step)): finding the true neighbours"
    case .growing(let step, let index): "\(part(step)): growing \(index)"
    case .searching(let step, let index): "\(part(step)): searching \(index)"
    }
  }
}
