import Bench

/// Which workload `recallbench run` is asked for, and which options do not go with it.
enum WorkloadChoice {
  static let option = Option(
    "--workload", .text("NAME"), default: Workload.sweep.rawValue, "what is done with the indexes: \(names)")

  private static var names: String { Workload.allCases.map(\.rawValue).joined(separator: ", ") }

  /// - Throws: `UsageError`, also for an option that the workload has no use for.
  static func asked(_ arguments: Arguments) throws(UsageError) -> Workload {
    let name = arguments.text(option.name) ?? ""
    guard let workload = Workload(rawValue: name) else {
      throw .invalidValue(option: option.name, value: name.isEmpty ? "''" : name, expected: "one of \(names)")
    }
    let request = "\(option.name) \(name)"
    for option in unsuited(to: workload) where arguments.has(option) { throw .unsuitedOption(option, with: request) }
    if workload != .sweep {
      if let file = arguments.positionals.first { throw .unsuitedOption(file, with: request) }
      if arguments.all("-k").count > 1 { throw .unsuitedOption("a second -k", with: request) }
    }
    return workload
  }

  private static let ofIngest = IngestRun.options.map(\.name)
  private static let ofSweep = [
    "--resume", "--force", "--in-process", "--keep-index", "--open-index", "--builds", "--timeout", "--memory",
  ]

  private static func unsuited(to workload: Workload) -> [String] {
    switch workload {
    case .sweep: ofIngest
    case .drift: ofSweep + ofIngest
    case .ingest: ofSweep + ["--threads", "--batch", "--runs"]
    }
  }
}
