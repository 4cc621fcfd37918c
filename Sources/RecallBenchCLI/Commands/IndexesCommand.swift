import Bench
import VectorIndexes

/// `recallbench indexes`: lists the kinds of index, from their own declarations.
enum IndexesCommand: Command {
  static let description = CommandDescription(
    "indexes", "list the kinds of index with their parameters",
    options: [
      Option("--index", .indexKind("KIND"), given: .list, "show only these kinds"),
      Option("--plugin", .file("FILE"), given: .repeated, "a shared library whose kinds are listed, too"),
    ],
    examples: ["indexes", "indexes --index flat,ivf-flat"])

  static func run(_ arguments: Arguments) throws {
    let catalog = try arguments.subjects()
    let asked = try catalog.subjects(ofKinds: arguments.all("--index"))
    let all = asked.isEmpty ? catalog.subjects.filter(\.isInstalled) : asked
    try Console.print(all.map { text($0.declaration) }.joined(separator: "\n"))
  }

  /// The text of one kind: its summary, its metrics, and one line per parameter.
  static func text(_ declaration: IndexDeclaration) -> String {
    let parameters =
      declaration.build.map { ("build", $0) } + declaration.search.map { ("search", $0) }
    let rows = parameters.map { when, parameter in
      (
        "\(parameter.name)",
        "\(when): \(parameter.meaning) (\(parameter.expected), default \(parameter.defaultValue))"
      )
    }
    return """
      \(declaration.kind): \(declaration.summary)
        metrics: \(declaration.metrics.map(\.rawValue).joined(separator: ", "))
      \(rows.isEmpty ? "  no parameters" : TextLayout.columns(rows))

      """
  }
}

extension SubjectCatalog {
  /// The subjects of the kinds that a command line names.
  ///
  /// - Throws: `UsageError.index` for an unknown kind.
  func subjects(ofKinds kinds: [String]) throws(UsageError) -> [Subject] {
    var subjects: [Subject] = []
    for kind in kinds {
      do throws(IndexError) { subjects.append(try subject(ofKind: kind)) } catch { throw .index(error) }
    }
    return subjects
  }
}

extension Arguments {
  /// The subjects that the command line may name: the program's kinds, the peers, and the kinds of the plug-ins given
  /// with `--plugin`.
  ///
  /// - Throws: `UsageError.index` for a plug-in that cannot be used.
  func subjects() throws(UsageError) -> SubjectCatalog {
    var catalog = program.subjects
    for path in all("--plugin") {
      do throws(PluginError) { catalog = try catalog.adding(plugin: path) } catch { throw .index(.own(error)) }
    }
    return catalog
  }
}
