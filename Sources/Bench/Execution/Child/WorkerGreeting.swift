import Foundation

/// The first message of a child process, before it reads an order: its protocol version, and the identity of its
/// program.
struct WorkerGreeting: Codable, Sendable {
  /// The version of orders and events; programs with different versions cannot work together.
  static let protocolVersion = 6

  var protocolVersion = Self.protocolVersion
  /// The provenance of the program, without the machine, which the parent knows.
  var provenance: Provenance

  /// Starts a program and reads its greeting.
  ///
  /// - Parameter seconds: the time limit for the greeting, whatever else the program prints.
  /// - Throws: `BenchError.program` for a program that is no recallbench, or that has another version of the protocol.
  static func of(_ program: String, seconds: Double = 10) throws(BenchError) -> WorkerGreeting {
    guard let child = ChildProcess(program: program, words: [WorkerProcess.argument], errors: .dropped) else {
      throw .program(path: program, problem: "cannot be run (\(String(cString: strerror(errno))))")
    }
    child.closeInput()
    let deadline = ChildProcess.deadline(in: seconds)
    while case .text(let line) = child.nextLine(until: deadline) {
      // Only the version number has the same form in all versions.
      guard let known: Version = try? LedgerJSON.value(line) else { continue }
      guard known.protocolVersion == protocolVersion, let greeting: WorkerGreeting = try? LedgerJSON.value(line) else {
        throw .program(
          path: program,
          problem: "measures by protocol \(known.protocolVersion), this program by \(protocolVersion)")
      }
      return greeting
    }
    throw .program(path: program, problem: "is no recallbench, or one from before run --against")
  }

  private struct Version: Decodable {
    var protocolVersion: Int
  }
}
