import Bench
import Files
import Foundation

/// `recallbench run --on slurm`: a sweep whose builds are jobs of a cluster.
struct ClusterSession {
  private let cluster: ClusterRun
  private let path: String
  private let start: SweepRunner.Start
  private let tag: String
  private let arguments: Arguments
  private let isQuiet: Bool

  /// Options of `run` that need the machine on which the command was started.
  private static let ofOneMachine = ["--in-process", "--keep-index", "--open-index"]

  /// - Throws: `UsageError.unsuitedOption`.
  init(
    _ request: ClusterRequest, path: String, start: SweepRunner.Start, tag: String, arguments: Arguments, isQuiet: Bool
  ) throws(UsageError) {
    for option in Self.ofOneMachine where arguments.has(option) {
      throw .unsuitedOption(option, with: ClusterOptions.on.name)
    }
    cluster = ClusterRun(request)
    self.path = path
    self.start = start
    self.tag = tag
    self.arguments = arguments
    self.isQuiet = isQuiet
  }

  /// What has been measured.
  enum Measured {
    case run([CellRecord])
    case pair(base: ComparedRun, head: ComparedRun)
  }

  /// Measures, or submits the jobs and ends.
  ///
  /// - Parameters:
  ///   - base: the other program of a pair; `nil` for a run of its own.
  ///   - makePlan: plans the sweep for nodes with this number of processors.
  /// - Returns: `nil` when the run is not finished yet.
  func run(against base: String?, _ makePlan: (_ processors: Int) throws -> SweepPlan) throws -> Measured? {
    let line = ProgressLine(isShown: !isQuiet)
    let cancels = arguments.text(ClusterOptions.interrupt.name) == "cancel"
    let cluster = cluster
    let interruption = Interruption { signal in
      line.end()
      if cancels { cluster.cancel() }
      Console.error(
        cancels
          ? "interrupted; the jobs are cancelled; --resume submits what is missing"
          : "interrupted; the jobs go on; --resume collects their results")
      _exit(128 + signal)
    }
    defer { withExtendedLifetime(interruption) { line.end() } }
    try cluster.check(results: path)
    let provenance = Provenance.current(commit: arguments.program.commit)
    line.begin("looking at the nodes")
    let node = try cluster.node(results: path, resumes: start == .resume, program: provenance) { tell($0, line) }
    if !isQuiet { Console.note("nodes: \(node.description)\n") }
    let plan = try makePlan(node.processors)
    let ledger = try Ledger(folder: path)
    let pair = try base.map { base in
      try InterleavedRun.runner(
        plan, ledger: ledger, base: base, head: Provenance.programPath, provenance: node.provenance, arguments)
    }
    let single = SweepRunner(
      plan, ledger: ledger, supervisor: Supervisor(.children(program: Provenance.programPath)),
      provenance: node.provenance, disturbances: arguments.program.disturbances)
    let runner = pair.map { ClusterRunner.pair($0) } ?? .single(single)
    var held: [String] = []
    let end = try cluster.run(
      runner, on: node, start, command: CommandLine.arguments.joined(separator: " "), tag: tag,
      detaches: arguments.has(ClusterOptions.detach.name)
    ) { event in
      switch event {
      case .status(let status):
        if status.held != held, !status.held.isEmpty { tell(status.text, line) }
        held = status.held
        line.draw(status.text)
      case .note(let text): tell(text, line)
      case .run(.progress(.working(let text), _)): tell(text, line)
      case .run(.recorded(let records)):
        for record in records where record.status != .ok { tell("\(record.planned.label): \(record.error)", line) }
      case .run: break
      }
    }
    switch end {
    case .finished(let records):
      guard let pair else { return .run(records) }
      return try pair.finished().last.map { .pair(base: $0.base, head: $0.head) }
    case .detached(let orders, let folder):
      if !isQuiet { Console.note("\(orders) orders without a result in \(folder); --resume collects what is done\n") }
      return nil
    case .cancelled(let cells): throw CancelledJobs(cells: cells)
    }
  }

  private func tell(_ text: String, _ line: ProgressLine) {
    guard !isQuiet else { return }
    line.end()
    Console.note("\(text)\n")
  }
}

/// Somebody has cancelled jobs of a run.
struct CancelledJobs: Error, CustomStringConvertible {
  let cells: Int

  var description: String { "the jobs of \(cells) cells were cancelled; --resume submits them again" }
}
