import Bench
import Datasets
import Files
import Foundation
import VectorCore

/// Runs commands that read foreign files in a child process, because a damaged file may crash the process that reads
/// it.
///
/// The child does the whole work and writes its output itself. `run` and `plan` are not among these commands: they read
/// each dataset in a process of its own, and continue without the datasets that cannot be read.
enum ChildCommand {
  /// The word that precedes the words of the command; no command has this name.
  static let argument = "--run-for-parent"

  private static let names = [
    "best", "compare", "gate", "history", "report", "export", "merge", "site", "inspect", "datasets show",
    "datasets check", "datasets convert",
    "datasets ground-truth",
  ]

  /// Whether the words name a command that runs in a child, and can be parsed as one.
  static func isMeant(_ words: [String]) -> Bool {
    guard let (command, rest) = try? RecallBench.find(words),
      let arguments = try? Arguments(rest, of: command.description), !arguments.wantsHelp
    else { return false }
    return names.contains(command.description.name)
  }

  /// Runs the command in a child process.
  ///
  /// - Returns: the exit code of the child.
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

  /// The main function of the child: runs the command, and ends when the parent process ends.
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
