import Foundation

/// The Python environment that `make deps` installs beside the program: with what draws charts, and what reads Parquet.
public struct PrivatePython: Sendable, Equatable {
  /// Names the folder in place of the one that comes with the program.
  public static let folderVariable = "RECALLBENCH_CHARTS"
  /// Names another interpreter, for what the user's own packages are needed for.
  public static let interpreterVariable = "RECALLBENCH_PYTHON"

  /// The folder, whether it is there or not.
  public let folder: String

  public init(folder: String) { self.folder = folder }

  /// The folder that the environment names, or the one that comes with the program.
  public static var current: PrivatePython {
    PrivatePython(folder: EnvironmentVariable.value(of: folderVariable) ?? ProgramFiles.current.charts)
  }

  /// Its interpreter; nil where it is not installed.
  public var interpreter: String? {
    let path = "\(folder)/bin/python3"
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }

  /// The interpreter that the user has named; nil for none.
  public static var givenInterpreter: String? { EnvironmentVariable.value(of: interpreterVariable) }
}
