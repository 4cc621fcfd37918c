import Foundation
import Testing

/// What documents point to is there, and readers find what the code points to.
@Suite struct DocumentLinkTests {
  @Test func theReadMeIsShort() throws {
    #expect(try Document.at("README.md").lines.count <= 150)
  }

  @Test func whatDocumentsLinkToIsThere() throws {
    var count = 0
    for document in Document.all {
      let folder = Document.root.appending(path: document.path).deletingLastPathComponent()
      for link in document.links where !link.contains("://") {
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let target =
          parts[0].isEmpty
          ? Document.root.appending(path: document.path) : folder.appending(path: parts[0]).standardizedFileURL
        let path = target.path(percentEncoded: false)
        let isThere = FileManager.default.fileExists(atPath: path)
        #expect(isThere, "\(document.path): \(link)")
        count += 1
        guard parts.count > 1 else { continue }
        let root = Document.root.path(percentEncoded: false)
        let linked = Document.all.first { path == root + $0.path }
        let isHeading = linked?.anchors.contains(parts[1]) == true
        #expect(isHeading, "\(document.path): \(link) names no heading")
      }
    }
    #expect(count >= 60)
  }

  /// From the first page of each catalogue of articles every article of it is one click away.
  @Test func everyArticleIsLinkedFromItsFirstPage() throws {
    let articles = Document.all.filter { $0.path.contains(".docc/") }
    #expect(articles.count >= 20)
    for article in articles {
      let folder = article.path.split(separator: "/").dropLast().joined(separator: "/")
      let name = try #require(article.path.split(separator: "/").last)
      let catalogue = try #require(folder.split(separator: "/").last).dropLast(".docc".count)
      guard name != "\(catalogue).md" else { continue }
      let first = try Document.at("\(folder)/\(catalogue).md")
      let isLinked = first.links.contains(String(name))
      #expect(isLinked, "\(first.path) does not link to \(name)")
    }
  }

  /// `// parity: S1.4` in a test is explained by the row S1.4.
  @Test func everyRowThatATestCitesIsExplained() throws {
    let behaviour = try Document.at("Sources/VectorIndexes/VectorIndexes.docc/Behaviour.md")
    let rows = Set(behaviour.lines.compactMap { $0.firstMatch(of: /^\| (S\d+\.\d+) \|/).map { String($0.output.1) } })
    let tests = Document.root.appending(path: "Tests").path(percentEncoded: false)
    let paths = FileManager.default.enumerator(atPath: tests)?.allObjects as? [String] ?? []
    var cited: Set<String> = []
    for path in paths where path.hasSuffix(".swift") && !path.hasSuffix("DocumentLinkTests.swift") {
      for line in try String(contentsOfFile: "\(tests)/\(path)", encoding: .utf8).split(separator: "\n")
      where line.contains("// parity: ") {
        cited.formUnion(line.matches(of: /S\d+\.\d+/).map { String($0.output) })
      }
    }
    #expect(cited.count >= 40)
    #expect(cited.subtracting(rows) == [])
  }

  @Test func everyTargetIsInTheArchitecture() throws {
    let manifest = try String(contentsOf: Document.root.appending(path: "Package.swift"), encoding: .utf8)
    let architecture = try Document.at("Sources/RecallBenchCLI/RecallBench.docc/Architecture.md")
    let targets = manifest.matches(of: /\.(?:target|executableTarget|systemLibrary)\(\s*name: "(\w+)"/)
      .map { String($0.output.1) }
    #expect(targets.count >= 15)
    for target in targets where !["TestSupport", "FuzzReaders"].contains(target) {
      let isDrawn = architecture.codeSpans.contains(target)
      #expect(isDrawn, "\(target) is not in \(architecture.path)")
    }
  }
}
