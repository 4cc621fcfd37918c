import Foundation
import Testing

/// A Markdown file of the repository: what is said in text, and what in blocks of code.
struct Document: Sendable, CustomTestStringConvertible {
  /// From the root of the repository.
  let path: String
  let lines: [String]
  let blocks: [Block]
  /// The lines outside blocks of code.
  let prose: [String]

  /// A block between ```` ``` ```` lines.
  struct Block: Sendable {
    /// Of its first line, counted from 1.
    let line: Int
    let language: String
    /// What follows the language: why the block is not tested; empty for one that is.
    let excuse: String
    var text = ""
  }

  static let root = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL

  /// README, the changelog, what explains the folders, and all articles, in the order of their paths.
  static let all: [Document] = {
    let files = FileManager.default
    var paths = (try? files.contentsOfDirectory(atPath: root.path(percentEncoded: false))) ?? []
    for folder in [".github", "Sources", "datasets", "reports"] {
      let inside = files.enumerator(atPath: root.appending(path: folder).path(percentEncoded: false))
      paths += (inside?.allObjects as? [String] ?? []).map { "\(folder)/\($0)" }
    }
    return paths.filter { $0.hasSuffix(".md") }.sorted().compactMap { try? Document(path: $0) }
  }()

  /// The document at a path from the root.
  static func at(_ path: String) throws -> Document { try #require(all.first { $0.path == path }) }

  private init(path: String) throws {
    self.path = path
    let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var blocks: [Block] = []
    var prose: [String] = []
    var isInside = false
    for (number, line) in lines.enumerated() {
      if line.hasPrefix("```") {
        isInside.toggle()
        if isInside {
          let words = line.dropFirst(3).split(separator: " ", maxSplits: 1).map(String.init)
          blocks.append(
            Block(line: number + 1, language: words.first ?? "", excuse: words.count > 1 ? words[1] : ""))
        }
      } else if isInside {
        blocks[blocks.count - 1].text += line + "\n"
      } else {
        prose.append(line)
      }
    }
    self.blocks = blocks
    self.prose = prose
  }

  var testDescription: String { path }

  /// Code within a line: what is between single backquotes.
  var codeSpans: [String] { prose.flatMap { $0.matches(of: /`([^`]+)`/).map { String($0.output.1) } } }

  /// Where its links point to, as they are written.
  var links: [String] {
    prose.joined(separator: "\n").matches(of: /\]\(([^)\s]+)\)/).map { String($0.output.1) }
  }

  /// What follows `#` in links to its headings, as the forge makes it.
  var anchors: Set<String> {
    Set(
      prose.filter { $0.hasPrefix("#") }.map { heading in
        heading.drop { $0 == "#" }.dropFirst().lowercased()
          .filter { $0.isLetter || $0.isNumber || " -_".contains($0) }.replacing(" ", with: "-")
      })
  }

  /// Commands of its shell blocks whose program is this one or one that is built on it, word by word.
  var commands: [(line: Int, words: [String])] {
    blocks.filter { $0.language == "sh" }.flatMap { block in
      block.text.replacing("\\\n", with: " ").split(separator: "\n").flatMap { line in
        line.split(separator: " #")[0].replacing("&&", with: ";").split { ";|".contains($0) }
      }.compactMap { command in
        let words = command.split(separator: " ").map(String.init)
        guard let program = words.first, program.hasSuffix("bench") else { return nil }
        return (block.line, Array(words.dropFirst()))
      }
    }
  }
}
