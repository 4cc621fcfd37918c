import Bench
import Reports

/// `recallbench run --workload drift`: indexes grow while the distribution of their vectors moves.
struct DriftRun {
  private let request: SweepRequest
  private let path: String
  private let isQuiet: Bool

  /// - Throws: `UsageError`.
  init(_ arguments: Arguments) throws(UsageError) {
    request = try SweepRequest(arguments)
    path = try ResultsFolder.path(arguments)
    isQuiet = arguments.has("--quiet")
  }

  /// Runs the workload over each dataset; the rows of a step are in the CSV as soon as it has ended.
  func run() throws {
    let line = ProgressLine(isShown: !isQuiet)
    defer { line.end() }
    let plan = try request.plan { line.begin("reading \($0)") }
    let folder = try OutputFolder(creating: path)
    try folder.checkWritable()
    let provenance = Provenance.current()
    var measured: [DriftMeasurement] = []
    for dataset in plan.datasets {
      let workload = DriftWorkload(
        try request.loadVectors(dataset), builds: plan.builds.filter { $0.dataset == dataset }, provenance: provenance)
      try workload.run(
        report: { line.begin("\(dataset.name): \(Self.text($0))") },
        record: { step in
          measured += step
          try folder.write(DriftExporter.csv(measured), to: DriftExporter.fileName)
        })
    }
    line.end()
    guard !isQuiet else { return }
    Console.print(DriftExporter.text(measured))
    Console.note("results: \(path)/\(DriftExporter.fileName)\n")
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
