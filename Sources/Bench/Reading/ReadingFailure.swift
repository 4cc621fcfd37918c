import Datasets
import HDF5

/// The reason why a dataset was not read; a child process reports it to its parent.
public struct ReadingFailure: Error, Sendable, Equatable, Codable, CustomStringConvertible {
  /// The cause of the failure.
  public enum Cause: String, Sendable, Codable {
    /// The request: the file does not exist, or lacks what was requested.
    case request
    /// The content of the file.
    case file
  }

  public let cause: Cause
  /// One line with the remedy.
  public let description: String

  public init(_ cause: Cause, _ description: String) {
    self.cause = cause
    self.description = description
  }

  public init(_ error: any Error) {
    switch error {
    case DatasetError.file(.missingFile), DatasetError.file(.isFolder), DatasetError.file(.notAccessible),
      DatasetError.cannotRead, DatasetError.noGroundTruth, is BenchError:
      cause = .request
    default: cause = .file
    }
    description = "\(error)"
  }
}
