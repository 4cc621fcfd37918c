import Bench
import Datasets
import Files
import Foundation
import Reports
import VectorCore
import VectorIndexes

/// The command line as a library: a program of a few lines creates a `RecallBench` and calls its `main()`.
public struct RecallBench: Sendable {
  /// The identity of the running program; every command receives it together with its arguments.
  struct Program: Sendable, Equatable {
    /// The kinds of index that the program knows.
    var catalog = IndexCatalog.standard
    /// The commit from which the program was built; empty when it is unknown.
    var commit = ""
    /// Artificial faults that are injected into every measurement, to test the harness itself.
    var disturbances: [Disturbance] = []

    /// All subjects that can be measured: the kinds of `catalog`, and the peer libraries for which the program has
    /// adapters.
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

  /// All subcommands, in the order in which the help lists them.
  static let commands: [any Command.Type] = [
    RunCommand.self, WorkCommand.self, PlanCommand.self, TuneCommand.self, BestCommand.self, CompareCommand.self,
    GateCommand.self,
    HistoryCommand.self,
    ReportCommand.self,
    ExportCommand.self, MergeCommand.self, SiteCommand.self, InspectCommand.self, DoctorCommand.self,
    KernelsCommand.self,
    IndexesCommand.self, DatasetsListCommand.self, DatasetsShowCommand.self, DatasetsFetchCommand.self,
    DatasetsCheckCommand.self, DatasetsConvertCommand.self, DatasetsGroundTruthCommand.self, DatasetsMakeCommand.self,
    PeersListCommand.self, PeersInstallCommand.self, HelpCommand.self, ManCommand.self, CompletionsCommand.self,
  ]

  /// The exit codes of the program.
  enum ExitCode: Int32 {
    case success = 0
    case failure = 1
    case usage = 2
    case regression = 3
    case improvement = 4
    case incomparable = 5
    case insufficient = 6
    /// The reader of the output has closed its end: 128 + SIGPIPE, the code with which other programs end in this case.
    case closedPipe = 141
  }

  /// Finds the subcommand that the program's arguments name and runs it; an error becomes one line and an exit code.
  ///
  /// Call this function before anything else in the program, because a measuring process is this program started again.
  public func main() -> Never {
    OpenFiles.holdStandardNumbers()
    // A reader that closes its end early (`| head`) is noticed by the failed write. A signal would end the program in
    // the middle of a file. The same holds for a file that grows past the limit of `ulimit -f`.
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    // Whoever started the program may ignore it, and then nobody learns how a child has ended.
    signal(SIGCHLD, SIG_DFL)
    // A child that crashes costs its cells, not seconds of drawing a backtrace, which could pass for a timeout.
    setenv("SWIFT_BACKTRACE", "enable=no", 0)
    let path = Bundle.main.executablePath ?? CommandLine.arguments[0]
    ProgramName.current = name ?? (path as NSString).lastPathComponent
    let words = Array(CommandLine.arguments.dropFirst())
    if words == [WorkerProcess.argument] { WorkerProcess.main(commit: program.commit, catalog: program.catalog) }
    if words == [ReadingProcess.argument] { ReadingProcess.main() }
    DatasetSource.readingPlace = .children(program: path)
    if words.first == ChildCommand.argument { ChildCommand.main(Array(words.dropFirst()), as: program) }
    exit(ChildCommand.isMeant(words) ? ChildCommand.run(words, program: path) : Self.run(words, as: program).rawValue)
  }

  /// Runs the command that `words` name.
  ///
  /// - Returns: the exit code of the program.
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

  /// Whether the error only means that the reader closed its end of the pipe, which is not a failure.
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
      // Figures of another instruction set than the requested one would be misleading.
      if let problem = Kernels.selectionError { throw UsageError.environment(problem) }
      if let problem = ReadingLimits.environmentError { throw UsageError.environment(problem) }
      try command.run(arguments)
    }
  }

  /// Returns the command that the first one or two words name, and the words after its name.
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

  /// The commands of two words whose first word is `name`; `nil` when there are none.
  static func group(_ name: String) -> [CommandDescription]? {
    let group = commands.map { $0.description }.filter { $0.name.hasPrefix(name + " ") }
    return group.isEmpty ? nil : group
  }

  private static var names: [String] { commands.map { $0.description.name } }

  /// The name of the command or group that `words` most likely mean, followed by a space, for the hint to its help.
  private static func commandName(in words: [String]) -> String {
    if let (command, _) = try? find(words) { return "\(command.description.name) " }
    return words.first.flatMap { group($0) == nil ? nil : "\($0) " } ?? ""
  }
}
