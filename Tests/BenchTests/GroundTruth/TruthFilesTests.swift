import Datasets
import Foundation
import TestSupport
import Testing

@testable import Bench

@Suite struct TruthFilesTests {
  private let temporary: TemporaryFolder
  private let line = Dataset.line(points: 40, queries: 3, depth: 4)
  private let file = "truth/line.ibin"

  init() throws { temporary = try TemporaryFolder() }

  /// The dataset judged by a file of a folder beside the common cache, and whether its neighbours were computed.
  private func judged(
    in folder: String, isWritten: Bool = true, depth: Int = 4
  ) throws -> (truth: GroundTruth, isComputed: Bool) {
    try FileManager.default.createDirectory(
      atPath: "\(temporary.path)/\(folder)", withIntermediateDirectories: true)
    let files = TruthFiles(
      folder: "\(temporary.path)/\(folder)", cache: "\(temporary.path)/cache", isWritten: isWritten)
    let unjudged = Dataset(
      name: line.name, path: line.path, metric: line.metric, train: line.train, test: line.test, groundTruth: .none)
    var isComputed = false
    let judged = try files.judged(unjudged, byFile: file, depth: depth) { () throws(BenchError) in
      isComputed = true
      return line.groundTruth
    }
    return (judged.groundTruth, isComputed)
  }

  @Test func neighboursAreComputedOnceForAllFolders() throws {
    #expect(try judged(in: "a").isComputed)
    #expect(temporary.files == ["a/\(file)", "cache/\(file)", "cache/\(file).sha256"])
    #expect(try !judged(in: "a").isComputed)
    let other = try judged(in: "b")
    #expect(!other.isComputed && other.truth.neighbors == line.groundTruth.neighbors)
    // The folder does not depend on the cache.
    try FileManager.default.removeItem(atPath: "\(temporary.path)/cache")
    #expect(try !judged(in: "b").isComputed)
  }

  @Test func aFolderThatIsOnlyReadStaysAsItIs() throws {
    #expect(try judged(in: "a", isWritten: false).isComputed)
    #expect(temporary.files == [])
  }

  @Test func whatTheCacheHasBesidesIsNotTaken() throws {
    _ = try judged(in: "a")
    let kept = "\(temporary.path)/cache/\(file)"
    // One neighbour is another one, which only the digest shows.
    var data = try Data(contentsOf: URL(filePath: kept))
    data[8] ^= 1
    try data.write(to: URL(filePath: kept))
    #expect(try judged(in: "b").isComputed)
    #expect(try !judged(in: "c").isComputed, "it was written anew")
    try FileManager.default.removeItem(atPath: "\(kept).sha256")
    #expect(try judged(in: "d").isComputed)
  }

  @Test func aDamagedFileOfTheFolderIsNamed() throws {
    _ = try judged(in: "a")
    try Data("no".utf8).write(to: URL(filePath: "\(temporary.path)/a/\(file)"))
    #expect(throws: BenchError.self) { try judged(in: "a") }
  }
}
