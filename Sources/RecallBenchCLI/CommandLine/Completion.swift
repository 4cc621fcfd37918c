import Bench
import Datasets
import VectorIndexes

/// The candidates for the last word of a command line that is being typed, found in the tables of options.
///
/// The scripts of the shells (`CompletionScript`) call the program with `argument` and the words typed so far; the last
/// word is incomplete or empty. The program prints one candidate a line, followed by a tab and its meaning; the lines
/// `:files` and `:folders` ask the shell to complete a path.
struct Completion {
  /// The word that precedes the words of the command line; no command has this name.
  static let argument = "--complete"

  private static let files = "files"
  private static let folders = "folders"

  private let subjects: [Subject]
  private(set) var candidates: [(text: String, meaning: String)] = []
  /// The kinds of path that the shell adds to the candidates.
  private(set) var paths: [String] = []

  /// - Parameters:
  ///  - words: the words after the program's name.
  ///   - subjects: the kinds of index that the program knows.
  init(typed words: [String], subjects: [Subject]) {
    self.subjects = subjects
    let (before, begun) = (Array(words.dropLast()), words.last ?? "")
    let commands = RecallBench.commands.map { $0.description }
    if before.first == HelpCommand.description.name {
      addNames(of: commands, after: Array(before.dropFirst()), begun)
    } else if let (command, rest) = try? RecallBench.find(before) {
      complete(begun, after: rest, of: command.description)
    } else {
      addNames(of: commands, after: before, begun)
      if before.isEmpty { add([("--help", "show all commands"), ("--version", "show the version")], begun) }
    }
  }

  /// The output of the program.
  var text: String {
    (candidates.map { "\($0.text)\t\($0.meaning)\n" } + paths.map { ":\($0)\n" }).joined()
  }

  /// Adds the next words of all commands whose names begin with `words`.
  private mutating func addNames(of commands: [CommandDescription], after words: [String], _ begun: String) {
    for command in commands {
      let name = command.name.split(separator: " ").map(String.init)
      guard name.count > words.count, name.starts(with: words) else { continue }
      let isGroup = name.count > words.count + 1
      let next = name[words.count]
      guard !candidates.contains(where: { $0.text == next }) else { continue }
      add([(next, isGroup ? "commands about \(next)" : command.summary)], begun)
    }
  }

  private mutating func complete(_ begun: String, after words: [String], of command: CommandDescription) {
    let options = command.options + [.help]
    var positionals = 0
    var optionsEnded = false
    var given: [String: [String]] = [:]
    var open: Option?
    for word in words {
      if let option = open {
        given[option.name, default: []].append(word)
        open = nil
      } else if optionsEnded || !word.hasPrefix("-") || word == "-" {
        positionals += 1
      } else if word == "--" {
        optionsEnded = true
      } else {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let option = options.first(where: { $0.name == parts[0] }) else { continue }
        given[option.name, default: []] += parts.dropFirst()
        if parts.count == 1, option.value != .flag { open = option }
      }
    }
    if let open {
      addValues(open.value, isList: open.given == .list, begun)
    } else if !optionsEnded, begun.hasPrefix("-"), let end = begun.firstIndex(of: "=") {
      guard let option = options.first(where: { $0.name == begun[..<end] }) else { return }
      let name = begun[...end]
      addValues(option.value, isList: option.given == .list, String(begun[end...].dropFirst()), after: String(name))
    } else {
      let last = command.arguments.last.flatMap { $0.isRepeated ? $0 : nil }
      if let argument = command.arguments.dropFirst(positionals).first ?? last, !begun.hasPrefix("-") {
        addValues(argument.value, isList: false, begun)
      }
      if !optionsEnded, begun.hasPrefix("-") || candidates.isEmpty && paths.isEmpty {
        let free = options.filter { given[$0.name] == nil || $0.given != .once }
        add(free.map { ($0.name, $0.meaning) }, begun)
      }
    }
  }

  /// Adds the values of an option or an argument.
  ///
  /// - Parameter prefix: the text before the value in the same word, such as `--format=`.
  private mutating func addValues(_ value: OptionValue, isList: Bool, _ begun: String, after prefix: String = "") {
    let listed = isList ? begun.lastIndex(of: ",").map { String(begun[...$0]) } ?? "" : ""
    let taken = Set(listed.split(separator: ",").map(String.init))
    func values(_ all: [(String, String)]) -> [(String, String)] {
      all.filter { !taken.contains($0.0) }.map { ("\(prefix)\(listed)\($0.0)", $0.1) }
    }
    let word = prefix + begun
    switch value {
    case .choice(_, let names): add(values(names.map { ($0, "") }), word)
    case .indexKind: add(values(subjects.map { ($0.kind, $0.declaration.summary) }), word)
    case .setting: add(values(parameters), word)
    case .dataset:
      add(values(((try? Catalog())?.entries ?? []).map { ($0.name, $0.summary) }), word)
      if listed.isEmpty, prefix.isEmpty { paths.append(Self.files) }
    case .file: if prefix.isEmpty { paths.append(Self.files) }
    case .folder: if prefix.isEmpty { paths.append(Self.folders) }
    case .flag, .text, .integer, .number, .seconds, .bytes, .command: break
    }
  }

  /// The parameters of all kinds, each once, in the form in which `--set` takes them: `NAME=`.
  private var parameters: [(String, String)] {
    var parameters: [(String, String)] = []
    for parameter in subjects.flatMap({ $0.declaration.build + $0.declaration.search })
    where !parameters.contains(where: { $0.0 == "\(parameter.name)=" }) {
      parameters.append(("\(parameter.name)=", parameter.meaning))
    }
    return parameters
  }

  private mutating func add(_ all: [(String, String)], _ begun: String) {
    candidates += all.filter { $0.0.hasPrefix(begun) }.map { (text: $0.0, meaning: $0.1) }
  }
}
