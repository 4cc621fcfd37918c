import Foundation
import TestSupport
import Testing

@Suite struct ImportDirectionTests {
  private func found(
    _ files: [String: String], _ layers: [[String]], _ uses: (ImportDirection) -> [ImportDirection.Violation]
  ) throws -> [String] {
    let folder = try TemporaryFolder()
    for (path, text) in files {
      let file = URL(filePath: folder.path + "/" + path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return uses(try ImportDirection(root: folder.path, layers: layers)).map(\.description)
  }

  private func typeUses(_ files: [String: String], _ layers: [[String]] = [["Low"], ["Mid", "Side"], ["High"]]) throws
    -> [String]
  {
    try found(files, layers) { $0.typeUses() }
  }

  @Test func findsUsesThatPointUpOrSideways() throws {
    #expect(
      try typeUses([
        "Low/A.swift": "struct A {}\nlet b: B? = nil\n", "Mid/B.swift": "public final class B<Element> { let a = A() }",
        "Side/C.swift": "@frozen enum C {}\nextension B {}\n", "High/D.swift": "func d(a: A, b: B, c: C) {}",
      ]) == [
        "Low/A.swift:2: uses B of Mid, which is not below", "Side/C.swift:2: uses B of Mid, which is not below",
      ])
  }

  @Test func takesTheLongestNameOfAFolder() throws {
    let files = ["Low/Deep/A.swift": "struct A {}", "Low/B.swift": "let a: A"]
    #expect(try typeUses(files, [["Low"]]) == [])
    #expect(try typeUses(files, [["Low"], ["Low/Deep"]]) == ["Low/B.swift:1: uses A of Low/Deep, which is not below"])
    #expect(try typeUses(files, [["Low/Deep"], [""]]) == [])
  }

  @Test func refusesAFolderInNoLayer() throws {
    #expect(
      try typeUses(["Other/A.swift": "struct A {}"])
        == ["Other/A.swift: its folder is in no layer; put it in one"])
  }

  @Test(arguments: [
    "// B", "/* B\n /* B */ B */", "\"B\"", "\"\\\"B\"", "\"\"\"\n B\n\"\"\"", "x.B", "let aB = B2", "_B",
  ])
  func passesOver(_ text: String) throws {
    let files = ["Low/A.swift": text, "High/B.swift": "struct B {}"]
    #expect(try typeUses(files) == [])
  }

  @Test(arguments: ["[B]", "/* */ B()", "\"a\\(B(\"b\"))\"", "\"\" + B()", "\"\\(f(1))\" + B()"])
  func finds(_ text: String) throws {
    #expect(try typeUses(["Low/A.swift": text, "High/B.swift": "struct B {}"]).count == 1)
  }

  @Test func privateTypesAndNestedOnesAreNobodyElses() throws {
    let files = [
      "Low/A.swift": "let x: Part\n", "High/B.swift": "private struct Part {}\nstruct B {\n  struct Part {}\n}\n",
    ]
    #expect(try typeUses(files) == [])
  }

  @Test func findsImports() throws {
    let files = [
      "Low/A.swift": "import Foundation\nimport High\n@testable import Mid\n", "Mid/B.swift": "internal import Low",
      "Side/C.swift": "@_exported import struct Mid.B\n// import High\n",
    ]
    #expect(
      try found(files, [["Low"], ["Mid", "Side"], ["High"]]) { $0.imports() } == [
        "Low/A.swift:2: Low imports High, which is not below", "Low/A.swift:3: Low imports Mid, which is not below",
        "Side/C.swift:1: Side imports Mid, which is not below",
      ])
  }
}
