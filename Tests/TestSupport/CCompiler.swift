import Foundation

/// Compiles the plug-ins of the tests.
public enum CCompiler {
  /// The first compiler on the search path; the Swift toolchain has one, too.
  public static let path: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let places = ["cc", "clang", "gcc"].flatMap { name in folders.map { "\($0)/\(name)" } }
    return places.first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

  /// Compiles a source of `Tests/Plugins`.
  ///
  /// - Parameters:
  ///   - source: the file's name without its ending.
  ///   - definition: `FAULT=crash_in_search`.
  ///   - folder: where the shared library goes.
  /// - Returns: the library's path.
  /// - Throws: `CocoaError` where the compiler can't be run, or fails.
  public static func plugin(_ source: String, _ definition: String? = nil, in folder: String) throws -> String {
    let name = definition.map { "\(source)-\($0.split(separator: "=").last ?? "")" } ?? source
    let library = "\(folder)/lib\(name).so"
    let process = Process()
    process.executableURL = path.map { URL(filePath: $0) }
    process.arguments =
      ["-std=c99", "-O1", "-fPIC", "-shared", "-I", root.appending(path: "Sources/CRecallBenchPlugin").path]
      + (definition.map { ["-D\($0)"] } ?? [])
      + [root.appending(path: "Tests/Plugins/\(source).c").path, "-o", library, "-lm", "-lpthread"]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    return library
  }
}
