import Foundation
import Testing

/// The program as it was built beside the tests, for what a test in this process cannot show.
enum BuiltProgram {
  /// Where an executable of the package is.
  static func url(_ name: String) throws -> URL {
    let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let built = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../.build/debug")
    let places = [beside, built].map { $0.appending(path: name) }
    return try #require(places.first { FileManager.default.isExecutableFile(atPath: $0.path(percentEncoded: false)) })
  }

  /// A process that is ready to run the program.
  static func process(_ words: [String]) throws -> Process {
    let process = Process()
    process.executableURL = try url("recallbench")
    process.arguments = words
    process.standardOutput = FileHandle.nullDevice
    return process
  }

  /// Runs the program to its end: its exit code and what it wrote to standard error.
  static func run(_ words: [String]) throws -> (code: Int32, errors: String) {
    let process = try process(words)
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}
