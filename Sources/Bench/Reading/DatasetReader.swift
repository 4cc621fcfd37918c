import Datasets
import Foundation

/// Reads foreign files in child processes with limits, so that a damaged file causes only an error in this process.
public struct DatasetReader: Sendable {
  private let place: Supervisor.Place
  private let limits: ReadingLimits

  /// - Parameters:
  ///   - place: where files are read. Children run `program`, which must be this program. `.here` is for users of the
  ///     library without a program, and for debugging: limits do not apply, and a crash of the HDF5 library ends this
  ///     process.
  public init(_ place: Supervisor.Place, limits: ReadingLimits = .current) {
    self.place = place
    self.limits = limits
  }

  /// Reads and checks a dataset.
  public func survey(_ survey: DatasetSurvey) throws(ReadingFailure) -> SweepDataset {
    guard let dataset = try run(.survey(survey)) else { preconditionFailure("a survey answers with a dataset") }
    return dataset
  }

  /// Finds the true neighbours that a dataset's files do not state, and writes them below the sweep's folder.
  ///
  /// - Parameters:
  ///   - cache: see `SweepDataset.writeTruth`.
  ///   - progress: may be called from several threads at once.
  /// - Complexity: O(q·n·d).
  public func writeTruth(
    of dataset: SweepDataset, folder: String, cache: String?, progress: @Sendable (GroundTruthSearch.Step) -> Void
  ) throws(ReadingFailure) {
    _ = try run(.truth(dataset, folder: folder, cache: cache), progress)
  }

  private func run(
    _ task: ReadingTask, _ progress: @Sendable (GroundTruthSearch.Step) -> Void = { _ in }
  ) throws(ReadingFailure) -> SweepDataset? {
    switch place {
    case .here: return try task.run(progress)
    case .children(let program): return try run(task, program: program, progress)
    }
  }

  private func run(
    _ task: ReadingTask, program: String, _ progress: (GroundTruthSearch.Step) -> Void
  ) throws(ReadingFailure) -> SweepDataset? {
    // The child holds itself to the limits: what takes long without them is work, not a file.
    switch ReadingProcess.ask(program, for: .dataset(task), limits: limits, progress: progress) {
    case .answer(.done(let dataset)): return dataset
    case .answer(.failed(let failure)): throw failure
    case .answer(.kinds), .answer(.refused), .answer(.progress), .timedOut:
      preconditionFailure("a dataset was asked for, without a deadline")
    case .notStarted(let reason): throw ReadingFailure(.request, "no process could be started (\(reason))")
    case .ended(.exited(let code)):
      guard let end = ReadingEnd(exitCode: code) else {
        throw ReadingFailure(.file, "\(task.path): reading it ended with code \(code); check the file")
      }
      throw ReadingFailure(.file, end.message(path: task.path, limits: limits))
    case .ended(.signalled(let signal)):
      throw ReadingFailure(
        .file, "\(task.path): reading it crashed (signal \(signal)); the file is damaged, or memory ran out")
    }
  }
}

/// The task of a reading process.
enum ReadingTask: Codable, Sendable {
  case survey(DatasetSurvey)
  case truth(SweepDataset, folder: String, cache: String?)

  /// The path of the file that is read.
  var path: String {
    switch self {
    case .survey(let survey): survey.path
    case .truth(let dataset, _, _): dataset.path
    }
  }

  /// - Returns: the dataset that was surveyed.
  func run(_ progress: @Sendable (GroundTruthSearch.Step) -> Void) throws(ReadingFailure) -> SweepDataset? {
    do {
      switch self {
      case .survey(let survey): return try survey.run()
      case .truth(let dataset, let folder, let cache):
        try dataset.writeTruth(folder: folder, cache: cache, progress: progress)
        return nil
      }
    } catch { throw ReadingFailure(error) }
  }
}

extension ReadingLimits {
  /// The environment variable for the time that the library may take for a part of a file: `10s`, `2m`.
  public static let variable = "RECALLBENCH_READING_TIMEOUT"

  /// The fault of the environment variable's value; `nil` when it is valid or not set.
  public static var environmentError: String? {
    guard let text = ProcessInfo.processInfo.environment[variable], Quantity.seconds(text) == nil else {
      return nil
    }
    return "\(variable)=\(text): expected \(Quantity.secondsExpected)"
  }

  /// The limits that the environment variable sets, or the defaults.
  public static var current: ReadingLimits {
    var limits = ReadingLimits()
    if let text = ProcessInfo.processInfo.environment[variable], let seconds = Quantity.seconds(text) {
      limits.seconds = seconds
    }
    return limits
  }
}

extension ReadingEnd {
  /// One line about a file: the failure, and the remedy.
  public func message(path: String, limits: ReadingLimits) -> String { "\(path): \(description(limits))" }

  /// The failure, and the remedy.
  public func description(_ limits: ReadingLimits) -> String {
    switch self {
    case .stuck:
      "the HDF5 library read nothing for \(Self.text(limits.seconds)): the file is damaged, download it again; "
        + "or its disk is slow, set \(ReadingLimits.variable)=1m"
    case .crashed(let signal):
      "the HDF5 library crashed while reading it (signal \(signal)): the file is damaged, download it again"
    }
  }

  private static func text(_ seconds: Double) -> String {
    seconds == seconds.rounded() && seconds < 1e9 ? "\(Int(seconds)) s" : "\(seconds) s"
  }
}
