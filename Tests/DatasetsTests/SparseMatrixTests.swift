import Foundation
import Testing
import VectorCore

@testable import Datasets

struct SparseMatrixTests {
  private let folder = TemporaryFolder()

  private func matrix(
    rows: Int64, columns: Int64, starts: [Int64], tags: [Int32], values: [Float]? = nil
  ) -> [UInt8] {
    TableBytes.little(rows) + TableBytes.little(columns) + TableBytes.little(Int64(tags.count))
      + starts.flatMap { TableBytes.little($0) } + TableBytes.integers(tags)
      + TableBytes.floats(values ?? tags.map { _ in 1 })
  }

  @Test func tagsAreMetadata() throws {
    try folder.write("base.fvecs", Data(TableBytes.fvecs([[0, 1], [2, 3], [4, 5]])))
    try folder.write("base.metadata.spmat", Data(matrix(rows: 3, columns: 9, starts: [0, 2, 2, 3], tags: [1, 8, 5])))
    try folder.write(
      "a.yml", Data("distance: l2\ntrain: base.fvecs\ntest: base.fvecs\nmetadata: base.metadata.spmat\n".utf8))
    let metadata = try #require(try Dataset.loadVectors(path: folder.file("a.yml")).metadata)
    #expect(metadata.rows == 3)
    #expect(try metadata.summary() == "tags tags")
    let sets = TagSets(starts: [0, 2, 2, 3], tags: [1, 8, 5], tagCount: 9)
    #expect(try metadata.values(of: "tags") == .tags(sets))
    #expect(Array(sets[0]) == [1, 8] && sets[1].isEmpty)
    #expect(throws: DatasetError.self) { try metadata.values(of: "colour") }
    try folder.write("base.metadata.spmat", Data(matrix(rows: 2, columns: 9, starts: [0, 2, 2], tags: [1, 8])))
    #expect(
      throws: DatasetError.metadataMismatch(path: folder.file("base.metadata.spmat"), rows: 2, train: 3)
    ) { try Dataset.loadVectors(path: folder.file("a.yml")) }
  }

  @Test func sparseVectorsAreCheckedAndNotSearched() throws {
    let path = folder.file("base.csr")
    try folder.write(
      "base.csr", Data(matrix(rows: 2, columns: 4, starts: [0, 1, 2], tags: [3, 0], values: [0.5, 2])))
    #expect(throws: DatasetError.sparseVectors(path: path, rows: 2, columns: 4, elements: 2)) {
      try TableFile.open(path, part: "train")
    }
    let preflight = try Preflight(path: path)
    #expect(preflight.failures == 0 && preflight.findings[0].detail == "sparse 2 × 4, 2 stored")
    try folder.write(
      "base.csr", Data(matrix(rows: 2, columns: 4, starts: [0, 1, 2], tags: [3, 0], values: [0, .nan])))
    #expect(try Preflight(path: path).findings.last?.detail == "stored element 1 is not a finite number")
    // qdrant's folder of such vectors.
    try folder.write("data.csr", Data(matrix(rows: 2, columns: 4, starts: [0, 1, 2], tags: [3, 0])))
    #expect(throws: DatasetError.sparseVectors(path: folder.path, rows: 2, columns: 4, elements: 2)) {
      try Dataset.load(path: folder.path)
    }
  }

  @Test func damagedFilesAreRefused() throws {
    let good = matrix(rows: 2, columns: 4, starts: [0, 1, 2], tags: [3, 0])
    var bad = (0..<good.count).map { Array(good[..<$0]) } + [good + [0]]
    bad.append(matrix(rows: 2, columns: 4, starts: [0, 3, 2], tags: [3, 0]))
    bad.append(matrix(rows: 2, columns: 4, starts: [1, 1, 2], tags: [3, 0]))
    bad.append(matrix(rows: 2, columns: 4, starts: [0, 1, 1], tags: [3, 0]))
    bad.append(matrix(rows: 2, columns: 4, starts: [0, 1, 2], tags: [4, 0]))
    bad.append(matrix(rows: 2, columns: 4, starts: [0, 1, 2], tags: [-1, 0]))
    bad.append(matrix(rows: .max, columns: 4, starts: [0, 1, 2], tags: [1, 0]))
    bad.append(matrix(rows: 2, columns: 1 << 40, starts: [0, 1, 2], tags: [1, 0]))
    for bytes in bad {
      try folder.write("a.spmat", Data(bytes))
      #expect(throws: DatasetError.self) { try SparseMatrix(folder.file("a.spmat")).tags() }
    }
  }
}
