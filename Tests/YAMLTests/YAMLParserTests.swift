import Foundation
import Testing

@testable import YAML

struct YAMLParserTests {
  private func parse(_ text: String) throws -> YAMLNode { try YAMLParser.parse(text, source: "t.yml") }

  private func reason(_ text: String) -> YAMLError? {
    do throws(YAMLError) {
      _ = try YAMLParser.parse(text, source: "t.yml")
      return nil
    } catch { return error }
  }

  @Test func everyKindOfNodeKeepsItsPlace() throws {
    let root = try parse("name: sift # comment\nsizes:\n  - 10\n  - 20\nnested: {a: 'x', b: [1, 2]}\n")
    #expect(try root.required("name").string() == "sift")
    #expect(try root.required("sizes").sequence().map { try $0.integer() } == [10, 20])
    let second = try root.required("sizes").sequence()[1]
    #expect((second.line, second.column, second.path) == (4, 5, "sizes[1]"))
    #expect(try root.required("nested").required("b").sequence()[1].path == "nested.b[1]")
    #expect(try root.mapping().map(\.key) == ["name", "sizes", "nested"])
  }

  @Test func anAliasIsTheNodeItNames() throws {
    let root = try parse("base: &b {nlist: [1, 2]}\nuse: *b\n")
    #expect(try root.required("use").required("nlist").sequence().map { try $0.integer() } == [1, 2])
  }

  @Test func aliasesThatMultiplyAreRefused() throws {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...20 {
      text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
    }
    #expect(reason(text)?.reason == .tooManyNodes(limit: YAMLParser.maximumNodes))
  }

  @Test func anAliasOfItselfIsRefused() {
    #expect(reason("a: &a [*a]")?.reason == .unknownAnchor("a"))
  }

  @Test func endlessDepthIsRefused() {
    let text = String(repeating: "[", count: 5_000) + String(repeating: "]", count: 5_000)
    #expect(reason(text)?.reason == .tooDeep(limit: YAMLParser.maximumDepth))
  }

  @Test(arguments: [
    ("a: 1\na: 2\n", YAMLError.Reason.duplicateKey("a"), 2, 1),
    ("? [1]\n: 2\n", .unsupportedKey("a list, mapping or alias"), 1, 3),
    ("b: &b {x: 1}\nc:\n  <<: *b\n", .unsupportedKey("a merge (<<)"), 3, 3),
    ("a: 1\n---\nb: 2\n", .severalDocuments, 2, 1),
    ("# nothing\n", .empty, 1, 1),
    ("", .empty, 1, 1),
  ])
  func whatIsRefusedIsNamedWithItsPlace(_ text: String, _ expected: YAMLError.Reason, _ line: Int, _ column: Int) {
    let error = reason(text)
    #expect(error?.reason == expected)
    #expect(error?.line == line && error?.column == column)
  }

  @Test func brokenSyntaxNamesLineAndColumn() throws {
    let error = try #require(reason("a: 1\nb: [1, 2\nc: 3\n"))
    guard case .syntax = error.reason else {
      Issue.record("\(error)")
      return
    }
    #expect(error.description.hasPrefix("t.yml:3:"))
    #expect(!error.description.contains("\n"))
  }

  @Test func bytesThatAreNoTextAreRefused() throws {
    let path = NSTemporaryDirectory() + "yaml-\(UUID()).yml"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data([0x61, 0x3A, 0x20, 0xFF, 0xFE, 0x00]).write(to: URL(fileURLWithPath: path))
    #expect(throws: YAMLError.self) { try YAMLParser.parse(path: path) }
  }

  @Test func endlessFilesAndLongKeysAreRefused() throws {
    let path = NSTemporaryDirectory() + "yaml-\(UUID()).yml"
    defer { unlink(path) }
    #expect(FileManager.default.createFile(atPath: path, contents: nil) && truncate(path, 1 << 40) == 0)
    #expect {
      try YAMLParser.parse(path: path)
    } throws: {
      ($0 as? YAMLError)?.reason == .tooLong(limit: 4 << 20)
    }
    // Each of many nodes would know the key that leads to it.
    let key = String(repeating: "k", count: 1_000)
    #expect(try YAMLParser.parse("? \(key)\n: [1]\n", source: "s").mapping().count == 1)
    #expect {
      try YAMLParser.parse("? \(key)\n: {? \(key) : 1}\n", source: "s")
    } throws: {
      ($0 as? YAMLError)?.reason == .longKeys(limit: 1_024)
    }
  }

  @Test func aMissingFileIsNamed() {
    #expect {
      try YAMLParser.parse(path: "/nowhere/sweep.yml")
    } throws: { error in
      "\(error)".hasPrefix("/nowhere/sweep.yml: cannot be read") && !"\(error)".contains("\n")
    }
  }

  /// Nobody may ever write into a pipe, and a device may never end.
  @Test func onlyFilesAndOpenDescriptorsAreRead() throws {
    let pipe = FileManager.default.temporaryDirectory.path(percentEncoded: false) + "/\(UUID().uuidString).yml"
    try #require(mkfifo(pipe, 0o600) == 0)
    defer { unlink(pipe) }
    for path in [pipe, "/dev/zero", "/"] {
      let error = #expect(throws: YAMLError.self) { try YAMLParser.parse(path: path) }
      #expect(error?.reason == .unreadable("not a file"), "\(path)")
    }
    let opened = Pipe()
    opened.fileHandleForWriting.write(Data("a: 1\n".utf8))
    try opened.fileHandleForWriting.close()
    let root = try YAMLParser.parse(path: "/dev/fd/\(opened.fileHandleForReading.fileDescriptor)")
    #expect(try root.required("a").integer() == 1)
  }
}
