import Foundation
import Processes

/// A Python program that reads its whole input before it writes.
struct PythonScript {
  private let program: String
  private let words: [String]

  /// - Parameters:
  ///   - interpreter: a path, or a name that is looked for where commands are.
  ///   - script: the text of the program.
  init(_ interpreter: String, _ script: String, _ arguments: [String] = []) {
    // `env` looks for a name without a slash, and ends with 126 or 127 when it cannot run it.
    let isName = !interpreter.contains("/")
    program = isName ? "/usr/bin/env" : interpreter
    words = (isName ? [interpreter] : []) + ["-c", script] + arguments
  }

  /// Runs the program to its end.
  ///
  /// - Returns: its exit code and what it wrote to standard output; `nil` when it cannot be started.
  func run(input: Data) -> (code: Int32, output: Data)? {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = words
    let (requests, replies) = (Pipe(), Pipe())
    process.standardInput = requests
    process.standardOutput = replies
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return nil }
    // A program that ends early closes its input; its exit code says why.
    let pipe = requests.fileHandleForWriting
    _ = ChildProcess.write(input, to: pipe.fileDescriptor)
    try? pipe.close()
    let output = replies.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let code = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    return [126, 127].contains(code) ? nil : (code, output)
  }
}
