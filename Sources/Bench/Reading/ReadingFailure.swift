import Datasets
import HDF5

/// Why a dataset was not read; it comes out of a child process, too.
public struct ReadingFailure: Error, Sendable, Equatable, Codable, CustomStringConvertible {
  /// What is to blame.
  public enum Cause: String, Sendable, Codable {
    /// What was asked for: no file is there, or it cannot answer such a question.
    case request
    /// What is in the file.
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
