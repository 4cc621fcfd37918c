import Bench
import Files

/// `\(ProgramName.current) peers list`: the libraries that can be measured beside the program's own indexes.
enum PeersListCommand: Command {
  static let description = CommandDescription(
    "peers list", "list the libraries that can be measured beside the own indexes, and which are installed",
    notes: """
      The kinds of a library are used like the own ones: --index faiss-ivfflat. `\(ProgramName.current) indexes --index KIND` shows
      the parameters of one. A sweep passes over what is not installed, and says so.
      """,
    examples: ["peers list"])

  static func run(_ arguments: Arguments) throws {
    let catalog = PeerCatalog.current
    let rows = catalog.libraries.map { library in
      let state = library.installed.map { "installed, \($0.version)" } ?? "not installed"
      let kinds = library.subjects.map(\.kind).joined(separator: ", ")
      return (library.name, "\(state): \(library.summary); \(library.interface.rawValue): \(kinds)")
    }
    try Console.print("\(TextLayout.columns(rows))\n\ninstalled in \(catalog.folder)\n")
  }
}

/// `recallbench peers install`: brings libraries here.
enum PeersInstallCommand: Command {
  static let description = CommandDescription(
    "peers install", "install libraries to measure beside the own indexes",
    arguments: [
      Argument(
        .text("LIBRARY"), repeated: true,
        "a library that `\(ProgramName.current) peers list` shows, or `all` for all of them")
    ],
    notes: """
      Packages come from PyPI into a Python environment of their own, in the versions that were tried; plug-ins are compiled
      for this machine, which needs a C++ compiler. The folder is ~/.cache/recallbench/peers, or what the environment
      variable RECALLBENCH_PEERS names; to remove the peers, delete it.
      """,
    examples: ["peers install faiss hnswlib svs", "peers install all"])

  private static let all = "all"

  static func run(_ arguments: Arguments) throws {
    let catalog = PeerCatalog.current
    let names = arguments.positionals
    let known = catalog.libraries.map(\.name) + [all]
    if let unknown = names.first(where: { !known.contains($0) }) {
      throw UsageError.invalidValue(option: "LIBRARY", value: unknown, expected: known.joined(separator: ", "))
    }
    let asked = catalog.libraries.filter { names.contains($0.name) || names.contains(all) }
    guard try PeerInstaller(catalog).install(asked) else { throw PeersFailure() }
  }
}

/// Some libraries are not installed; the lines before have said which, and why.
private struct PeersFailure: Error, CustomStringConvertible {
  let description = "not everything was installed; see above"
}
