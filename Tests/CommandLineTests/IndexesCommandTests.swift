import Foundation
import Testing
import VectorIndexes

@testable import RecallBenchCLI

@Suite struct IndexesCommandTests {
  @Test func everyParameterIsListedWithRangeDefaultAndMeaning() {
    let declaration = IndexDeclaration(
      kind: "tree", summary: "a tree", metrics: [.dot, .hamming],
      build: [ParameterDeclaration("leaves", .integer(1...9), default: .integer(3), "how many leaves")],
      search: [ParameterDeclaration("walk", .choice(["deep", "wide"]), default: .choice("wide"), "which way")])
    #expect(
      IndexesCommand.text(declaration) == """
        tree: a tree
          metrics: dot, hamming
          leaves  build: how many leaves (an integer, 1…9, default 3)
          walk    search: which way (one of deep, wide, default wide)

        """)
  }

  @Test func theDocumentsListEveryIndexWithItsParameters() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/VectorIndexes/VectorIndexes.docc/VectorIndexes.md")
    let lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n")
    for declaration in IndexCatalog.standard.types.map({ $0.declaration }) {
      func names(_ parameters: [ParameterDeclaration]) -> String { parameters.map { "`\($0.name)` " }.joined() }
      let row = "| `\(declaration.kind)` | \(names(declaration.build))| \(names(declaration.search))| "
      #expect(lines.contains { $0.hasPrefix(row) })
    }
  }
}
