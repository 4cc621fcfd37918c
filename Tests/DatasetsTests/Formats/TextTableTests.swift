import Foundation
import Testing
import VectorCore

@testable import Datasets

struct TextTableTests {
  private let folder = TemporaryFolder()

  private func fault(_ text: String, _ name: String = "a.csv") throws -> TableFault? {
    try folder.write(name, Data(text.utf8))
    do throws(DatasetError) {
      _ = try TableFile.open(folder.file(name), part: "train")
      return nil
    } catch {
      guard case .table(folder.file(name), let fault) = error else { throw error }
      return fault
    }
  }

  @Test func floatsAreReadToTheNearest() throws {
    try folder.write("a.csv", Data("\u{FEFF}a,b\n0.1,-1e-3\n3.4028235e38,  +7 \n".utf8))
    let table = try TableFile.open(folder.file("a.csv"), part: "train").table
    #expect(table.elementType == .float32 && table.rows == 2 && table.columns == 2)
    #expect(try table.floats(rows: .max) == [0.1, -1e-3, .greatestFiniteMagnitude, 7])
  }

  /// So that true neighbours can be read from such files.
  @Test func wholeNumbersAreIntegers() throws {
    try folder.write("a.tsv", Data("3\t-1\n9007199254740993\t0\n".utf8))
    #expect(try TableFile.open(folder.file("a.tsv"), part: "x").table.integers(rows: .max) == [3, -1, 1 << 53 + 1, 0])
  }

  @Test(arguments: [
    ("1,2\n3,x\n", 2, 2, "'x' is no number"), ("a,b\n1,2\n3\n", 3, 2, "1 of 2 columns are there"),
    ("1,2\n3,4,5", 2, 3, "there are more than 2 columns"), ("1,2\n\n3,4", 2, 1, "a number is missing"),
    ("1,,3\n4,5,6", 1, 2, "'' is no number"), ("", 1, 1, "the file is empty"), ("a,b", 1, 1, "'a' is no number"),
    ("1,b\n1,2", 1, 2, "'b' is no number"), ("1 2,3\n", 1, 1, "'1 2' is no number"),
    ("id,x\n0,1.5\n", 1, 1, "the column 'id' holds row numbers, no component: leave it out"),
    (",x\n0,1.5\n", 1, 1, "the column '' holds row numbers, no component: leave it out"),
    ("1\n99999999999999999999\n", 2, 1, "'99999999999999999999' is no number"),
    ("1.5\n\u{1F}\n2\n", 2, 1, "'?' is no number"),
  ])
  func whatIsWrongIsToldWithItsPlace(_ text: String, _ line: Int, _ column: Int, _ problem: String) throws {
    #expect(try fault(text) == .text(line: line, column: column, problem: problem))
  }

  @Test(arguments: ["nan", "inf", "1e39"])
  func componentsAreFinite(_ number: String) throws {
    try folder.write("a.csv", Data("1.5,2\n3,\(number)\n".utf8))
    let table = try TableFile.open(folder.file("a.csv"), part: "train").table
    #expect(throws: DatasetError.notFinite(path: folder.file("a.csv"), part: "train", row: 1, column: 1)) {
      try table.matrix(rows: .max)
    }
  }
}
