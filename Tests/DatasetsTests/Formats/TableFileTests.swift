import Foundation
import Testing
import VectorCore

@testable import Datasets

struct TableFileTests {
  private let folder = TemporaryFolder()

  private func open(_ name: String, _ bytes: [UInt8]) throws -> any StoredTable {
    try folder.write(name, Data(bytes))
    return try TableFile.open(folder.file(name), part: "train").table
  }

  private func rows(_ matrix: Matrix) -> [[Float]] {
    (0..<matrix.rows).map { row in (0..<matrix.columns).map { matrix[row: row][$0] } }
  }

  private static let files: [(String, [UInt8])] = [
    ("a.fvecs", TableBytes.fvecs([[1, 2, 3], [4, 5, 6]])), ("a.ivecs", TableBytes.ivecs([[1, 2, 3], [4, 5, 6]])),
    ("a.bvecs", TableBytes.bvecs([[1, 2, 3], [4, 5, 6]])), ("a.u8bin", TableBytes.bin(2, 3, [1, 2, 3, 4, 5, 6])),
    ("a.fbin", TableBytes.bin(2, 3, TableBytes.floats([1, 2, 3, 4, 5, 6]))),
    ("a.i8bin", TableBytes.bin(2, 3, [1, 2, 3, 4, 5, 6])),
    ("a.npy", TableBytes.npy("|u1", 2, 3, [1, 2, 3, 4, 5, 6])),
    ("a.f16bin", TableBytes.bin(2, 3, TableBytes.halves)), ("a.bf16bin", TableBytes.bin(2, 3, TableBytes.upperHalves)),
    ("a.hvecs", TableBytes.hvecs), ("b.u8bin", TableBytes.wideBin(2, 3, [1, 2, 3, 4, 5, 6])),
    ("a.csv", Array("1,2,3\n4,5,6\n".utf8)), ("b.csv", Array("x;y;z\r\n1;2;3\r\n 4; 5.0;\"6\"".utf8)),
    ("a.tsv", Array("1\t2\t3\n4\t5\t6e0".utf8)),
    ("b.npy", TableBytes.npy("<i8", 2, 3, (1...6).flatMap { TableBytes.little(Int64($0)) })),
  ]

  @Test(arguments: files)
  func everyFormatGivesItsRows(_ name: String, _ bytes: [UInt8]) throws {
    let table = try open(name, bytes)
    #expect(table.rows == 2 && table.columns == 3)
    #expect(rows(try table.matrix(rows: .max)) == [[1, 2, 3], [4, 5, 6]])
    #expect(rows(try table.matrix(rows: 1)) == [[1, 2, 3]])
    #expect(table.elementType.floats(try table.bytes(rows: 1..<2)) == [4, 5, 6])
    #expect(rows(try table.rowReader()(1)) == [[4, 5, 6]])
    if !table.elementType.isFloat { #expect(try table.integers(rows: .max) == [1, 2, 3, 4, 5, 6]) }
  }

  @Test func negativeBytesKeepTheirSign() throws {
    #expect(rows(try open("a.i8bin", TableBytes.bin(1, 2, [0xFF, 0x80])).matrix(rows: .max)) == [[-1, -128]])
  }

  @Test func manyRowsAreReadOnSeveralThreads() throws {
    let values = (0..<600_000).map { Float($0) }
    let table = try open("a.fbin", TableBytes.bin(200_000, 3, values.withUnsafeBytes { Array($0) }))
    let matrix = try table.matrix(rows: 199_999)
    #expect(matrix.rows == 199_999)
    let sum = UnsafeBufferPointer(start: matrix.baseAddress, count: 599_997).reduce(0.0) { $0 + Double($1) }
    #expect(sum == 599_996.0 * 599_997 / 2)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func componentsAreFinite(_ bad: Float) throws {
    let table = try open("a.fvecs", TableBytes.fvecs([[1, 2], [3, 4], [5, bad]]))
    #expect(throws: DatasetError.notFinite(path: folder.file("a.fvecs"), part: "train", row: 2, column: 1)) {
      try table.matrix(rows: .max)
    }
    // What is not asked for is not looked at.
    #expect(try table.matrix(rows: 2).rows == 2)
  }

  @Test func aRowOfAnotherLengthIsNamed() throws {
    var bytes = TableBytes.fvecs([[1, 2], [3, 4], [5, 6]])
    bytes.replaceSubrange(24..<28, with: TableBytes.little(Int32(7)))
    let table = try open("a.fvecs", bytes)
    let error = DatasetError.table(path: folder.file("a.fvecs"), .unequalRow(row: 2, columns: 7, first: 2))
    #expect(throws: error) { try table.matrix(rows: .max) }
    #expect(throws: error) { try table.bytes(rows: 2..<3) }
    #expect(try table.matrix(rows: 2).rows == 2)
  }

  @Test func idsAreIntegers() throws {
    #expect(throws: DatasetError.notIntegers(path: folder.file("a.fbin"), part: "train", type: "float32")) {
      try open("a.fbin", TableBytes.bin(1, 1, [0, 0, 0, 0])).integers(rows: .max)
    }
  }

  /// A sparse file of 16 TiB: opened at once, and read in part.
  @Test func aFileLargerThanMemoryIsReadInPart() throws {
    let path = folder.file("huge.u8bin")
    try folder.write("huge.u8bin", Data(TableBytes.bin(1 << 31, 1 << 13, [9, 8])))
    guard truncate(path, off_t(8 + 1 << 44)) == 0 else { return }  // This file system has no such files.
    let table = try TableFile.open(path, part: "train").table
    let first = try table.matrix(rows: 2)
    #expect(first.rows == 2 && first[row: 0][0] == 9 && first[row: 0][1] == 8 && first[row: 1][0] == 0)
    #expect(throws: DatasetError.tooLarge(path: path, part: "train", rows: 1 << 31, columns: 1 << 13)) {
      try table.matrix(rows: .max)
    }
  }

  @Test func whatCannotBeReadIsTold() throws {
    func failure(_ path: String) -> DatasetError? {
      do throws(DatasetError) {
        _ = try TableFile.open(path, part: "train")
        return nil
      } catch {
        #expect(error.description.hasPrefix("\(path): ") && !error.description.contains("\n"))
        return error
      }
    }
    #expect(
      failure(folder.file("none.npy"))
        == .cannotRead(path: folder.file("none.npy"), reason: "No such file or directory"))
    #expect(failure(folder.file("base")) == .unknownFormat(path: folder.file("base")))
    for name in ["base.hdf5", "base.yml"] {
      #expect(failure(folder.file(name)) == .datasetAsTable(path: folder.file(name), part: "train"))
    }
    try FileManager.default.createDirectory(atPath: folder.file("dir.npy"), withIntermediateDirectories: false)
    #expect(failure(folder.file("dir.npy")) != nil)
    try folder.write("empty.fvecs", Data())
    #expect(
      failure(folder.file("empty.fvecs")) == .table(path: folder.file("empty.fvecs"), .headerCut(bytes: 0, needed: 4)))
  }
}
