import Bench
import Files

/// `\(ProgramName.current) peers list`: the libraries that can be measured beside the program's own indexes.
enum PeersListCommand: Command {
  static let description = CommandDescription(
    "peers list", "list other libraries that can be measured, and which of them are installed",
    notes: """
      The kinds of a library are used like the program's own kinds: --index faiss-ivfflat. `\(ProgramName.current) indexes
      --index KIND` shows the parameters of a kind. A sweep skips kinds that are not installed, and reports them.
      """,
    examples: ["peers list"])

  static func run(_ arguments: Arguments) throws {
    let catalog = PeerCatalog.current
    if let problem = catalog.problem { Console.note("\(problem)\n") }
    let rows = catalog.libraries.map { library in
      let state = library.installed.map { "installed, \($0.version)" } ?? "not installed"
      let kinds = library.subjects.map(\.kind).joined(separator: ", ")
      return (library.name, "\(state): \(library.summary); \(library.interface.rawValue): \(kinds)")
    }
    try Console.print("\(TextLayout.columns(rows))\n\ninstalled in \(catalog.folder)\n")
  }
}

/// `recallbench peers install`: installs these libraries.
enum PeersInstallCommand: Command {
  static let description = CommandDescription(
    "peers install", "install other libraries, to measure them, too",
    arguments: [
      Argument(
        .text("LIBRARY"), repeated: true,
        "a library that `\(ProgramName.current) peers list` shows, or `all` for all of them")
    ],
    notes: """
      Packages from PyPI are installed into a separate Python environment, in tested versions; plug-ins are compiled for
      this machine, which needs a C++ compiler. The folder is ~/.cache/recallbench/peers, or the one that the
      environment variable RECALLBENCH_PEERS names; to remove the peers, delete this folder.
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

/// Some libraries could not be installed; the lines printed before name them and the reasons.
private struct PeersFailure: Error, CustomStringConvertible {
  let description = "not everything was installed; see above"
}
