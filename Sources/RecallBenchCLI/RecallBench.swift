import Bench
import Datasets
import Files
import Foundation
import Reports
import VectorCore
import VectorIndexes

/// The command line as a library: a program of a few lines makes one and calls `main()`.
public struct RecallBench: Sendable {
  /// What the program is; every command gets it with its arguments.
  struct Program: Sendable, Equatable {
    /// The kinds of index that it knows.
    var catalog = IndexCatalog.standard
    /// That it was built from; empty where unknown.
    var commit = ""
    /// What is to go wrong in all that it measures: for tests of the harness.
    var disturbances: [Disturbance] = []

    /// What can be measured: those kinds, and those of the libraries that the program has adapters for.
    var subjects: SubjectCatalog {
      let peers = PeerCatalog.current
      return SubjectCatalog(catalog, peers.subjects, interpreter: peers.interpreter) { path throws(PluginError) in
        try PluginReader.kinds(ofPlugin: path, DatasetSource.readingPlace)
      }
    }
  }

  private let program: Program
  /// What it is called in help and messages; `nil` for the name of its file.
  private let name: String?

  /// - Parameters:
  ///   - name: what help, messages, manual page and completions call the program; `nil` for the name of its file.
  ///   - catalog: the kinds of index that it measures: `.standard.adding(MyIndex.self)`.
  ///   - commit: that the program is built from, for its records; empty where unknown.
  public init(name: String? = nil, catalog: IndexCatalog = .standard, commit: String = "") {
    self.name = name
    program = Program(catalog: catalog, commit: commit)
  }

  /// A program whose measurements are disturbed by order, and say so.
  package init(disturbances: [Disturbance]) {
    name = ProgramName.current
    program = Program(disturbances: disturbances)
  }

  /// Every subcommand there is, in the order of the help.
  static let commands: [any Command.Type] = [
    RunCommand.self, PlanCommand.self, CompareCommand.self, GateCommand.self, HistoryCommand.self, ReportCommand.self,
    ExportCommand.self, InspectCommand.self, DoctorCommand.self, KernelsCommand.self,
    IndexesCommand.self, DatasetsListCommand.self, DatasetsShowCommand.self, DatasetsFetchCommand.self,
    DatasetsCheckCommand.self, DatasetsConvertCommand.self, DatasetsGroundTruthCommand.self,
    PeersListCommand.self, PeersInstallCommand.self, HelpCommand.self, ManCommand.self, CompletionsCommand.self,
  ]

  /// How the program ends.
  enum ExitCode: Int32 {
    case success = 0
    case failure = 1
    case usage = 2
    case regression = 3
    case improvement = 4
    case incomparable = 5
    case insufficient = 6
    /// The reader of the output has gone away: 128 + SIGPIPE, as other programs end then.
    case closedPipe = 141
  }

  /// Finds the subcommand that the program's arguments name and runs it; errors become one line and an exit code.
  ///
  /// Called as the first thing in the program: a measuring process is this program started anew.
  public func main() -> Never {
    OpenFiles.holdStandardNumbers()
    // A reader that goes away (`| head`) is noticed by the failed write, not by a signal in the middle of a file.
    // The same for a file that grows past the limit of `ulimit -f`.
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    let path = Bundle.main.executablePath ?? CommandLine.arguments[0]
    ProgramName.current = name ?? (path as NSString).lastPathComponent
    let words = Array(CommandLine.arguments.dropFirst())
    if words == [WorkerProcess.argument] { WorkerProcess.main(commit: program.commit, catalog: program.catalog) }
    if words == [ReadingProcess.argument] { ReadingProcess.main() }
    DatasetSource.readingPlace = .children(program: path)
    if words.first == ChildCommand.argument { ChildCommand.main(Array(words.dropFirst()), as: program) }
    exit(ChildCommand.isMeant(words) ? ChildCommand.run(words, program: path) : Self.run(words, as: program).rawValue)
  }

  /// Does what the words say. - Returns: how the program ends.
  static func run(_ words: [String], as program: Program = Program()) -> ExitCode {
    do {
      try OpenFiles.ensureEnough()
      try dispatch(words, as: program)
      return .success
    } catch UsageError.environment(let problem) {
      Console.error(problem)
      return .usage
    } catch UsageError.sweep(let error) {
      Console.error("\(error)")
      return .usage
    } catch let error as UsageError {
      Console.error("\(error) (see \(ProgramName.current) \(commandName(in: words))--help)")
      return .usage
    } catch let failure as GateFailure {
      return failure.code
    } catch  where isClosedPipe(error) {
      return .closedPipe
    } catch {
      Console.error("\(error)")
      return .failure
    }
  }

  /// Whether a reader has seen enough of what the program writes, which is no fault.
  private static func isClosedPipe(_ error: any Error) -> Bool {
    switch error {
    case let error as OutputError: error.isClosedPipe
    case ReportError.output(let error), DatasetError.output(let error): error.isClosedPipe
    default: false
    }
  }

  private static func dispatch(_ words: [String], as program: Program) throws {
    switch words.first {
    case "--help", "-h":
      try Console.print(Help.text(of: [], width: Console.textWidth))
    case "--version", "-V":
      let commit = program.commit.isEmpty ? "" : "commit \(program.commit), "
      let build = "\(commit)Swift \(Provenance.swiftVersion), \(Provenance.configuration)"
      try Console.print("\(ProgramName.current) \(Provenance.version) (\(build))\n")
    case Completion.argument:
      try Console.print(Completion(typed: Array(words.dropFirst()), subjects: program.subjects.subjects).text)
    case let first? where group(first) != nil && Arguments.wantsHelp(Array(words.dropFirst().prefix(1))):
      try Console.print(Help.text(of: [first], width: Console.textWidth))
    default:
      let (command, rest) = try find(words)
      let arguments = try Arguments(rest, of: command.description, program: program)
      if arguments.wantsHelp {
        try Console.print(Help.text(of: command.description, width: Console.textWidth))
        return
      }
      // Figures of another instruction set than the one asked for would mislead.
      if let problem = Kernels.selectionError { throw UsageError.environment(problem) }
      if let problem = ReadingLimits.environmentError { throw UsageError.environment(problem) }
      try command.run(arguments)
    }
  }

  /// The command that the first one or two words name, and the words after it.
  static func find(_ words: [String]) throws(UsageError) -> (any Command.Type, [String]) {
    guard let first = words.first else { throw .missingCommand(known: names) }
    for length in [2, 1] where words.count >= length {
      let name = words.prefix(length).joined(separator: " ")
      for command in commands where command.description.name == name {
        return (command, Array(words.dropFirst(length)))
      }
    }
    guard let group = group(first)?.map(\.name) else { throw .unknownCommand(first, known: names) }
    guard words.count > 1, !words[1].hasPrefix("-") else { throw .missingCommand(known: group) }
    throw .unknownCommand(words.prefix(2).joined(separator: " "), known: group)
  }

  /// The commands of two words that begin with this one; nil when there are none.
  static func group(_ name: String) -> [CommandDescription]? {
    let group = commands.map { $0.description }.filter { $0.name.hasPrefix(name + " ") }
    return group.isEmpty ? nil : group
  }

  private static var names: [String] { commands.map { $0.description.name } }

  /// The command or the group that was meant, with a space after it, for the pointer to its help.
  private static func commandName(in words: [String]) -> String {
    if let (command, _) = try? find(words) { return "\(command.description.name) " }
    return words.first.flatMap { group($0) == nil ? nil : "\($0) " } ?? ""
  }
}
