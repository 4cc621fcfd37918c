import Bench
import Datasets
import Files
import Foundation
import VectorCore

/// Runs commands that read files from elsewhere in a child process of this program, which such a file may end.
///
/// The child does the whole work and writes its output itself. `run` and `plan` of a sweep are not among these commands:
/// they have each dataset read by a process of its own, and go on without those that cannot be read.
enum ChildCommand {
  /// Before the words of the command; no command is called so.
  static let argument = "--run-for-parent"

  private static let names = [
    "compare", "gate", "history", "report", "export", "inspect", "datasets show", "datasets check", "datasets convert",
    "datasets ground-truth",
  ]

  /// Whether the words name such a command, in a way that it understands.
  static func isMeant(_ words: [String]) -> Bool {
    guard let (command, rest) = try? RecallBench.find(words),
      let arguments = try? Arguments(rest, of: command.description), !arguments.wantsHelp
    else { return false }
    return names.contains(command.description.name)
  }

  /// Runs the command in a child.
  ///
  /// - Returns: the code to end with.
  static func run(_ words: [String], program: String) -> Int32 {
    guard let child = ChildProcess(program: program, words: [argument] + words, output: .inherited) else {
      Console.error("no process could be started (\(String(cString: strerror(errno))))")
      return RecallBench.ExitCode.failure.rawValue
    }
    switch child.wait() {
    case .exited(let code): return code
    case .signalled(let signal) where [SIGINT, SIGTERM, SIGHUP].contains(signal): return 128 + signal
    case .signalled(let signal):
      Console.error(
        "\(words.joined(separator: " ")) crashed (signal \(signal)): a file that it read is damaged, or memory ran out")
      return RecallBench.ExitCode.failure.rawValue
    }
  }

  /// What the child does: as much as the words say, but no longer than its parent lives.
  static func main(_ words: [String], as program: RecallBench.Program) -> Never {
    let limits = ReadingLimits.current
    let clearsBar = Console.isInteractive ? "\r\u{1B}[K" : ""
    do throws(ThreadError) {
      try ReadingProcess.endWithParent()
      try limits.enforce(
        words: ReadingLimits.Words(
          prefix: "\(clearsBar)\(ProgramName.current): ", exitCode: RecallBench.ExitCode.failure.rawValue
        ) { $0.description(limits) })
    } catch {
      Console.error("\(error)")
      exit(RecallBench.ExitCode.failure.rawValue)
    }
    exit(RecallBench.run(words, as: program).rawValue)
  }
}
