import Foundation
import Testing

@testable import RecallBenchCLI

/// Documents and option tables say the same.
@Suite struct DocumentOptionTests {
  private static let commands = RecallBench.commands.map { $0.description }

  @Test func everyOptionIsInADocument() throws {
    let code = Document.all.flatMap { $0.codeSpans + $0.commands.map { $0.words.joined(separator: " ") } }
    let written = Set(code.flatMap { $0.split { " =|,".contains($0) }.map(String.init) })
    for command in Self.commands {
      for option in command.options {
        let isWritten = written.contains(option.name)
        #expect(isWritten, "\(command.name) \(option.name) is in no document")
      }
    }
  }

  @Test func everyCommandIsInADocument() throws {
    let code = Document.all.flatMap {
      $0.codeSpans + $0.commands.map { "recallbench " + $0.words.joined(separator: " ") }
    }
    for command in Self.commands {
      let isWritten = code.contains { $0.hasPrefix("recallbench \(command.name)") }
      #expect(isWritten, "\(command.name) is in no document")
    }
  }

  /// In a shell block a command has the options it is given; elsewhere some command has the option.
  @Test func documentsNameNoOptionThatDoesNotExist() throws {
    let known = Set(Self.commands.flatMap { $0.options.map(\.name) } + ["--help", "--version"])
    for document in Document.all where document.path != "CHANGELOG.md" {
      for span in document.codeSpans where span.hasPrefix("--") || span.hasPrefix("recallbench ") {
        for option in Self.options(in: span.split(separator: " ").map(String.init)) {
          let isKnown = known.contains(option)
          #expect(isKnown, "\(document.path): there is no \(option), which is in `\(span)`")
        }
      }
      for (line, words) in document.commands {
        let command = Self.commands.filter { words.starts(with: $0.name.split(separator: " ").map(String.init)) }
          .max { $0.name.count < $1.name.count }
        guard let command else {
          Issue.record("\(document.path):\(line): no command \(words.prefix(2))")
          continue
        }
        let names = command.options.map(\.name) + ["--help"]
        for option in Self.options(in: words) {
          let isKnown = names.contains(option)
          #expect(isKnown, "\(document.path):\(line): \(command.name) has no \(option)")
        }
      }
    }
  }

  private static func options(in words: [String]) -> [String] {
    words.compactMap { $0.firstMatch(of: /^\[?(--[a-z][a-z0-9-]*)/).map { String($0.output.1) } }
  }
}
