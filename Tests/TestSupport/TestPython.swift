import Foundation

/// A Python for tests that need what others have written: that of the charts, or the system's.
public enum TestPython {
  /// The first that has some modules; nil where there is none.
  public static func path(importing modules: String...) -> String? {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
    let places = [root.appending(path: ".build/charts/bin/python3").path, "/usr/bin/python3", "/usr/local/bin/python3"]
    return places.first { path in
      FileManager.default.isExecutableFile(atPath: path)
        && (try? run("import \(modules.joined(separator: ", "))", with: path)) != nil
    }
  }

  /// What a script said that failed.
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// Runs a script in a folder; what it prints is returned.
  @discardableResult
  public static func run(_ script: String, with interpreter: String, in folder: String? = nil) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: interpreter)
    process.arguments = ["-c", script]
    if let folder { process.currentDirectoryURL = URL(filePath: folder) }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(description: text) }
    return text
  }
}
