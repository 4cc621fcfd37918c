import VectorIndexes

/// `recallbench indexes`: what there is to measure, from the indexes' own declarations.
enum IndexesCommand: Command {
  static let description = CommandDescription(
    "indexes", "list the kinds of index with their parameters",
    options: [Option("--index", .indexKind("KIND"), given: .list, "show only these kinds")],
    examples: ["indexes", "indexes --index flat,ivf-flat"])

  static func run(_ arguments: Arguments) throws {
    let catalog = arguments.program.catalog
    let types = try catalog.types(ofKinds: arguments.all("--index"))
    let all = types.isEmpty ? catalog.types : types
    try Console.print(all.map { text($0.declaration) }.joined(separator: "\n"))
  }

  /// One kind: what it is, its metrics, and one line a parameter.
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

extension IndexCatalog {
  /// The types of the kinds named on a command line.
  ///
  /// - Throws: `UsageError.index` for a kind that there is not.
  func types(ofKinds kinds: [String]) throws(UsageError) -> [any VectorIndex.Type] {
    var types: [any VectorIndex.Type] = []
    for kind in kinds {
      do throws(IndexError) { types.append(try type(ofKind: kind)) } catch { throw .index(error) }
    }
    return types
  }
}
