import Foundation

/// What a child process says first, before it has read an order: which protocol it speaks, and what program it is.
struct WorkerGreeting: Codable, Sendable {
  /// Of orders and events; programs of different versions do not understand each other.
  static let protocolVersion = 5

  var protocolVersion = Self.protocolVersion
  /// Without the machine, which the parent knows as well.
  var provenance: Provenance

  /// Asks a program.
  ///
  /// - Parameter seconds: how long it has for its answer, whatever else it says.
  /// - Throws: `BenchError.program` for one that is no recallbench, or speaks another version of the protocol.
  static func of(_ program: String, seconds: Double = 10) throws(BenchError) -> WorkerGreeting {
    guard let child = ChildProcess(program: program, words: [WorkerProcess.argument], errors: .dropped) else {
      throw .program(path: program, problem: "cannot be run (\(String(cString: strerror(errno))))")
    }
    child.closeInput()
    let deadline = ChildProcess.deadline(in: seconds)
    while case .text(let line) = child.nextLine(until: deadline) {
      // The number alone is what all versions have in common.
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
