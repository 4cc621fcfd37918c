import Bench

/// Which workload `recallbench run` is asked for, and which options do not go with it.
enum WorkloadChoice {
  static let option = Option(
    "--workload", .choice("NAME", of: Workload.self), default: Workload.sweep.rawValue,
    "what is done with the indexes")

  /// - Throws: `UsageError`, also for an option that the workload has no use for.
  static func asked(_ arguments: Arguments) throws(UsageError) -> Workload {
    let workload = arguments.choice(Workload.self, option.name)
    let request = "\(option.name) \(workload.rawValue)"
    for option in optionsOfSome where arguments.has(option) && !options(of: workload).contains(option) {
      throw .unsuitedOption(option, with: request)
    }
    if workload != .sweep {
      if let file = arguments.positionals.first { throw .unsuitedOption(file, with: request) }
      if arguments.all("-k").count > 1 { throw .unsuitedOption("a second -k", with: request) }
    }
    return workload
  }

  private static let ofIngest = IngestRun.options.map(\.name)
  private static let ofSearches = ["--threads", "--batch", "--runs"]
  private static let ofSweep = [
    RunTag.option.name, "--resume", "--force", InterleavedRun.option.name, "--in-process", "--keep-index",
    "--open-index",
    "--builds", "--timeout", "--memory",
  ]

  /// Every option that some workload does not use.
  private static let optionsOfSome = ofSweep + ofSearches + ofIngest

  private static func options(of workload: Workload) -> [String] {
    switch workload {
    case .sweep: ofSweep + ofSearches
    case .drift: ofSearches
    case .ingest: ofIngest
    }
  }
}
